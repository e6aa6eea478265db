//! Servers in an order of the program's own, numbered by it: by remainder, or by jumps.

use std::borrow::Cow;

use super::buckets::jump;
use super::contract::{Cursor, Hit};
use super::hashed::Place;
use super::owner::NO_OWNER;
use super::regions::{Regions, Space};

/// By the remainder of a signed number that is never negative.
pub(crate) struct Turns {
    order: Box<[u32]>,
    /// What was added to numbers to make them positions.
    bias: i64,
}

impl Turns {
    pub(crate) fn new(order: Vec<u32>, bias: i64) -> Self {
        Self { order: order.into(), bias }
    }

    fn first(&self, position: u32) -> Option<u64> {
        let count = i64::try_from(self.order.len()).ok().filter(|count| *count > 0)?;
        u64::try_from((i64::from(position) - self.bias).rem_euclid(count)).ok()
    }
}

impl Place<u32> for Turns {
    fn place(&self, position: u32) -> u32 {
        let server = self.first(position).and_then(|at| self.order.get(usize::try_from(at).ok()?));
        server.copied().unwrap_or(NO_OWNER)
    }

    fn step(&self, position: u32, cursor: &mut Cursor) -> Option<u32> {
        let (first, count) = (self.first(position)?, self.order.len() as u64);
        if u64::from(cursor.steps) >= count {
            return None;
        }
        let at = (first + u64::from(cursor.steps)) % count;
        cursor.steps += 1;
        self.order.get(usize::try_from(at).ok()?).copied()
    }

    fn hit(&self, position: u32) -> Option<Hit> {
        Some(Hit::Slot { slot: self.first(position)?, of: self.order.len() as u64 })
    }

    fn regions(&self, space: Space) -> Option<Regions<'_>> {
        let none = self.bias != 0 || self.order.is_empty();
        (!none).then(|| Regions::Slots { space, owners: Cow::Borrowed(&self.order) })
    }

    fn expected_shares(&self, count: usize) -> Option<Vec<f64>> {
        Some(equal(count))
    }

    fn order_matters(&self) -> bool {
        false
    }

    fn memory(&self) -> usize {
        size_of_val(&*self.order)
    }
}

/// By jumps, each chosen place filled with the last server before the next jump.
pub(crate) struct Jumps {
    order: Box<[u32]>,
    order_matters: bool,
}

impl Jumps {
    /// Jumps after which a walk ends: carbon-c-relay has no larger clusters.
    const MOST: usize = 128;

    pub(crate) fn new(order: Vec<u32>, order_matters: bool) -> Self {
        Self { order: order.into(), order_matters }
    }

    fn count(&self) -> u32 {
        u32::try_from(self.order.len()).unwrap_or(u32::MAX)
    }
}

/// What carbon-c-relay makes of a hash for the next jump: xorshift64*.
fn stirred(mut hash: u64) -> u64 {
    hash ^= hash >> 12;
    hash ^= hash << 25;
    hash ^= hash >> 27;
    hash.wrapping_mul(2_685_821_657_736_338_717)
}

impl Place<u64> for Jumps {
    fn place(&self, position: u64) -> u32 {
        let bucket = jump(position, self.count());
        self.order.get(bucket as usize).copied().unwrap_or(NO_OWNER)
    }

    fn step(&self, position: u64, cursor: &mut Cursor) -> Option<u32> {
        let steps = cursor.steps as usize;
        if steps >= self.order.len().min(Self::MOST) {
            return None;
        }
        // Every jump anew: a cursor has no room for the places that were chosen.
        let mut chosen = [0_u32; Self::MOST];
        let mut hash = position;
        for (left, place) in (0..=self.count()).rev().zip(&mut chosen[..=steps]) {
            *place = jump(hash, left);
            hash = stirred(hash);
        }
        let mut at = chosen[steps];
        for (before, place) in chosen[..steps].iter().enumerate().rev() {
            if at == *place {
                at = self.count() - 1 - u32::try_from(before).unwrap_or(0);
            }
        }
        cursor.steps += 1;
        self.order.get(at as usize).copied()
    }

    fn hit(&self, position: u64) -> Option<Hit> {
        let bucket = jump(position, self.count());
        (bucket != NO_OWNER).then(|| Hit::Bucket { bucket: bucket.into(), of: self.count().into() })
    }

    fn regions(&self, _space: Space) -> Option<Regions<'_>> {
        None
    }

    fn expected_shares(&self, count: usize) -> Option<Vec<f64>> {
        Some(equal(count))
    }

    fn order_matters(&self) -> bool {
        self.order_matters
    }

    fn memory(&self) -> usize {
        size_of_val(&*self.order)
    }
}

fn equal(count: usize) -> Vec<f64> {
    #[expect(clippy::cast_precision_loss, reason = "at most 2^32 servers")]
    let share = 1.0 / count as f64;
    vec![share; count]
}

#[cfg(test)]
mod tests {
    use super::{Cursor, Jumps, NO_OWNER, Place, Turns, jump, stirred};

    #[test]
    fn negative_numbers_have_remainders_from_0_up() {
        let turns = Turns::new(vec![2, 0, 1], 10);
        let owners: Vec<u32> = (8..14).map(|position| turns.place(position)).collect();
        assert_eq!(owners, [0, 1, 2, 0, 1, 2]);
        assert_eq!(Turns::new(Vec::new(), 0).place(7), NO_OWNER);
    }

    /// The rule as carbon-c-relay has it, with a list that shrinks.
    #[test]
    fn a_chosen_place_is_filled_with_the_last() {
        let order: Vec<u32> = (0..17).rev().collect();
        let jumps = Jumps::new(order.clone(), true);
        for key in (0..500_u64).map(|key| key.wrapping_mul(0x9e37_79b9_7f4a_7c15)) {
            let (mut left, mut hash, mut wanted) = (order.clone(), key, Vec::new());
            while !left.is_empty() {
                let count = u32::try_from(left.len()).unwrap();
                wanted.push(left.swap_remove(jump(hash, count) as usize));
                hash = stirred(hash);
            }
            let mut cursor = Cursor::default();
            let walk: Vec<u32> = std::iter::from_fn(|| jumps.step(key, &mut cursor)).collect();
            assert_eq!(walk, wanted);
        }
    }
}
