//! What `/proc/PID/status` says of every thread of a server and its children.

use super::serving::family;
use crate::victim::WATCHDOG;
use rsyscall_core::identifier::Process;
use std::{collections::BTreeMap, path::Path, thread, time::Instant};

/// The fields of every thread, by its number.
pub(super) struct Snapshot(BTreeMap<i32, BTreeMap<String, String>>);

/// A field of a thread that was one thing and is another.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) field: String,
    #[expect(dead_code, reason = "shown when a test fails")]
    thread: i32,
    #[expect(dead_code, reason = "shown when a test fails")]
    values: [String; 2],
}

/// What whoever is stopped cannot be spared: that it was, and the most memory that it ever had.
const COUNTED: [&str; 4] = ["voluntary_ctxt_switches", "nonvoluntary_ctxt_switches", "VmPeak", "VmHWM"];

/// What depends on how much a server has to do. (Signals are counted for all processes of a user together.)
const OF_LOAD: [&str; 12] = [
    "VmSize", "VmRSS", "RssAnon", "RssFile", "RssShmem", "VmData", "VmStk", "VmPTE", "VmSwap", "Threads",
    "FDSize", "SigQ",
];

impl Change {
    pub(super) fn is_of_load(&self) -> bool {
        OF_LOAD.contains(&self.field.as_str())
    }
}

impl Snapshot {
    /// The fields once no thread runs.
    pub(super) fn of(process: Process) -> Self {
        let start = Instant::now();
        loop {
            let threads = threads(process);
            let runs = |fields: &BTreeMap<String, String>| {
                fields.get("State").is_some_and(|state| state.starts_with('R'))
            };
            if !threads.values().any(runs) {
                return Self(threads);
            }
            assert!(start.elapsed() < WATCHDOG, "it does not come to rest");
            thread::yield_now();
        }
    }

    /// What is different afterwards, of the threads that are still there.
    pub(super) fn changes(&self, after: &Self) -> Vec<Change> {
        let mut changes = Vec::new();
        for (thread, before) in &self.0 {
            let Some(after) = after.0.get(thread) else { continue };
            for (field, value) in before {
                let now = after.get(field).cloned().unwrap_or_default();
                if now != *value && !COUNTED.contains(&field.as_str()) {
                    changes.push(Change {
                        field: field.clone(),
                        thread: *thread,
                        values: [value.clone(), now],
                    });
                }
            }
        }
        changes
    }
}

fn threads(process: Process) -> BTreeMap<i32, BTreeMap<String, String>> {
    let mut threads = BTreeMap::new();
    for process in family(process) {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", process.into_raw()));
        for task in tasks.into_iter().flatten().flatten() {
            let number = task.file_name().to_str().and_then(|name| name.parse().ok());
            if let (Some(number), Some(fields)) = (number, fields(&task.path().join("status"))) {
                threads.insert(number, fields);
            }
        }
    }
    threads
}

fn fields(status: &Path) -> Option<BTreeMap<String, String>> {
    let text = std::fs::read_to_string(status).ok()?;
    let field = |line: &str| {
        let (name, value) = line.split_once(":\t")?;
        Some((name.to_owned(), value.to_owned()))
    };
    Some(text.lines().filter_map(field).collect())
}
