//! Hash the key, then place the hash: what most schemes are.

use std::any::Any;
use std::borrow::Cow;

use super::contract::{Cursor, Hit, Placement};
use super::owner::NO_OWNER;
use super::position::Position;
use super::regions::{Regions, Space};
use crate::keys::Keys;

/// Keys that are hashed before they are placed: enough to hide cache misses
/// behind one another, few enough for the stack and the first-level cache, and a
/// multiple of the lanes (4, 24 and 48) that hash them.
pub(crate) const BATCH: usize = 240;

/// Writes the [tops](Position::upper) of a batch's positions; both slices are of one
/// length.
pub(crate) type TopsOf = fn(&[&[u8]], &mut [u32]);

/// A scheme's rule from a key's bytes to a position, cutting of tags included.
pub(crate) trait KeyHash: Send + Sync + 'static {
    type Position: Position;

    /// The position of a key.
    fn hash(&self, key: &[u8]) -> Self::Position;

    /// The positions of a batch; both slices are of one length. A batch is short:
    /// at most [`BATCH`] keys.
    fn hash_all(&self, keys: &[&[u8]], out: &mut [Self::Position]) {
        for (key, position) in keys.iter().zip(out) {
            *position = self.hash(key);
        }
    }

    /// What gives the tops alone, if that costs less than `hash_all`.
    fn tops(&self) -> Option<TopsOf> {
        None
    }

    /// The bytes that are hashed for a key, as [`Placement::hashed`]. To be
    /// written by every rule that cuts or adds something.
    fn hashed<'k>(&self, key: &'k [u8]) -> Cow<'k, [u8]> {
        Cow::Borrowed(key)
    }

    /// Whether the program finds a further server by hashing the key anew, in
    /// place of going on from the owner.
    const RETRIES: bool = false;

    /// The position that the program looks at on its try number `attempt`, from 1,
    /// after that at `before`; `None` where it gives up.
    fn again(&self, _key: &[u8], _attempt: u32, _before: Self::Position) -> Option<Self::Position> {
        None
    }

    /// Which hash this is, and how many values it takes.
    fn space(&self) -> Space;
}

/// A map from positions to server numbers.
pub(crate) trait Place<P: Position>: Send + Sync + 'static {
    /// The owner of a position, or [`NO_OWNER`](super::NO_OWNER).
    fn place(&self, position: P) -> u32;

    /// The owners of many positions; both slices are of one length.
    fn place_all(&self, positions: &[P], out: &mut [u32]) {
        for (position, owner) in positions.iter().zip(out) {
            *owner = self.place(*position);
        }
    }

    /// What places nearly all positions by their tops, if it is so.
    fn by_tops(&self) -> Option<&dyn PlaceTops<P>> {
        None
    }

    /// As [`Placement::step`], for a key at this position.
    fn step(&self, position: P, cursor: &mut Cursor) -> Option<u32>;

    /// As [`Placement::hit`].
    fn hit(&self, position: P) -> Option<Hit>;

    /// As [`Placement::regions`].
    fn regions(&self, _space: Space) -> Option<Regions<'_>> {
        None
    }

    /// As [`Placement::expected_shares`].
    fn expected_shares(&self, _count: usize) -> Option<Vec<f64>> {
        None
    }

    /// As [`Placement::order_matters`].
    fn order_matters(&self) -> bool;

    /// As [`Placement::memory`].
    fn memory(&self) -> usize;
}

/// A place that [tops](Position::upper) of positions nearly always decide.
pub(crate) trait PlaceTops<P> {
    /// The owners of positions with these tops, at most [`BATCH`]; both slices are of
    /// one length. `whole` gives the position of a number, where its top does not
    /// decide.
    fn place_tops(&self, tops: &[u32], whole: &dyn Fn(usize) -> P, out: &mut [u32]);
}

/// A key hash before a place.
pub(crate) struct Hashed<H, P> {
    pub(crate) hash: H,
    pub(crate) place: P,
}

/// Keys and room for their owners, a batch after the other.
#[inline]
fn in_batches<'k>(
    keys: &Keys<'k>,
    out: &mut [u32],
    mut locate: impl FnMut(&[&'k [u8]], &mut [u32]),
) {
    let mut batch: [&[u8]; BATCH] = [&[]; BATCH];
    let mut from = 0;
    for owners in out.chunks_mut(BATCH) {
        let batch = &mut batch[..owners.len()];
        keys.fill(from, batch);
        locate(batch, owners);
        from += owners.len();
    }
}

impl<H: KeyHash, P: Place<H::Position>> Placement for Hashed<H, P> {
    fn locate(&self, key: &[u8]) -> u32 {
        self.place.place(self.hash.hash(key))
    }

    fn locate_all(&self, keys: &Keys<'_>, out: &mut [u32]) {
        if let (Some(hash), Some(place)) = (self.hash.tops(), self.place.by_tops()) {
            let mut tops = [0; BATCH];
            return in_batches(keys, out, |batch, owners| {
                let tops = &mut tops[..batch.len()];
                hash(batch, tops);
                // The few keys whose tops do not decide are hashed again.
                place.place_tops(tops, &|at| self.hash.hash(batch[at]), owners);
            });
        }
        let mut positions = [H::Position::default(); BATCH];
        in_batches(keys, out, |batch, owners| {
            let positions = &mut positions[..batch.len()];
            self.hash.hash_all(batch, positions);
            self.place.place_all(positions, owners);
        });
    }

    fn step(&self, key: &[u8], cursor: &mut Cursor) -> Option<u32> {
        if cursor.steps == 0 {
            cursor.position = self.hash.hash(key).wide();
        }
        if H::RETRIES {
            if cursor.steps > 0 {
                let before = H::Position::narrow(cursor.position);
                cursor.position = self.hash.again(key, cursor.steps, before)?.wide();
            }
            cursor.steps += 1;
            let owner = self.place.place(H::Position::narrow(cursor.position));
            return (owner != NO_OWNER).then_some(owner);
        }
        self.place.step(H::Position::narrow(cursor.position), cursor)
    }

    fn position(&self, key: &[u8]) -> Option<u128> {
        Some(self.hash.hash(key).wide())
    }

    fn locate_position(&self, position: u128) -> Option<u32> {
        Some(self.place.place(H::Position::narrow(position)))
    }

    fn hashed<'k>(&self, key: &'k [u8]) -> Cow<'k, [u8]> {
        self.hash.hashed(key)
    }

    fn hash_name(&self) -> String {
        self.hash.space().hash
    }

    fn hit(&self, key: &[u8]) -> Option<Hit> {
        self.place.hit(self.hash.hash(key))
    }

    fn regions(&self) -> Option<Regions<'_>> {
        self.place.regions(self.hash.space())
    }

    fn expected_shares(&self, count: usize) -> Option<Vec<f64>> {
        self.place.expected_shares(count)
    }

    fn order_matters(&self) -> bool {
        self.place.order_matters()
    }

    fn memory(&self) -> usize {
        self.place.memory()
    }

    fn structure(&self) -> Option<&dyn Any> {
        Some(&self.place)
    }

    fn structure_mut(&mut self) -> Option<&mut dyn Any> {
        Some(&mut self.place)
    }
}
