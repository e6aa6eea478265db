//! Transition: a change of owners without a cold start.

use std::array;
use std::iter::Flatten;
use std::num::NonZero;
use std::ops::RangeInclusive;

use super::plan::{Matching, MovedRange, Moves, Plan};
pub use super::ramp::{Ramp, ramp};
use crate::error::{Error, Kind};
use crate::placement::NO_OWNER;
use crate::resolve::{Basis, Continuum};
use crate::server::Server;

/// Two continuums while keys move from the one to the other: **write to the new
/// owner, read from the new one and then, while the move lasts, from the old.**
///
/// A key that does not move has one owner throughout, so only moving keys are
/// ever asked for twice. Whoever copies data says what is done with
/// [`finish`](Self::finish): the old owner is then asked no more.
///
/// What is read from the old owner should be written to the new one: that is the
/// move, for a cache. What is deleted is to be deleted from both, the old owner
/// first, or the old value comes back; a cache that drops values by itself should
/// also delete from the old owner what it writes to the new. Where somebody else
/// moves keys meanwhile, one that neither had is to be asked for once more on the
/// new owner: it may have moved in between.
///
/// Servers are matched by identity, as [`Plan`] does. Cheap to share as it is
/// (`Send + Sync`); an `RwLock` or an `ArcSwap` around it lets one task report
/// progress while others read.
///
/// ```
/// use continuum::{Continuum, Server, Servers};
/// use continuum::transition::Transition;
/// let old = Servers::from_texts(["a:80", "b:80", "c:80"])?;
/// let mut new = old.clone();
/// new.add("d:80".parse::<Server>()?)?;
/// let old = Continuum::with_servers("slots-1".parse()?, old)?;
/// let new = Continuum::with_servers("slots-1".parse()?, new)?;
/// let key = (0..).map(|n| format!("key-{n}")).find(|key| old.resolve(key) != new.resolve(key));
/// let key = key.unwrap();
///
/// let mut change = Transition::between(&old, &new);
/// assert_eq!(change.write(&key).unwrap().identity(), "d:80");
/// assert_eq!(change.read_order(&key).count(), 2); // d, then who had it
///
/// let position = new.position(&key).unwrap();
/// change.finish(position..=position)?;
/// assert_eq!(change.read_order(&key).count(), 1);
/// assert!(change.progress().left > 0.2); // most of a quarter is still to move
/// change.finish_all();
/// assert_eq!(change.progress().left, 0.0);
/// # Ok::<(), continuum::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Transition {
    old: Continuum,
    new: Continuum,
    /// By number in the old list: the number of the same server in the new one.
    same: Box<[u32]>,
    plan: Plan,
    unit: Unit,
    done: Ranges,
    all_done: bool,
}

/// What a range of [`Transition::finish`] is of.
#[derive(Clone, Debug)]
enum Unit {
    /// Positions, over a space of this size.
    Positions(u128),
    /// Slots.
    Slots(u64),
    /// Positions of two continuums without a map, and where the keys of a sample
    /// lie that move.
    Sampled { moving: Box<[u128]> },
    /// None that both sides share.
    Unknown,
}

/// How far a transition has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// The share of the key space that changes its owner, 0 to 1.
    pub moving: f64,
    /// The share of the key space that is still to move.
    pub left: f64,
    /// How the shares were found.
    pub basis: Basis,
}

impl Transition {
    /// A change of which nothing is done yet. Makes the [`plan`](Self::plan):
    /// O(points), or a sample where there is no map.
    #[must_use]
    pub fn between(old: &Continuum, new: &Continuum) -> Self {
        let plan = Plan::between(old, new, Matching::Identity);
        let unit = match plan.moves() {
            Moves::Ranges(_) => match new.regions().and_then(|regions| regions.space().size) {
                Some(size) => Unit::Positions(size),
                None => Unit::Unknown,
            },
            Moves::Slots { of, .. } => Unit::Slots(*of),
            Moves::Unknown => Unit::Unknown,
        };
        let index_in_new: std::collections::BTreeMap<_, u32> =
            new.servers().iter().map(Server::identity).zip(0..).collect();
        let same = old
            .servers()
            .iter()
            .map(|server| index_in_new.get(&server.identity()).copied().unwrap_or(NO_OWNER))
            .collect();
        let mut transition = Self {
            old: old.clone(),
            new: new.clone(),
            same,
            plan,
            unit,
            done: Ranges::default(),
            all_done: false,
        };
        // One scheme gives a key one position, whatever the servers are.
        if *transition.plan.moves() == Moves::Unknown && old.scheme() == new.scheme() {
            transition.sample();
        }
        transition
    }

