//! Words that are nearly one that counts: passed over, they would hide servers.

/// Which of these words a name is close to, if it is none of them.
pub(crate) fn meant(name: &str, words: &[&'static str]) -> Option<&'static str> {
    words.iter().copied().find(|word| *word != name && close(name.as_bytes(), word.as_bytes()))
}

/// Whether one letter put in, left out or changed makes one of the other, or the
/// letters are the same in another order.
fn close(a: &[u8], b: &[u8]) -> bool {
    if a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let sorted = |text: &[u8]| {
        let mut letters = text.to_vec();
        letters.sort();
        letters
    };
    let start = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let end = a[start..].iter().rev().zip(b[start..].iter().rev()).take_while(|(x, y)| x == y);
    let same = start + end.count();
    (same + 1 >= a.len() && same + 1 >= b.len()) || sorted(a) == sorted(b)
}

#[cfg(test)]
mod tests {
    use super::meant;

    #[test]
    fn one_slip_is_close() {
        let words = &["include", "upstream"];
        for name in ["incldue", "includ", "includes", "unclude", "upstraem", "uptsream"] {
            assert!(meant(name, words).is_some(), "{name}");
        }
        for name in ["include", "exclude", "in", "stream", "upstream_conf", ""] {
            assert_eq!(meant(name, words), None, "{name}");
        }
    }
}
