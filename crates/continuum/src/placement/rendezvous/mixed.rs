//! Rendezvous by mixed hashes: a server's score is a mix of its own hash and the
//! key's, so no text is hashed twice.

use crate::placement::contract::{Cursor, Hit};
use crate::placement::hashed::Place;
use crate::placement::owner::NO_OWNER;
use crate::placement::regions::{Regions, Space};

/// Servers by their hashes; the highest score of `mix(position ^ hash)` owns. The mix
/// takes no two numbers to one, so servers of different hashes never tie. A look-up
/// is O(servers).
pub(crate) struct Mixed {
    hashes: Box<[u64]>,
}

/// xorshift64*: no two numbers go to one, and 0 goes to 0.
#[inline]
fn mix(mut number: u64) -> u64 {
    number ^= number >> 12;
    number ^= number << 25;
    number ^= number >> 27;
    number.wrapping_mul(2_685_821_657_736_338_717)
}

impl Mixed {
    /// Servers 0 and up by their hashes.
    pub(crate) fn new(hashes: impl IntoIterator<Item = u64>) -> Self {
        Self { hashes: hashes.into_iter().collect() }
    }

    /// The best server whose score is below `limit`, or the first in the list of
    /// those that score alike; with its score.
    fn best(&self, position: u64, behind: Option<(u64, u32)>) -> Option<(u64, u32)> {
        let mut best: Option<(u64, u32)> = None;
        for (hash, owner) in self.hashes.iter().zip(0_u32..) {
            let score = mix(position ^ hash);
            let open =
                behind.is_none_or(|(limit, last)| score < limit || score == limit && owner > last);
            if open && best.is_none_or(|(highest, _)| score > highest) {
                best = Some((score, owner));
            }
        }
        best
    }
}

impl Place<u64> for Mixed {
    fn place(&self, position: u64) -> u32 {
        self.best(position, None).map_or(NO_OWNER, |(_, owner)| owner)
    }

    /// Down the scores.
    fn step(&self, position: u64, cursor: &mut Cursor) -> Option<u32> {
        let behind = match cursor.steps {
            0 => None,
            _ => Some((cursor.at, u32::try_from(cursor.mark).ok()?)),
        };
        let (score, owner) = self.best(position, behind)?;
        cursor.steps += 1;
        (cursor.at, cursor.mark) = (score, owner.into());
        Some(owner)
    }

    fn hit(&self, position: u64) -> Option<Hit> {
        #[expect(clippy::cast_precision_loss, reason = "scores are shown, not compared")]
        let scores: Vec<(u32, f64)> = (0_u32..)
            .zip(&self.hashes)
            .map(|(owner, hash)| (owner, mix(position ^ hash) as f64))
            .collect();
        (!scores.is_empty()).then_some(Hit::Scores { scores, highest: true })
    }

    fn regions(&self, _space: Space) -> Option<Regions<'_>> {
        None
    }

    fn expected_shares(&self, count: usize) -> Option<Vec<f64>> {
        #[expect(clippy::cast_precision_loss, reason = "at most 2^32 servers")]
        let share = 1.0 / count as f64;
        Some(vec![share; count])
    }

    /// Only servers of one hash could tell.
    fn order_matters(&self) -> bool {
        let mut sorted = self.hashes.to_vec();
        sorted.sort();
        sorted.windows(2).any(|pair| pair[0] == pair[1])
    }

    fn memory(&self) -> usize {
        size_of_val(&*self.hashes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server whose hash is the key's scores 0 and comes last.
    #[test]
    fn its_own_hash_is_the_worst() {
        let place = Mixed::new([7, 8, 9]);
        let mut cursor = Cursor::default();
        let walk: Vec<u32> = std::iter::from_fn(|| place.step(8, &mut cursor)).collect();
        assert_eq!(walk.len(), 3);
        assert_eq!(walk[2], 1);
        assert_eq!(walk[0], place.place(8));
        assert_eq!(Mixed::new([8]).place(8), 0);
        assert_eq!(Mixed::new([]).place(8), NO_OWNER);
    }
}
