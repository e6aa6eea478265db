//! Servers that keep their names at other addresses, in words.

use continuum::plan::Readdressed;

use crate::words::percent;

/// What they own together.
pub(crate) fn share(rows: &[Readdressed]) -> f64 {
    rows.iter().map(|row| row.share).sum()
}

/// The first of them, how many more there are, and what they own; none without any.
pub(crate) fn sentence(rows: &[Readdressed]) -> Option<String> {
    let (first, rest) = rows.split_first()?;
    let more = match rest.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(format!(
        "keeps the name of '{}' at another address ({} → {}){more}: {} of keys are looked for there",
        first.server,
        first.before,
        first.after,
        percent(share(rows))
    ))
}
