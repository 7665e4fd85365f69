//! What somebody may have meant.

/// Of some names the one that is written most alike, if one is enough so; else one that ends alike: `SIGTERM` for `TERM`.
pub(crate) fn nearest<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let name = name.to_lowercase();
    let limit = name.chars().count().div_ceil(3).min(4);
    let distances = names.into_iter().filter_map(|known| {
        let lower = known.to_lowercase();
        let distance = strsim::damerau_levenshtein(&name, &lower);
        let ends_alike = name.len() > 2 && lower.ends_with(&name);
        (distance <= limit || ends_alike).then_some((distance, known))
    });
    distances.min().map(|(_, known)| known)
}

/// The sentence that says so, or nothing.
pub(crate) fn suggestion<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> String {
    nearest(name, names).map(|known| format!("; did you mean `{known}`?")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALLS: [&str; 5] = ["open", "openat", "openat2", "read", "unshare"];

    #[test]
    fn the_nearest_is_found() {
        assert_eq!(nearest("opnat", CALLS), Some("openat"));
        assert_eq!(nearest("OPENAT", CALLS), Some("openat"));
        assert_eq!(nearest("raed", CALLS), Some("read"));
        assert_eq!(nearest("unhsare", CALLS), Some("unshare"));
    }

    #[test]
    fn a_name_without_its_beginning_is_found() {
        assert_eq!(nearest("TERM", ["SIGKILL", "SIGTERM", "SIGSTKFLT"]), Some("SIGTERM"));
        assert_eq!(nearest("cloexec", ["O_RDONLY", "O_CLOEXEC"]), Some("O_CLOEXEC"));
    }

    #[test]
    fn what_is_like_nothing_gets_no_suggestion() {
        assert_eq!(nearest("mount_setattr", CALLS), None);
        assert_eq!(nearest("x", CALLS), None);
        assert_eq!(suggestion("", CALLS), "");
    }
}
