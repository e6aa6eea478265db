//! A table of slots, each given to a server by weighted rendezvous, no server
//! above its cap.
//!
//! Without caps each slot goes to its best server. With caps the slots and the
//! servers are matched: a server keeps the slots with the lowest scores up to
//! its cap, the others go on to the next server in their own order. Both sides
//! prefer by one number, the score, so there is exactly one stable matching:
//! take all pairs by (score, rank of the server, number of the slot) and give a
//! slot away whenever it is free and the server has room. Any order of proposals
//! ends there.

mod choices;
mod matching;

use self::choices::slot_key;
use self::matching::{caps, match_slots};
use super::contract::{Cursor, Hit};
use super::hashed::Place;
use super::owner::NO_OWNER;
use super::regions::{Regions, Segment, Space};
use super::rendezvous::{Contender, Scored, Scores};
use crate::hash::word::low32;
use crate::lanes::Level;

/// Owners by slot, as narrow as the number of servers allows; all ones: none.
///
/// Narrow ones are for speed: a look-up is little else than a cache miss.
enum Owners {
    Bytes(Box<[u8]>),
    Narrow(Box<[u16]>),
    Wide(Box<[u32]>),
}

/// The most servers that 8 bits can tell apart, one value standing for none.
const BYTES: usize = 254;

/// The same of 16 bits.
const NARROW: usize = 65_534;

impl Owners {
    /// Of `count` servers.
    fn new(count: usize, owners: Vec<u32>) -> Self {
        if count <= BYTES {
            let narrow = |owner| u8::try_from(owner).unwrap_or(u8::MAX);
            Self::Bytes(owners.into_iter().map(narrow).collect())
        } else if count <= NARROW {
            let narrow = |owner| u16::try_from(owner).unwrap_or(u16::MAX);
            Self::Narrow(owners.into_iter().map(narrow).collect())
        } else {
            Self::Wide(owners.into_boxed_slice())
        }
    }
}

/// Slots over the 64-bit positions: a slot is a stretch of neighbouring ones.
pub(crate) struct SlotTable {
    owners: Owners,
    /// The slots whose best server had no room, and its number: what a change
    /// starts from.
    displaced: Box<[(u32, u32)]>,
    slots: u32,
    scores: Scores,
}

impl SlotTable {
    /// Fills `slots` slots. `contenders` come in the order in which ties fall to
    /// them; `count` is the number of servers in the list; `factor` is what a
    /// server may have of its fair share, in units of 2⁻³², and at least 1, or
    /// `None` for any number of slots. O(slots · servers).
    pub(crate) fn new(
        contenders: &[Contender],
        count: usize,
        slots: u32,
        factor: Option<u64>,
    ) -> Self {
        Self::at(Level::best(), contenders, count, slots, factor)
    }

    /// As [`new`](Self::new); every level fills the same table.
    pub(crate) fn at(
        level: Level,
        contenders: &[Contender],
        count: usize,
        slots: u32,
        factor: Option<u64>,
    ) -> Self {
        let scores = Scores::new(contenders, count);
        if contenders.is_empty() {
            let owners = Owners::new(count, vec![NO_OWNER; slots as usize]);
            return Self { owners, displaced: Box::default(), slots, scores };
        }
        let best = choices::fresh(level, scores.columns(), slots);
        Self::of(level, scores, &best, contenders, count, factor)
    }

    /// The table of other servers, as [`new`](Self::new) fills it, from this one.
    /// `before` says which number a server had here, if it is as it was; `factor`
    /// is the same. `None`: to fill one anew costs less.
    ///
    /// Nobody's slots are taken over as they are: which server a slot prefers
    /// depends on no other server, so that is kept, and the matching under the
    /// caps, all of which change with any server, is done again.
    pub(crate) fn changed(
        &self,
        level: Level,
        contenders: &[Contender],
        count: usize,
        factor: Option<u64>,
        before: impl Fn(u32) -> Option<u32>,
    ) -> Option<Self> {
        if contenders.is_empty() || self.scores.len() == 0 {
            return None;
        }
        let scores = Scores::new(contenders, count);
        let best = {
            let same_scale = self.scores.top() == scores.top();
            same_scale.then(|| choices::changed(level, self.first_choices(), &scores, before))?
        }?;
        Some(Self::of(level, scores, &best, contenders, count, factor))
    }

