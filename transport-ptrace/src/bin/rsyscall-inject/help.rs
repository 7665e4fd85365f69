//! What `--help` and the manual page say beside the options, and what is generated from them.

use crate::{
    completion,
    options::{Generate, Options},
};
use anyhow::Result;
use clap::CommandFactory;
use clap_mangen::{
    Man,
    roff::{Roff, roman},
};
use std::io::Write;

pub(crate) const USAGE: &str = "rsyscall-inject [OPTIONS] PID CALL [ARGUMENT]... [-- CALL [ARGUMENT]...]...
       rsyscall-inject [OPTIONS] PID --fds --maps";

pub(crate) const SHORT: &str = "Example: rsyscall-inject 1234 openat AT_FDCWD /etc/hostname O_RDONLY
--help says how arguments are written.";

/// What is said behind the options, by heading; the first line is empty.
const SECTIONS: [(&str, &str); 4] = [
    (
        "Calls",
        "
  A call is a name, as in section 2 of the manual, or a number of this architecture. Between one
  call and the next stands `--`. All are made in one stop of the process, up to the first that
  fails. Then the process goes on, and what came of them is printed.",
    ),
    (
        "Arguments",
        "
  10 0x1f 0755 0b11 -1      a number, the word that the kernel gets
  AT_FDCWD SIGTERM ENOENT   a name of the kernel's headers
  'O_RDWR|O_CLOEXEC'        names of flags
  /etc/hostname             where an address is wanted: a string, placed in the process's memory
  string:12                 a string that looks like something else
  buf:4096                  room for that many bytes; what the call wrote there is shown, as the
                            struct that it is, or as text, or as hex
  hex:7f454c46              bytes
  int:1,-1  long:1          numbers of 32 or 64 bits in memory
  [sh,-c,id]                a table of strings, with a null pointer at its end
  @1  @2+8                  the result of the first call, or of the second and 8 more

  Memory is mapped in the process before the first call, and unmapped after the last.",
    ),
    (
        "Exit status",
        "
  0      every call was made and has succeeded
  1      a call failed, or was not made because another did
  2      the command line means nothing, and nothing was done
  3      the process could not be attached to, and nothing was done
  4      something could not be put back in the process
  128+N  signal N ended this program; the process goes on as it was",
    ),
    (
        "Examples",
        "
  rsyscall-inject 1234 openat AT_FDCWD /etc/hostname O_RDONLY -- read @1 buf:4096 4096 -- close @1
      reads a file as the process sees it
  rsyscall-inject 1234 openat AT_FDCWD /tmp/log 'O_WRONLY|O_CREAT' 0644 -- dup3 @1 1 0 -- close @1
      sends its standard output elsewhere
  rsyscall-inject --dry-run 1234 prctl PR_SET_DUMPABLE 1
      prints the call and does nothing",
    ),
];

/// The sections as `--help` prints them.
pub(crate) fn long() -> String {
    let sections: Vec<_> = SECTIONS.iter().map(|(heading, text)| format!("{heading}:{text}")).collect();
    sections.join("\n\n")
}

/// Writes the manual page or a shell's completions.
///
/// # Errors
///
/// Those of the writer.
pub(crate) fn generate(what: Generate, to: &mut impl Write) -> Result<()> {
    match what {
        Generate::Man => manual_page(to),
        Generate::Bash => completion::register("bash", to),
        Generate::Elvish => completion::register("elvish", to),
        Generate::Fish => completion::register("fish", to),
        Generate::Zsh => completion::register("zsh", to),
    }
}

fn manual_page(to: &mut impl Write) -> Result<()> {
    let page = Man::new(Options::command());
    page.render_title(to)?;
    page.render_name_section(to)?;
    page.render_synopsis_section(to)?;
    page.render_description_section(to)?;
    page.render_options_section(to)?;
    let mut sections = Roff::new();
    for (heading, text) in SECTIONS {
        // As it stands: the sections are tables.
        sections.control("SH", [heading.to_uppercase().as_str()]).control("nf", []);
        for line in text.lines().skip(1) {
            sections.text([roman(line)]);
        }
        sections.control("fi", []);
    }
    Ok(sections.to_writer(to)?)
}