    /// Positions of the keys `0`, `1`, `2` … that move.
    fn sample(&mut self) {
        const KEYS: u32 = 200_000;
        if self.new.position("").is_none() {
            return;
        }
        let mut moving = Vec::new();
        for number in 0..KEYS {
            let key = number.to_string();
            if self.leaves(key.as_bytes(), self.new.resolve_index(&key)).is_some() {
                moving.extend(self.new.position(&key));
            }
        }
        self.unit = Unit::Sampled { moving: moving.into_boxed_slice() };
    }

    /// Who should be asked for a key: its new owner, then, while the move lasts,
    /// its old one if that is another. At most two, each once. Allocates nothing.
    pub fn read_order(
        &self,
        key: impl AsRef<[u8]>,
    ) -> Flatten<array::IntoIter<Option<&Server>, 2>> {
        let (new, old) = self.owner_indices(key);
        let new = new.and_then(|new| self.new.servers().get(new));
        let old = old.and_then(|old| self.old.servers().get(old));
        [new, old].into_iter().flatten()
    }

    /// Who a key is written to: its new owner, from the first moment on.
    pub fn write(&self, key: impl AsRef<[u8]>) -> Option<&Server> {
        self.new.resolve(key)
    }

    /// The old owner of a key that moves and is not done. `None` for all others.
    pub fn old_owner(&self, key: impl AsRef<[u8]>) -> Option<&Server> {
        self.old.servers().get(self.owner_indices(key).1?)
    }

    /// As [`read_order`](Self::read_order), in numbers: the new owner's in the new
    /// list, and the old owner's in the old list where it is to be asked too. Costs
    /// one look-up in each of the two continuums.
    ///
    /// ```
    /// use continuum::transition::Transition;
    /// use continuum::{Continuum, Servers};
    /// let old = Continuum::with_servers(Default::default(), Servers::from_texts(["a:1"])?)?;
    /// let new = Continuum::with_servers(Default::default(), Servers::from_texts(["b:1"])?)?;
    /// let mut change = Transition::between(&old, &new);
    /// assert_eq!(change.owner_indices("key"), (Some(0), Some(0)));
    /// change.finish_all();
    /// assert_eq!(change.owner_indices("key"), (Some(0), None));
    /// # Ok::<(), continuum::Error>(())
    /// ```
    pub fn owner_indices(&self, key: impl AsRef<[u8]>) -> (Option<u32>, Option<u32>) {
        let key = key.as_ref();
        let new = self.new.resolve_index(key);
        if self.all_done {
            return (new, None);
        }
        let done =
            || !self.done.is_empty() && self.unit_of(key).is_some_and(|at| self.done.contains(at));
        (new, self.leaves(key, new).filter(|_| !done()))
    }

    /// The number of the server that a key leaves, if it moves.
    fn leaves(&self, key: &[u8], new: Option<u32>) -> Option<u32> {
        let before = self.old.resolve_index(key)?;
        let stays = self.same[before as usize];
        (stays == NO_OWNER || new != Some(stays)).then_some(before)
    }

    /// The position or the slot of a key, whichever ranges are of.
    fn unit_of(&self, key: &[u8]) -> Option<u128> {
        let position = self.new.position(key)?;
        match self.unit {
            Unit::Positions(_) | Unit::Sampled { .. } => Some(position),
            Unit::Slots(of) => position.checked_rem(of.into()),
            Unit::Unknown => None,
        }
    }

