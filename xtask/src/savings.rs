//! What each flag and profile key of the freestanding programs is worth, learnt by building without it.

use crate::freestanding::{self, Variant};
use crate::measured::Saving;
use crate::target::Arch;
use crate::workspace;
use anyhow::{Context, Result};
use std::path::Path;

/// The programs that are built again and again.
const PROGRAMS: [&str; 3] = ["rsyscall-server", "extended-server", "base-server"];

/// What is left out or changed, and what that is.
const DIFFERENCES: [(Variant<'static>, &str); 13] = [
    (Variant::Profile("opt-level", "\"s\""), "`opt-level = \"s\"`"),
    (Variant::Profile("opt-level", "3"), "`opt-level = 3`"),
    (Variant::Profile("lto", "false"), "`lto = false`"),
    (Variant::Profile("codegen-units", "16"), "`codegen-units = 16`"),
    (Variant::Profile("panic", "\"unwind\""), "`panic = \"unwind\"`"),
    (Variant::Profile("overflow-checks", "true"), "`overflow-checks = true`"),
    (Variant::Without("relocation-model"), "no `relocation-model=static`"),
    (Variant::Without("force-unwind-tables"), "no `force-unwind-tables=no`"),
    (Variant::Without("disable-machine-licm"), "no `disable-machine-licm`"),
    (Variant::Without("build-id"), "no `--build-id=none`"),
    (Variant::Without("eh-frame-hdr"), "no `--no-eh-frame-hdr`"),
    (Variant::Without("gnustack"), "no `-z nognustack`"),
    (Variant::Without("-Clink-arg=-T"), "no linker script"),
];

/// Builds all of them for this machine's architecture. One that cannot be built says so: there the flag is needed.
pub(crate) fn all() -> Result<Vec<Saving>> {
    let arch = Arch::host()?;
    let mut savings = Vec::new();
    let programs =
        PROGRAMS.map(|name| workspace::program(name)?.with_context(|| format!("there is no {name}")));
    let programs = programs.into_iter().collect::<Result<Vec<_>>>()?;
    let mut smallest = Vec::new();
    for program in &programs {
        let as_it_is = freestanding::build(program, arch)?;
        let bytes = size(&as_it_is.program)?;
        smallest.push(bytes);
        savings.push(Saving {
            difference: "nothing cut off behind the last byte that is loaded".to_owned(),
            program: program.name.clone(),
            bytes: Some(size(&as_it_is.with_symbols)? - bytes),
        });
    }
    for (variant, difference) in DIFFERENCES {
        for (program, smallest) in programs.iter().zip(&smallest) {
            let bytes = match freestanding::build_variant(program, arch, &variant)? {
                Some(built) => Some(size(&built.program)? - smallest),
                None => None,
            };
            savings.push(Saving { difference: difference.to_owned(), program: program.name.clone(), bytes });
        }
    }
    Ok(savings)
}

fn size(path: &Path) -> Result<i64> {
    Ok(std::fs::metadata(path)?.len().cast_signed())
}

/// As lines for a terminal.
pub(crate) fn text(savings: &[Saving]) -> String {
    let line = |saving: &Saving| {
        let bytes = saving.bytes.map_or_else(|| "fails".to_owned(), |bytes| format!("{bytes:+}"));
        format!("{bytes:>8}  {:<18}{}\n", saving.program, saving.difference)
    };
    savings.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_there() {
        let target = Arch::host().unwrap().target();
        let count = |variant| freestanding::flags(target, &variant).unwrap().len();
        for (variant, difference) in
            DIFFERENCES.into_iter().filter(|(of, _)| matches!(of, Variant::Without(_)))
        {
            assert!(count(variant) < count(Variant::AsItIs), "{difference}");
        }
    }
}
