//! What a process is and does is the same after calls were made in it; who cannot be attached to is told why.

#[macro_use]
mod behaviours;
mod arch;
mod asleep;
mod compat;
mod remote;
mod restricted;
mod threads;
mod victim;
mod victims;

mod batches;
mod calls;
mod counts;
mod detach;
mod errors;
mod hazards;
mod interrupts;
mod killed;
mod left;
mod limits;
mod mechanisms;
mod memory;
mod pages;
mod programs;
mod scheduling;
mod sequences;
mod server;
mod state;
mod stops;
mod targets;
mod transparency;
