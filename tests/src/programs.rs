//! The programs that tests start.

use std::{env, ffi::CString, path::Path, path::PathBuf};

/// The server, which xtask builds and names by `RSYSCALL_SERVER`.
pub fn server() -> CString {
    CString::new(env::var("RSYSCALL_SERVER").expect("RSYSCALL_SERVER names the server; xtask sets it"))
        .unwrap()
}

/// A program without std; xtask builds them, and names their folder by `RSYSCALL_PROGRAMS`.
pub fn freestanding(name: &str) -> PathBuf {
    let folder = env::var("RSYSCALL_PROGRAMS").expect("RSYSCALL_PROGRAMS names the folder; xtask sets it");
    Path::new(&folder).join(name)
}

/// An example with std, which cargo built beside the test.
pub fn example(name: &str) -> PathBuf {
    let test = env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().join("examples").join(name)
}
