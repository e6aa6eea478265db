//! What the next copy of memcached follows.
//!
//! Every write to a memcached takes the next number of one counter. So a key whose
//! number is above the counter at the start of the last copy was written since, and is
//! copied again. What lies on a new owner with a number between our first write there
//! and our last is a copy of ours, which may be replaced, or taken back if its key was
//! deleted on the old owner; anything above was written by a client of the new map,
//! and stays. A server that was restarted counts from 1 again: what was known of it is
//! forgotten.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// One life of a server: with the next its counter of writes begins anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Life {
    pub(crate) pid: u64,
    /// Its start, by its clock.
    pub(crate) since: u64,
}

/// The counter of writes of a machine at some moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    pub(crate) life: Life,
    pub(crate) cas: u64,
    /// How often it was emptied (`flush_all`).
    pub(crate) flushes: u64,
}

/// Of each machine, by its name.
pub(crate) type Marks = BTreeMap<String, Mark>;

/// Numbers of writes of ours, by the machine.
pub(crate) type Written = BTreeMap<String, u64>;

/// What a copy leaves for the next one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Base {
    /// Counters when the last round that came to its end began.
    pub(crate) began: Marks,
    /// Counters before our first write, and numbers of our last.
    pub(crate) first: Marks,
    pub(crate) last: Written,
    /// Machines that lost keys in a restart: that a key is not there does not say that
    /// it was deleted.
    pub(crate) lost: BTreeSet<String>,
    /// Of a round that was cut off: it holds only if no client of the new map had written
    /// before that.
    pub(crate) cut: bool,
}

/// What a dumped key is to a copy that follows another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Following {
    /// Written since, or copied to where copies were lost: copy it again.
    Changed,
    /// Copied before, and the same since.
    Same,
}

impl Base {
    /// Of a round that is not at its end: what it has written is ours, to these numbers.
    pub(crate) fn of_cut(before: Option<Self>, marks: &Marks, wrote: &Written) -> Option<Self> {
        if marks.is_empty() {
            return before;
        }
        let mut base = before.unwrap_or_default();
        for (name, mark) in marks {
            if !base.first.contains_key(name) {
                base.cut = true;
                base.first.insert(name.clone(), *mark);
                base.last.insert(name.clone(), mark.cas);
            }
        }
        base.wrote(wrote);
        Some(base)
    }

    /// Ours is what was written up to these numbers.
    pub(crate) fn wrote(&mut self, wrote: &Written) {
        for (name, cas) in wrote {
            let last = self.last.entry(name.clone()).or_default();
            *last = (*last).max(*cas);
        }
    }

    /// Machines that got copies.
    pub(crate) fn received(&self) -> impl Iterator<Item = &str> {
        let got = |name: &String, first: &Mark| self.last.get(name) > Some(&first.cas);
        let names = self.first.iter().filter(move |(name, first)| got(name, first));
        names.map(|(name, _)| name.as_str())
    }

    /// Forgets what is known of machines that count anew; which.
    pub(crate) fn forget(&mut self, now: &Marks) -> BTreeSet<String> {
        // One that was emptied has deleted its keys; one that was restarted has lost them.
        let (began, first) = (restarted(&self.began, now), emptied(&self.first, now));
        self.lost.extend(restarted(&self.first, now));
        self.lost.extend(began.iter().cloned());
        for name in &began {
            self.began.remove(name);
        }
        for name in &first {
            self.first.remove(name);
            self.last.remove(name);
        }
        &began | &first
    }

    /// What a key that moves is, by its number on the machine that it leaves.
    pub(crate) fn leaving(&self, machine: &str, to: &str, cas: u64) -> Following {
        let same = self.began.get(machine).is_some_and(|began| cas <= began.cas)
            && self.first.contains_key(to);
        if same { Following::Same } else { Following::Changed }
    }

    /// Whether what lies on a machine is a copy of ours, by its number there.
    pub(crate) fn is_ours(&self, machine: &str, cas: u64) -> bool {
        match (self.first.get(machine), self.last.get(machine)) {
            (Some(first), Some(last)) => first.cas < cas && cas <= *last,
            _ => false,
        }
    }

    /// Whether it was written by somebody else after our last write.
    pub(crate) fn is_later(&self, machine: &str, cas: u64) -> bool {
        self.last.get(machine).is_some_and(|last| cas > *last)
    }

    /// Whether a copy of ours whose key is not on its old owner any more is taken back.
    pub(crate) fn follows_deletes_of(&self, owner: &str) -> bool {
        !self.lost.contains(owner)
    }
}

/// Machines that are in another life than then, or whose counter went back.
pub(crate) fn restarted(then: &Marks, now: &Marks) -> BTreeSet<String> {
    let is_other = |name: &String, then: &Mark| {
        now.get(name).is_some_and(|now| now.life != then.life || now.cas < then.cas)
    };
    then.iter().filter(|(name, mark)| is_other(name, mark)).map(|(name, _)| name.clone()).collect()
}

/// These, and machines that were emptied since: copies there are gone.
pub(crate) fn emptied(then: &Marks, now: &Marks) -> BTreeSet<String> {
    let is_other =
        |name: &String, then: &Mark| now.get(name).is_some_and(|now| now.flushes != then.flushes);
    let flushed = then.iter().filter(|(name, mark)| is_other(name, mark));
    let mut gone = restarted(then, now);
    gone.extend(flushed.map(|(name, _)| name.clone()));
    gone
}

