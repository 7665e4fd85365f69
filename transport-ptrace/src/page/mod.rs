//! The code page: a loop in the tracee that makes many calls in one stop. It is mapped for the session by injected calls.

mod data;
pub(crate) mod layout;
mod run;

use crate::{
    arch, error::PageError, proc_file::open_of, request::close_own, session::Session, signals::SIGTRAP,
    status::Status,
};
use core::cell::Cell;
use data::Data;
use layout::LENGTH;
use rsyscall_core::{
    abi::Native,
    identifier::{Address, FileDescriptor, Process},
    interface::{NotSent, SyscallError},
    near::{
        fs::{OFlags, ftruncate},
        io::close,
        mm::{Advice, MapFlags, MemfdFlags, ProtFlags, madvise, memfd_create, mmap, munmap},
        process::{getpid, gettid},
        signal::{Signal, tgkill},
    },
    syscall::{Errno, Instruction, Outcome, decode},
};

/// How the entries of the code page get to the process, and their results back.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PageData {
    /// By two calls of this process for each run: to `/proc/PID/mem` up to 4 KiB, and beyond `process_vm_writev` and
    /// `process_vm_readv`. The process is given two mappings.
    Copied,
    /// By memory that both processes have mapped. The process makes a `memfd` for it, whose descriptor it has for a moment,
    /// which its other threads may notice.
    Shared,
}

/// The code page of a session.
pub(crate) struct CodePage {
    page: Cell<Option<Page>>,
    /// Runs made, which are numbered from 1.
    runs: Cell<u64>,
    /// Whether the thread stands where the loop begins again.
    at_loop: Cell<bool>,
    /// Whether runs end with a trap, because a filter does not let the thread signal itself.
    traps: Cell<bool>,
    /// Whether somebody has unmapped or overwritten it.
    broken: Cell<bool>,
}

/// What was mapped.
#[derive(Clone, Copy)]
pub(crate) struct Page {
    code: Address,
    address: Address,
    pub(crate) data: Data,
    /// The ids of process and thread in their own namespace.
    group: Process,
    thread: Process,
    /// What ends a run.
    signal: Signal,
    /// Whether the process has a use of its own for that.
    handled: bool,
}

impl CodePage {
    pub(crate) fn none() -> Self {
        Self {
            page: Cell::new(None),
            runs: Cell::new(0),
            at_loop: Cell::new(false),
            traps: Cell::new(false),
            broken: Cell::new(false),
        }
    }

    /// What is mapped.
    pub(crate) fn get(&self) -> Option<Page> {
        self.page.get()
    }

    /// What is mapped, if nobody has broken it.
    #[inline(always)]
    pub(crate) fn usable(&self) -> Option<Page> {
        if self.broken.get() { None } else { self.page.get() }
    }

    /// The process may have a use of its own now for what ends a run.
    pub(crate) fn share_signal(&self) {
        self.page.set(self.page.get().map(|page| Page { handled: true, ..page }));
    }

    /// It is gone with its process's program. A run may still look at what is here of it.
    pub(crate) fn abandon(&self) {
        self.broken.set(true);
    }

    /// The thread is resumed elsewhere.
    pub(crate) fn leave(&self) {
        self.at_loop.set(false);
    }
}

/// The length of what is mapped for the code: a page, whatever its size.
const CODE_LENGTH: usize = 4096;

