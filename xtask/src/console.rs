//! What our init tells on a machine's console, among whatever the kernel and the firmware write there.
//!
//! A frame is a line `#rsyscall:CHECKSUM:NUMBER KIND DATA`. The checksum (FNV-1a, of what follows it) tells frames from
//! everything else, and the number tells a lost one.

use anyhow::{Context, Result, bail};

const START: &str = "#rsyscall:";

/// What a frame says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// init runs.
    Booted,
    /// The next program begins.
    Begin,
    /// Bytes of the program's standard output.
    Output(Vec<u8>),
    /// Bytes of the program's standard error.
    Errors(Vec<u8>),
    Ended(Ended),
    /// All programs have ended, and the machine is being switched off.
    Done,
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Exit(u8),
    Signal(u8),
    /// It was not started: an error number.
    NotStarted(u32),
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exit(status) => write!(f, "exit status {status}"),
            Self::Signal(signal) => write!(f, "signal {signal}"),
            Self::NotStarted(error) => write!(f, "not started: error {error}"),
        }
    }
}

/// Finds the frames among the lines, in order.
#[derive(Default)]
pub(crate) struct Frames {
    count: u32,
}

impl Frames {
    /// What the line says; `None` if it is no frame. A torn frame and a lost one are errors.
    pub(crate) fn read(&mut self, line: &str) -> Result<Option<Event>> {
        let Some(frame) = line.find(START).and_then(|at| line.get(at + START.len()..)) else {
            return Ok(None);
        };
        let (checksum, body) = frame.split_once(':').context("a torn line on the console")?;
        if u32::from_str_radix(checksum, 16).ok() != Some(fnv1a(body.as_bytes())) {
            bail!("a torn line on the console: {line}");
        }
        let mut words = body.splitn(3, ' ');
        let mut word = || words.next().unwrap_or_default();
        let (number, kind, data) = (word(), word(), word());
        if number != self.count.to_string() {
            bail!("line {} of the console is lost; there came {number}", self.count);
        }
        self.count = self.count.wrapping_add(1);
        event(kind, data)
            .map(Some)
            .with_context(|| format!("a line on the console that nobody understands: {line}"))
    }
}

fn event(kind: &str, data: &str) -> Result<Event> {
    Ok(match kind {
        "boot" => Event::Booted,
        "begin" => Event::Begin,
        "out" => Event::Output(unescape(data)?),
        "err" => Event::Errors(unescape(data)?),
        "exit" => Event::Ended(Ended::Exit(data.parse()?)),
        "signal" => Event::Ended(Ended::Signal(data.parse()?)),
        "not-started" => Event::Ended(Ended::NotStarted(data.parse()?)),
        "done" => Event::Done,
        _ => bail!("it is of no known kind"),
    })
}

fn unescape(text: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend_from_slice(before.as_bytes());
        bytes.push(u8::from_str_radix(after.get(..2).context("it ends inside an escape")?, 16)?);
        rest = after.get(2..).unwrap_or_default();
    }
    bytes.extend_from_slice(rest.as_bytes());
    Ok(bytes)
}

fn fnv1a(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |sum, byte| (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(body: &str) -> String {
        format!("#rsyscall:{:08x}:{body}", fnv1a(body.as_bytes()))
    }

    #[test]
    fn the_checksum_is_the_published_one() {
        assert_eq!(fnv1a(b""), 0x811c_9dc5);
        assert_eq!(fnv1a(b"foobar"), 0xbf9c_f968);
    }

    #[test]
    fn frames_are_found_among_kernel_messages() {
        let mut frames = Frames::default();
        assert_eq!(frames.read("[    0.5] Run /init as init process").unwrap(), None);
        assert_eq!(frames.read(&frame("0 boot ")).unwrap(), Some(Event::Booted));
        assert_eq!(frames.read(&frame("1 out a b%0a%25")).unwrap(), Some(Event::Output(b"a b\n%".to_vec())));
        assert_eq!(frames.read(&frame("2 exit 3")).unwrap(), Some(Event::Ended(Ended::Exit(3))));
    }

    #[test]
    fn a_torn_or_lost_line_is_an_error() {
        let mut frames = Frames::default();
        frames.read("#rsyscall:00000000:0 boot ").unwrap_err();
        frames.read("#rsyscall:0123").unwrap_err();
        frames.read(&frame("1 begin ")).unwrap_err();
        frames.read(&frame("0 nonsense ")).unwrap_err();
        unescape("%4").unwrap_err();
    }
}