    fn of(
        level: Level,
        scores: Scores,
        best: &[Scored],
        contenders: &[Contender],
        count: usize,
        factor: Option<u64>,
    ) -> Self {
        let slots = low32(best.len() as u64);
        let first = best.iter().map(|scored| scores.owner(scored.rank()));
        let (owners, displaced): (Vec<u32>, _) = match factor {
            None => (first.collect(), Box::default()),
            Some(factor) => {
                let ranks = match_slots(level, &scores, best, &caps(contenders, slots, factor));
                let owners: Vec<u32> = ranks.into_iter().map(|rank| scores.owner(rank)).collect();
                let displaced = (0..).zip(first).zip(&owners);
                let displaced = displaced.filter(|((_, first), owner)| first != *owner);
                let displaced = displaced.map(|(displaced, _)| displaced).collect();
                (owners, displaced)
            }
        };
        Self { owners: Owners::new(count, owners), displaced, slots, scores }
    }

    /// The number of each slot's best server, caps not asked.
    fn first_choices(&self) -> Vec<u32> {
        let mut owners: Vec<u32> = match &self.owners {
            Owners::Bytes(owners) => owners.iter().map(|owner| widen(*owner)).collect(),
            Owners::Narrow(owners) => owners.iter().map(|owner| widen(*owner)).collect(),
            Owners::Wide(owners) => owners.to_vec(),
        };
        for (slot, first) in &self.displaced {
            owners[*slot as usize] = *first;
        }
        owners
    }

    /// The slot of a position: the position's top 32 bits as a fraction of all.
    /// With 2^k slots that is its top k bits.
    #[inline]
    fn slot(&self, position: u64) -> u32 {
        low32(((position >> 32) * u64::from(self.slots)) >> 32)
    }

    /// The owners of many positions, for slots that all have one.
    #[inline]
    fn read_all<T: Narrow>(&self, owners: &[T], positions: &[u64], out: &mut [u32]) {
        let each = positions.iter().zip(out);
        if let Ok(owners) = <&[T; 1 << 16]>::try_from(owners) {
            // The default: no slot of 16 bits is beyond these.
            for (position, owner) in each {
                let [high, low, ..] = position.to_be_bytes();
                *owner = owners[usize::from(u16::from_be_bytes([high, low]))].into();
            }
        } else if self.slots.is_power_of_two() {
            // One slot takes no bit at all.
            let bits = self.slots.trailing_zeros();
            for (position, owner) in each {
                let slot = low32((position >> 32) >> (32 - bits));
                *owner = owners[slot as usize].into();
            }
        } else {
            for (position, owner) in each {
                *owner = owners[self.slot(*position) as usize].into();
            }
        }
    }

    #[inline]
    fn owner(&self, slot: u32) -> u32 {
        match &self.owners {
            Owners::Bytes(owners) => widen(owners[slot as usize]),
            Owners::Narrow(owners) => widen(owners[slot as usize]),
            Owners::Wide(owners) => owners[slot as usize],
        }
    }
}

/// All ones of a narrow type stand for none.
trait Narrow: Copy + Eq + Into<u32> {
    const NONE: Self;
}

impl Narrow for u8 {
    const NONE: Self = Self::MAX;
}

impl Narrow for u16 {
    const NONE: Self = Self::MAX;
}

#[inline]
fn widen<T: Narrow>(owner: T) -> u32 {
    if owner == T::NONE { NO_OWNER } else { owner.into() }
}

impl Place<u64> for SlotTable {
    #[inline]
    fn place(&self, position: u64) -> u32 {
        self.owner(self.slot(position))
    }

    fn place_all(&self, positions: &[u64], out: &mut [u32]) {
        // All or none of the slots have an owner, so no owner needs a look.
        match &self.owners {
            Owners::Bytes(owners) if self.scores.len() > 0 => self.read_all(owners, positions, out),
            Owners::Narrow(owners) if self.scores.len() > 0 => {
                self.read_all(owners, positions, out);
            }
            _ => {
                for (position, owner) in positions.iter().zip(out) {
                    *owner = self.place(*position);
                }
            }
        }
    }

    /// The owner, then every server by the slot's own scores. O(servers) a step.
    fn step(&self, position: u64, cursor: &mut Cursor) -> Option<u32> {
        let slot = self.slot(position);
        if cursor.steps == 0 {
            cursor.steps = 1;
            return Some(self.owner(slot));
        }
        self.scores.walk(slot_key(slot), cursor)
    }

