//! The first instruction of a program without std: it calls `main` of the program that includes this file.

pub(crate) mod arch;