impl Session {
    /// Maps a page of code into the process, which makes many calls in one stop, and single calls in fewer requests.
    ///
    /// From now on [`batch`](rsyscall_core::interface::SyscallInterface::batch) makes up to 1022 calls in one stop, and single
    /// calls are made by the page, too, unless another [`Mechanism`](crate::Mechanism) is preferred. The page is taken away
    /// when the session ends.
    ///
    /// The process could notice: two mappings are in its `/proc/PID/maps` and count for `RLIMIT_AS` while the session lasts. A
    /// child that another thread forks does not inherit them. A run ends with a signal that the thread sends to itself and that
    /// is not delivered; none is forced, so that dispositions stay. A filter may see calls from an address that it does not
    /// know.
    ///
    /// Does nothing if there is a page already.
    ///
    /// # Errors
    ///
    /// [`PageError`] names the injected call that failed: `mmap` where the process may not map executable memory (EACCES, EPERM)
    /// or has no room for it (ENOMEM). Then nothing stays mapped. If it is `close`, by which a process that may not make it
    /// is kept from [`PageData::Shared`], the descriptor of the `memfd` stays open there.
    pub fn map_code_page(&self, data: PageData) -> Result<(), PageError> {
        if self.code_page.get().is_some() {
            return Ok(());
        }
        let failed = |call| move |cause| PageError { call, cause };
        self.prepare().map_err(|_| failed("ptrace(PTRACE_SETSIGMASK)")(self.not_sent()))?;
        let unsupported = PageError { call: "tgkill", cause: NotSent::Unsupported.into() };
        let signals = Status::read(self.process()).map_err(|_| unsupported)?;
        let (signal, handled) = signals.free_for_us(self.mask.get()).ok_or(unsupported)?;
        let group = self.inject(getpid()).map_err(failed("getpid"))?;
        let thread = self.inject(gettid()).map_err(failed("gettid"))?;
        let executable = ProtFlags::READ.union(ProtFlags::EXEC);
        let private = MapFlags::PRIVATE.union(MapFlags::ANONYMOUS);
        let map = mmap(Address::NULL, CODE_LENGTH, executable, private, FileDescriptor::NONE, 0);
        let code = self.inject(map).map_err(failed("mmap"))?;
        self.fork_without(code, CODE_LENGTH);
        let undo = |error| {
            let _ = self.inject(munmap(code, CODE_LENGTH));
            error
        };
        if let Err((_, cause)) = self.write_memory(code.into_raw(), arch::instructions()) {
            return Err(undo(PageError { call: "writing the code", cause }));
        }
        let (address, data) = match data {
            PageData::Copied => self.map_copied().map_err(undo)?,
            PageData::Shared => self.map_shared(code).map_err(undo)?,
        };
        self.fork_without(address, LENGTH);
        let page = Page { code, address, data, group, thread, signal, handled };
        self.code_page.page.set(Some(page));
        self.code_page.traps.set(false);
        self.code_page.broken.set(false);
        if let Err(errno) = self.unblock(signal) {
            let _ = self.unmap_code_page();
            return Err(PageError { call: "ptrace(PTRACE_SETSIGMASK)", cause: errno.into() });
        }
        // Where a failed tgkill would fall through to a trap that resets its disposition, it is tried beforehand.
        if signals.would_reset(SIGTRAP, self.mask.get())
            && let Err(cause) = self.try_signal(&page)
        {
            self.unmap_code_page().map_err(|cause| PageError { call: "munmap", cause })?;
            return Err(PageError { call: "tgkill", cause });
        }
        Ok(())
    }

    /// Takes the code page away again.
    pub(crate) fn unmap_code_page(&self) -> Result<(), SyscallError> {
        let Some(page) = self.code_page.page.take() else { return Ok(()) };
        self.code_page.leave();
        page.data.unmap();
        let data = self.inject(munmap(page.address, LENGTH));
        let code = self.inject(munmap(page.code, CODE_LENGTH));
        data.and(code)
    }

    /// The process is gone, or its program, or the session: only this process's side is left.
    pub(crate) fn forget_code_page(&self) {
        if let Some(page) = self.code_page.page.take() {
            page.data.unmap();
        }
    }

