//! What mcrouter hashes of a key: without routing prefix, as the routes above change it,
//! up to `|#|`, with the salt behind.

use std::borrow::Cow;

use crate::quote::quoted;

/// What stands between the routing prefix and `|#|`, and behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Routed {
    /// What the routes above make of keys, the outermost first.
    pub(crate) prefixes: Vec<Prefix>,
    pub(crate) salt: Box<str>,
}

/// A `ModifyKeyRoute` that changes how keys begin.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Prefix {
    /// `ensure_key_prefix`: what every key begins with.
    pub(crate) ensured: Box<str>,
    /// `replace_key_prefix`: what makes room for it.
    pub(crate) replaced: Option<Box<str>>,
    /// `modify_inplace`: it takes the place of as many bytes of a key.
    pub(crate) in_place: bool,
}

impl Prefix {
    /// Whether keys stay as they are.
    pub(crate) fn changes_nothing(&self) -> bool {
        self.ensured.is_empty() && self.replaced.as_deref().is_none_or(str::is_empty)
    }

    /// A key without routing prefix, where it is changed.
    fn of(&self, key: &[u8]) -> Option<Vec<u8>> {
        let ensured = self.ensured.as_bytes();
        let replaced = self.replaced.as_deref().map(str::as_bytes);
        let rest = match replaced.and_then(|replaced| key.strip_prefix(replaced)) {
            Some(rest) => rest,
            None if key.starts_with(ensured) => return None,
            None if self.in_place => key.get(ensured.len()..).unwrap_or(key),
            None => key,
        };
        Some([ensured, rest].concat())
    }
}

impl Routed {
    /// Whether it is the key as other programs hash it.
    pub(super) fn is_plain(&self) -> bool {
        self.salt.is_empty() && self.prefixes.is_empty()
    }

    /// What is hashed of a key.
    pub(super) fn part<'k>(&self, key: &'k [u8]) -> Cow<'k, [u8]> {
        let mut changed: Option<Vec<u8>> = None;
        for prefix in &self.prefixes {
            let (routing, rest) = split(changed.as_deref().unwrap_or(key));
            if let Some(rest) = prefix.of(rest) {
                changed = Some([routing, &rest].concat());
            }
        }
        match changed {
            None if self.salt.is_empty() => Cow::Borrowed(cut(key)),
            None => Cow::Owned([cut(key), self.salt.as_bytes()].concat()),
            Some(key) => Cow::Owned([cut(&key), self.salt.as_bytes()].concat()),
        }
    }

    /// The rule in words.
    pub(crate) fn words(&self) -> String {
        let mut words = "the key up to |#|".to_owned();
        for prefix in &self.prefixes {
            words = format!("{words}, after ensure_key_prefix {}", quoted(&prefix.ensured));
            if let Some(replaced) = &prefix.replaced {
                words = format!("{words} and replace_key_prefix {}", quoted(replaced));
            }
            if prefix.in_place {
                words.push_str(" and modify_inplace");
            }
        }
        if !self.salt.is_empty() {
            words = format!("{words}, with salt {}", quoted(&self.salt));
        }
        words
    }
}

/// A key's routing prefix, such as `/region/cluster/`, and what is behind it.
fn split(key: &[u8]) -> (&[u8], &[u8]) {
    if !key.starts_with(b"/") {
        return key.split_at(0);
    }
    let mut slashes = key.iter().enumerate().filter(|(_, byte)| **byte == b'/').skip(2);
    key.split_at(slashes.next().map_or(0, |(at, _)| at + 1))
}

/// Between the routing prefix and `|#|`.
fn cut(key: &[u8]) -> &[u8] {
    let (_, rest) = split(key);
    match rest.windows(3).position(|window| window == b"|#|") {
        Some(at) => &rest[..at],
        None => rest,
    }
}

#[cfg(test)]
mod tests {
    use super::super::SameKey;
    use super::super::rule::{KeyRule, Kind};
    use super::{Prefix, Routed};

    fn rule(prefixes: &[Prefix], salt: &str) -> KeyRule {
        let routed = Routed { prefixes: prefixes.to_vec(), salt: salt.into() };
        KeyRule::new(routed.words(), Kind::Routed(routed))
    }

    fn prefix(ensured: &str, replaced: Option<&str>, in_place: bool) -> Prefix {
        Prefix { ensured: ensured.into(), replaced: replaced.map(Into::into), in_place }
    }

    #[test]
    fn keys_are_cut() {
        for (key, wanted) in [
            ("a", "a"),
            ("a|#|b", "a"),
            ("/r/c/a|#|b", "a"),
            ("/*/*/a", "a"),
            ("/r/c", "/r/c"),
            ("|#|b", ""),
        ] {
            assert_eq!(&*rule(&[], "").part(key.as_bytes()), wanted.as_bytes(), "{key}");
        }
        assert_eq!(&*rule(&[], "s").part(b"a|#|b"), b"as");
        assert_eq!(rule(&[], "s").compare(&rule(&[], "")), SameKey::Different);
        assert_eq!(KeyRule::PLAIN.compare(&rule(&[], "")), SameKey::Same);
    }

    /// As `getModifiedKey` of mcrouter's ModifyKeyRoute.h has it.
    #[test]
    fn prefixes_are_put_before_keys() {
        let ensured = prefix("foo:", None, false);
        let replaced = prefix("bar.", Some("foo."), false);
        let in_place = prefix("foo:", None, true);
        for (prefix, key, wanted) in [
            (&ensured, "beta", "foo:beta"),
            (&ensured, "foo:beta", "foo:beta"),
            (&ensured, "/r/c/beta|#|x", "foo:beta"),
            (&ensured, "f", "foo:f"),
            (&replaced, "foo.a", "bar.a"),
            (&replaced, "bar.a", "bar.a"),
            (&replaced, "a", "bar.a"),
            (&in_place, "abcdefg", "foo:efg"),
            (&in_place, "abc", "foo:abc"),
            (&in_place, "foo:a", "foo:a"),
        ] {
            let found = rule(std::slice::from_ref(prefix), "");
            assert_eq!(&*found.part(key.as_bytes()), wanted.as_bytes(), "{prefix:?} {key}");
        }
        let both = rule(&[ensured.clone(), prefix("x", None, false)], "s");
        assert_eq!(&*both.part(b"/r/c/k|#|y"), b"xfoo:ks");
        assert_eq!(
            both.to_string(),
            "the key up to |#|, after ensure_key_prefix 'foo:', after ensure_key_prefix 'x', with \
             salt 's'"
        );
        let ensured = rule(&[ensured], "");
        assert_eq!(ensured.compare(&KeyRule::PLAIN), SameKey::Different);
        assert_eq!(ensured.compare(&both), SameKey::Different);
        assert!(ensured.cuts());
    }

    #[test]
    fn some_change_nothing() {
        assert!(prefix("", None, false).changes_nothing());
        assert!(prefix("", Some(""), false).changes_nothing());
        assert!(!prefix("", Some("a"), false).changes_nothing());
        assert!(!prefix("a", None, true).changes_nothing());
    }
}
