//! The program `rsyscall-inject` as its users see it.
