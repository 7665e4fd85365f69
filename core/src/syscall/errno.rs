//! `errno(3)`

use core::fmt;

/// Why the kernel refused a call: 1 to 4095.
///
/// ```
/// use rsyscall_core::syscall::Errno;
/// assert_eq!(Errno::ENOENT.to_string(), "ENOENT (No such file or directory)");
/// assert_eq!(Errno::from_raw(4095).to_string(), "errno 4095");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Errno(u16);

impl Errno {
    /// The error with this number.
    #[inline(always)]
    pub const fn from_raw(number: u16) -> Self {
        Self(number)
    }

    /// The number.
    #[inline(always)]
    pub const fn into_raw(self) -> u16 {
        self.0
    }

    /// The C name, `ENOENT`; `None` for a number that has none.
    pub fn name(self) -> Option<&'static str> {
        syscalls::Errno::new(i32::from(self.0)).name()
    }

    /// The error with this C name; `EWOULDBLOCK`, `EDEADLOCK` and `ENOTSUP` are other names of `EAGAIN`, `EDEADLK` and
    /// `EOPNOTSUPP`.
    ///
    /// ```
    /// use rsyscall_core::syscall::Errno;
    /// assert_eq!(Errno::from_name("ENOENT"), Some(Errno::ENOENT));
    /// ```
    #[cfg(feature = "from_name")]
    pub fn from_name(name: &str) -> Option<Self> {
        let name = match name {
            "EWOULDBLOCK" => "EAGAIN",
            "EDEADLOCK" => "EDEADLK",
            "ENOTSUP" => "EOPNOTSUPP",
            name => name,
        };
        (1..4096).map(Self).find(|errno| errno.name() == Some(name))
    }

    /// What it says: "No such file or directory".
    pub fn description(self) -> Option<&'static str> {
        syscalls::Errno::new(i32::from(self.0)).description()
    }
}

/// The constants, with the numbers of asm-generic, which all ABIs here use.
macro_rules! errnos {
    ($($name:ident)*) => { impl Errno { $(
        #[expect(clippy::cast_possible_truncation, reason = "errno numbers are below 4096")]
        #[doc = concat!("`", stringify!($name), "`")]
        pub const $name: Self = Self(linux_raw_sys::errno::$name as u16);
    )* } };
}

errnos! {
    EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT ENOTBLK EBUSY EEXIST
    EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE
    EDEADLK ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY ELOOP ENOMSG EIDRM ENODATA ETIME EPROTO EBADMSG EOVERFLOW EUSERS
    ENOTSOCK EDESTADDRREQ EMSGSIZE EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT ESOCKTNOSUPPORT EOPNOTSUPP EPFNOSUPPORT
    EAFNOSUPPORT EADDRINUSE EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET ECONNABORTED ECONNRESET ENOBUFS EISCONN
    ENOTCONN ESHUTDOWN ETOOMANYREFS ETIMEDOUT ECONNREFUSED EHOSTDOWN EHOSTUNREACH EALREADY EINPROGRESS ESTALE EDQUOT
    ECANCELED ENOKEY EKEYEXPIRED EKEYREVOKED EKEYREJECTED EOWNERDEAD ENOTRECOVERABLE
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.name(), self.description()) {
            (Some(name), Some(description)) => write!(f, "{name} ({description})"),
            _ => write!(f, "errno {}", self.0),
        }
    }
}

impl fmt::Debug for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "Errno({})", self.0),
        }
    }
}

impl core::error::Error for Errno {}
