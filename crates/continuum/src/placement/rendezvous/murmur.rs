//! Rendezvous (highest random weight): every server scores a key by a hash of
//! both; the highest score owns. Here the hash is MurmurHash3_x86_32 of a
//! server's text followed by the key's.

use std::borrow::Cow;

use crate::hash::murmur3_stream::Murmur3Stream;
use crate::placement::contract::{Cursor, Hit, Placement};
use crate::placement::owner::NO_OWNER;
use crate::placement::regions::equal_shares;

/// A scheme's rule from a key's bytes to the bytes that are hashed for it.
pub(crate) trait KeyText: Send + Sync {
    /// Hands the text over in pieces.
    fn write(&self, key: &[u8], sink: &mut impl FnMut(&[u8]));
}

/// The key's own bytes.
pub(crate) struct Verbatim;

impl KeyText for Verbatim {
    #[inline]
    fn write(&self, key: &[u8], sink: &mut impl FnMut(&[u8])) {
        sink(key);
    }
}

/// Bytes that a key's text may have to be kept on the stack.
const SHORT: usize = 256;

/// A key's text, written out once if it is short and again for every server if
/// it is long: a look-up never allocates.
struct Written<'a, T> {
    text: &'a T,
    key: &'a [u8],
    short: [u8; SHORT],
    /// `None`: too long for `short`.
    length: Option<usize>,
}

impl<'a, T: KeyText> Written<'a, T> {
    fn new(text: &'a T, key: &'a [u8]) -> Self {
        let mut short = [0; SHORT];
        let mut length = Some(0);
        text.write(key, &mut |piece| {
            length = length.and_then(|from: usize| {
                let to = from + piece.len();
                short.get_mut(from..to)?.copy_from_slice(piece);
                Some(to)
            });
        });
        Self { text, key, short, length }
    }

    #[inline]
    fn score(&self, mut state: Murmur3Stream) -> u32 {
        match self.length {
            Some(length) => state.update(&self.short[..length]),
            None => self.text.write(self.key, &mut |piece| state.update(piece)),
        }
        state.finish()
    }
}

/// A score and what breaks a tie: the greater wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Ranked {
    score: u32,
    rank: u32,
}

/// Servers that score keys. A look-up is O(servers).
pub(crate) struct Rendezvous<T> {
    /// In the order in which ties fall to them, the last one first.
    nodes: Box<[(Murmur3Stream, u32)]>,
    text: T,
}

impl<T: KeyText> Rendezvous<T> {
    /// `nodes` are the texts that stand before the key's, each with its server's
    /// number. Of equal scores the later one wins.
    pub(crate) fn new<B: AsRef<[u8]>>(
        seed: u32,
        nodes: impl IntoIterator<Item = (B, u32)>,
        text: T,
    ) -> Self {
        let nodes = nodes
            .into_iter()
            .map(|(prefix, owner)| {
                let mut state = Murmur3Stream::new(seed);
                state.update(prefix.as_ref());
                (state, owner)
            })
            .collect();
        Self { nodes, text }
    }

    /// The best score below a given one. O(servers).
    fn best(&self, key: &Written<'_, T>, below: Option<Ranked>) -> Option<Ranked> {
        let mut best = None;
        for ((state, _), rank) in self.nodes.iter().zip(0_u32..) {
            let ranked = Ranked { score: key.score(*state), rank };
            if Some(ranked) > best && below.is_none_or(|below| ranked < below) {
                best = Some(ranked);
            }
        }
        best
    }

    fn written<'k>(&self, key: &'k [u8]) -> Cow<'k, [u8]> {
        let mut text = Vec::new();
        self.text.write(key, &mut |piece| text.extend_from_slice(piece));
        if text == key { Cow::Borrowed(key) } else { Cow::Owned(text) }
    }

    fn scores(&self, key: &[u8]) -> Option<Hit> {
        let key = Written::new(&self.text, key);
        let scores = self.nodes.iter().map(|node| (node.1, f64::from(key.score(node.0))));
        (!self.nodes.is_empty()).then(|| Hit::Scores { scores: scores.collect(), highest: true })
    }

    fn owner(&self, ranked: Option<Ranked>) -> u32 {
        ranked.map_or(NO_OWNER, |ranked| self.nodes[ranked.rank as usize].1)
    }
}

impl<T: KeyText> Placement for Rendezvous<T> {
    fn locate(&self, key: &[u8]) -> u32 {
        self.owner(self.best(&Written::new(&self.text, key), None))
    }

    /// Down the scores.
    fn step(&self, key: &[u8], cursor: &mut Cursor) -> Option<u32> {
        let below = (cursor.steps > 0).then_some(Ranked {
            score: u32::try_from(cursor.at).ok()?,
            rank: u32::try_from(cursor.mark).ok()?,
        });
        let next = self.best(&Written::new(&self.text, key), below)?;
        cursor.steps += 1;
        (cursor.at, cursor.mark) = (next.score.into(), next.rank.into());
        Some(self.owner(Some(next)))
    }

