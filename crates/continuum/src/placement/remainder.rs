//! The remainder of a number over a weighted list: servers side by side in the order of
//! the list, each as wide as its weight.

use std::borrow::Cow;

use super::contract::{Cursor, Hit, Placement};
use super::hashed::BATCH;
use super::owner::NO_OWNER;
use super::regions::{Regions, Space};
use crate::keys::Keys;

/// Where each server ends, and where all do.
pub(crate) struct Remainder {
    ends: Box<[u64]>,
    /// The sum of weights, or 1 if it is 0.
    total: u64,
}

impl Remainder {
    /// Of weights in the order of the list, each below 2³².
    pub(crate) fn new(weights: impl IntoIterator<Item = u64>) -> Self {
        let mut end = 0_u64;
        let ends: Box<[u64]> = weights
            .into_iter()
            .map(|weight| {
                end = end.saturating_add(weight);
                end
            })
            .collect();
        Self { ends, total: end.max(1) }
    }

    /// The server in whose width the remainder of a number lies.
    #[inline]
    fn owner(&self, number: u64) -> u32 {
        let at = number % self.total;
        let index = self.ends.partition_point(|end| *end <= at);
        if index < self.ends.len() { u32::try_from(index).unwrap_or(NO_OWNER) } else { NO_OWNER }
    }
}

/// A program's rule from a key to a number, and to the next where a server is down.
pub(crate) trait Tries: Send + Sync + 'static {
    /// The number of the first try.
    fn first(&self, key: &[u8]) -> u64;

    /// The numbers of the first tries of at most [`BATCH`] keys; both slices are of one
    /// length.
    fn first_all(&self, keys: &[&[u8]], out: &mut [u64]) {
        for (key, out) in keys.iter().zip(out) {
            *out = self.first(key);
        }
    }

    /// The number of try `attempt`, which counts from 1, behind that of the try before;
    /// `None` where the program gives up.
    fn next(&self, key: &[u8], attempt: u32, number: u64) -> Option<u64>;

    /// As [`Placement::hashed`].
    fn hashed<'k>(&self, key: &'k [u8]) -> Cow<'k, [u8]> {
        Cow::Borrowed(key)
    }

    /// Which hash the first number is, and how many values it takes.
    fn space(&self) -> Space;
}

/// Keys to numbers to servers.
pub(crate) struct Tried<T> {
    pub(crate) rule: T,
    pub(crate) list: Remainder,
}

impl<T: Tries> Placement for Tried<T> {
    fn locate(&self, key: &[u8]) -> u32 {
        self.list.owner(self.rule.first(key))
    }

    fn locate_all(&self, keys: &Keys<'_>, out: &mut [u32]) {
        let mut batch: [&[u8]; BATCH] = [&[]; BATCH];
        let mut numbers = [0; BATCH];
        let mut from = 0;
        for owners in out.chunks_mut(BATCH) {
            let (batch, numbers) = (&mut batch[..owners.len()], &mut numbers[..owners.len()]);
            keys.fill(from, batch);
            self.rule.first_all(batch, numbers);
            for (number, owner) in numbers.iter().zip(&mut *owners) {
                *owner = self.list.owner(*number);
            }
            from += owners.len();
        }
    }

    fn step(&self, key: &[u8], cursor: &mut Cursor) -> Option<u32> {
        // Rules that never give up have named all by then.
        if cursor.steps as usize >= self.list.ends.len().max(Self::MOST_TRIES) {
            return None;
        }
        cursor.at = match cursor.steps {
            0 => self.rule.first(key),
            attempt => self.rule.next(key, attempt, cursor.at)?,
        };
        let owner = self.list.owner(cursor.at);
        // Who has no owner has no second choice either.
        if cursor.steps == 0 && owner == NO_OWNER {
            return None;
        }
        cursor.steps += 1;
        Some(owner)
    }

    fn position(&self, key: &[u8]) -> Option<u128> {
        Some(u128::from(self.rule.first(key)))
    }

    fn locate_position(&self, position: u128) -> Option<u32> {
        u64::try_from(position).ok().map(|number| self.list.owner(number))
    }

    fn hashed<'k>(&self, key: &'k [u8]) -> Cow<'k, [u8]> {
        self.rule.hashed(key)
    }

    fn hash_name(&self) -> String {
        self.rule.space().hash
    }

    fn hit(&self, key: &[u8]) -> Option<Hit> {
        let slot = self.rule.first(key) % self.list.total;
        (self.list.owner(slot) != NO_OWNER).then_some(Hit::Slot { slot, of: self.list.total })
    }

    fn regions(&self) -> Option<Regions<'_>> {
        let space = self.rule.space();
        let values = space.size.and_then(|size| u64::try_from(size).ok()).unwrap_or(u64::MAX);
        // No number is as large: what lies behind owns nothing.
        let slots = self.list.total.min(values);
        if slots > Self::MOST_SLOTS {
            return None;
        }
        let owners: Vec<u32> = (0..slots).map(|slot| self.list.owner(slot)).collect();
        Some(Regions::Slots { space, owners: owners.into() })
    }

    fn order_matters(&self) -> bool {
        self.list.ends.len() > 1
    }

    fn memory(&self) -> usize {
        size_of_val(&*self.list.ends)
    }
}

impl<T> Tried<T> {
    /// More slots than this are not written down.
    const MOST_SLOTS: u64 = 1 << 22;
    /// Tries of the rules that give up.
    const MOST_TRIES: usize = 32;
}

#[cfg(test)]
mod tests {
    use super::{NO_OWNER, Remainder};

    #[test]
    fn each_is_as_wide_as_its_weight() {
        let list = Remainder::new([2, 0, 3]);
        let owners: Vec<u32> = (0..7).map(|number| list.owner(number)).collect();
        assert_eq!(owners, [0, 0, 2, 2, 2, 0, 0]);
        assert_eq!(Remainder::new([]).owner(7), NO_OWNER);
        assert_eq!(Remainder::new([0, 0]).owner(7), NO_OWNER);
    }
}
