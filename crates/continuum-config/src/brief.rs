//! Long texts of a configuration in few words, so that two that differ still do.

/// Characters that are shown as they are.
const MOST: usize = 100;

/// A directive's words, told apart.
pub(crate) fn words(words: &[impl AsRef<str>]) -> String {
    let quoted = |word: &str| match word.is_empty() || word.contains([' ', '\t', '\n', ';', '\'']) {
        true => format!("'{}'", word.replace('\'', "\\'")),
        false => word.to_owned(),
    };
    words.iter().map(|word| quoted(word.as_ref())).collect::<Vec<_>>().join(" ")
}

/// A text, or of a long one how it begins, its length and its FNV-1a hash.
pub(crate) fn brief(text: &str) -> String {
    if text.len() <= MOST {
        return text.to_owned();
    }
    let start: String = text.chars().take(MOST / 2).collect();
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{start}… ({} bytes, FNV-1a {hash:016x})", text.len())
}

#[cfg(test)]
mod tests {
    use super::{brief, words};

    #[test]
    fn long_texts_that_differ_are_told_apart() {
        let long = |end: &str| brief(&format!("{}{end}", "a ".repeat(90)));
        assert_eq!(brief("set $k $uri"), "set $k $uri");
        assert_ne!(long("b"), long("c"));
        assert!(long("b").len() < 120 && long("b").contains("(181 bytes, FNV-1a "));
        assert_ne!(words(&["a b", "c"]), words(&["a", "b c"]));
        assert_ne!(words(&["a", ""]), words(&["a"]));
    }
}
