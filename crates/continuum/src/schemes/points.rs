//! What the schemes over rings share: counting points and naming labels.

use std::io::Write as _;

use crate::error::{Error, Kind};

/// The most points that a ring may hold: 2²⁷, a gigabyte while it is built.
pub(crate) const MOST_POINTS: u64 = 1 << 27;

/// Refuses a set whose capacities ask for more points than fit in memory.
pub(crate) fn check_total(
    scheme: &str,
    points: impl IntoIterator<Item = u64>,
) -> Result<(), Error> {
    let total = points.into_iter().fold(0_u64, u64::saturating_add);
    if total <= MOST_POINTS {
        return Ok(());
    }
    Err(Error::new(
        Kind::Limit,
        format!(
            "scheme '{scheme}': these capacities ask for {total} points, but at most {MOST_POINTS} fit"
        ),
    ))
}

/// A label that changes only in its tail, such as `host:port-17`: written again
/// and again into one buffer.
pub(crate) struct Label {
    text: Vec<u8>,
    stem: usize,
}

impl Label {
    pub(crate) fn new(stem: impl AsRef<[u8]>) -> Self {
        let text = stem.as_ref().to_vec();
        Self { stem: text.len(), text }
    }

    /// The stem followed by a number in decimal.
    pub(crate) fn numbered(&mut self, number: u64) -> &[u8] {
        self.text.truncate(self.stem);
        // Writing to a Vec cannot fail.
        let _ = write!(self.text, "{number}");
        &self.text
    }
}