    fn hit(&self, position: u64) -> Option<Hit> {
        let slot = self.slot(position);
        (self.owner(slot) != NO_OWNER)
            .then(|| Hit::Slot { slot: slot.into(), of: self.slots.into() })
    }

    fn regions(&self, space: Space) -> Option<Regions<'_>> {
        let stretch = |slot| {
            // The last of the top halves that fall into this slot, and all below.
            let next = (u64::from(slot) + 1) << 32;
            let last = u128::from(next.div_ceil(u64::from(self.slots))) << 32;
            Segment { last: last - 1, owner: self.owner(slot) }
        };
        Some(Regions::of_stretches(space, (0..self.slots).map(stretch)))
    }

    fn order_matters(&self) -> bool {
        false
    }

    fn memory(&self) -> usize {
        let owners = match &self.owners {
            Owners::Bytes(owners) => size_of_val(&**owners),
            Owners::Narrow(owners) => size_of_val(&**owners),
            Owners::Wide(owners) => size_of_val(&**owners),
        };
        owners + size_of_val(&*self.displaced) + self.scores.memory()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::splitmix64::splitmix64;
    use crate::lanes::score::plain_score;

    fn contenders(count: u32, capacity: fn(u32) -> f64) -> Vec<Contender> {
        (0..count)
            .map(|owner| Contender {
                hash: splitmix64(u64::from(owner) << 7),
                capacity: capacity(owner),
                owner,
            })
            .collect()
    }

    /// The definition: all pairs by (score, rank, slot), greedily; scores one by
    /// one, and caps as given or none.
    fn greedy(contenders: &[Contender], slots: u32, caps: Option<&[u64]>) -> Vec<u32> {
        let stretches = Scores::new(contenders, contenders.len());
        let mut pairs = Vec::new();
        for slot in 0..slots {
            for rank in 0..low32(contenders.len() as u64) {
                let score = plain_score(stretches.columns(), rank, slot_key(slot));
                pairs.push((Scored::new(score, rank), slot));
            }
        }
        pairs.sort();
        let mut room = caps.map_or_else(|| vec![u64::MAX; contenders.len()], <[u64]>::to_vec);
        let mut owners = vec![NO_OWNER; slots as usize];
        for (scored, slot) in pairs {
            let rank = scored.rank() as usize;
            let (owner, room) = (&mut owners[slot as usize], &mut room[rank]);
            if *owner == NO_OWNER && *room > 0 {
                *owner = contenders[rank].owner;
                *room -= 1;
            }
        }
        owners
    }

    fn owners(table: &SlotTable) -> Vec<u32> {
        (0..table.slots).map(|slot| table.owner(slot)).collect()
    }

    fn checksum(sum: u64, owners: &[u32]) -> u64 {
        owners.iter().fold(sum, |sum, owner| splitmix64(sum ^ u64::from(*owner)))
    }

    /// A set, slots and factor from a number: equal and unlike capacities, few and
    /// many servers, slack off, tight and wide.
    fn drawn(seed: u64) -> (Vec<Contender>, u32, Option<u64>) {
        let mut turn = seed << 20;
        let mut below = |limit: u64| {
            turn += 1;
            splitmix64(turn) % limit
        };
        let most = [4, 20, 40, 150][usize::try_from(below(4)).unwrap()];
        let count = 1 + below(most);
        let kind = below(4);
        let list = (0..count)
            .map(|n| Contender {
                hash: splitmix64(seed << 32 | n),
                capacity: match kind {
                    0 => 1.0,
                    1 => [1.0, 2.0, 4.0][usize::try_from(below(3)).unwrap()],
                    2 => f64::from(low32(1 + below(1000))) / 7.0,
                    _ => f64::from_bits((1023 - below(70)) << 52),
                },
                owner: low32(count - 1 - n),
            })
            .collect();
        let slots = low32(1 + below(400));
        let factor = [None, Some(1 << 32), Some((1 << 32) + 214_748_364), Some(3 << 31)];
        (list, slots, factor[usize::try_from(below(4)).unwrap()])
    }

    #[test]
    #[expect(clippy::print_stderr, reason = "a log should say what was tried")]
    fn a_thousand_sets_at_every_level() {
        let levels = Level::all();
        let mut sums = vec![0; levels.len()];
        let mut naive = 0;
        for seed in 0..1000 {
            let (list, slots, factor) = drawn(seed);
            let caps = factor.map(|factor| caps(&list, slots, factor));
            let want = greedy(&list, slots, caps.as_deref());
            naive = checksum(naive, &want);
            for (level, sum) in levels.iter().zip(&mut sums) {
                let table = SlotTable::at(*level, &list, list.len(), slots, factor);
                let owners = owners(&table);
                assert!(owners == want, "{level:?} seed {seed}");
                *sum = checksum(*sum, &owners);
            }
        }
        assert!(sums.iter().all(|sum| *sum == naive));
        eprintln!("1000 sets, levels {levels:?} and naive: checksum {naive:#018x}");
    }

    /// Servers come, go and change; the table changed is the table filled.
    #[test]
    #[expect(clippy::print_stderr, reason = "a log should say what was tried")]
    fn changed_is_filled() {
        let (mut changes, mut in_place) = (0, 0);
        for seed in 0..300_u64 {
            let (list, slots, factor) = drawn(seed);
            let mut turn = !seed << 20;
            let mut below = |limit: u64| {
                turn += 1;
                splitmix64(turn) % limit
            };
            // By hash, as ties fall; `owner` names a server until it is numbered.
            let mut named = list;
            let mut next = 1_000_000;
            named.sort_by_key(|one| one.hash);
            let numbered = |named: &[Contender]| -> Vec<Contender> {
                let mut by_name: Vec<u32> = named.iter().map(|one| one.owner).collect();
                by_name.sort();
                let number =
                    |name| low32(by_name.iter().take_while(|one| **one < name).count() as u64);
                named.iter().map(|one| Contender { owner: number(one.owner), ..*one }).collect()
            };
            let mut table = SlotTable::new(&numbered(&named), named.len(), slots, factor);
            for _ in 0..12 {
                let before = named.clone();
                for _ in 0..=below(2) {
                    let at = usize::try_from(below(1 << 20)).unwrap() % named.len().max(1);
                    match below(4) {
                        0 if !named.is_empty() => drop(named.remove(at)),
                        1 | 2 if !named.is_empty() => {
                            let by = [0.5, 2.0, 1.25, 0.9][usize::try_from(below(4)).unwrap()];
                            named[at].capacity *= by;
                        }
                        _ => {
                            // Some hash as another does: all their scores tie.
                            let hash = match named.get(at) {
                                Some(one) if below(4) == 0 => one.hash,
                                _ => splitmix64(next),
                            };
                            next += 1;
                            named.push(Contender { hash, capacity: 1.0, owner: low32(next) });
                        }
                    }
                }
                named.sort_by_key(|one| one.hash);
                let (old, new) = (numbered(&before), numbered(&named));
                let kept = |number: u32| {
                    let at = new.iter().position(|one| one.owner == number)?;
                    let same = |one: &Contender| {
                        one.owner == named[at].owner && one.capacity == named[at].capacity
                    };
                    before.iter().position(same).map(|at| old[at].owner)
                };
                let filled = SlotTable::new(&new, new.len(), slots, factor);
                changes += 1;
                for level in Level::all() {
                    let changed = table.changed(level, &new, new.len(), factor, kept);
                    if let Some(changed) = changed {
                        assert!(owners(&changed) == owners(&filled), "{level:?} seed {seed}");
                        assert_eq!(changed.displaced, filled.displaced);
                        in_place += usize::from(level == Level::Portable);
                    }
                }
                table = match table.changed(Level::best(), &new, new.len(), factor, kept) {
                    Some(changed) => changed,
                    None => filled,
                };
            }
        }
        assert!(in_place > 1500, "{in_place} of {changes}");
        eprintln!("{changes} changes, {in_place} of them in place");
    }

    #[test]
    fn caps_hold_every_slot() {
        for count in [1, 2, 3, 100, 1000, 5000] {
            for slots in [1, 2, 64, 1000] {
                for capacity in [
                    (|_| 1.0) as fn(u32) -> f64,
                    |n| f64::from(n % 7 + 1),
                    |n| if n == 0 { f64::MAX } else { f64::MIN_POSITIVE },
                ] {
                    let list = contenders(count, capacity);
                    let held: u64 = caps(&list, slots, 1 << 32).iter().sum();
                    assert!(held >= u64::from(slots), "{count} {slots} {held}");
                    let table = SlotTable::new(&list, list.len(), slots, Some(1 << 32));
                    assert!((0..slots).all(|slot| table.owner(slot) != NO_OWNER));
                }
            }
        }
    }

    #[test]
    fn caps_are_near_the_fair_part() {
        let list = contenders(100, |n| f64::from(n % 3 + 1));
        let sum: f64 = list.iter().map(|one| one.capacity).sum();
        for (one, cap) in list.iter().zip(caps(&list, 65_536, (1 << 32) + (1 << 28))) {
            let part = 65_536.0 * (1.0 + 1.0 / 16.0) * one.capacity / sum;
            #[expect(clippy::cast_precision_loss, reason = "small")]
            let cap = cap as f64;
            assert!(cap > part - 1.5 && cap <= part + 0.5, "{cap} {part}");
        }
    }

    #[test]
    fn slots_are_stretches_of_positions() {
        let list = contenders(9, |_| 1.0);
        for slots in [1, 2, 3, 64, 100] {
            let table = SlotTable::new(&list, 9, slots, None);
            let space = Space { hash: "test".to_owned(), size: Some(1 << 64) };
            let Some(Regions::Segments { segments, .. }) = table.regions(space) else {
                unreachable!()
            };
            let segments: Vec<_> = segments.collect();
            assert_eq!(segments.last().map(|segment| segment.last), Some(u128::from(u64::MAX)));
            let near = segments.iter().flat_map(|segment| {
                let last = u64::try_from(segment.last).unwrap();
                [last, last.wrapping_add(1)]
            });
            for position in near.chain((0..5000).map(splitmix64)) {
                let at = segments.partition_point(|segment| segment.last < u128::from(position));
                assert_eq!(segments[at].owner, table.place(position));
                let mut owner = [0];
                table.place_all(&[position], &mut owner);
                assert_eq!(segments[at].owner, owner[0]);
            }
        }
    }

    #[test]
    fn many_servers_need_wide_owners() {
        let list = contenders(70_000, |_| 1.0);
        let wide = SlotTable::new(&list, list.len(), 64, Some(1 << 32));
        assert!(matches!(wide.owners, Owners::Wide(_)));
        assert!((0..64).any(|slot| wide.owner(slot) > 65_535));
        assert!((0..64).all(|slot| wide.owner(slot) != NO_OWNER));
        let none = SlotTable::new(&[], 3, 64, None);
        assert_eq!(none.place(0), NO_OWNER);
        let mut owners = [0; 2];
        none.place_all(&[0, u64::MAX], &mut owners);
        assert_eq!(owners, [NO_OWNER; 2]);
        assert_eq!(none.step(0, &mut Cursor::default()), Some(NO_OWNER));
    }
    /// Owners of one, two and four bytes: the highest numbers each can hold, and as
    /// many slots as a power of two and as none.
    #[test]
    fn every_width_holds_the_same_owners() {
        for slots in [1, 1000, 1 << 12] {
            for (most, wider) in [(254, [255, 70_000]), (255, [65_534, 65_535])] {
                let mut servers = contenders(most, |_| 1.0);
                // The last number that fits into the width.
                servers[0].owner = most - 1;
                servers[most as usize - 1].owner = 0;
                let positions: Vec<u64> = (0..20_000).map(splitmix64).collect();
                let owners = |count| {
                    let table = SlotTable::new(&servers, count, slots, None);
                    let mut owners = vec![7; positions.len()];
                    table.place_all(&positions, &mut owners);
                    for (position, owner) in positions.iter().zip(&owners) {
                        assert_eq!(table.place(*position), *owner);
                    }
                    assert_eq!(table.first_choices().len(), slots as usize);
                    (owners, table.first_choices())
                };
                let narrow = owners(most as usize);
                for count in wider {
                    assert!(owners(count) == narrow, "{most} servers in a list of {count}");
                }
                assert!(slots < 1 << 12 || narrow.0.contains(&(most - 1)));
            }
        }
        let none = SlotTable::new(&[], 3, 16, None);
        let mut owners = [7; 2];
        none.place_all(&[0, u64::MAX], &mut owners);
        assert_eq!((none.place(1), owners), (NO_OWNER, [NO_OWNER; 2]));
    }
}
