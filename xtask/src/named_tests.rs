//! That the tests that the documentation and the tables of xtask name exist.

#[cfg(test)]
mod tests {
    use crate::{built_tests, emulated, foreign, machine_tests, test, workspace};
    use std::collections::BTreeSet;
    use std::path::Path;

    /// The paths of all tests in a folder, as the test runner has them, with `::` before and behind. `module` is the
    /// folder's own, and ends with that, too.
    fn find_tests(folder: &Path, module: &str, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap();
            if path.is_dir() {
                find_tests(&path, &format!("{module}{stem}::"), found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let own = if ["mod", "main"].contains(&stem) { String::new() } else { format!("{stem}::") };
                let text = std::fs::read_to_string(&path).unwrap();
                found.extend(names(&text).into_iter().map(|name| format!("{module}{own}{name}::")));
            }
        }
    }

    /// What a file has of tests: functions with the attribute, and what a list at the file's top level makes of `NAME => …`.
    fn names(text: &str) -> Vec<&str> {
        let mut names = Vec::new();
        let (mut is_test, mut in_list) = (false, false);
        for line in text.lines() {
            let name = line.trim_start().split(|c: char| !c.is_alphanumeric() && c != '_').next();
            if in_list
                && let Some(entry) = line.strip_prefix("    ")
                && entry.contains(" => ")
            {
                names.extend(name.filter(|name| entry.starts_with(&format!("{name} => "))));
            } else if is_test && let Some(rest) = line.trim_start().strip_prefix("fn ") {
                names.extend(rest.split('(').next());
                is_test = false;
            }
            is_test |= line.trim_start() == "#[test]";
            in_list = (in_list || line.ends_with("! {") && !line.starts_with(' ')) && line != "}";
        }
        names
    }

    #[test]
    fn only_tests_are_found() {
        let text = "fn helper() {}\n#[test]\n#[expect(unsafe_code)]\nfn one() {\n    fn inner() {}\n}\n\
                    list! {\n    two => inner;\n    three => || match x {\n        four => {}\n    };\n}\n\
                    fn five() {\n    six => 1\n}\n";
        assert_eq!(names(text), ["one", "two", "three"]);
    }

    #[test]
    fn every_test_that_does_not_run_somewhere_exists() {
        let root = workspace::root().unwrap();
        let (mut binaries, mut found) = (BTreeSet::new(), Vec::new());
        for package in ["core", "transport-pipe", "transport-ptrace", "tests"] {
            let tests = root.join(package).join("tests");
            for entry in std::fs::read_dir(&tests).unwrap() {
                let path = entry.unwrap().path();
                binaries.insert(path.file_stem().unwrap().to_str().unwrap().to_owned());
            }
            find_tests(&tests, "::", &mut found);
        }
        let elsewhere = machine_tests::BINARIES_NOT_RUN.iter().chain(&built_tests::ONLY_HERE);
        let named = emulated::BINARIES_NOT_RUN.iter().chain(elsewhere).map(|(name, _)| *name);
        for name in named.chain([foreign::TEST]) {
            assert!(binaries.contains(name), "there is no test binary {name}");
        }
        let machine = machine_tests::CASES_NOT_RUN.map(|(_, case, _)| case);
        let servers = test::SERVERS.map(|(_, case)| case.trim_start_matches("process::"));
        let emulated = emulated::CASES_NOT_RUN.map(|(part, _)| part);
        for part in emulated.into_iter().chain(machine).chain(servers) {
            assert!(found.iter().any(|path| path.contains(part)), "there is no test with {part} in its name");
        }
    }

    #[test]
    fn every_test_of_the_table_of_hazards_exists() {
        let package = workspace::root().unwrap().join("transport-ptrace");
        let mut found = Vec::new();
        for folder in ["src", "tests"] {
            find_tests(&package.join(folder), "::", &mut found);
        }
        let readme = std::fs::read_to_string(package.join("README.md")).unwrap();
        let (mut named, mut last) = (0, 0);
        for line in readme.lines().filter(|line| line.starts_with("| R")) {
            // In the order of their numbers, and none is left out.
            for number in line.split(" | ").next().unwrap().trim_start_matches("| ").split(", ") {
                assert_eq!(number, format!("R{}", last + 1), "{line}");
                last += 1;
            }
            let tests = line.trim_end_matches(" |").rsplit_once(" | ").unwrap().1;
            // Every other piece stands between two backticks, a test or a module of them; `…` is the rest of a name that is like
            // the one before.
            for name in tests.split('`').skip(1).step_by(2).filter(|name| !name.contains('…')) {
                named += 1;
                let exists = found.iter().any(|path| path.contains(&format!("::{name}::")));
                assert!(exists, "there is no test {name}: {line}");
            }
        }
        assert_eq!(last, 58);
        assert!(named > 50, "{named}");
    }
}
