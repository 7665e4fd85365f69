//! How long the server is that is put into traced processes, and how much stack it takes: its bytes lie between two labels of a
//! library.

use crate::exec::exec;
use crate::install;
use crate::stack::{self, Depth};
use crate::target::Target;
use crate::workspace;
use anyhow::{Context, Result};
use object::read::archive::ArchiveFile;
use object::{Object, ObjectSymbol};

/// What it is called in tables.
pub(crate) const NAME: &str = "injected-server";

const PACKAGE: &str = "rsyscall-transport-ptrace";
const BEGIN: &str = "rsyscall_injected_server_begin";
const END: &str = "rsyscall_injected_server_end";

/// Its bytes, and those of its stack where they can be read; nothing where the architecture has none.
pub(crate) fn weigh(target: &Target) -> Result<Option<(u64, Option<Depth>)>> {
    if target.packages_not_built.contains(&PACKAGE) {
        return Ok(None);
    }
    install::ensure(&target.needs())?;
    let directory = workspace::target_directory()?.join("freestanding");
    // Its own machine code is wanted: libraries of the programs' profile have only what their linker makes code of.
    let mut command = workspace::cargo()?;
    command.args(["build", "--quiet", "--release", "--lib", "--package", PACKAGE, "--target", target.triple]);
    exec(command.arg("--target-dir").arg(&directory))?;
    let name = format!("lib{}.rlib", PACKAGE.replace('-', "_"));
    let path = directory.join(target.triple).join("release").join(name);
    let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    for member in ArchiveFile::parse(&*bytes)?.members() {
        let member = member?.data(&*bytes)?;
        let Ok(file) = object::File::parse(member) else { continue };
        let at = |label| {
            let mut defined = file.symbols().filter(|symbol| !symbol.is_undefined());
            defined.find(|symbol| symbol.name() == Ok(label)).map(|symbol| symbol.address())
        };
        if let (Some(begin), Some(end)) = (at(BEGIN), at(END)) {
            let object = directory.join(format!("{NAME}-{}.o", target.name));
            std::fs::write(&object, member)?;
            let length = end.checked_sub(begin).context("its labels are the wrong way round")?;
            return Ok(Some((length, stack::depth(target.arch, &object, BEGIN)?)));
        }
    }
    anyhow::bail!("{} has no {BEGIN} and {END}", path.display())
}
