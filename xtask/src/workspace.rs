//! What cargo knows about this workspace.

use anyhow::{Context, Result};
use cargo_metadata::{CrateType, Metadata, MetadataCommand};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// The feature that a program without std requires, and by which it is recognised.
const FREESTANDING_FEATURE: &str = "freestanding";

/// A program of the workspace.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) package: String,
    pub(crate) name: String,
    pub(crate) kind: ProgramKind,
    pub(crate) features: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProgramKind {
    Bin,
    Example,
    /// An example that is linked into a program in another language.
    Library,
}

impl ProgramKind {
    /// cargo's option that selects such a program.
    pub(crate) fn option(self) -> &'static str {
        match self {
            Self::Bin => "--bin",
            Self::Example | Self::Library => "--example",
        }
    }
}

/// A cargo command for this workspace, from wherever this program was started.
pub(crate) fn cargo() -> Result<Command> {
    let mut command = Command::new("cargo");
    command.current_dir(root()?);
    Ok(command)
}

/// The workspace's folder.
pub(crate) fn root() -> Result<PathBuf> {
    Ok(metadata()?.workspace_root.clone().into_std_path_buf())
}

/// The folder that cargo builds in.
pub(crate) fn target_directory() -> Result<PathBuf> {
    Ok(metadata()?.target_directory.clone().into_std_path_buf())
}

/// The packages that are published: the libraries.
pub(crate) fn library_crates() -> Result<Vec<String>> {
    let packages = metadata()?.workspace_packages();
    let published = packages.iter().filter(|package| package.publish.as_deref() != Some(&[]));
    Ok(published.map(|package| package.name.to_string()).collect())
}

/// The programs without std.
pub(crate) fn freestanding_programs() -> Result<Vec<Program>> {
    let freestanding = |program: &Program| program.features.iter().any(|f| f == FREESTANDING_FEATURE);
    let all = programs()?.into_iter();
    Ok(all.filter(|program| program.kind != ProgramKind::Library && freestanding(program)).collect())
}

/// The static libraries, which are without std, too.
pub(crate) fn static_libraries() -> Result<Vec<Program>> {
    Ok(programs()?.into_iter().filter(|program| program.kind == ProgramKind::Library).collect())
}

/// What only the bench requires, which is built for this machine alone.
const BENCH_FEATURE: &str = "bench";

/// The features that programs with std and their tests require, as cargo's options `--features PACKAGE/FEATURE`.
pub(crate) fn features_with_std(packages_left_out: &[&str]) -> Result<Vec<String>> {
    let mut features = BTreeSet::new();
    for package in metadata()?.workspace_packages() {
        if packages_left_out.contains(&package.name.as_str()) {
            continue;
        }
        let required = package.targets.iter().flat_map(|target| &target.required_features);
        for feature in
            required.filter(|feature| ![FREESTANDING_FEATURE, BENCH_FEATURE].contains(&feature.as_str()))
        {
            features.insert(format!("{}/{feature}", package.name));
        }
    }
    Ok(features.into_iter().flat_map(|feature| ["--features".to_owned(), feature]).collect())
}

/// The program with this name, if the workspace has it.
pub(crate) fn program(name: &str) -> Result<Option<Program>> {
    Ok(programs()?.into_iter().find(|program| program.name == name))
}

fn programs() -> Result<Vec<Program>> {
    let mut programs = Vec::new();
    for package in metadata()?.workspace_packages() {
        for target in &package.targets {
            let kind = if target.crate_types.contains(&CrateType::StaticLib) {
                ProgramKind::Library
            } else if target.is_bin() {
                ProgramKind::Bin
            } else if target.is_example() {
                ProgramKind::Example
            } else {
                continue;
            };
            programs.push(Program {
                package: package.name.to_string(),
                name: target.name.clone(),
                kind,
                features: target.required_features.clone(),
            });
        }
    }
    Ok(programs)
}

fn metadata() -> Result<&'static Metadata> {
    static METADATA: OnceLock<Metadata> = OnceLock::new();
    if let Some(metadata) = METADATA.get() {
        return Ok(metadata);
    }
    let mut command = MetadataCommand::new();
    command.manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml")).no_deps();
    let metadata = command.exec().context("cannot read the workspace with `cargo metadata`")?;
    Ok(METADATA.get_or_init(|| metadata))
}
