//! Lines without their `;`, which take what is behind them for more of their words.

use super::CLOSED;
use crate::brief;
use crate::quote::quoted;

/// A complaint about a block that holds upstreams behind words of a directive before it:
/// passed over, it would take them along.
pub(super) fn swallowed(words: &[String]) -> Option<String> {
    let (first, at) = match words {
        // Blocks that end in a name may have this one.
        [first, .., last] if ["http", "stream"].contains(&last.as_str()) => {
            let named = first == "upstream" || CLOSED.contains(&first.as_str());
            (!named).then_some((first, words.len() - 1))?
        }
        [first, .., upstream, _] if upstream == "upstream" => (first, words.len() - 2),
        _ => return None,
    };
    // Of these the names are complained of.
    if at == 0 || first == "upstream" {
        return None;
    }
    let (before, block) = (brief::words(&words[..at]), brief::words(&words[at..]));
    Some(format!("{} before {} has no ';'", quoted(&before), quoted(&block)))
}

/// Whether a word stands for directives, as `%%TEST_GLOBALS_HTTP%%` does in nginx's own
/// tests, which fill it in.
pub(super) fn is_filled_in(word: &str) -> bool {
    let name = word.strip_prefix("%%").and_then(|rest| rest.strip_suffix("%%"));
    let letter = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    name.is_some_and(|name| !name.is_empty() && name.bytes().all(letter))
}
