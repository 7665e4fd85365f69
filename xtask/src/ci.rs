//! `cargo xtask ci`: the gate.

use crate::report::{NotRun, Report};
use crate::{check, test};
use anyhow::Result;

/// Run the checks, and every test natively, emulated, and in virtual machines: the gate.
///
/// Something that did not run is a failure here, unless the same ran elsewhere in the same gate, or nothing could run it: what
/// emulation cannot do for an architecture that there is no virtual machine for is counted as skipped.
#[derive(clap::Args)]
pub(crate) struct Options {}

pub(crate) fn run(_: &Options) -> Result<()> {
    let mut report = Report::default();
    report.attempt("check", "(all checks)", check::add_to);
    report.attempt("test", "(all tests)", |report| test::add_to(report, &test::Options::everything()));
    report.finish(NotRun::Failure)
}
