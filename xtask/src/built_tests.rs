//! The tests of the workspace, built for another place than the one that builds them.

use crate::ahead::is_ahead;
use crate::exec::{announce, output, quote};
use crate::install;
use crate::target::Arch;
use crate::workspace;
use anyhow::{Context, Result, bail};
use cargo_metadata::Message;
use std::collections::BTreeSet;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Tests that concern this machine's programs and no architecture: they run natively, and nowhere else.
pub(crate) const ONLY_HERE: [(&str, &str); 2] = [("completion", "bash"), ("ssh", "sshd")];

/// A test binary.
pub(crate) struct TestBinary {
    /// Its name without cargo's hash, as in the name of its cases.
    pub(crate) name: String,
    /// The folder of its package.
    pub(crate) package: String,
    pub(crate) path: PathBuf,
}

/// Everything that was built.
#[derive(Default)]
pub(crate) struct BuiltTests {
    pub(crate) binaries: Vec<TestBinary>,
    /// The programs that the tests start.
    pub(crate) programs: BTreeSet<PathBuf>,
}

/// What they are built for.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    /// Few runs: soon built.
    Short,
    /// As many as `--long` asks for.
    Long,
}

/// The long form makes several times as many calls in a second so.
pub(crate) const OPTIMISED: [&str; 2] = ["--config", "profile.dev.opt-level=2"];

/// Builds the tests of all packages but `xtask`, as static programs.
pub(crate) fn build(arch: Arch, form: Form) -> Result<BuiltTests> {
    let target = arch.target();
    install::ensure(&target.needs())?;
    let mut command = workspace::cargo()?;
    command
        .args([
            "test",
            "--no-run",
            "--workspace",
            "--exclude",
            "xtask",
            "--message-format=json-render-diagnostics",
        ])
        .args(["--target", target.triple])
        .args(workspace::features_with_std(target.packages_not_tested)?)
        // They are copied into a machine's memory.
        .env("CARGO_PROFILE_DEV_STRIP", "debuginfo")
        .stdout(Stdio::piped());
    match form {
        // An emulator takes minutes for all schedules of a client that is not optimised.
        Form::Short => command.args(["--config", "profile.dev.package.rsyscall-transport-pipe.opt-level=1"]),
        Form::Long => command.args(OPTIMISED),
    };
    for package in target.packages_not_tested {
        command.args(["--exclude", package]);
    }
    target.with_std(&mut command);
    announce(&command);
    if is_ahead() {
        command.stderr(Stdio::null());
    }
    let mut child = command.spawn().with_context(|| format!("cannot start `{}`", quote(&command)))?;
    let stdout = child.stdout.take().context("its output is a pipe")?;
    let mut built = BuiltTests::default();
    for message in Message::parse_stream(BufReader::new(stdout)) {
        let Message::CompilerArtifact(artifact) = message? else { continue };
        let Some(path) = artifact.executable else { continue };
        if !artifact.profile.test {
            built.programs.insert(path.into());
            continue;
        }
        let name = &artifact.target.name;
        if ONLY_HERE.iter().any(|(test, _)| test == name) {
            continue;
        }
        let file = path.file_name().context("a test binary has no name")?;
        let name = file.rsplit_once('-').map_or(file, |(name, _)| name).to_owned();
        let package = artifact.manifest_path.parent().context("a package has no folder")?.to_string();
        built.binaries.push(TestBinary { name, package, path: path.into() });
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("`{}` failed: {status}", quote(&command));
    }
    built.binaries.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(built)
}

impl TestBinary {
    /// A command that runs it with a runner before it.
    pub(crate) fn run_by(&self, runner: &str) -> Command {
        let mut command = Command::new(runner);
        command.arg(&self.path).current_dir(&self.package);
        command
    }

    /// The names of those of its cases that contain one of the patterns, or of all.
    pub(crate) fn list(&self, runner: &str, patterns: &[&str]) -> Result<Vec<String>> {
        let mut command = self.run_by(runner);
        command.args(["--list", "--format", "terse"]).args(patterns);
        let list = output(&mut command)?;
        Ok(list.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect())
    }

    /// Whether it is of the package in this folder of the workspace.
    pub(crate) fn is_of(&self, folder: &str) -> bool {
        Path::new(&self.package).ends_with(folder)
    }
}