    /// Marks a range as moved, its last member included: its keys are then read
    /// from their new owners only. Ranges are of what [`Plan::moves`] lists:
    /// positions on a ring, or slots of a table; of
    /// [`position`](Continuum::position)s where the scheme has no map but hashes
    /// keys to positions all the same. Any range will do, in any order, again and
    /// again. O(ranges that are done).
    ///
    /// # Errors
    /// The two have neither a map of one space nor positions of one scheme: only
    /// [`finish_all`](Self::finish_all) ends such a transition.
    pub fn finish(&mut self, range: RangeInclusive<u128>) -> Result<(), Error> {
        if matches!(self.unit, Unit::Unknown) {
            return Err(Error::new(
                Kind::Argument,
                format!(
                    "schemes '{}' and '{}' have no positions in common: this transition knows no \
                     ranges, and ends as a whole",
                    self.old.scheme(),
                    self.new.scheme()
                ),
            ));
        }
        self.done.insert(range);
        Ok(())
    }

    /// Marks all as moved.
    pub fn finish_all(&mut self) {
        self.all_done = true;
    }

    /// Whether nothing is left to move: known where there is a map or after
    /// [`finish_all`](Self::finish_all).
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.all_done
            || match self.plan.moves() {
                Moves::Ranges(ranges) => {
                    ranges.iter().all(|range| self.done.missing(range.first, range.last) == 0)
                }
                Moves::Slots { moved, .. } => {
                    moved.iter().all(|moved| self.done.contains(moved.slot.into()))
                }
                Moves::Unknown => self.plan.flows().is_empty() && self.plan.is_exact(),
            }
    }

    /// What moves and what is left of it: exact where there is a map. O(ranges
    /// that move).
    #[must_use]
    pub fn progress(&self) -> Progress {
        let moving = self.plan.moved();
        let left = match (&self.unit, self.plan.moves()) {
            _ if self.all_done => 0.0,
            (Unit::Positions(size), Moves::Ranges(ranges)) => {
                let missing =
                    |range: &MovedRange| -> u128 { self.done.missing(range.first, range.last) };
                ratio(ranges.iter().map(missing).sum(), *size)
            }
            // Slots are of one size, but for one position in 2³² or so.
            (Unit::Slots(_), Moves::Slots { moved, .. }) => {
                let left = moved.iter().filter(|moved| !self.done.contains(moved.slot.into()));
                moving * ratio(left.count() as u128, moved.len() as u128)
            }
            (Unit::Sampled { moving: positions }, _) => {
                let left = positions.iter().filter(|position| !self.done.contains(**position));
                moving * ratio(left.count() as u128, positions.len() as u128)
            }
            _ => moving,
        };
        Progress { moving, left, basis: self.plan.basis() }
    }

    /// The same change in several, one after the other, the last of which ends
    /// where this one does: capacities go from old to new in steps that must move
    /// the same each, as [`ramp`] says. Where one thing changes (servers come, or
    /// go, or capacities rise, or fall) under a scheme without needless movement,
    /// a step moves its part and no more, but for what chance deals: in ten steps
    /// the largest was 1 % above under `rendezvous-1`, 6 % under `slots-1`. A
    /// scheme of whole capacities, such as `nginx`, has fewer and coarser steps.
    /// Makes a plan for each.
    ///
    /// # Errors
    /// What [`ramp`] refuses.
    ///
    /// ```
    /// use std::num::NonZero;
    /// use continuum::{Continuum, Server, Servers};
    /// use continuum::transition::Transition;
    /// let old = Servers::from_texts(["a:80", "b:80", "c:80"])?;
    /// let mut new = old.clone();
    /// new.add("d:80".parse::<Server>()?)?;
    /// let old = Continuum::with_servers("slots-1".parse()?, old)?;
    /// let new = Continuum::with_servers("slots-1".parse()?, new)?;
    /// let steps = Transition::between(&old, &new).steps(NonZero::new(5).unwrap())?;
    /// assert_eq!(steps.len(), 5);
    /// for step in &steps {
    ///     assert!((step.progress().moving - 0.05).abs() < 0.005); // of 0.25
    /// }
    /// # Ok::<(), continuum::Error>(())
    /// ```
    pub fn steps(&self, steps: NonZero<u32>) -> Result<Vec<Self>, Error> {
        let mut before = &self.old;
        let stops = ramp(&self.old, &self.new, steps)?;
        Ok(stops
            .iter()
            .map(|stop| Self::between(std::mem::replace(&mut before, stop), stop))
            .collect())
    }

    /// What moves, from where to where.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The continuum that was.
    #[must_use]
    pub fn old_continuum(&self) -> &Continuum {
        &self.old
    }

    /// The continuum that will be.
    #[must_use]
    pub fn new_continuum(&self) -> &Continuum {
        &self.new
    }

    /// The fingerprints of both, old and new: every client of a transition must
    /// have this very pair, or it reads where others do not write.
    #[must_use]
    pub fn fingerprints(&self) -> (u64, u64) {
        (self.old.fingerprint(), self.new.fingerprint())
    }
}

