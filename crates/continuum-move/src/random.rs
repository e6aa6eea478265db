//! Names that nobody else has.

use std::hash::{BuildHasher as _, Hasher as _};

/// The prefix and 32 random hexadecimal digits.
pub(crate) fn name(prefix: &str) -> String {
    // Each state has keys of the system's randomness, and no state has another's.
    #[expect(clippy::disallowed_types, reason = "here it shall differ in every process")]
    let part = || std::hash::RandomState::new().build_hasher().finish();
    format!("{prefix}{:016x}{:016x}", part(), part())
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn names_differ() {
        let (one, two) = (name("a-"), name("a-"));
        assert!(one.starts_with("a-") && one.len() == 34 && one != two, "{one} {two}");
    }
}
