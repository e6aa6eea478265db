//! Rendezvous by any score: every server scores a key, the highest score owns it, and
//! of equal scores the earlier server's. A score of 0 is never taken.
//!
//! [`Rendezvous`](super::Rendezvous) is the one by `MurmurHash3`, whose ties fall the
//! other way.

use super::contract::{Cursor, Hit, Placement};
use super::owner::NO_OWNER;

/// A rule that scores servers.
pub(crate) trait Scoring: Send + Sync + 'static {
    /// What is computed of a key once for all servers.
    type Key<'k>;

    /// How many servers take part.
    fn count(&self) -> usize;

    fn key<'k>(&self, key: &'k [u8]) -> Self::Key<'k>;

    /// The score of a server, by its place among those that take part. Below their
    /// number.
    fn score(&self, key: &Self::Key<'_>, place: usize) -> u64;

    /// A score as people read it.
    fn shown(&self, score: u64) -> f64;

    /// A word for the hash.
    fn name(&self) -> String;

    /// The share of a server, by its place among those that take part.
    fn share(&self, place: usize) -> f64;
}

/// Servers that score keys. A look-up is O(servers).
pub(crate) struct Highest<S> {
    rule: S,
    /// The number of each server that takes part, in the order of the list.
    owners: Box<[u32]>,
}

/// A score and the place of the server that has it.
type Standing = (u64, usize);

impl<S: Scoring> Highest<S> {
    /// `owners` are the servers that take part, as many as the rule counts.
    pub(crate) fn new(rule: S, owners: impl IntoIterator<Item = u32>) -> Self {
        let owners: Box<[u32]> = owners.into_iter().collect();
        debug_assert_eq!(owners.len(), rule.count());
        Self { rule, owners }
    }

    fn best(&self, key: &S::Key<'_>, below: Option<Standing>) -> Option<Standing> {
        let mut best: Option<Standing> = None;
        for place in 0..self.owners.len() {
            let score = self.rule.score(key, place);
            let named = below.is_some_and(|below| (below.0, place) <= (score, below.1));
            if !named && score > best.map_or(0, |best| best.0) {
                best = Some((score, place));
            }
        }
        best
    }
}

impl<S: Scoring> Placement for Highest<S> {
    fn locate(&self, key: &[u8]) -> u32 {
        self.best(&self.rule.key(key), None).map_or(NO_OWNER, |(_, place)| self.owners[place])
    }

    /// Down the scores.
    fn step(&self, key: &[u8], cursor: &mut Cursor) -> Option<u32> {
        let below = match cursor.steps {
            0 => None,
            _ => Some((cursor.at, usize::try_from(cursor.mark).ok()?)),
        };
        let (score, place) = self.best(&self.rule.key(key), below)?;
        cursor.steps += 1;
        (cursor.at, cursor.mark) = (score, place as u64);
        Some(self.owners[place])
    }

    fn hash_name(&self) -> String {
        self.rule.name()
    }

    fn hit(&self, key: &[u8]) -> Option<Hit> {
        let key = self.rule.key(key);
        let shown = |place| self.rule.shown(self.rule.score(&key, place));
        let scores: Vec<(u32, f64)> =
            self.owners.iter().enumerate().map(|(place, owner)| (*owner, shown(place))).collect();
        (!scores.is_empty()).then_some(Hit::Scores { scores, highest: true })
    }

    fn expected_shares(&self, count: usize) -> Option<Vec<f64>> {
        let mut shares = vec![0.0; count];
        for (place, owner) in self.owners.iter().enumerate() {
            shares[*owner as usize] = self.rule.share(place);
        }
        Some(shares)
    }

    /// Two servers score alike for some keys, whatever their names.
    fn order_matters(&self) -> bool {
        self.owners.len() > 1
    }

    fn memory(&self) -> usize {
        size_of_val(&*self.owners)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes of a key are the scores.
    struct Given;

    impl Scoring for Given {
        type Key<'k> = &'k [u8];

        fn count(&self) -> usize {
            4
        }

        fn key<'k>(&self, key: &'k [u8]) -> &'k [u8] {
            key
        }

        fn score(&self, key: &&[u8], place: usize) -> u64 {
            key[place].into()
        }

        fn shown(&self, score: u64) -> f64 {
            f64::from(u32::try_from(score).unwrap())
        }

        fn name(&self) -> String {
            "given".to_owned()
        }

        fn share(&self, _place: usize) -> f64 {
            0.25
        }
    }

    #[test]
    fn down_the_scores_ties_in_the_order_of_the_list() {
        let place = Highest::new(Given, [3, 1, 2, 0]);
        for (key, walk) in [
            ([1, 2, 3, 4], vec![0, 2, 1, 3]),
            ([5, 9, 9, 5], vec![1, 2, 3, 0]),
            ([7, 7, 7, 7], vec![3, 1, 2, 0]),
            ([0, 3, 0, 2], vec![1, 0]),
            ([0, 0, 0, 0], vec![]),
        ] {
            let mut cursor = Cursor::default();
            let stepped: Vec<u32> = std::iter::from_fn(|| place.step(&key, &mut cursor)).collect();
            assert_eq!(stepped, walk, "{key:?}");
            assert_eq!(place.locate(&key), walk.first().copied().unwrap_or(NO_OWNER));
        }
    }
}
