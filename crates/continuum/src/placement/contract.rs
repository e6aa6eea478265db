//! What a scheme builds: from a key's bytes to a server's number.

use std::any::Any;
use std::borrow::Cow;

use super::regions::Regions;
use crate::keys::Keys;

/// A built map from keys to server numbers.
///
/// Look-ups take `&self`, never lock, never allocate. Six methods are required:
/// `locate` and `step` answer, `hash_name`, `hit`, `order_matters` and `memory`
/// describe. The others have a default that is right for any placement.
pub(crate) trait Placement: Send + Sync {
    /// The owner of a key, or [`NO_OWNER`](super::NO_OWNER).
    fn locate(&self, key: &[u8]) -> u32;

    /// The owners of a batch; `out` is as long as `keys`.
    fn locate_all(&self, keys: &Keys<'_>, out: &mut [u32]) {
        for (index, owner) in out.iter_mut().enumerate() {
            *owner = self.locate(keys.get(index));
        }
    }

    /// The next server in this key's order of preference, the owner first. May
    /// repeat servers and may end before all were named: the caller keeps the
    /// first of each and appends what is left.
    fn step(&self, key: &[u8], cursor: &mut Cursor) -> Option<u32>;

    /// Where a key lies in the space of the scheme's hash (a ring's position, a
    /// slot, a token), where there is one.
    fn position(&self, _key: &[u8]) -> Option<u128> {
        None
    }

    /// The owner of a position, where there are positions.
    fn locate_position(&self, _position: u128) -> Option<u32> {
        None
    }

    /// The bytes of a key that are hashed: tags cut out, a prefix set before.
    /// Two keys of equal bytes have one owner.
    fn hashed<'k>(&self, key: &'k [u8]) -> Cow<'k, [u8]> {
        Cow::Borrowed(key)
    }

    /// A word for the hash of keys.
    fn hash_name(&self) -> String;

    /// What a key meets in the structure; `None` where there is nothing.
    fn hit(&self, key: &[u8]) -> Option<Hit>;

    /// The whole map over the space of the key's hash, where there is one.
    fn regions(&self) -> Option<Regions<'_>> {
        None
    }

    /// The share of each of `count` servers under a perfect key hash, where a
    /// formula gives it. Not asked where there are regions.
    fn expected_shares(&self, _count: usize) -> Option<Vec<f64>> {
        None
    }

    /// Whether another order of the same servers would give another map.
    fn order_matters(&self) -> bool;

    /// Bytes of heap that the structure holds.
    fn memory(&self) -> usize;

    /// What a build that follows a change may start from, where there is such.
    fn structure(&self) -> Option<&dyn Any> {
        None
    }

    /// As `structure`, to be taken out.
    fn structure_mut(&mut self) -> Option<&mut dyn Any> {
        None
    }
}

/// What a key meets in a structure.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Hit {
    /// A point of a ring, so far from the key, on this side of it.
    Point { position: u128, distance: u128, below: bool },
    /// A slot of a table.
    Slot { slot: u64, of: u64 },
    /// A numbered bucket, which no table holds.
    Bucket { bucket: u64, of: u64 },
    /// The score of each server; the highest wins, or the lowest.
    Scores { scores: Vec<(u32, f64)>, highest: bool },
}

/// Where a walk over a key's candidates stands; `Default` is its start.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cursor {
    /// Calls to `step` so far.
    pub(crate) steps: u32,
    /// Where the walk began or stands; the placement's own meaning.
    pub(crate) at: u64,
    /// A second number of the placement's own meaning.
    pub(crate) mark: u64,
    /// The key's position, hashed at the first step only.
    pub(crate) position: u128,
}
