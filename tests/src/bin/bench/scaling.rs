//! How costs change as there is more: more calls in a batch, callers, servers, threads, bytes.

use crate::{
    floor,
    judge::{median, ratios},
    measure::{Samples, measure},
    operation::Operation,
    ours::{self, Way},
    record::{Curve, Figure},
};
use anyhow::{Context, Result};
use syscalls::Sysno;

/// Something that grows, and what is measured at each size.
struct Scale {
    name: &'static str,
    quantity: &'static str,
    sizes: Vec<u32>,
    lines: Vec<Line>,
}

/// What is measured at a size.
struct Line {
    name: &'static str,
    at: fn(u32) -> Operation,
    /// What does the same by hand, the best of them, if this is ours.
    floors: &'static [&'static str],
}

fn of_ours(name: &'static str, at: fn(u32) -> Operation, floors: &'static [&'static str]) -> Line {
    Line { name, at, floors }
}

fn by_hand(name: &'static str, at: fn(u32) -> Operation) -> Line {
    Line { name, at, floors: &[] }
}

/// 1, 2, 4 … or, to try it, every fourth of them.
fn doublings(last: u32, quick: bool) -> Vec<u32> {
    let step = if quick { 4 } else { 1 };
    (0..=last.ilog2()).step_by(step).map(|power| 1 << power).collect()
}

fn scales(quick: bool) -> Vec<Scale> {
    let bytes = doublings(if quick { 1 << 20 } else { 64 << 20 }, quick);
    vec![
        Scale {
            name: "batch",
            quantity: "calls in a batch",
            sizes: doublings(4096, quick),
            lines: vec![
                of_ours("pipe", ours::pipe_batch, &["floor: raw pipe, one write"]),
                by_hand("floor: raw pipe, one write", floor::bulk),
                of_ours("ptrace", ours::ptrace_batch, &["floor: raw ptrace, one stop"]),
                by_hand("floor: raw ptrace, one stop", floor::blocks),
            ],
        },
        Scale {
            name: "callers",
            quantity: "callers in flight",
            sizes: doublings(256, quick),
            lines: vec![
                of_ours("pipe", ours::in_flight, &["floor: raw pipe, one write each"]),
                by_hand("floor: raw pipe, one write each", floor::pipelined),
            ],
        },
        Scale {
            name: "servers",
            quantity: "servers, each asked in its turn",
            sizes: doublings(256, quick),
            lines: vec![
                of_ours("pipe", ours::servers, &["floor: raw pipes"]),
                by_hand("floor: raw pipes", floor::round_trips),
            ],
        },
        Scale {
            name: "threads",
            quantity: "threads of the target",
            sizes: doublings(256, quick),
            lines: vec![
                of_ours("ptrace, two stops", ours::threads, &["floor: raw ptrace, two stops"]),
                by_hand("floor: raw ptrace, two stops", floor::stops),
            ],
        },
        Scale {
            name: "read",
            quantity: "bytes read",
            sizes: bytes.clone(),
            lines: vec![
                of_ours("pipe", |n| moved(Way::Pipe, n, true), &READS),
                of_ours("ptrace", |n| moved(Way::Ptrace, n, true), &READS),
                by_hand(READS[0], |n| single(Sysno::pread64, n)),
                by_hand(READS[1], |n| single(Sysno::process_vm_readv, n)),
                of_ours(
                    "pipe in band",
                    |n| moved(Way::PipeInBand, n, true),
                    &["floor: raw pipe, 16 KiB a round trip"],
                ),
                by_hand("floor: raw pipe, 16 KiB a round trip", |n| floor::carried(n as usize, true)),
            ],
        },
        Scale {
            name: "write",
            quantity: "bytes written",
            sizes: bytes,
            lines: vec![
                of_ours("pipe", |n| moved(Way::Pipe, n, false), &WRITES),
                of_ours("ptrace", |n| moved(Way::Ptrace, n, false), &WRITES),
                by_hand(WRITES[0], |n| single(Sysno::pwrite64, n)),
                by_hand(WRITES[1], |n| single(Sysno::process_vm_writev, n)),
                of_ours(
                    "pipe in band",
                    |n| moved(Way::PipeInBand, n, false),
                    &["floor: raw pipe, 16 KiB a round trip"],
                ),
                by_hand("floor: raw pipe, 16 KiB a round trip", |n| floor::carried(n as usize, false)),
            ],
        },
    ]
}

const READS: [&str; 2] = ["floor: pread of /proc/PID/mem", "floor: process_vm_readv"];
const WRITES: [&str; 2] = ["floor: pwrite of /proc/PID/mem", "floor: process_vm_writev"];

fn moved(way: Way, bytes: u32, reads: bool) -> Operation {
    ours::transfer(way, bytes as usize, reads)
}

fn single(call: Sysno, bytes: u32) -> Operation {
    floor::single(call, bytes as usize)
}

/// Measures those whose name contains the filter. The lines of one size are measured in the same rounds.
pub(crate) fn all(filter: &str, rounds: u32, quick: bool) -> Result<Vec<Figure>> {
    let scales = scales(quick).into_iter().filter(|scale| scale.name.contains(filter));
    scales.map(|scale| figure(&scale, rounds)).collect()
}

fn figure(scale: &Scale, rounds: u32) -> Result<Figure> {
    let mut curves: Vec<_> = scale.lines.iter().map(|line| Curve::new(line.name)).collect();
    for &size in &scale.sizes {
        let operations: Vec<_> = scale.lines.iter().map(|line| (line.at)(size)).collect();
        let what = format!("{size} {}", scale.quantity);
        let samples = measure(&what, &operations.iter().collect::<Vec<_>>(), rounds)?;
        let of = |line: &str| of_line(scale, &operations, &samples, line);
        for (curve, line) in curves.iter_mut().zip(&scale.lines) {
            let taken = of(line.name)?;
            curve.points.push((size.into(), median(taken)));
            let floors = line.floors.iter().map(|name| of(name)).collect::<Result<Vec<_>>>()?;
            let least = floors.into_iter().min_by(|one, other| median(one).total_cmp(&median(other)));
            if let Some(floor) = least {
                curve.ratios.push((size.into(), median(&ratios(taken, floor))));
            }
        }
    }
    Ok(Figure { name: scale.name.to_owned(), quantity: scale.quantity.to_owned(), curves })
}

/// What one line's operation took at the size that was just measured.
fn of_line<'s>(
    scale: &Scale,
    operations: &[Operation],
    samples: &'s Samples,
    line: &str,
) -> Result<&'s [f64]> {
    let index = scale.lines.iter().position(|other| other.name == line).context("no line has this name")?;
    let samples = operations.get(index).and_then(|operation| samples.get(&operation.name));
    samples.map(Vec::as_slice).context("it was not measured")
}
