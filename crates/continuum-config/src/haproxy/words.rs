//! HAProxy's words: quotes, escapes, comments, variables.

use std::collections::BTreeMap;

use crate::limits;

/// A line's words.
pub(super) struct Words {
    pub(super) words: Vec<String>,
    /// Environment variables that nobody gave a value, each with the number of its
    /// word, where `$NAME` stands for it.
    unknown: Vec<(usize, String)>,
}

impl Words {
    /// The first variable without a value, in any word but those.
    pub(super) fn unknown_but(&self, allowed: &[usize]) -> Option<&str> {
        let unknown = self.unknown.iter().find(|(word, _)| !allowed.contains(word));
        unknown.map(|(_, name)| name.as_str())
    }

    pub(super) fn is_unknown(&self, word: usize) -> bool {
        self.unknown.iter().any(|(number, _)| *number == word)
    }
}

/// Cuts a line as HAProxy does; variables have these values.
pub(super) fn split(
    line: &str,
    environment: &BTreeMap<Box<str>, Box<str>>,
) -> Result<Words, String> {
    let mut words = Vec::new();
    let mut unknown = Vec::new();
    let mut word: Option<String> = None;
    let mut rest = line.chars().peekable();
    let (mut weak, mut strong) = (false, false);
    while let Some(c) = rest.next() {
        match c {
            '\'' if strong => strong = false,
            c if strong => word.get_or_insert_default().push(c),
            '"' => {
                weak = !weak;
                word.get_or_insert_default();
            }
            '\'' if !weak => {
                strong = true;
                word.get_or_insert_default();
            }
            '#' if !weak => break,
            ' ' | '\t' | '\r' if !weak => {
                words.extend(word.take());
                if words.len() > limits::WORDS {
                    return Err(format!("more than {} words", limits::WORDS));
                }
            }
            '$' if weak => {
                let (name, default) = variable(&mut rest);
                let value = environment.get(name.as_str()).map(|value| &**value);
                let word = word.get_or_insert_default();
                match value.or(default.as_deref()) {
                    Some(value) => word.push_str(value),
                    None => {
                        word.push_str(&format!("${name}"));
                        unknown.push((words.len(), name));
                    }
                }
            }
            '\\' => {
                let escaped = match rest.next() {
                    Some('n') => '\n',
                    Some('r') => '\r',
                    Some('t') => '\t',
                    Some('x') => hex(&mut rest)?,
                    Some(c @ (' ' | '\t' | '#' | '\\' | '\'' | '"' | '$')) => c,
                    Some(c) => {
                        word.get_or_insert_default().push('\\');
                        c
                    }
                    None => return Err("ends in '\\': HAProxy continues no line".to_owned()),
                };
                word.get_or_insert_default().push(escaped);
            }
            c => word.get_or_insert_default().push(c),
        }
    }
    if weak || strong {
        return Err("a quote without its end".to_owned());
    }
    words.extend(word);
    Ok(Words { words, unknown })
}

type Rest<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// The name of a variable and its default: `NAME`, `{NAME}`, `{NAME-default}`.
fn variable(rest: &mut Rest<'_>) -> (String, Option<String>) {
    let braces = rest.next_if_eq(&'{').is_some();
    let mut name = String::new();
    while let Some(c) = rest.next_if(|c| c.is_ascii_alphanumeric() || *c == '_' || *c == '.') {
        name.push(c);
    }
    if !braces {
        return (name, None);
    }
    let inside: String = rest.by_ref().take_while(|c| *c != '}').collect();
    (name, inside.strip_prefix('-').map(str::to_owned))
}

/// Two hexadecimal digits of an ASCII character.
fn hex(rest: &mut Rest<'_>) -> Result<char, String> {
    let digits: String = rest.by_ref().take(2).collect();
    u8::from_str_radix(&digits, 16)
        .ok()
        .filter(|byte| byte.is_ascii() && digits.len() == 2)
        .map(char::from)
        .ok_or_else(|| "'\\x' is not followed by two digits of an ASCII character".to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::split;

    #[test]
    fn cuts_as_haproxy_does() {
        let none = BTreeMap::new();
        for (line, wanted) in [
            ("  server a  1.1.1.1:1 # x", &["server", "a", "1.1.1.1:1"][..]),
            (r#"a "b c" 'd "e' f\ g \#h"#, &["a", "b c", "d \"e", "f g", "#h"]),
            (r#"a "" b"c"d"#, &["a", "", "bcd"]),
            (r"\x41\tb \\ \d", &["A\tb", "\\", "\\d"]),
            ("a#b c", &["a"]),
            ("$x ${y} '$z'", &["$x", "${y}", "$z"]),
            ("", &[]),
        ] {
            let words = split(line, &none).unwrap();
            assert_eq!(words.words, wanted, "{line}");
            assert_eq!(words.unknown_but(&[]), None, "{line}");
        }
        for broken in ["\"a", "'a", "a \\", r"\xg1", r"\x4", r"\xff"] {
            assert!(split(broken, &none).is_err(), "{broken}");
        }
    }

    #[test]
    fn variables_have_the_values_that_are_given() {
        let environment = BTreeMap::from([("Y".into(), "2".into())]);
        let words = split(r#"a "${X-1}:$Y" "$Z" "${W}""#, &environment).unwrap();
        assert_eq!(words.words, ["a", "1:2", "$Z", "$W"]);
        assert_eq!(words.unknown_but(&[]), Some("Z"));
        assert_eq!(words.unknown_but(&[2]), Some("W"));
        assert!(words.is_unknown(3) && !words.is_unknown(1));
    }
}
