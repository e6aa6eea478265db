//! Patterns of files as glob(3) takes them in the C locale, which nginx hands its
//! `include` to: `*`, `?`, `[a-z]`, `[!a]`, `[^a]`, `[[:digit:]]`, `\*`. A name that begins
//! with a dot is only met by a dot.

use std::fs;
use std::path::{Path, PathBuf};

/// The paths that a pattern names, in the order of their bytes, and at most so many.
pub(super) fn paths(folder: &Path, pattern: &str, most: usize) -> Vec<PathBuf> {
    let (start, rest) = match pattern.strip_prefix('/') {
        Some(rest) => (PathBuf::from("/"), rest),
        None => (folder.to_owned(), pattern),
    };
    let mut found = vec![start];
    for part in rest.split('/').filter(|part| !part.is_empty()) {
        let mut next = Vec::new();
        for path in found {
            if next.len() > most {
                break;
            }
            if is_pattern(part) {
                next.extend(entries(&path, part));
            } else {
                let path = path.join(unescaped(part));
                next.extend(path.symlink_metadata().is_ok().then_some(path));
            }
        }
        found = next;
    }
    found.sort_by(|a, b| {
        let bytes = |path: &Path| path.as_os_str().as_encoded_bytes().to_vec();
        bytes(a).cmp(&bytes(b))
    });
    found.truncate(most);
    found
}

/// What of a folder a pattern meets; a folder that cannot be read holds nothing to glob(3).
fn entries(folder: &Path, pattern: &str) -> impl Iterator<Item = PathBuf> {
    let place = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = fs::read_dir(place).into_iter().flatten().flatten();
    entries.filter_map(move |entry| {
        let name = entry.file_name();
        matches(pattern.as_bytes(), name.as_encoded_bytes()).then(|| folder.join(name))
    })
}

/// Whether a text is more than the name of one file: it holds `*`, `?` or `[…]`.
pub(super) fn is_pattern(text: &str) -> bool {
    let mut open = false;
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'*' | b'?' => return true,
            b'[' => open = true,
            b']' if open => return true,
            b'/' => open = false,
            b'\\' => drop(bytes.next()),
            _ => {}
        }
    }
    false
}

fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        plain.push(if c == '\\' { chars.next().unwrap_or(c) } else { c });
    }
    plain
}

/// Whether a pattern meets a whole name.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    if name.first() == Some(&b'.') && !matches!(pattern, [b'.', ..] | [b'\\', b'.', ..]) {
        return false;
    }
    let (mut pattern, mut name) = (pattern, name);
    // Behind the last `*`, and what it has not yet taken.
    let mut retry: Option<(&[u8], &[u8])> = None;
    loop {
        if let [b'*', rest @ ..] = pattern {
            pattern = rest;
            retry = Some((rest, name));
            continue;
        }
        let step = match (pattern, name) {
            ([], []) => return true,
            (pattern, [byte, after @ ..]) => one(pattern, *byte).map(|rest| (rest, after)),
            _ => None,
        };
        match (step, retry) {
            (Some(step), _) => (pattern, name) = step,
            (None, Some((rest, [_, after @ ..]))) => {
                (pattern, name) = (rest, after);
                retry = Some((rest, after));
            }
            (None, _) => return false,
        }
    }
}

/// The pattern behind what meets one byte; none where nothing does.
fn one(pattern: &[u8], byte: u8) -> Option<&[u8]> {
    match pattern {
        [b'?', rest @ ..] => Some(rest),
        [b'[', inside @ ..] => match bracket(inside, byte) {
            Some((met, rest)) => met.then_some(rest),
            // Without its `]` it is a letter like any other.
            None => (byte == b'[').then_some(inside),
        },
        [b'\\', letter, rest @ ..] => (*letter == byte).then_some(rest),
        [b'\\'] => None,
        [letter, rest @ ..] => (*letter == byte).then_some(rest),
        [] => None,
    }
}

/// Whether what stands behind `[` meets a byte, and the pattern behind its `]`.
fn bracket(inside: &[u8], byte: u8) -> Option<(bool, &[u8])> {
    let negated = matches!(inside, [b'!' | b'^', ..]);
    let mut rest = if negated { &inside[1..] } else { inside };
    let (mut met, mut first) = (false, true);
    loop {
        if let [b']', after @ ..] = rest
            && !first
        {
            return Some((met != negated, after));
        }
        first = false;
        if let Some((class, after)) = class(rest) {
            met |= class(byte);
            rest = after;
            continue;
        }
        let (low, after) = letter(rest)?;
        rest = after;
        let high = match rest {
            [b'-', b']', ..] => None,
            [b'-', after @ ..] => Some(letter(after)?),
            _ => None,
        };
        match high {
            Some((high, after)) => {
                met |= (low..=high).contains(&byte);
                rest = after;
            }
            None => met |= low == byte,
        }
    }
}