fn ratio(part: u128, whole: u128) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a share needs no more than 53 bits")]
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Ranges of numbers: ascending, apart from each other, ends included.
#[derive(Clone, Debug, Default)]
struct Ranges(Vec<(u128, u128)>);

impl Ranges {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn contains(&self, number: u128) -> bool {
        let at = self.0.partition_point(|range| range.1 < number);
        self.0.get(at).is_some_and(|range| range.0 <= number)
    }

    /// Adds a range, joined with those that it meets or touches.
    fn insert(&mut self, range: RangeInclusive<u128>) {
        let (mut first, mut last) = range.into_inner();
        if first > last {
            return;
        }
        let from = self.0.partition_point(|range| range.1 < first.saturating_sub(1));
        let to = self.0.partition_point(|range| range.0 <= last.saturating_add(1));
        if from < to {
            first = first.min(self.0[from].0);
            last = last.max(self.0[to - 1].1);
        }
        self.0.splice(from..to, [(first, last)]);
    }

    /// How many numbers from `first` to `last` are in no range.
    fn missing(&self, first: u128, last: u128) -> u128 {
        let at = self.0.partition_point(|range| range.1 < first);
        let covered: u128 = self.0[at..]
            .iter()
            .take_while(|range| range.0 <= last)
            .map(|range| range.1.min(last) - range.0.max(first))
            .fold(0, |sum: u128, more| sum.saturating_add(more).saturating_add(1));
        (last - first).saturating_add(1).saturating_sub(covered)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Ranges;

    proptest! {
        #![proptest_config(ProptestConfig {
            rng_seed: proptest::test_runner::RngSeed::Fixed(2010),
            failure_persistence: None,
            ..Default::default()
        })]

        #[test]
        fn ranges_are_a_set_of_numbers(
            list in prop::collection::vec((0_u128..60, 0_u128..60), 0..20),
            (first, last) in (0_u128..60, 0_u128..60),
        ) {
            let mut ranges = Ranges::default();
            for (from, to) in &list {
                ranges.insert(*from..=*to);
            }
            let held = |number: u128| list.iter().any(|range| range.0 <= number && number <= range.1);
            for number in 0..62 {
                prop_assert_eq!(ranges.contains(number), held(number), "{}", number);
            }
            prop_assert!(ranges.0.windows(2).all(|pair| pair[0].1 + 1 < pair[1].0));
            let (first, last) = (first.min(last), first.max(last));
            let missing = (first..=last).filter(|number| !held(*number)).count();
            prop_assert_eq!(ranges.missing(first, last), missing as u128);
        }
    }

    #[test]
    fn whole_spaces_do_not_overflow() {
        let mut ranges = Ranges::default();
        assert_eq!(ranges.missing(0, u128::MAX), u128::MAX);
        ranges.insert(0..=9);
        ranges.insert(u128::MAX..=u128::MAX);
        assert_eq!(ranges.missing(5, u128::MAX), u128::MAX - 10);
        ranges.insert(1..=u128::MAX - 1);
        assert_eq!(ranges.0, [(0, u128::MAX)]);
    }
}
