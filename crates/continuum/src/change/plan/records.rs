//! What a plan consists of.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// One server before and after.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ServerChange {
    /// What tells the server from others, in both sets.
    #[cfg_attr(feature = "serde", serde(rename = "server"))]
    pub identity: Box<str>,
    /// As it was; `None` if it is new.
    pub before: Option<Part>,
    /// As it will be; `None` if it goes.
    pub after: Option<Part>,
}

impl ServerChange {
    /// Whether the server is on both sides with one capacity.
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        let capacity = |part: Option<Part>| part.map(|part| part.capacity);
        capacity(self.before) == capacity(self.after)
    }

    /// What it owns before and after; 0 where it is not in the set.
    #[must_use]
    pub fn shares(&self) -> (f64, f64) {
        let of = |part: Option<Part>| part.map_or(0.0, |part| part.share);
        (of(self.before), of(self.after))
    }
}

/// A server's part in one of the two continuums.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Part {
    /// Its capacity.
    pub capacity: f64,
    /// What it owns.
    pub share: f64,
    /// What it should own: its capacity over the sum of all.
    pub fair: f64,
}

/// What moves from one server to another.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Flow {
    /// Number of the old owner in [`Plan::servers`](super::Plan::servers); `None` if nobody owned it.
    pub from: Option<u32>,
    /// Number of the new owner; `None` if nobody will own it.
    pub to: Option<u32>,
    /// How much.
    pub share: f64,
}

/// Which part of the hash space moves.
#[derive(Clone, Debug, PartialEq)]
pub enum Moves {
    /// Ranges of positions on a ring, ascending.
    Ranges(Vec<MovedRange>),
    /// Slots of a table: a position's slot is its remainder by the number.
    Slots {
        /// Slots in the table.
        of: u64,
        /// The ones that move.
        moved: Vec<MovedSlot>,
    },
    /// Not to be listed: the two sides have no map of one space, or one is a ring
    /// and the other a table, so that neighbours go to all servers in turn.
    Unknown,
}

impl Moves {
    /// The ranges that move, ascending: of positions, or of slots where
    /// [`slots`](Self::slots) says of how many. `None` where nothing is listed.
    ///
    /// ```
    /// use continuum::plan::Matching;
    /// use continuum::{Continuum, Plan, Scheme, Servers};
    /// let scheme: Scheme = "nginx".parse()?;
    /// let (one, two) = (Servers::from_texts(["a:1"])?, Servers::from_texts(["a:1", "b:1"])?);
    /// let old = Continuum::with_servers(scheme.clone(), one)?;
    /// let new = Continuum::with_servers(scheme, two)?;
    /// let plan = Plan::between(&old, &new, Matching::Identity);
    /// let ranges = plan.moves().ranges().expect("a ring has ranges");
    /// let held: u128 = ranges.iter().map(|range| range.last - range.first + 1).sum();
    /// assert_eq!(held as f64 / 4_294_967_296.0, plan.moved());
    /// # Ok::<(), continuum::Error>(())
    /// ```
    #[must_use]
    pub fn ranges(&self) -> Option<Cow<'_, [MovedRange]>> {
        match self {
            Self::Ranges(ranges) => Some(Cow::Borrowed(ranges)),
            Self::Slots { moved, .. } => {
                let mut runs: Vec<MovedRange> = Vec::new();
                for &MovedSlot { slot, from, to } in moved {
                    let slot = u128::from(slot);
                    match runs.last_mut() {
                        Some(run) if run.last + 1 == slot && (run.from, run.to) == (from, to) => {
                            run.last = slot;
                        }
                        _ => runs.push(MovedRange { first: slot, last: slot, from, to }),
                    }
                }
                Some(Cow::Owned(runs))
            }
            Self::Unknown => None,
        }
    }

    /// How many slots the table has; `None` on a ring.
    #[must_use]
    pub fn slots(&self) -> Option<u64> {
        match self {
            Self::Slots { of, .. } => Some(*of),
            _ => None,
        }
    }
}

/// Neighbouring positions that move together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MovedRange {
    /// First position.
    pub first: u128,
    /// Last position, included.
    pub last: u128,
    /// Number of the old owner in [`Plan::servers`](super::Plan::servers).
    pub from: Option<u32>,
    /// Number of the new owner.
    pub to: Option<u32>,
}

/// A slot that moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MovedSlot {
    /// The slot.
    pub slot: u64,
    /// Number of the old owner in [`Plan::servers`](super::Plan::servers).
    pub from: Option<u32>,
    /// Number of the new owner.
    pub to: Option<u32>,
}

/// Keys and bytes that a plan was counted over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Counts {
    /// All keys.
    pub keys: u64,
    /// Keys that move.
    pub moved_keys: u64,
    /// The sizes of all keys' values, summed; `None` where one is not known, or there
    /// is no key.
    pub bytes: Option<u64>,
    /// The sizes of the moved keys' values, summed; `None` where `bytes` is.
    pub moved_bytes: Option<u64>,
}

impl Counts {
    /// Of no key.
    pub(super) fn none() -> Self {
        Self { bytes: Some(0), moved_bytes: Some(0), ..Self::default() }
    }
}

/// A key whose owner changes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Example {
    /// The key, a text.
    pub key: String,
    /// Identity of the old owner.
    pub from: Option<Box<str>>,
    /// Identity of the new owner.
    pub to: Option<Box<str>>,
}

/// Sums of what goes from whom to whom; what stays is a flow to oneself.
pub(super) type Sums = BTreeMap<(Option<u32>, Option<u32>), u128>;
