//! `{$NAME}` and `{$NAME:default}` in a Caddyfile, which Caddy fills in before it cuts the
//! text into words, in quotes and comments too.

use std::borrow::Cow;
use std::collections::BTreeMap;

const OPEN: &str = "{$";

/// A text with the values that are given, else the defaults. A variable that has neither,
/// of which Caddy makes nothing, stays as it is: where it matters it is complained of.
pub(super) fn filled<'t>(
    text: &'t str,
    environment: &BTreeMap<Box<str>, Box<str>>,
) -> Cow<'t, str> {
    if !text.contains(OPEN) {
        return Cow::Borrowed(text);
    }
    let mut all = String::with_capacity(text.len());
    let mut rest = text;
    // What is filled in is not looked through again.
    while let Some((before, behind)) = rest.split_once(OPEN)
        && let Some((inside, after)) = behind.split_once('}')
    {
        let (name, default) = match inside.split_once(':') {
            Some((name, default)) => (name, Some(default)),
            None => (inside, None),
        };
        all.push_str(before);
        match environment.get(name).map(|value| &**value).or(default) {
            Some(value) if !inside.is_empty() => all.push_str(value),
            _ => all.extend([OPEN, inside, "}"]),
        }
        rest = after;
    }
    all.push_str(rest);
    Cow::Owned(all)
}

/// The first variable in a word that had no value.
pub(super) fn unknown(word: &str) -> Option<&str> {
    word.split(OPEN).skip(1).find_map(|rest| {
        let (name, _) = rest.split_once('}')?;
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
        (!name.is_empty() && name.bytes().all(letter)).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{filled, unknown};

    /// As `caddy adapt` of 2.6.2 does.
    #[test]
    fn values_come_before_defaults_and_are_not_looked_through() {
        let given = BTreeMap::from([("A".into(), "{$B:x} y".into()), ("E".into(), "".into())]);
        for (text, wanted) in [
            ("{$A}", "{$B:x} y"),
            ("{$A:z}", "{$B:x} y"),
            ("\"{$C:b c}\" {$C:} # {$C:d}", "\"b c\"  # d"),
            ("{$E:x}", ""),
            ("{$C:h:80}", "h:80"),
            ("{$C:{$B:n}}", "{$B:n}"),
            ("{$} {$C} {$C", "{$} {$C} {$C"),
            ("{env.C} { $A }", "{env.C} { $A }"),
        ] {
            assert_eq!(filled(text, &given), wanted, "{text}");
        }
    }

    #[test]
    fn a_variable_without_a_value_is_found() {
        for (word, name) in [
            ("{$C}", Some("C")),
            ("h{$}:{$C_1}", Some("C_1")),
            ("{$}", None),
            ("{$C", None),
            ("{$B:n}", None),
            ("{env.C}", None),
        ] {
            assert_eq!(unknown(word), name, "{word}");
        }
    }
}