    fn hashed<'k>(&self, key: &'k [u8]) -> Cow<'k, [u8]> {
        self.written(key)
    }

    fn hash_name(&self) -> String {
        "murmur3 of server and key".to_owned()
    }

    fn hit(&self, key: &[u8]) -> Option<Hit> {
        self.scores(key)
    }

    fn expected_shares(&self, count: usize) -> Option<Vec<f64>> {
        Some(equal_shares(count))
    }

    fn order_matters(&self) -> bool {
        false
    }

    fn memory(&self) -> usize {
        size_of_val(&*self.nodes)
    }
}

/// A rendezvous a zone, and a rule that names each key's first zone. The
/// candidates take the best server of each zone in turn, then the second of each.
pub(crate) struct ZonedRendezvous<T> {
    zones: Box<[Rendezvous<T>]>,
    first: fn(&[u8]) -> u64,
}

impl<T: KeyText> ZonedRendezvous<T> {
    /// `first` modulo the number of zones is the key's first zone. No zone may
    /// be empty.
    pub(crate) fn new(zones: Vec<Rendezvous<T>>, first: fn(&[u8]) -> u64) -> Self {
        Self { zones: zones.into_boxed_slice(), first }
    }

    fn zone(&self, key: &[u8], offset: u64) -> Option<&Rendezvous<T>> {
        let count = self.zones.len() as u64;
        let at = (self.first)(key).checked_rem(count)? + offset % count;
        self.zones.get(usize::try_from(at % count).ok()?)
    }
}

impl<T: KeyText> Placement for ZonedRendezvous<T> {
    fn locate(&self, key: &[u8]) -> u32 {
        self.zone(key, 0).map_or(NO_OWNER, |zone| zone.locate(key))
    }

    /// O(servers of the zone × round): a cursor does not hold a place for every
    /// zone, so each round counts down from the best again.
    fn step(&self, key: &[u8], cursor: &mut Cursor) -> Option<u32> {
        let step = u64::from(cursor.steps);
        let round = step / (self.zones.len() as u64).max(1);
        if self.zones.iter().all(|zone| zone.nodes.len() as u64 <= round) {
            return None;
        }
        cursor.steps += 1;
        let zone = self.zone(key, step)?;
        let text = Written::new(&zone.text, key);
        let mut ranked = None;
        for _ in 0..=round {
            ranked = zone.best(&text, ranked);
            if ranked.is_none() {
                break;
            }
        }
        Some(zone.owner(ranked))
    }

    fn hashed<'k>(&self, key: &'k [u8]) -> Cow<'k, [u8]> {
        self.zones.first().map_or(Cow::Borrowed(key), |zone| zone.written(key))
    }

    fn hash_name(&self) -> String {
        "murmur3 of server and key".to_owned()
    }

    /// The scores in the key's first zone.
    fn hit(&self, key: &[u8]) -> Option<Hit> {
        self.zone(key, 0)?.scores(key)
    }

    fn expected_shares(&self, count: usize) -> Option<Vec<f64>> {
        let mut shares = vec![0.0; count];
        for zone in &self.zones {
            for (_, owner) in &zone.nodes {
                #[expect(clippy::cast_precision_loss, reason = "at most 2^32 servers")]
                let share = 1.0 / self.zones.len() as f64 / zone.nodes.len() as f64;
                shares[*owner as usize] = share;
            }
        }
        Some(shares)
    }

    fn order_matters(&self) -> bool {
        false
    }

    fn memory(&self) -> usize {
        size_of_val(&*self.zones) + self.zones.iter().map(Placement::memory).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::{Cursor, Placement, Rendezvous, Verbatim};
    use crate::hash::murmur3::x86_32;

    #[test]
    fn walks_down_the_scores() {
        let names = ["a-", "b-", "c-", "dd-", "eee-"];
        let place = Rendezvous::new(7, names.into_iter().zip(0..), Verbatim);
        for key in [&b""[..], b"key", &[0xff; 1000]] {
            let mut naive: Vec<(u32, u32)> = (0..)
                .zip(names)
                .map(|(at, name)| (x86_32(&[name.as_bytes(), key].concat(), 7), at))
                .collect();
            naive.sort();
            let mut cursor = Cursor::default();
            let walk: Vec<u32> = std::iter::from_fn(|| place.step(key, &mut cursor)).collect();
            assert_eq!(walk, naive.iter().rev().map(|pair| pair.1).collect::<Vec<_>>());
            assert_eq!(place.locate(key), walk[0]);
        }
    }

    /// Two servers of one text score alike: the later wins, both are named once.
    #[test]
    fn ties_fall_to_the_later() {
        let place = Rendezvous::new(0, [("same-", 5), ("same-", 3)], Verbatim);
        let mut cursor = Cursor::default();
        let walk: Vec<u32> = std::iter::from_fn(|| place.step(b"key", &mut cursor)).collect();
        assert_eq!(walk, [3, 5]);
    }
}
