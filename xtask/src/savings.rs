//! What each flag and profile key of the freestanding programs is worth, learnt by building without it.

use crate::freestanding::{self, Variant};
use crate::measured::Saving;
use crate::target::Arch;
use crate::workspace;
use anyhow::{Context, Result};
use std::path::Path;

/// The program that is built again and again.
const PROGRAM: &str = "rsyscall-server";

/// What is left out or changed, and what that is.
const DIFFERENCES: [(Variant<'static>, &str); 12] = [
    (Variant::Profile("opt-level", "\"s\""), "`opt-level = \"s\"`"),
    (Variant::Profile("opt-level", "3"), "`opt-level = 3`"),
    (Variant::Profile("lto", "false"), "`lto = false`"),
    (Variant::Profile("codegen-units", "16"), "`codegen-units = 16`"),
    (Variant::Profile("panic", "\"unwind\""), "`panic = \"unwind\"`"),
    (Variant::Profile("overflow-checks", "true"), "`overflow-checks = true`"),
    (Variant::Without("relocation-model"), "no `relocation-model=static`"),
    (Variant::Without("force-unwind-tables"), "no `force-unwind-tables=no`"),
    (Variant::Without("build-id"), "no `--build-id=none`"),
    (Variant::Without("eh-frame-hdr"), "no `--no-eh-frame-hdr`"),
    (Variant::Without("gnustack"), "no `-z nognustack`"),
    (Variant::Without("-Clink-arg=-T"), "no linker script"),
];

/// Builds all of them for this machine's architecture. One that cannot be built says so: there the flag is needed.
pub(crate) fn all() -> Result<Vec<Saving>> {
    let arch = Arch::host()?;
    let program = workspace::program(PROGRAM)?.with_context(|| format!("there is no {PROGRAM}"))?;
    let as_it_is = freestanding::build(&program, arch)?;
    let smallest = size(&as_it_is.program)?;
    let mut savings = vec![Saving {
        difference: "nothing cut off behind the last byte that is loaded".to_owned(),
        bytes: Some(size(&as_it_is.with_symbols)? - smallest),
    }];
    for (variant, difference) in DIFFERENCES {
        let bytes = match freestanding::build_variant(&program, arch, &variant) {
            Ok(built) => Some(size(&built.program)? - smallest),
            Err(_) => None,
        };
        savings.push(Saving { difference: difference.to_owned(), bytes });
    }
    Ok(savings)
}

fn size(path: &Path) -> Result<i64> {
    Ok(std::fs::metadata(path)?.len().cast_signed())
}

/// As lines for a terminal.
pub(crate) fn text(savings: &[Saving]) -> String {
    let line = |saving: &Saving| match saving.bytes {
        Some(bytes) => format!("{bytes:>+8}  {}\n", saving.difference),
        None => format!("{:>8}  {}\n", "fails", saving.difference),
    };
    savings.iter().map(line).collect()
}
