//! What is promised: how much more than the floor a thing may cost.

use crate::{cores, operation::Operation};
use anyhow::{Context, Result};
use std::fmt;

/// A promise, or, where there is no limit, something worth knowing.
pub(crate) struct Bar {
    pub(crate) ours: String,
    pub(crate) against: Against,
    pub(crate) limit: Option<f64>,
    pub(crate) floor: Option<Floor>,
}

/// The same thing as ours, written by hand.
pub(crate) struct Floor {
    pub(crate) same: Against,
    /// What it is compared with, if not with what ours is compared with.
    pub(crate) against: Option<Against>,
}

/// What something is compared with.
#[derive(Clone)]
pub(crate) enum Against {
    /// All of these, one after the other: one call of each.
    Sum(Vec<String>),
    /// The cheapest of these.
    Least(Vec<String>),
}

impl Against {
    pub(crate) fn names(&self) -> &[String] {
        match self {
            Self::Sum(names) | Self::Least(names) => names,
        }
    }
}

impl fmt::Display for Against {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match self {
            Self::Sum(names) => names.join(" + "),
            Self::Least(names) => names.join(" or "),
        })
    }
}

/// The table of promises, and of what is worth knowing beside them.
pub(crate) fn all() -> Vec<Bar> {
    let mut bars = vec![
        at_most(1.05, "local call", &["rustix call"]).floor(&["raw call"]),
        at_most(1.05, "local call", &["raw call"]),
        at_most(1.05, "local call, six arguments", &["raw call, six arguments"]),
        at_most(1.10, "pipe call", &["raw pipe round trip", "raw call"]),
        at_most(1.25, "pipe call, descriptors shared", &["raw pipe round trip", "raw call"])
            .floor(&["raw pipe round trip, watched", "raw call"]),
    ];
    bars.extend([(8, 4.6), (64, 1.6), (512, 1.25)].map(|(calls, limit)| {
        at_most(limit, &format!("pipe, batch of {calls}"), &["raw call"])
            .floor(&[&format!("raw pipe, {calls} calls in one write")])
    }));
    bars.extend([(8, 0.90), (64, 0.85)].map(|(callers, limit)| {
        at_most(limit, &format!("pipe, {callers} in flight"), &["pipe, 1 in flight"])
            .floor(&[&format!("raw pipe, {callers} requests ahead"), "raw call"])
            .floor_against(&["raw pipe round trip", "raw call"])
    }));
    bars.extend([
        at_most(1.05, "ptrace call", &["raw ptrace, one step"]),
        at_most(0.85, "ptrace call, shared code page", &["raw ptrace, one step"])
            .floor(&["raw ptrace, shared page"]),
    ]);
    bars.extend([(64, 2.1), (512, 1.25)].map(|(calls, limit)| {
        at_most(limit, &format!("ptrace, batch of {calls}"), &["raw call"])
            .floor(&[&format!("raw ptrace, {calls} calls in one stop")])
    }));
    bars.extend([
        at_most(0.60, "server put into a process, call", &["raw ptrace, one step"])
            .floor(&["raw pipe round trip", "raw call"]),
        at_most(
            1.5,
            "server in this memory, to the first response",
            &["raw clone in this memory, to the first response"],
        ),
        at_most(1.2, "server program, to the first response", &["raw vfork and exec, to the first response"]),
    ]);
    for (bytes, limit) in [(8, 1.10), (4096, 1.10), (1 << 20, 1.05)] {
        for transport in ["pipe", "ptrace"] {
            bars.extend(["read", "write"].map(|what| moves(Some(limit), transport, what, bytes)));
        }
    }
    bars.extend(beside());
    bars.retain(|bar| cores::are_two() || !bar.operations().any(|name| name.ends_with(cores::OTHER_CORE)));
    bars
}

