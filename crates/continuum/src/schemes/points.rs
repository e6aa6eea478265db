//! What the schemes over rings share: counting points, naming labels, gathering both.

use std::io::Write as _;

use crate::error::{Error, Kind};
use crate::hash::md5;
use crate::options::Options;
use crate::placement::{BATCH, Position, Ring, Rules};
use crate::trace::{PointLabel, Trace};

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

/// A ring's points in the program's order, as a build gathers them.
///
/// Labels go by and are not kept, unless the build is a traced one: then the
/// label of the point that is asked for is.
pub(crate) struct Points<'t, P> {
    points: Vec<(P, u32)>,
    trace: Option<&'t Trace>,
}

impl<'t, P: Position> Points<'t, P> {
    pub(crate) fn new(options: &Options<'t>) -> Self {
        Self { points: Vec::new(), trace: options.trace }
    }

    /// A point at the hash of a label.
    #[inline]
    pub(crate) fn add(&mut self, owner: u32, position: P, label: &[u8]) {
        self.add_named(owner, position, || String::from_utf8_lossy(label).into_owned());
    }

    /// Points at the words of a label's digest.
    #[inline]
    pub(crate) fn add_words(
        &mut self,
        owner: u32,
        words: impl IntoIterator<Item = P>,
        label: &[u8],
    ) {
        for (position, word) in words.into_iter().zip(0_u32..) {
            self.push(owner, position, || PointLabel {
                text: String::from_utf8_lossy(label).into_owned(),
                word: Some(word),
            });
        }
    }

    /// A point that is no hash of a text: `name` is what to call it.
    #[inline]
    pub(crate) fn add_named(&mut self, owner: u32, position: P, name: impl FnOnce() -> String) {
        self.push(owner, position, || PointLabel { text: name(), word: None });
    }

    #[inline]
    fn push(&mut self, owner: u32, position: P, label: impl FnOnce() -> PointLabel) {
        if let Some(trace) = self.trace {
            trace.see(position.wide(), owner, label);
        }
        self.points.push((position, owner));
    }

    pub(crate) fn len(&self) -> usize {
        self.points.len()
    }

    pub(crate) fn ring(self, rules: Rules) -> Ring<P> {
        Ring::new(self.points, rules)
    }
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

    /// The MD5s of the stem followed by 0, 1, 2 … below `count`, in this order,
    /// each beside its text.
    pub(crate) fn md5_all(&mut self, count: u64, mut put: impl FnMut(&[u8], [u32; 4])) {
        let (mut texts, mut ends) = (Vec::new(), Vec::with_capacity(BATCH));
        let mut numbers = 0..count;
        loop {
            texts.clear();
            ends.clear();
            for number in numbers.by_ref().take(BATCH) {
                texts.extend_from_slice(self.numbered(number));
                ends.push(texts.len());
            }
            if ends.is_empty() {
                return;
            }
            let mut labels: [&[u8]; BATCH] = [&[]; BATCH];
            let mut from = 0;
            for (label, end) in labels.iter_mut().zip(&ends) {
                *label = &texts[from..*end];
                from = *end;
            }
            let mut words = [[0; 4]; BATCH];
            let words = &mut words[..ends.len()];
            md5::words_all(&labels[..ends.len()], words);
            for (label, words) in labels.iter().zip(words) {
                put(label, *words);
            }
        }
    }
}
