//! What the schemes over rings share: counting points, naming labels, gathering both.

use crate::error::{Error, Kind};
use crate::hash::word::{low8, low32};
use crate::lanes;
use crate::placement::{BATCH, NO_OWNER, PointChanges, PointList, Ring, RingPosition, Rules, Ties};
use crate::scheme::{BuildContext, Options, PointLabel, Previous, Trace};
use crate::server::Server;

/// Refuses a set whose capacities ask for more points than fit in memory.
pub(crate) fn check_total(
    options: &Options<'_>,
    points: impl IntoIterator<Item = u64>,
) -> Result<(), Error> {
    at_most(options, points, options.context.most_points)
}

/// As [`check_total`], of points at positions of 128 bits, which take four times the memory
/// while they are gathered.
pub(crate) fn check_wide_total(
    options: &Options<'_>,
    points: impl IntoIterator<Item = u64>,
) -> Result<(), Error> {
    at_most(options, points, options.context.most_points >> 2)
}

fn at_most(
    options: &Options<'_>,
    points: impl IntoIterator<Item = u64>,
    most: u64,
) -> Result<(), Error> {
    let total = points.into_iter().fold(0_u64, u64::saturating_add);
    let scheme = options.scheme;
    if total <= most {
        return Ok(());
    }
    Err(Error::new(
        Kind::Limit,
        format!(
            "scheme '{scheme}': these capacities ask for {total} points, but at most {most} fit"
        ),
    ))
}

/// A ring's points in the program's order, as a build gathers them.
///
/// Labels go by and are not kept, unless the build is a traced one: then the
/// label of the point that is asked for is.
pub(crate) struct Points<'t, P> {
    list: PointList<P>,
    trace: Option<&'t Trace>,
    previous: Option<&'t Previous<'t>>,
    /// Set when the ring from before is to be changed: the points that go.
    gone: Option<PointList<P>>,
}

