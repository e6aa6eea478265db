//! Texts from outside, for quoting in a sentence.

/// At most 80 characters, escaped, between quotes.
pub(crate) fn quoted(text: &str) -> String {
    const MOST: usize = 80;
    let mut short = String::new();
    for c in text.chars().take(MOST) {
        // A double quotation mark ends nothing between single ones.
        if c == '"' { short.push(c) } else { short.extend(c.escape_debug()) }
    }
    if text.chars().nth(MOST).is_some() {
        short.push('…');
    }
    format!("'{short}'")
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn only_what_could_be_mistaken_is_escaped() {
        assert_eq!(quoted("id=\"a:1\""), "'id=\"a:1\"'");
        assert_eq!(quoted("it's\n\\"), r"'it\'s\n\\'");
        assert_eq!(quoted(&"x".repeat(81)), format!("'{}…'", "x".repeat(80)));
    }
}
