//! HAProxy's words: quotes, escapes, comments, variables.

use crate::limits;

/// A line's words, or why there are none.
pub(super) struct Words {
    pub(super) words: Vec<String>,
    /// The first environment variable in it, which only HAProxy's own
    /// surroundings know.
    pub(super) variable: Option<String>,
}

/// Cuts a line as HAProxy does.
pub(super) fn split(line: &str) -> Result<Words, String> {
    let mut words = Vec::new();
    let mut variable = None;
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
                let name = name(&mut rest);
                word.get_or_insert_default().push_str(&format!("${name}"));
                variable.get_or_insert(name);
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
    Ok(Words { words, variable })
}

type Rest<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// The name of a variable: `NAME`, `{NAME}`, `{NAME-default}`.
fn name(rest: &mut Rest<'_>) -> String {
    let braces = rest.next_if_eq(&'{').is_some();
    let mut name = String::new();
    while let Some(c) = rest.next_if(|c| c.is_ascii_alphanumeric() || *c == '_') {
        name.push(c);
    }
    if braces {
        for c in rest.by_ref() {
            if c == '}' {
                break;
            }
        }
    }
    name
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
    use super::split;

    #[test]
    fn cuts_as_haproxy_does() {
        for (line, wanted) in [
            ("  server a  1.1.1.1:1 # x", &["server", "a", "1.1.1.1:1"][..]),
            (r#"a "b c" 'd "e' f\ g \#h"#, &["a", "b c", "d \"e", "f g", "#h"]),
            (r#"a "" b"c"d"#, &["a", "", "bcd"]),
            (r"\x41\tb \\ \d", &["A\tb", "\\", "\\d"]),
            ("a#b c", &["a"]),
            ("$x ${y} '$z'", &["$x", "${y}", "$z"]),
            ("", &[]),
        ] {
            let words = split(line).unwrap();
            assert_eq!(words.words, wanted, "{line}");
            assert_eq!(words.variable, None, "{line}");
        }
        assert_eq!(split(r#"a "${X-1}:$Y""#).unwrap().variable.as_deref(), Some("X"));
        for broken in ["\"a", "'a", "a \\", r"\xg1", r"\x4", r"\xff"] {
            assert!(split(broken).is_err(), "{broken}");
        }
    }
}