impl<'t, P: RingPosition> Points<'t, P> {
    pub(crate) fn new(options: &Options<'t>) -> Self {
        let BuildContext { trace, previous, .. } = options.context;
        Self { list: PointList::new(), trace, previous, gone: None }
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

    /// A point at one word of a label's digest, or at the hash of the whole.
    #[inline]
    pub(crate) fn add_word(&mut self, owner: u32, position: P, word: Option<u32>, label: &[u8]) {
        self.push(owner, position, || PointLabel {
            text: String::from_utf8_lossy(label).into_owned(),
            word,
        });
    }

    /// A point that is no hash of a text: `name` is what to call it.
    #[inline]
    pub(crate) fn add_named(&mut self, owner: u32, position: P, name: impl FnOnce() -> String) {
        self.push(owner, position, || PointLabel { text: name(), word: None });
    }

    /// Points of one server that are no hashes of texts: `make` writes them, and `name`
    /// is what to call each, by its place among them.
    pub(crate) fn add_run(
        &mut self,
        owner: u32,
        count: u64,
        make: impl FnOnce(&mut [P]),
        name: impl Fn(usize) -> String,
    ) {
        // At most 2²⁷, as the scheme has seen.
        let run = self.list.run(owner, usize::try_from(count).unwrap_or(usize::MAX));
        make(run);
        if let Some(trace) = self.trace {
            for (at, position) in run.iter().enumerate() {
                trace.see(position.wide(), owner, || PointLabel { text: name(at), word: None });
            }
        }
    }

    #[inline]
    fn push(&mut self, owner: u32, position: P, label: impl FnOnce() -> PointLabel) {
        if let Some(trace) = self.trace {
            trace.see(position.wide(), owner, label);
        }
        self.list.push(owner, position);
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// All points of a ring, where those of a server depend on nothing but the server
    /// and how many they are: `count` says how many, `make` adds them. After a change
    /// only the points of those servers are made that it touched.
    pub(crate) fn each(
        &mut self,
        servers: &[Server],
        count: impl Fn(&Server) -> u64,
        make: impl Fn(&mut Self, u32, &Server, u64) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let numbered = || (0_u32..).zip(servers);
        let total = servers.iter().map(&count).sum::<u64>();
        // At most 2²⁷, as the scheme has seen.
        let total = usize::try_from(total).unwrap_or(usize::MAX);
        let Some((previous, before)) = self.changeable(servers.len(), total) else {
            self.list.reserve(total);
            return numbered()
                .try_for_each(|(number, server)| make(self, number, server, count(server)));
        };
        let numbers = previous.numbers();
        let stays = |old: u32, new: u32| {
            let many = u64::from(before[old as usize]);
            (many == count(&servers[new as usize])).then_some(many)
        };
        for ((old, server), many) in (0_u32..).zip(previous.servers()).zip(&before) {
            let new = numbers.after()[old as usize];
            if new == NO_OWNER || stays(old, new).is_none() {
                make(self, old, server, u64::from(*many))?;
            }
        }
        self.gone = Some(std::mem::replace(&mut self.list, PointList::new()));
        for (new, server) in numbered() {
            if numbers.before(new).and_then(|old| stays(old, new)).is_none() {
                make(self, new, server, count(server))?;
            }
        }
        Ok(())
    }

    /// The continuum from before and the points of each of its servers, if its ring
    /// can become one of so many servers and points.
    fn changeable(&self, servers: usize, total: usize) -> Option<(&'t Previous<'t>, Vec<u32>)> {
        let previous = self.previous?;
        let before = previous.look(|ring: &Ring<P>| {
            if !ring.fits(total, servers) {
                return None;
            }
            ring.points_of(previous.servers().len())
        })??;
        // A change of most is no faster than a build.
        let stay = previous.numbers().after().iter().filter(|number| **number != NO_OWNER);
        (stay.count() * 2 > servers).then_some((previous, before))
    }

    /// The ring of these points; those at one position stand in the order of the
    /// list, as they were made.
    pub(crate) fn ring(self, rules: Rules) -> Ring<P> {
        match self.gone {
            Some(_) => self.changed(&|one, other| one.cmp(&other)),
            None => Ring::build(self.list, rules, None),
        }
    }

    /// As [`ring`](Self::ring); those at one position stand in the order of `ties`,
    /// which is not that of the list.
    pub(crate) fn ring_by(self, rules: Rules, ties: Ties<'_>) -> Ring<P> {
        match self.gone {
            Some(_) => self.changed(ties),
            None => Ring::build(self.list, rules, Some(ties)),
        }
    }

    fn changed(self, ties: Ties<'_>) -> Ring<P> {
        let (Some(previous), Some(gone)) = (self.previous, self.gone) else {
            unreachable!("a change follows something");
        };
        let ring: Ring<P> = previous.take().unwrap_or_else(|| unreachable!("it was looked at"));
        let changed = PointChanges { gone, come: self.list };
        ring.change(&changed, previous.numbers().after(), previous.numbers().count(), ties)
    }

    /// As [`Ring::found_by`].
    pub(crate) fn ring_found_by(self, rules: Rules, search: impl Fn(&[P], P) -> usize) -> Ring<P> {
        Ring::found_by(&self.list, rules, search)
    }
}

/// A number in decimal, without a place on the heap.
pub(crate) struct Decimal {
    digits: [u8; 20],
    from: usize,
}

impl Decimal {
    pub(crate) fn new(number: u64) -> Self {
        let (mut digits, mut from, mut left) = ([0; 20], 20, number);
        loop {
            from -= 1;
            digits[from] = b'0' + low8(low32(left % 10));
            left /= 10;
            if left == 0 {
                return Self { digits, from };
            }
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.digits[self.from..]
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
        self.text.extend_from_slice(Decimal::new(number).as_bytes());
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
            lanes::md5::digests(&labels[..ends.len()], words);
            for (label, words) in labels.iter().zip(words) {
                put(label, *words);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Label;

    #[test]
    fn numbers_are_decimal() {
        let mut label = Label::new("a-");
        for number in [0, 1, 9, 10, 99, 100, 1_234_567_890, u64::MAX] {
            assert_eq!(label.numbered(number), format!("a-{number}").as_bytes());
        }
    }
}