#[cfg(test)]
mod tests {
    use super::{Base, Following, Life, Mark, Marks, Written};

    fn mark(pid: u64, cas: u64) -> Mark {
        Mark { life: Life { pid, since: 7 }, cas, flushes: 1 }
    }

    fn at<T>(name: &str, value: T) -> std::collections::BTreeMap<String, T> {
        [(name.to_owned(), value)].into()
    }

    #[test]
    fn numbers_tell_who_wrote() {
        let base = Base {
            began: at("a", mark(1, 100)),
            first: at("a", mark(1, 50)),
            last: at("a", 200),
            ..Base::default()
        };
        assert_eq!(base.leaving("a", "a", 100), Following::Same);
        assert_eq!(base.leaving("a", "a", 101), Following::Changed);
        // Of a machine that is not known, everything may have changed and nothing is ours;
        // what was copied there may be gone.
        assert_eq!(base.leaving("b", "a", 1), Following::Changed);
        assert_eq!(base.leaving("a", "b", 1), Following::Changed);
        assert!(!base.is_ours("b", 60) && !base.is_later("b", 60));
        for (cas, ours, later) in
            [(50, false, false), (51, true, false), (200, true, false), (201, false, true)]
        {
            assert_eq!((base.is_ours("a", cas), base.is_later("a", cas)), (ours, later), "{cas}");
        }
    }

    /// A copy between two machines, both known.
    fn known() -> Base {
        let both = |cas| -> Marks {
            [("old".to_owned(), mark(1, cas)), ("new".to_owned(), mark(2, cas))].into()
        };
        let last: Written = [("old".to_owned(), 50), ("new".to_owned(), 200)].into();
        Base { began: both(50), first: both(50), last, ..Base::default() }
    }

    #[test]
    fn a_new_owner_that_was_restarted_holds_nothing_of_ours() {
        let mut base = known();
        let now = [("old".to_owned(), mark(1, 90)), ("new".to_owned(), mark(3, 300))].into();
        assert_eq!(base.forget(&now), ["new".to_owned()].into());
        // Its counter is in the numbers of before again, and says nothing.
        assert!(!base.is_ours("new", 60) && !base.is_later("new", 300));
        // What was copied there is gone: it is copied anew.
        assert_eq!(base.leaving("old", "new", 10), Following::Changed);
        assert!(base.follows_deletes_of("old"));
    }

    #[test]
    fn an_old_owner_that_was_restarted_has_deleted_nothing() {
        let mut base = known();
        let now = [("old".to_owned(), mark(9, 3)), ("new".to_owned(), mark(2, 250))].into();
        assert_eq!(base.forget(&now), ["old".to_owned()].into());
        assert_eq!(base.leaving("old", "new", 2), Following::Changed);
        assert!(!base.follows_deletes_of("old"));
        // Copies of it are ours still, and may be replaced.
        assert!(base.is_ours("new", 60) && base.is_later("new", 201));
    }

    #[test]
    fn a_machine_that_was_emptied_has_no_copies_and_deleted_its_keys() {
        let mut base = known();
        let flushed = |pid, cas| Mark { flushes: 2, ..mark(pid, cas) };
        let now = [("old".to_owned(), flushed(1, 90)), ("new".to_owned(), flushed(2, 300))].into();
        assert_eq!(base.forget(&now), ["new".to_owned(), "old".to_owned()].into());
        assert_eq!(base.leaving("old", "new", 10), Following::Changed);
        assert!(!base.is_ours("new", 60) && base.follows_deletes_of("old"));
    }

    #[test]
    fn a_counter_that_went_back_is_another_life() {
        let now: Marks = [("old".to_owned(), mark(1, 49)), ("new".to_owned(), mark(2, 50))].into();
        assert_eq!(known().forget(&now), ["old".to_owned()].into());
        let same: Marks = [("old".to_owned(), mark(1, 50)), ("new".to_owned(), mark(2, 50))].into();
        let mut base = known();
        assert!(base.forget(&same).is_empty() && base == known());
    }

    #[test]
    fn a_round_that_was_cut_off_has_written_what_is_ours() {
        let marks: Marks = [("new".to_owned(), mark(2, 300))].into();
        // The first one: from its start to its last known write.
        let first = Base::of_cut(None, &marks, &at("new", 320)).unwrap();
        assert!(first.cut && first.is_ours("new", 320) && first.is_later("new", 321));
        assert!(!first.is_ours("new", 300));
        assert_eq!(first.leaving("old", "new", 1), Following::Changed);
        // One that followed another: from the first write of that.
        let next = Base::of_cut(Some(known()), &marks, &at("new", 320)).unwrap();
        assert!(!next.cut && next.is_ours("new", 51) && next.is_ours("new", 320));
        assert!(next.is_later("new", 321));
        assert_eq!(next.leaving("old", "new", 50), Following::Same);
        // No counters, nothing to follow.
        assert_eq!(Base::of_cut(None, &Marks::new(), &Written::new()), None);
    }
}
