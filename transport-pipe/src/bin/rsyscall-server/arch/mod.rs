//! The entry point: hands the initial stack, aligned, to `main`, and room below it. The compiler would touch every page of an
//! array so large, and the kernel find memory for each, before anything is asked.

#[cfg_attr(target_arch = "x86_64", path = "x86_64.rs")]
#[cfg_attr(target_arch = "aarch64", path = "aarch64.rs")]
#[cfg_attr(target_arch = "riscv64", path = "riscv64.rs")]
mod this;
