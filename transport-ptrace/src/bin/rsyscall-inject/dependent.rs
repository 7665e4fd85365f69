//! What calls write that are many in one: another argument says what.

use crate::{
    decoded::{Number, Written, number, one},
    structs,
    value::Value,
};
use rsyscall_core::near::{
    fs::FcntlCommand,
    io::IoctlRequest,
    layout::{Flock, Linger, Termios, Timeval, Ucred, Winsize},
    net::{AddressFamily, SocketLevel, SocketOption, SocketType},
    process::PrctlOption,
};

/// The macros of `wait(2)`, as strace writes them.
pub(crate) fn status(written: Written<'_>) -> Option<Value> {
    const STOPPED: i32 = 0x7f;
    const CONTINUED: i32 = 0xffff;
    const CORE_DUMPED: i32 = 0x80;
    // Nothing to tell of was found.
    if written.result == 0 {
        return None;
    }
    let status = i32::at_the_start_of(written.content)?;
    let signal = |number| structs::signal(number & 0x7f);
    let text = match status {
        CONTINUED => "WIFCONTINUED(s)".to_owned(),
        _ if status & 0xff == STOPPED => format!("WIFSTOPPED(s) && WSTOPSIG(s) == {}", signal(status >> 8)),
        _ if status & 0x7f == 0 => format!("WIFEXITED(s) && WEXITSTATUS(s) == {}", (status >> 8) & 0xff),
        _ if status & CORE_DUMPED != 0 => {
            format!("WIFSIGNALED(s) && WTERMSIG(s) == {} && WCOREDUMP(s)", signal(status))
        }
        _ => format!("WIFSIGNALED(s) && WTERMSIG(s) == {}", signal(status)),
    };
    Some(Value::List(vec![Value::Name(format!("{{{text}}}"))]))
}

pub(crate) fn fcntl(written: Written<'_>) -> Option<Value> {
    match written.word("op")? {
        op if op == FcntlCommand::GETLK.word() || op == FcntlCommand::OFD_GETLK.word() => {
            one::<Flock>(written)
        }
        _ => None,
    }
}

pub(crate) fn ioctl(written: Written<'_>) -> Option<Value> {
    match IoctlRequest::from_raw(written.word("op")?) {
        IoctlRequest::FIONREAD | IoctlRequest::TIOCGPGRP | IoctlRequest::TIOCGPTN => number::<i32>(written),
        IoctlRequest::TIOCGWINSZ => one::<Winsize>(written),
        IoctlRequest::TCGETS => one::<Termios>(written),
        _ => None,
    }
}

pub(crate) fn prctl(written: Written<'_>) -> Option<Value> {
    match written.word("op")? {
        op if op == PrctlOption::GET_CHILD_SUBREAPER.word() => number::<i32>(written),
        op if op == PrctlOption::GET_PDEATHSIG.word() => {
            Some(Value::List(vec![structs::signal(i32::at_the_start_of(written.content)?)]))
        }
        _ => None,
    }
}

pub(crate) fn socket_option(written: Written<'_>) -> Option<Value> {
    let number = i32::at_the_start_of(written.content);
    if written.word("level")? == SocketLevel::SOCKET.word() {
        let option = written.word("optname").and_then(|option| i32::try_from(option).ok())?;
        let named = match SocketOption::from_raw(option) {
            SocketOption::PEERCRED => return one::<Ucred>(written),
            SocketOption::LINGER => return one::<Linger>(written),
            SocketOption::RCVTIMEO_OLD
            | SocketOption::SNDTIMEO_OLD
            | SocketOption::RCVTIMEO_NEW
            | SocketOption::SNDTIMEO_NEW => return one::<Timeval>(written),
            SocketOption::TYPE => Some(Value::name(SocketType::from_raw(number?))),
            SocketOption::DOMAIN => Some(Value::name(AddressFamily::from_raw(number?))),
            SocketOption::ERROR => Some(structs::error(number?)),
            _ => None,
        };
        if let Some(named) = named {
            return Some(Value::List(vec![named]));
        }
    }
    match written.length("optlen")? {
        4 => Some(Value::List(vec![number?.into()])),
        _ => None,
    }
}