    /// Memory of the process, and room for a copy of it.
    fn map_copied(&self) -> Result<(Address, Data), PageError> {
        let (protection, flags) =
            (ProtFlags::READ.union(ProtFlags::WRITE), MapFlags::PRIVATE.union(MapFlags::ANONYMOUS));
        let map = mmap(Address::NULL, LENGTH, protection, flags, FileDescriptor::NONE, 0);
        let address = self.inject(map).map_err(|cause| PageError { call: "mmap", cause })?;
        match Data::copy_of(address.into_raw()) {
            Ok(data) => Ok((address, data)),
            Err(errno) => {
                let _ = self.inject(munmap(address, LENGTH));
                Err(PageError { call: "mmap", cause: errno.into() })
            }
        }
    }

    /// A file in the process, mapped in both, and closed again. Behind the code there are zeros: an empty name.
    fn map_shared(&self, code: Address) -> Result<(Address, Data), PageError> {
        let failed = |call| move |cause| PageError { call, cause };
        let name = code.checked_add(arch::instructions().len()).unwrap_or(Address::NULL);
        let create = |flags| self.inject(memfd_create(name, flags));
        let fd = create(MemfdFlags::CLOEXEC.union(MemfdFlags::NOEXEC_SEAL))
            .or_else(|_| create(MemfdFlags::CLOEXEC.union(MemfdFlags::ALLOW_SEALING)))
            .map_err(failed("memfd_create"))?;
        let result = self.map_both(fd);
        let closed = self.inject(close(fd)).map_err(failed("close"));
        let (address, data) = result?;
        if let Err(error) = closed {
            data.unmap();
            let _ = self.inject(munmap(address, LENGTH));
            return Err(error);
        }
        Ok((address, data))
    }

    fn map_both(&self, fd: FileDescriptor) -> Result<(Address, Data), PageError> {
        let failed = |call| move |cause| PageError { call, cause };
        self.inject(ftruncate(fd, i64::try_from(LENGTH).unwrap_or(i64::MAX))).map_err(failed("ftruncate"))?;
        let data = self.open_and_map(fd).map_err(|errno| failed("sharing memory")(errno.into()))?;
        let (protection, flags) = (ProtFlags::READ.union(ProtFlags::WRITE), MapFlags::SHARED);
        match self.inject(mmap(Address::NULL, LENGTH, protection, flags, fd, 0)) {
            Ok(address) => Ok((address, data)),
            Err(cause) => {
                data.unmap();
                Err(PageError { call: "mmap", cause })
            }
        }
    }

    fn open_and_map(&self, fd: FileDescriptor) -> Result<Data, Errno> {
        let mut name = heapless::String::<32>::new();
        core::fmt::write(&mut name, format_args!("fd/{}", fd.into_raw())).map_err(|_| Errno::ENAMETOOLONG)?;
        let file = open_of(self.process(), &name, OFlags::RDWR)?;
        let data = Data::shared(file);
        close_own(file);
        data
    }

    /// A child that another thread forks meanwhile, or a dump of the process's memory, does not have the page.
    fn fork_without(&self, address: Address, length: usize) {
        for advice in [Advice::DONTFORK, Advice::DONTDUMP] {
            // It makes no difference to the page's use.
            let _ = self.inject(madvise(address, length, advice));
        }
    }

    /// Whether the thread may send itself what ends a run. It is found at its next stop.
    fn try_signal(&self, page: &Page) -> Result<(), SyscallError> {
        self.own_signal.set(Some((page.signal, page.group)));
        let sent = self.inject(tgkill(page.group, page.thread, page.signal));
        let found = sent.and_then(|()| self.inject(getpid())).map(|_| ());
        self.own_signal.set(None);
        found
    }

    /// A call of this crate's own, by syscall-stops, whether or not the caller wants more of theirs.
    pub(crate) fn inject<R: Outcome>(&self, instruction: Instruction<R>) -> Result<R, SyscallError> {
        self.prepare().map_err(|_| self.not_sent())?;
        let call = instruction.encode::<Native>();
        self.run(call.number, call.arguments).and_then(decode)
    }
}