/// One letter of a bracket: escaped, `[.a.]`, `[=a=]`, or as it stands.
fn letter(text: &[u8]) -> Option<(u8, &[u8])> {
    match text {
        [b'\\', letter, rest @ ..]
        | [b'[', b'.', letter, b'.', b']', rest @ ..]
        | [b'[', b'=', letter, b'=', b']', rest @ ..] => Some((*letter, rest)),
        [b'\\'] | [] => None,
        [letter, rest @ ..] => Some((*letter, rest)),
    }
}

type Class = fn(u8) -> bool;

/// `[:digit:]` and its like; a class that is not known meets nothing.
fn class(text: &[u8]) -> Option<(Class, &[u8])> {
    let name = text.strip_prefix(b"[:")?;
    let end = name.windows(2).position(|two| two == b":]")?;
    let (name, rest) = (&name[..end], &name[end + 2..]);
    if !name.iter().all(u8::is_ascii_lowercase) {
        return None;
    }
    let class: Class = match name {
        b"alnum" => |byte| byte.is_ascii_alphanumeric(),
        b"alpha" => |byte| byte.is_ascii_alphabetic(),
        b"blank" => |byte| matches!(byte, b' ' | b'\t'),
        b"cntrl" => |byte| byte.is_ascii_control(),
        b"digit" => |byte| byte.is_ascii_digit(),
        b"graph" => |byte| byte.is_ascii_graphic(),
        b"lower" => |byte| byte.is_ascii_lowercase(),
        b"print" => |byte| byte.is_ascii_graphic() || byte == b' ',
        b"punct" => |byte| byte.is_ascii_punctuation(),
        b"space" => |byte| byte.is_ascii_whitespace() || byte == 0x0b,
        b"upper" => |byte| byte.is_ascii_uppercase(),
        b"xdigit" => |byte| byte.is_ascii_hexdigit(),
        _ => |_| false,
    };
    Some((class, rest))
}

#[cfg(test)]
mod tests {
    use super::{is_pattern, matches, paths};

    /// As fnmatch(3) of glibc 2.36 answers with `FNM_PERIOD`.
    #[test]
    fn as_fnmatch_does() {
        for (pattern, met, not) in [
            ("*.conf", &["a.conf", "b..conf"][..], &[".conf", "a.config", ".a.conf"][..]),
            ("[^1]", &["2", "a", "^"], &["1", ".", "", "22"]),
            ("[!1]", &["2", "!"], &["1"]),
            ("a[[:digit:]]", &["a1"], &["ab", "a", "a[:digit:]"]),
            ("[[:alpha:]_-]", &["x", "_", "-"], &["1"]),
            ("[[:nosuch:]]", &[], &["a", ":"]),
            (r"\*", &["*"], &["a", r"\*"]),
            (r"[\]a]", &["]", "a"], &[r"\"]),
            ("[]a]", &["]", "a"], &["b"]),
            ("[a-c-]", &["a", "b", "c", "-"], &["d"]),
            ("[c-a]", &[], &["a", "b", "c"]),
            (r"[\a-\c]", &["b"], &["d"]),
            ("[[.a.]-c]", &["b"], &["d", "."]),
            ("[[=a=]]", &["a"], &["="]),
            ("[a", &["[a"], &["a"]),
            ("a*b*c", &["abc", "axbxbxc"], &["abcd", "acb"]),
            ("?x", &["ax"], &[".x", "x"]),
            (".*", &[".a", "."], &["a"]),
            ("**", &["a", ""], &[".a"]),
        ] {
            for name in met {
                assert!(matches(pattern.as_bytes(), name.as_bytes()), "{pattern} {name}");
            }
            for name in not {
                assert!(!matches(pattern.as_bytes(), name.as_bytes()), "{pattern} {name}");
            }
        }
        assert!(is_pattern("a[b]c") && !is_pattern("a[b") && !is_pattern(r"\*") && is_pattern("?"));
    }

    #[test]
    fn files_are_found_in_the_order_of_their_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir_all(root.join("a")).unwrap();
        std::fs::create_dir_all(root.join("a-b")).unwrap();
        for name in ["a/x.conf", "a-b/x.conf", "a/.x.conf", "a/Y.conf", "a/1*"] {
            std::fs::write(root.join(name), "").unwrap();
        }
        let found = |pattern: &str| {
            let found = paths(root, pattern, 9).into_iter();
            let found = found.map(|path| path.strip_prefix(root).unwrap().display().to_string());
            found.collect::<Vec<_>>()
        };
        assert_eq!(found("*/*.conf"), ["a-b/x.conf", "a/Y.conf", "a/x.conf"]);
        assert_eq!(found("[!b]/[[:lower:]]*"), ["a/x.conf"]);
        assert_eq!(found(r"a/1\**"), ["a/1*"]);
        assert_eq!(found("a/[^Y]*.conf"), ["a/x.conf"]);
        assert_eq!(found("b/*"), [""; 0]);
    }
}
