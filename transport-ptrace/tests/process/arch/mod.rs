//! What differs by architecture.

cfg_if::cfg_if! {
    if #[cfg(target_arch = "x86_64")] {
        mod x86_64;
        pub(crate) use x86_64::*;
    } else {
        mod aarch64;
        pub(crate) use aarch64::*;
    }
}
