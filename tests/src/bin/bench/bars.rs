//! What is promised: how much more than the floor a thing may cost.

use crate::measure::Samples;
use crate::operation::Operation;
use crate::record;
use anyhow::{Context, Result};
use statrs::statistics::{Data, OrderStatistics};

/// A promise, or, where there is no limit, something worth knowing.
pub(crate) struct Bar {
    pub(crate) ours: String,
    /// Operations whose times are added up, one call of each.
    pub(crate) against: Against,
    pub(crate) limit: Option<f64>,
}

/// What something is compared with.
pub(crate) enum Against {
    /// All of these, one after the other.
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

    fn text(&self) -> String {
        match self {
            Self::Sum(names) => names.join(" + "),
            Self::Least(names) => names.join(" or "),
        }
    }
}

/// The table of promises.
pub(crate) fn all() -> Vec<Bar> {
    let mut bars = vec![
        at_most(1.05, "local call", &["rustix call"]),
        at_most(1.05, "local call", &["raw call"]),
        at_most(1.05, "local call, six arguments", &["raw call, six arguments"]),
        at_most(1.10, "pipe call", &["raw pipe round trip", "raw call"]),
        at_most(1.25, "pipe call, descriptors shared", &["raw pipe round trip", "raw call"]),
        at_most(4.6, "pipe, batch of 8", &["raw call"]),
        at_most(1.6, "pipe, batch of 64", &["raw call"]),
        at_most(1.25, "pipe, batch of 512", &["raw call"]),
        at_most(0.90, "pipe, 8 in flight", &["pipe, 1 in flight"]),
        at_most(0.85, "pipe, 64 in flight", &["pipe, 1 in flight"]),
        at_most(1.05, "ptrace call", &["raw ptrace, one step"]),
        at_most(0.85, "ptrace call, shared code page", &["raw ptrace, one step"]),
        at_most(2.1, "ptrace, batch of 64", &["raw call"]),
        at_most(1.25, "ptrace, batch of 512", &["raw call"]),
        at_most(0.60, "server put into a process, call", &["raw ptrace, one step"]),
        at_most(
            1.5,
            "server in this memory, to the first response",
            &["raw clone in this memory, to the first response"],
        ),
        at_most(1.2, "server program, to the first response", &["raw vfork and exec, to the first response"]),
    ];
    for (bytes, limit) in [(8, 1.10), (4096, 1.10), (1 << 20, 1.05)] {
        for transport in ["pipe", "ptrace"] {
            for (what, pread, readv) in [("read", "pread", "readv"), ("write", "pwrite", "writev")] {
                bars.push(Bar {
                    ours: format!("{transport}, {what} {bytes} B"),
                    against: Against::Least(vec![
                        format!("raw {pread} of /proc/PID/mem, {bytes} B"),
                        format!("raw process_vm_{readv}, {bytes} B"),
                    ]),
                    limit: Some(limit),
                });
            }
        }
    }
    bars.extend([
        known("pipe call, server in this memory", &["raw pipe round trip", "raw call"]),
        known("syscalls call", &["raw call"]),
        known("nix call", &["raw call"]),
        known("raw pipe, 8 calls in one write", &["raw call"]),
        known("raw pipe, 64 calls in one write", &["raw call"]),
        known("raw pipe, 512 calls in one write", &["raw call"]),
        known("ptrace call, two stops", &["raw ptrace, one step"]),
        known("raw ptrace, two stops", &["raw ptrace, one step"]),
        known("raw ptrace, shared page", &["raw ptrace, one step"]),
        known("raw ptrace, 64 calls in one stop", &["raw call"]),
        known("raw ptrace, 512 calls in one stop", &["raw call"]),
        known("ptrace-do call", &["raw ptrace, one step"]),
        known("nix ptrace, one step", &["raw ptrace, one step"]),
        known("ptrace, attach, call and detach", &["raw ptrace, one step"]),
        known(
            "raw clone in this memory, to the first response",
            &["raw vfork and exec, to the first response"],
        ),
    ]);
    bars
}

fn at_most(limit: f64, ours: &str, against: &[&str]) -> Bar {
    Bar { limit: Some(limit), ..known(ours, against) }
}

fn known(ours: &str, against: &[&str]) -> Bar {
    let against = Against::Sum(against.iter().map(ToString::to_string).collect());
    Bar { ours: ours.to_owned(), against, limit: None }
}

impl Bar {
    /// The operations that have to be measured.
    pub(crate) fn operations(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.ours).chain(self.against.names())
    }

    pub(crate) fn contains(&self, filter: &str) -> bool {
        self.operations().any(|name| name.contains(filter))
    }

    /// The ratios, round by round, and what they say.
    pub(crate) fn judge(&self, samples: &Samples) -> Result<record::Bar> {
        let of = |name: &String| samples.get(name).with_context(|| format!("\"{name}\" was not measured"));
        let ours = of(&self.ours)?;
        let against = self.against.names().iter().map(of).collect::<Result<Vec<_>>>()?;
        let floor: Vec<f64> = match self.against {
            Against::Sum(_) => {
                (0..ours.len()).map(|round| against.iter().map(|samples| samples[round]).sum()).collect()
            }
            Against::Least(_) => {
                // Which of them that is, their medians say, and not the luck of one round.
                let least = against.into_iter().min_by(|one, other| median(one).total_cmp(&median(other)));
                least.context("it is compared with nothing")?.clone()
            }
        };
        let ratios: Vec<f64> = ours.iter().zip(&floor).map(|(ours, floor)| ours / floor).collect();
        let ratio = median(&ratios);
        Ok(record::Bar {
            ours: self.ours.clone(),
            against: self.against.text(),
            nanoseconds: median(ours),
            ratio,
            spread: [quantile(&ratios, 0.25), quantile(&ratios, 0.75)],
            limit: self.limit,
            holds: self.limit.is_none_or(|limit| ratio <= limit),
        })
    }
}

pub(crate) fn median(samples: &[f64]) -> f64 {
    quantile(samples, 0.5)
}

fn quantile(samples: &[f64], at: f64) -> f64 {
    Data::new(samples.to_vec()).quantile(at)
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
