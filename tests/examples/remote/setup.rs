//! Everything that a program needs on the host, in two linked batches.
#![expect(unsafe_code, reason = "executes system calls on the host")]

use crate::connection::{BYTES, ENTRIES, Remote, execute};
use anyhow::{Context, Result, bail, ensure};
use rsyscall_core::{
    abi::Abi,
    batch::{Answers, Arg, Batch, OnError, Ref},
    identifier::{Address, FileDescriptor, Process},
    interface::{NotSent, SyscallError},
    near::{
        fs::{Mode, OFlags, fcntl_setfl},
        io::dup3,
        mm::{MapFlags, MemfdFlags, ProtFlags},
        process::{CloneFlags, clone, execve, exit},
        signal::Signal,
    },
    syscall::{Errno, Instruction, Outcome, decode},
};
use rsyscall_transport_pipe::{server::SymbolTable, start::frame, wire};
use std::{ffi::CString, fs, os::unix::ffi::OsStrExt, path::PathBuf};

/// A word of the command line.
pub(crate) enum Word {
    Text(CString),
    /// The path, on the host, of what this file contains.
    File {
        path: PathBuf,
        content: Vec<u8>,
    },
}

/// What the host has for the program.
pub(crate) struct Room {
    /// Memory of the server's.
    pub(crate) memory: Address,
    /// Where the program's output and errors are read, and where it writes them.
    pub(crate) output: [FileDescriptor; 2],
    theirs: [FileDescriptor; 2],
    null: FileDescriptor,
    /// What the child is to do, and what it says to that.
    requests: FileDescriptor,
    answers: FileDescriptor,
    files: Vec<FileDescriptor>,
}

/// The memory: bytes on their way at its start, then what the program is started with, and a stack that ends in a frame.
const LENGTH: usize = 1 << 17;
const BLOCK: usize = 1 << 16;
const BLOCK_LENGTH: usize = 1 << 15;
const FRAME: usize = LENGTH - 96;

const PIECE: usize = 1 << 14;
const PIECES: usize = 3;
/// Each takes an entry beside its pieces.
const FILES: usize = 16;

/// Where a program without a slash is looked for.
const PATH: [&str; 3] = ["/usr/local/bin", "/usr/bin", "/bin"];

/// Strings that the first batch needs.
const NULL_DEVICE: &[u8] = b"/dev/null\0";
const NAME: &[u8] = b"remote\0";

type OneBatch<'m> = Batch<'m, ENTRIES>;

/// Executes a batch, all of which must succeed: the first entry that fails is the last that is performed.
fn run<A: Abi>(client: &Remote<'_, A>, batch: &OneBatch<'_>) -> Result<Answers<ENTRIES>> {
    // SAFETY: the batches of this file touch what they have made themselves.
    let answers = unsafe { execute(client, batch, OnError::Stop) }?;
    for (entry, answer) in batch.entries().iter().zip(answers.words()) {
        if let Err(cause) = answer {
            match entry.memory() {
                None => bail!("{}: {cause}", entry.instruction()),
                Some(_) => bail!("memory on the host: {cause}"),
            }
        }
    }
    Ok(answers)
}

impl Word {
    /// A word as it was given: `@FILE` is a file of this machine.
    pub(crate) fn new(word: &std::ffi::OsStr) -> Result<Self> {
        let bytes = word.as_bytes();
        let Some(path) = bytes.strip_prefix(b"@") else { return Ok(Self::Text(CString::new(bytes)?)) };
        let path = PathBuf::from(std::ffi::OsStr::from_bytes(path));
        let content = fs::read(&path).with_context(|| path.display().to_string())?;
        Ok(Self::File { path, content })
    }

    fn content(&self) -> Option<&[u8]> {
        match self {
            Self::Text(_) => None,
            Self::File { content, .. } => Some(content),
        }
    }
}

