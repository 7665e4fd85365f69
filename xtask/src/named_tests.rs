//! That the tests that the documentation and the tables of xtask name exist.

#[cfg(test)]
mod tests {
    use crate::{built_tests, emulated, foreign, machine_tests, workspace};
    use std::collections::BTreeSet;
    use std::path::Path;

    /// All words of the Rust files in a folder.
    fn words(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                words(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.extend(text.split(|c: char| !c.is_alphanumeric() && c != '_').map(str::to_owned));
            }
        }
    }

    #[test]
    fn every_test_that_does_not_run_somewhere_exists() {
        let root = workspace::root().unwrap();
        let (mut binaries, mut found) = (BTreeSet::new(), BTreeSet::new());
        for package in ["core", "transport-pipe", "transport-ptrace", "tests"] {
            let tests = root.join(package).join("tests");
            for entry in std::fs::read_dir(&tests).unwrap() {
                let path = entry.unwrap().path();
                binaries.insert(path.file_stem().unwrap().to_str().unwrap().to_owned());
            }
            words(&tests, &mut found);
        }
        let elsewhere = machine_tests::BINARIES_NOT_RUN.iter().chain(&built_tests::ONLY_HERE);
        let named = emulated::BINARIES_NOT_RUN.iter().chain(elsewhere).map(|(name, _)| *name);
        for name in named.chain([foreign::TEST]) {
            assert!(binaries.contains(name), "there is no test binary {name}");
        }
        for (part, _) in emulated::CASES_NOT_RUN {
            assert!(found.iter().any(|word| word.contains(part)), "there is no test with {part} in its name");
        }
    }

    #[test]
    fn every_test_of_the_table_of_hazards_exists() {
        let package = workspace::root().unwrap().join("transport-ptrace");
        let mut found = BTreeSet::new();
        for folder in ["src", "tests"] {
            words(&package.join(folder), &mut found);
        }
        let readme = std::fs::read_to_string(package.join("README.md")).unwrap();
        let mut named = 0;
        for line in readme.lines().filter(|line| line.starts_with("| R")) {
            let tests = line.trim_end_matches(" |").rsplit_once(" | ").unwrap().1;
            // Every other piece stands between two backticks; `…` is the rest of a name that is like the one before.
            for name in tests.split('`').skip(1).step_by(2).filter(|name| !name.contains('…')) {
                named += 1;
                for part in name.split("::") {
                    assert!(found.contains(part), "there is no {name}: {line}");
                }
            }
        }
        assert!(named > 50, "{named}");
    }
}