/// What has no limit: other ways to do the same, other crates, and what a wake-up of another core makes of it.
fn beside() -> Vec<Bar> {
    let mut bars = Vec::new();
    for bytes in [8, 4096, 1 << 20] {
        bars.extend(["read", "write"].map(|what| {
            moves(None, "pipe in band", what, bytes).floor(&[&format!("raw pipe, {what} {bytes} B")])
        }));
    }
    bars.extend([
        known("pipe call, server in this memory", &["raw pipe round trip", "raw call"]),
        known("raw call, in a loop of nothing else", &["raw call"]),
        known("syscalls call", &["raw call"]),
        known("nix call", &["raw call"]),
        known("ptrace call, two stops", &["raw ptrace, one step"]).floor(&["raw ptrace, two stops"]),
        known("ptrace, batch of 64, shared code page", &["raw call"]),
        known("ptrace, batch of 512, shared code page", &["raw call"]),
        known("ptrace-do call", &["raw ptrace, one step"]),
        known("nix ptrace, one step", &["raw ptrace, one step"]),
        known("ptrace, attach, call and detach", &["raw ptrace, one step"]),
        known(
            "raw clone in this memory, to the first response",
            &["raw vfork and exec, to the first response"],
        ),
        known("pipe call, on another core", &["raw pipe round trip, on another core", "raw call"]),
        known("pipe, batch of 64, on another core", &["raw call"])
            .floor(&["raw pipe, 64 calls in one write, on another core"]),
        known("ptrace call, on another core", &["raw ptrace, one step, on another core"]),
        known("raw pipe round trip, on another core", &["raw pipe round trip"]),
        known("raw ptrace, one step, on another core", &["raw ptrace, one step"]),
    ]);
    bars
}

fn at_most(limit: f64, ours: &str, against: &[&str]) -> Bar {
    let bar = known(ours, against);
    let floor = Some(Floor { same: bar.against.clone(), against: None });
    Bar { limit: Some(limit), floor, ..bar }
}

fn known(ours: &str, against: &[&str]) -> Bar {
    Bar { ours: ours.to_owned(), against: sum(against), limit: None, floor: None }
}

fn sum(names: &[&str]) -> Against {
    Against::Sum(names.iter().map(ToString::to_string).collect())
}

/// Reading or writing so many bytes, compared with the cheapest call that does that.
fn moves(limit: Option<f64>, transport: &str, what: &str, bytes: u32) -> Bar {
    let call = if what == "read" { ("pread", "readv") } else { ("pwrite", "writev") };
    let against = Against::Least(vec![
        format!("raw {} of /proc/PID/mem, {bytes} B", call.0),
        format!("raw process_vm_{}, {bytes} B", call.1),
    ]);
    let floor = limit.map(|_| Floor { same: against.clone(), against: None });
    Bar { ours: format!("{transport}, {what} {bytes} B"), against, limit, floor }
}

impl Bar {
    /// The same by hand, one call of each, where that is something else than what it is compared with.
    fn floor(self, same: &[&str]) -> Self {
        Self { floor: Some(Floor { same: sum(same), against: None }), ..self }
    }

    /// What that is compared with: by hand, too.
    fn floor_against(mut self, against: &[&str]) -> Self {
        if let Some(floor) = &mut self.floor {
            floor.against = Some(sum(against));
        }
        self
    }

    /// The operations that have to be measured.
    pub(crate) fn operations(&self) -> impl Iterator<Item = &String> {
        let floor = self.floor.iter().flat_map(|floor| [Some(&floor.same), floor.against.as_ref()]);
        let compared = floor.flatten().chain([&self.against]);
        std::iter::once(&self.ours).chain(compared.flat_map(Against::names))
    }

    pub(crate) fn contains(&self, filter: &str) -> bool {
        self.operations().any(|name| name.contains(filter))
    }
}

/// The operations with these names, each once.
pub(crate) fn pick<'o>(
    operations: &'o [Operation],
    names: impl Iterator<Item = &'o String>,
) -> Result<Vec<&'o Operation>> {
    let mut picked: Vec<&Operation> = Vec::new();
    for name in names {
        let operation = operations.iter().find(|operation| operation.name == *name);
        let operation = operation.with_context(|| format!("there is no operation \"{name}\""))?;
        if !picked.iter().any(|other| other.name == operation.name) {
            picked.push(operation);
        }
    }
    Ok(picked)
}