/// Makes memory, pipes and files in one round trip, if the files' content has room in it; the rest goes in more.
///
/// The files have no place in the host's file system: they are gone with the last process that has them open.
pub(crate) fn make_room<A: Abi>(client: &Remote<'_, A>, words: &[Word]) -> Result<Room> {
    let contents: Vec<_> = words.iter().filter_map(Word::content).collect();
    ensure!(contents.len() <= FILES, "there are more than {FILES} files");
    let pieces: Vec<(usize, &[u8])> = contents
        .iter()
        .enumerate()
        .flat_map(|(file, content)| content.chunks(PIECE).map(move |piece| (file, piece)))
        .collect();
    let (first, rest) = pieces.split_at(together(&pieces));

    let mut ends = [[0; 4]; 4];
    let mut batch = OneBatch::new();
    let protection = ProtFlags::READ | ProtFlags::WRITE;
    let flags = MapFlags::PRIVATE | MapFlags::ANONYMOUS;
    let memory = batch.mmap(Address::NULL, LENGTH, protection, flags, FileDescriptor::NONE, 0_i64)?;
    batch.write_memory(memory.offset(BLOCK), NULL_DEVICE)?;
    batch.write_memory(memory.offset(BLOCK + NULL_DEVICE.len()), NAME)?;
    let name = || memory.offset(BLOCK + NULL_DEVICE.len());
    let open_flags = OFlags::RDONLY | OFlags::CLOEXEC;
    let null = batch.openat(FileDescriptor::AT_FDCWD, memory.offset(BLOCK), open_flags, Mode::empty())?;
    let requests = batch.memfd_create(name(), MemfdFlags::CLOEXEC)?;
    let answers = batch.memfd_create(name(), MemfdFlags::CLOEXEC)?;
    batch.pipe2(memory, OFlags::CLOEXEC)?;
    batch.pipe2(memory.offset(8), OFlags::CLOEXEC)?;
    batch.read_memory(memory, ends.as_flattened_mut())?;
    let files: Vec<_> =
        contents.iter().map(|_| batch.memfd_create(name(), MemfdFlags::empty())).collect::<Result<_, _>>()?;
    let mut written = Vec::new();
    for &(file, piece) in first {
        let Some(&file) = files.get(file) else { continue };
        written.push((add_piece(&mut batch, memory, file, piece)?, piece.len()));
    }
    let done = run(client, &batch)?;
    let [output, output_of_program, errors, errors_of_program] =
        ends.map(|end| FileDescriptor::from_raw(i32::from_le_bytes(end)));
    let room = Room {
        memory: done.get(memory)?,
        null: done.get(null)?,
        requests: done.get(requests)?,
        answers: done.get(answers)?,
        files: files.iter().map(|&file| done.get(file)).collect::<Result<_, _>>()?,
        output: [output, errors],
        theirs: [output_of_program, errors_of_program],
    };
    is_written(&done, &written)?;
    write_rest(client, &room, rest)?;
    Ok(room)
}

/// How many pieces go in one batch.
fn together(pieces: &[(usize, &[u8])]) -> usize {
    const { assert!(PIECES * PIECE < BYTES && 9 + FILES + 2 * FILES <= ENTRIES) };
    let mut bytes = 0;
    pieces
        .iter()
        .take(FILES)
        .take_while(|(_, piece)| {
            bytes += piece.len();
            bytes <= PIECES * PIECE
        })
        .count()
}

/// Adds the bytes' way to the host's memory and from there to a file, where they are appended.
fn add_piece<'m>(
    batch: &mut OneBatch<'m>,
    memory: impl Into<Arg<Address>> + Copy,
    file: impl Into<Arg<FileDescriptor>>,
    piece: &'m [u8],
) -> Result<Ref<usize>, NotSent> {
    batch.write_memory(memory, piece)?;
    batch.write(file, memory, piece.len())
}

fn is_written(done: &Answers<ENTRIES>, written: &[(Ref<usize>, usize)]) -> Result<()> {
    for &(entry, length) in written {
        ensure!(done.get(entry)? == length, "there is no room for the files");
    }
    Ok(())
}

fn write_rest<A: Abi>(client: &Remote<'_, A>, room: &Room, mut rest: &[(usize, &[u8])]) -> Result<()> {
    while !rest.is_empty() {
        let (now, later) = rest.split_at(together(rest));
        let mut batch = OneBatch::new();
        let mut written = Vec::new();
        for &(file, piece) in now {
            let Some(&file) = room.files.get(file) else { continue };
            written.push((add_piece(&mut batch, room.memory, file, piece)?, piece.len()));
        }
        is_written(&run(client, &batch)?, &written)?;
        rest = later;
    }
    Ok(())
}

/// What is written to the host's memory in one piece, with pointers into itself.
struct Block {
    start: Address,
    bytes: Vec<u8>,
}

impl Block {
    fn put(&mut self, bytes: &[u8]) -> Address {
        let offset = self.bytes.len().next_multiple_of(8);
        self.bytes.resize(offset, 0);
        self.bytes.extend_from_slice(bytes);
        self.start.checked_add(offset).unwrap_or(Address::NULL)
    }

    /// An array of pointers with a null at its end.
    fn pointers(&mut self, pointers: &[Address]) -> Address {
        let words: Vec<u8> =
            pointers.iter().flat_map(|to| to.into_raw().to_le_bytes()).chain([0; 8]).collect();
        self.put(&words)
    }
}

