//! Names in text for people: safe to show, and short where a line is.

use std::collections::BTreeSet;

use unicode_width::UnicodeWidthStr as _;

/// Columns that a text takes on a terminal.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// The text with what a terminal would obey spelt out: control characters, and
/// those that are invisible or turn the direction of what follows.
pub(crate) fn printable(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if obeyed(c) { plain.extend(c.escape_default()) } else { plain.push(c) }
    }
    plain
}

/// Whether a terminal does something with this character other than show it.
pub(crate) fn obeyed(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// A name of at most so many columns: a long one loses its middle.
pub(crate) fn short(name: &str, most: usize) -> String {
    let name = printable(name);
    if width(&name) <= most {
        return name;
    }
    let kept = most.saturating_sub(1);
    let (head, tail) = (kept / 2, kept - kept / 2);
    format!("{}…{}", start(&name, head), end(&name, tail))
}

/// As many letters from the start as fit.
fn start(name: &str, most: usize) -> &str {
    let fits = |at: &usize| width(&name[..*at]) <= most;
    let cuts = name.char_indices().map(|(at, _)| at).chain([name.len()]);
    &name[..cuts.take_while(fits).last().unwrap_or(0)]
}

/// As many letters from the end as fit.
fn end(name: &str, most: usize) -> &str {
    let fits = |at: &usize| width(&name[*at..]) <= most;
    &name[name.char_indices().map(|(at, _)| at).find(fits).unwrap_or(name.len())..]
}

/// Printable names of at most so many columns each that stay apart: without the
/// ending that all of them share, or all of `among`; else without their middles.
/// Where that would make two names one, they stay whole.
pub(crate) fn fit(names: &[&str], among: &[&str], most: usize) -> Vec<String> {
    let whole: Vec<String> = names.iter().map(|name| printable(name)).collect();
    let fits = |names: &[String]| names.iter().all(|name| width(name) <= most);
    let apart = |names: &[String]| names.iter().collect::<BTreeSet<_>>().len();
    if fits(&whole) {
        return whole;
    }
    let shared = shared_ending(names).max(shared_ending(among));
    let stripped: Vec<String> = match shared {
        0 => whole.clone(),
        _ => whole.iter().map(|name| without_ending(name, shared)).collect(),
    };
    if fits(&stripped) {
        return stripped;
    }
    for names in [&stripped, &whole] {
        let shortened: Vec<String> = names.iter().map(|name| short(name, most)).collect();
        if apart(&shortened) == apart(&whole) {
            return shortened;
        }
    }
    whole
}

fn without_ending(name: &str, bytes: usize) -> String {
    match name.len().checked_sub(bytes).and_then(|end| name.get(..end)) {
        Some(rest) if !rest.is_empty() => format!("{rest}…"),
        _ => name.to_owned(),
    }
}

/// Bytes of the ending that all names share, from a separator on; 0 for one name.
fn shared_ending(names: &[&str]) -> usize {
    let Some(first) = names.first() else { return 0 };
    let mut others = names.iter().filter(|name| *name != first).peekable();
    if others.peek().is_none() {
        return 0;
    }
    let mut shared = first.len();
    for other in others {
        let same = first.bytes().rev().zip(other.bytes().rev()).take_while(|(a, b)| a == b);
        shared = shared.min(same.count());
    }
    let ending = first.char_indices().rev().map(|(at, c)| (first.len() - at, c));
    ending
        .take_while(|(length, _)| *length <= shared)
        .filter(|(_, c)| matches!(c, '.' | ':' | '-' | '/'))
        .last()
        .map_or(0, |(length, _)| length)
}

/// Lines of at most so many columns, broken at blanks.
pub(crate) fn wrap(text: &str, most: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in printable(text).split(' ') {
        let last = lines.last().map_or(0, |line| width(line));
        if last > 0 && last + 1 + width(word) > most {
            lines.push(word.to_owned());
        } else if let Some(line) = lines.last_mut() {
            if last > 0 {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{fit, printable, short};

    #[test]
    fn names_are_shown_and_not_obeyed() {
        assert_eq!(printable("a\nb\u{1b}[31m"), "a\\nb\\u{1b}[31m");
        assert_eq!(printable("a\u{202e}b\u{2066}"), "a\\u{202e}b\\u{2066}");
        assert_eq!(printable("é 名"), "é 名");
    }

    #[test]
    fn a_long_name_loses_its_middle() {
        assert_eq!(short("10.0.0.1:80", 11), "10.0.0.1:80");
        assert_eq!(short("cache-frontend-a.example:11211", 11), "cache…11211");
        assert_eq!(short("a\nb", 9), "a\\nb");
        assert_eq!(short("名前名前名前", 7), "名…前", "each takes two columns");
    }

    #[test]
    fn long_names_lose_what_all_share() {
        let pod = |n: u8| format!("session-cache-{n}.session-cache.prod.svc.cluster.local");
        let pods = [pod(0), pod(1), pod(10)];
        let pods: Vec<&str> = pods.iter().map(String::as_str).collect();
        assert_eq!(fit(&pods, &pods, 80), pods);
        let short = ["session-cache-0…", "session-cache-1…", "session-cache-10…"];
        assert_eq!(fit(&pods, &pods, 20), short);
        assert_eq!(fit(&pods, &pods, 11), ["sessi…he-0…", "sessi…he-1…", "sessi…e-10…"]);
        // Nothing that would make them one.
        let alike = ["aaaa1zzzz", "aaaa2zzzz"];
        assert_eq!(fit(&alike, &alike, 5), alike);
        let one = ["a.long.name.example"];
        assert_eq!(fit(&one, &one, 9), ["a.lo…mple"]);
        assert_eq!(fit(&one, &["b.long.name.example", one[0]], 9), ["a…"]);
    }
}
