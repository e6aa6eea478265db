//! Tags: the part of a key that a client hashes in place of the whole, so that keys
//! of one tag share a server. Every client has a rule of its own.

use std::borrow::Cow;

use crate::placement::{BATCH, KeyHash, Space};

/// A rule that says which part of a key is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tag {
    /// The whole key.
    Off,
    /// Redis Cluster's, Predis's and twemproxy's of `{}`: from the first `{` to the next
    /// `}`, unless nothing stands between them.
    RedisCluster,
    /// redis-rb's `/^\{(.+?)\}/`: a `{` at the start of a line, then at least one
    /// character, none of them a newline, up to the next `}`.
    LineStart,
    /// phpredis's: from the first `{` to the next `}`, even if nothing stands
    /// between them; nothing behind a NUL byte is seen.
    Phpredis,
    /// Jedis's `\{(.+?)\}`: a `{` anywhere, then at least one character, none of them
    /// a line terminator of Java's, up to the next `}`.
    Jedis,
}

/// Where a byte stands first, from a place on.
fn find(key: &[u8], byte: u8, from: usize) -> Option<usize> {
    key.get(from..)?.iter().position(|found| *found == byte).map(|at| from + at)
}

/// The lines that Java's `.` does not cross end in one of these: LF, CR, U+0085,
/// U+2028, U+2029. How many bytes at the start of a text are one.
fn java_line_end(text: &[u8]) -> bool {
    matches!(text, [b'\n' | b'\r', ..] | [0xc2, 0x85, ..] | [0xe2, 0x80, 0xa8 | 0xa9, ..])
}

impl Tag {
    /// The part that is hashed.
    #[inline]
    pub(crate) fn part(self, key: &[u8]) -> &[u8] {
        if self == Self::Off {
            return key;
        }
        self.inside(key).unwrap_or(key)
    }

    fn inside(self, key: &[u8]) -> Option<&[u8]> {
        match self {
            Self::Off => None,
            Self::RedisCluster => {
                let open = find(key, b'{', 0)?;
                let close = find(key, b'}', open)?;
                (close > open + 1).then(|| &key[open + 1..close])
            }
            Self::Phpredis => {
                let end = find(key, 0, 0).unwrap_or(key.len());
                let open = find(&key[..end], b'{', 0)?;
                let close = find(&key[..end], b'}', open)?;
                Some(&key[open + 1..close])
            }
            Self::LineStart => {
                let newlines = (0..key.len()).filter(|at| key[*at] == b'\n').map(|at| at + 1);
                std::iter::once(0).chain(newlines).find_map(|open| {
                    (key.get(open) == Some(&b'{')).then_some(())?;
                    let close = find(key, b'}', open + 2)?;
                    let inside = &key[open + 1..close];
                    (!inside.contains(&b'\n')).then_some(inside)
                })
            }
            Self::Jedis => {
                let mut from = 0;
                loop {
                    let open = find(key, b'{', from)?;
                    let close = find(key, b'}', open + 2)?;
                    let inside = &key[open + 1..close];
                    let line_end = (0..inside.len()).any(|at| java_line_end(&inside[at..]));
                    if !line_end {
                        return Some(inside);
                    }
                    from = open + 1;
                }
            }
        }
    }

    /// What it adds to the name of a space of hashes.
    pub(crate) fn rule(self) -> &'static str {
        match self {
            Self::Off => "",
            Self::RedisCluster => ";tag=redis-cluster",
            Self::LineStart => ";tag=line-start",
            Self::Phpredis => ";tag=phpredis",
            Self::Jedis => ";tag=jedis",
        }
    }
}

/// A key hash over the parts that a rule leaves.
pub(crate) struct Tagged<H> {
    pub(crate) tag: Tag,
    pub(crate) hash: H,
}

impl<H: KeyHash> KeyHash for Tagged<H> {
    type Position = H::Position;

    #[inline]
    fn hash(&self, key: &[u8]) -> H::Position {
        self.hash.hash(self.tag.part(key))
    }

    fn hash_all(&self, keys: &[&[u8]], out: &mut [H::Position]) {
        if self.tag == Tag::Off {
            return self.hash.hash_all(keys, out);
        }
        let mut parts: [&[u8]; BATCH] = [&[]; BATCH];
        let parts = &mut parts[..keys.len()];
        for (part, key) in parts.iter_mut().zip(keys) {
            *part = self.tag.part(key);
        }
        self.hash.hash_all(parts, out);
    }

    fn hashed<'k>(&self, key: &'k [u8]) -> Cow<'k, [u8]> {
        self.hash.hashed(self.tag.part(key))
    }

    fn space(&self) -> Space {
        let Space { hash, size } = self.hash.space();
        Space { hash: hash + self.tag.rule(), size }
    }
}

#[cfg(test)]
mod tests {
    use super::Tag;

    fn part(tag: Tag, key: &str) -> String {
        String::from_utf8(tag.part(key.as_bytes()).to_vec()).unwrap()
    }

    #[test]
    fn each_client_s_own_rule() {
        use Tag::{Jedis, LineStart, Phpredis, RedisCluster};
        for (key, cluster, line, php, jedis) in [
            ("plain", "plain", "plain", "plain", "plain"),
            ("{user}:1", "user", "user", "user", "user"),
            ("a{user}:1", "user", "a{user}:1", "user", "user"),
            ("{}x", "{}x", "{}x", "", "{}x"),
            ("{}}x", "{}}x", "}", "", "}"),
            ("{}{a}", "{}{a}", "}{a", "", "}{a"),
            ("a\n{b}c", "b", "b", "b", "b"),
            ("{a\nb}c", "a\nb", "{a\nb}c", "a\nb", "{a\nb}c"),
            ("{a\nb}{c}", "a\nb", "{a\nb}{c}", "a\nb", "c"),
            ("{a\nb\n{c}", "a\nb\n{c", "c", "a\nb\n{c", "c"),
            ("x\0{a}", "a", "x\0{a}", "x\0{a}", "a"),
            ("{a\0}", "a\0", "a\0", "{a\0}", "a\0"),
            ("{{a}}", "{a", "{a", "{a", "{a"),
            ("}{a", "}{a", "}{a", "}{a", "}{a"),
            ("{a", "{a", "{a", "{a", "{a"),
            ("{a\u{2028}b}{c}", "a\u{2028}b", "a\u{2028}b", "a\u{2028}b", "c"),
        ] {
            assert_eq!(part(RedisCluster, key), cluster, "Redis Cluster: {key:?}");
            assert_eq!(part(LineStart, key), line, "redis-rb: {key:?}");
            assert_eq!(part(Phpredis, key), php, "phpredis: {key:?}");
            assert_eq!(part(Jedis, key), jedis, "Jedis: {key:?}");
            assert_eq!(part(Tag::Off, key), key);
        }
    }
}