/// Requests, as they stand on the wire.
#[derive(Default)]
struct Requests(Vec<u8>);

impl Requests {
    fn push<A: Abi, R: Outcome>(&mut self, instruction: Instruction<R>) {
        let call = instruction.encode::<A>();
        self.0.extend_from_slice(&wire::encode_request(call.number, call.arguments));
    }

    fn count(&self) -> usize {
        self.0.len() / wire::REQUEST
    }
}

/// Starts the program in one round trip.
///
/// A child of the server is made that runs the server's loop, and finds in a file what it is to do: it replaces its
/// descriptors and executes the program, in each folder where it could be. `CLONE_VFORK` has the server go on when that is
/// over, and what the child could answer says how it went.
pub(crate) fn start<A: Abi>(
    client: &Remote<'_, A>,
    table: SymbolTable,
    room: &Room,
    words: &[Word],
) -> Result<Process> {
    let at = |offset: usize| room.memory.checked_add(offset).context("the memory is at the end of all");
    let mut block = Block { start: at(BLOCK)?, bytes: Vec::new() };
    let mut files = room.files.iter();
    let texts: Vec<CString> = words
        .iter()
        .map(|word| match word {
            Word::Text(text) => Ok(text.clone()),
            Word::File { path, .. } => {
                let file = files.next().with_context(|| path.display().to_string())?;
                Ok(CString::new(format!("/proc/self/fd/{}", file.into_raw()))?)
            }
        })
        .collect::<Result<_>>()?;
    let arguments: Vec<_> = texts.iter().map(|text| block.put(text.as_bytes_with_nul())).collect();
    let arguments = block.pointers(&arguments);
    let path = block.put(format!("PATH={}\0", PATH.join(":")).as_bytes());
    let environment = block.pointers(&[path]);

    let program = texts.first().context("there is no program")?.to_str()?;
    let candidates = if program.contains('/') {
        vec![program.to_owned()]
    } else {
        PATH.map(|at| format!("{at}/{program}")).into()
    };
    let mut requests = Requests::default();
    for (from, to) in [
        (room.null, FileDescriptor::STDIN),
        (room.theirs[0], FileDescriptor::STDOUT),
        (room.theirs[1], FileDescriptor::STDERR),
    ] {
        requests.push::<A, _>(dup3(from, to, OFlags::empty()));
    }
    for candidate in candidates {
        requests.push::<A, _>(execve(block.put(format!("{candidate}\0").as_bytes()), arguments, environment));
    }
    let answered_if_none_is_executed = requests.count();
    requests.push::<A, _>(exit(127));
    let requests_at = block.put(&requests.0);
    ensure!(block.bytes.len() <= BLOCK_LENGTH, "the arguments are longer than {BLOCK_LENGTH} bytes");

    let [infd, outfd] = [room.requests, room.answers].map(|fd| fd.into_raw().unsigned_abs().into());
    let frame = frame::<A>(table.trampoline, table.server, [infd, outfd, 0, 0, 0]);
    let flags = CloneFlags::VM.union(CloneFlags::VFORK).with(Signal::CHLD);
    let mut answers = vec![0; requests.count() * wire::RESPONSE];
    let length = answers.len();
    let mut batch = OneBatch::new();
    batch.write_memory(block.start, &block.bytes)?;
    batch.write_memory(at(FRAME)?, &frame)?;
    // At the file's start, where the child will read.
    batch.pwrite64(room.requests, requests_at, requests.0.len(), 0_i64)?;
    for fd in room.output {
        batch.push(fcntl_setfl(fd, OFlags::NONBLOCK))?;
    }
    let null = Address::NULL;
    let process = batch.push(clone(flags, at(FRAME)?, null, null, null))?;
    for fd in room.theirs {
        batch.close(fd)?;
    }
    let answered = batch.pread64(room.answers, room.memory, length, 0_i64)?;
    batch.read_memory(room.memory, &mut answers)?;
    let done = run(client, &batch)?;
    let process = done.get(process)?;
    let answered = done.get(answered)? / wire::RESPONSE;

    if answered >= answered_if_none_is_executed {
        let (answers, _) = answers.as_chunks();
        let errors = answers
            .iter()
            .take(answered)
            .filter_map(|&answer| decode::<u64>(wire::decode_response(answer)).err());
        let not_there = SyscallError::Errno(Errno::ENOENT);
        let error = errors.reduce(|one, other| if one == not_there { other } else { one });
        bail!("{program}: cannot execute it on the host: {}", error.unwrap_or(not_there));
    }
    Ok(process)
}
