//! How costs change as there is more: more calls in a batch, callers, servers, threads, bytes.

use crate::{
    bars::median,
    floor,
    measure::measure,
    operation::Operation,
    ours,
    record::{Curve, Figure},
};
use anyhow::Result;

/// What is measured at a size.
type At = fn(u32) -> Operation;

/// Something that grows, and what is measured at each size.
struct Scale {
    name: &'static str,
    quantity: &'static str,
    sizes: Vec<u32>,
    curves: Vec<(&'static str, At)>,
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
            curves: vec![
                ("pipe", ours::pipe_batch),
                ("floor: raw pipe, one write", floor::bulk),
                ("ptrace", ours::ptrace_batch),
                ("floor: raw ptrace, one stop", floor::blocks),
            ],
        },
        Scale {
            name: "callers",
            quantity: "callers in flight",
            sizes: doublings(256, quick),
            curves: vec![("pipe", ours::in_flight), ("floor: raw pipe, one write each", floor::pipelined)],
        },
        Scale {
            name: "servers",
            quantity: "servers, each asked in its turn",
            sizes: doublings(256, quick),
            curves: vec![("pipe", ours::servers), ("floor: raw pipes", floor::round_trips)],
        },
        Scale {
            name: "threads",
            quantity: "threads of the target",
            sizes: doublings(256, quick),
            curves: vec![("ptrace", ours::threads), ("floor: raw ptrace, two stops", floor::stops)],
        },
        Scale {
            name: "read",
            quantity: "bytes read",
            sizes: bytes.clone(),
            curves: vec![
                ("pipe", |bytes| transfer(bytes, 0)),
                ("ptrace", |bytes| transfer(bytes, 2)),
                ("floor: pread of /proc/PID/mem", |bytes| single(bytes, 0)),
                ("floor: process_vm_readv", |bytes| single(bytes, 2)),
            ],
        },
        Scale {
            name: "write",
            quantity: "bytes written",
            sizes: bytes,
            curves: vec![
                ("pipe", |bytes| transfer(bytes, 1)),
                ("ptrace", |bytes| transfer(bytes, 3)),
                ("floor: pwrite of /proc/PID/mem", |bytes| single(bytes, 1)),
                ("floor: process_vm_writev", |bytes| single(bytes, 3)),
            ],
        },
    ]
}

fn transfer(bytes: u32, which: usize) -> Operation {
    ours::transfers(bytes as usize)[which].clone()
}

fn single(bytes: u32, which: usize) -> Operation {
    floor::single(bytes as usize)[which].clone()
}

/// Measures those whose name contains the filter. The curves of one size are measured in the same rounds.
pub(crate) fn all(filter: &str, rounds: u32, quick: bool) -> Result<Vec<Figure>> {
    scales(quick)
        .into_iter()
        .filter(|scale| scale.name.contains(filter))
        .map(|scale| {
            let mut curves: Vec<Curve> = scale
                .curves
                .iter()
                .map(|(name, _)| Curve { name: (*name).to_owned(), points: vec![] })
                .collect();
            for size in scale.sizes {
                let operations: Vec<_> = scale.curves.iter().map(|(_, operation)| operation(size)).collect();
                let what = format!("{size} {}", scale.quantity);
                let samples = measure(&what, &operations.iter().collect::<Vec<_>>(), rounds)?;
                for (curve, operation) in curves.iter_mut().zip(&operations) {
                    let samples = samples.get(&operation.name).map_or(&[][..], Vec::as_slice);
                    curve.points.push((size.into(), median(samples)));
                }
            }
            Ok(Figure { name: scale.name.to_owned(), quantity: scale.quantity.to_owned(), curves })
        })
        .collect()
}
