//! Counts that add up.

use serde::{Deserialize, Serialize};

/// What became of the keys that were found on a machine:
/// found = in place + moved + vanished + conflicts + skipped + failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Tally {
    /// Keys seen.
    pub found: u64,
    /// On the machine that the new map puts them on.
    pub in_place: u64,
    /// Copied, moved or deleted; in a dry run: that would be.
    pub moved: u64,
    /// Gone before they could be: deleted, expired, evicted.
    pub vanished: u64,
    /// The new owner has another value.
    pub conflicts: u64,
    /// Those of the conflicts of which nothing tells the newer value: both stay, and somebody
    /// has to decide.
    pub undecided: u64,
    /// Copies of keys that their old owner does not have any more (Redis); among those in
    /// place.
    #[serde(default)]
    pub left_over: u64,
    /// Left alone, by reason.
    pub skipped: Skipped,
    /// Refused by a server, or cut off.
    pub failed: u64,
    /// Bytes of what was moved: values for memcached, memory for Redis.
    pub bytes: u64,
    /// Copies taken back because their key was deleted on the old owner before the switch, or
    /// has grown over what may be copied.
    pub withdrawn: u64,
}

/// Why keys were left alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Skipped {
    /// Neither map puts them where they lie.
    pub stray: u64,
    /// The value is over the limit.
    pub too_big: u64,
    /// No command of the protocol can name them.
    pub unnamable: u64,
    /// Changed while they were read.
    pub changed: u64,
    /// Their owner does not have them: the only copy.
    pub only_copy: u64,
    /// Their map gives them no owner.
    pub unowned: u64,
}

impl Skipped {
    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        let Self { stray, too_big, unnamable, changed, only_copy, unowned } = self;
        stray + too_big + unnamable + changed + only_copy + unowned
    }

    fn add(&mut self, other: &Self) {
        self.stray += other.stray;
        self.too_big += other.too_big;
        self.unnamable += other.unnamable;
        self.changed += other.changed;
        self.only_copy += other.only_copy;
        self.unowned += other.unowned;
    }
}

impl Tally {
    /// Whether every key that was found is accounted for once.
    #[must_use]
    pub fn adds_up(&self) -> bool {
        let Self { in_place, moved, vanished, conflicts, failed, .. } = self;
        self.found == in_place + moved + vanished + conflicts + self.skipped.total() + failed
    }

    /// Whether every key was in place, moved or gone, or is decided.
    pub(crate) fn leaves_none(&self) -> bool {
        let Skipped { too_big, unnamable, changed, only_copy, .. } = self.skipped;
        self.failed + self.undecided + too_big + unnamable + changed + only_copy == 0
    }

    /// Adds another's counts.
    pub fn add(&mut self, other: &Self) {
        self.found += other.found;
        self.in_place += other.in_place;
        self.moved += other.moved;
        self.vanished += other.vanished;
        self.conflicts += other.conflicts;
        self.undecided += other.undecided;
        self.left_over += other.left_over;
        self.skipped.add(&other.skipped);
        self.failed += other.failed;
        self.bytes += other.bytes;
        self.withdrawn += other.withdrawn;
    }
}
