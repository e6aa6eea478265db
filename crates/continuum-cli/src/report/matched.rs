//! By what the servers of two configurations were matched, in words.

use continuum::plan::Matching;

/// What people are told where names do not match.
pub(crate) fn matching_note(matching: Matching) -> Option<&'static str> {
    match matching {
        Matching::Address => Some("servers are matched by address: no name is on both sides"),
        _ => None,
    }
}
