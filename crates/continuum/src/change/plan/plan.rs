//! Plan: what a change of servers or scheme moves, before it is made.

use crate::keys::Keys;
use crate::placement::{NO_OWNER, Regions};
use crate::resolve::{Basis, Continuum};

use super::exact::exact_moves;
use super::matching::{Matching, Union};
use super::records::{Counts, Example, Flow, Moves, Part, ServerChange, Sums};

/// The difference between two continuums: how much of the key space moves, from
/// where to where, and beside it the least that any scheme could move.
///
/// Servers are matched by identity. Shares are parts of the key space, 0 to 1,
/// unless the plan was made [`over keys`](Self::over_keys): then they are parts
/// of those keys.
///
/// ```
/// use continuum::plan::Matching;
/// use continuum::{Continuum, Plan, Servers};
/// let old = Servers::from_texts(["a:80", "b:80", "c:80", "d:80"])?;
/// let mut new = old.clone();
/// new.remove("d:80")?;
/// let scheme: continuum::Scheme = "python-continuum".parse()?;
/// let old = Continuum::with_servers(scheme.clone(), old)?;
/// let new = Continuum::with_servers(scheme, new)?;
/// let plan = Plan::between(&old, &new, Matching::Identity);
/// assert!(plan.is_exact());
/// assert_eq!(plan.least(), 0.25);
/// assert!(plan.moved() > plan.least()); // this scheme moves more than it must
/// # Ok::<(), continuum::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    servers: Vec<ServerChange>,
    flows: Vec<Flow>,
    moves: Moves,
    basis: Basis,
    keys: Option<Counts>,
    matching: Matching,
}

impl Plan {
    /// Compares two continuums over the whole key space: exactly where both
    /// have a map of one hash space (segments are merged, tables laid side by side),
    /// else over a fixed sample of a million keys, which [`basis`](Self::basis)
    /// tells. O(points), or O(sample).
    ///
    /// ```
    /// use continuum::plan::Matching;
    /// use continuum::{Continuum, Plan, Server, Servers};
    /// let plain = Servers::from_texts(["10.0.0.1:80"])?;
    /// let mut named = Servers::new();
    /// named.add(Server::new("10.0.0.1", 80).with_name("a"))?;
    /// let plain = Continuum::with_servers(Default::default(), plain)?;
    /// let named = Continuum::with_servers(Default::default(), named)?;
    /// assert_eq!(Plan::between(&plain, &named, Matching::Identity).moved(), 1.0);
    /// assert_eq!(Plan::between(&plain, &named, Matching::Address).moved(), 0.0);
    /// # Ok::<(), continuum::Error>(())
    /// ```
    #[must_use]
    pub fn between(old: &Continuum, new: &Continuum, matching: Matching) -> Self {
        let union = Union::of(old, new, matching);
        let union = match Self::exact_over(union, old, new) {
            Ok(plan) => return plan,
            Err(union) => union,
        };
        let mut sums = Sums::new();
        const SAMPLE: u32 = 1_000_000;
        let texts: Vec<String> = (0..SAMPLE).map(|number| number.to_string()).collect();
        let keys: Vec<&str> = texts.iter().map(String::as_str).collect();
        let keys = Keys::from(&keys);
        let mut counter = Counter { union: &union, sums: &mut sums, counts: Counts::none() };
        counter.count(old, new, &keys, |_| None);
        let moved = counter.counts.moved_keys;
        #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
        let share = moved as f64 / f64::from(SAMPLE);
        let bound = 1.96 * (share * (1.0 - share) / f64::from(SAMPLE)).sqrt();
        let basis = Basis::Sampled { keys: SAMPLE, bound };
        Self::from_sums(union, sums, u128::from(SAMPLE), Moves::Unknown, basis, None)
    }

    /// [`between`](Self::between) where that is exact, else `None`, without the work
    /// of a sample. O(points).
    ///
    /// ```
    /// use continuum::{Continuum, Plan, Servers};
    /// let build = |scheme: &str| {
    ///     Continuum::with_servers(scheme.parse()?, Servers::from_texts(["a:1", "b:1"])?)
    /// };
    /// let (ketama, modula) = (build("twemproxy")?, build("twemproxy:distribution=modula")?);
    /// assert!(Plan::exactly(&ketama, &modula).is_some_and(|plan| plan.moved() > 0.4));
    /// assert!(Plan::exactly(&ketama, &build("jump")?).is_none());
    /// # Ok::<(), continuum::Error>(())
    /// ```
    #[must_use]
    pub fn exactly(old: &Continuum, new: &Continuum) -> Option<Self> {
        Self::exact_over(Union::of(old, new, Matching::Identity), old, new).ok()
    }

    /// The exact plan, or what there was to make it of.
    fn exact_over(union: Union, old: &Continuum, new: &Continuum) -> Result<Self, Union> {
        let mut sums = Sums::new();
        let exact = match (old.regions(), new.regions()) {
            (Some(before), Some(after)) if before.space() == after.space() => {
                exact_moves(before, after, &union, &mut sums)
            }
            _ => None,
        };
        match exact {
            Some((moves, size)) => {
                Ok(Self::from_sums(union, sums, size, moves, Basis::Exact, None))
            }
            None => Err(union),
        }
    }

    /// Compares two continuums over given keys with the sizes of their values, as far
    /// as they are known: shares are then shares of keys.
    ///
    /// ```
    /// use continuum::plan::Matching;
    /// use continuum::{Continuum, Plan, Servers};
    /// let old = Continuum::with_servers(Default::default(), Servers::from_texts(["a:1"])?)?;
    /// let new = Continuum::with_servers(Default::default(), Servers::from_texts(["b:1"])?)?;
    /// let plan = Plan::over_keys(&old, &new, [(&b"key"[..], Some(700)), (b"other", Some(300))], Matching::Identity);
    /// assert_eq!(plan.moved(), 1.0);
    /// assert_eq!(plan.counts().unwrap().moved_bytes, Some(1000));
    /// # Ok::<(), continuum::Error>(())
    /// ```
    #[must_use]
    pub fn over_keys<K: AsRef<[u8]>>(
        old: &Continuum,
        new: &Continuum,
        keys: impl IntoIterator<Item = (K, Option<u64>)>,
        matching: Matching,
    ) -> Self {
        const BATCH: usize = 4096;
        let union = Union::of(old, new, matching);
        let mut sums = Sums::new();
        let mut counter = Counter { union: &union, sums: &mut sums, counts: Counts::none() };
        let mut keys = keys.into_iter();
        loop {
            let batch: Vec<(K, Option<u64>)> = keys.by_ref().take(BATCH).collect();
            if batch.is_empty() {
                break;
            }
            let slices: Vec<&[u8]> = batch.iter().map(|(key, _)| key.as_ref()).collect();
            counter.count(old, new, &Keys::from(&slices), |index| batch[index].1);
        }
        let mut counts = counter.counts;
        counts.bytes = counts.bytes.filter(|_| counts.keys > 0);
        counts.moved_bytes = counts.moved_bytes.filter(|_| counts.bytes.is_some());
        let total = u128::from(counts.keys);
        Self::from_sums(union, sums, total, Moves::Unknown, Basis::Exact, Some(counts))
    }

    /// Looks for keys `key-0`, `key-1` … whose owner differs between two
    /// continuums: at most `count`, among the first four million.
    ///
    /// ```
    /// use continuum::plan::Matching;
    /// use continuum::{Continuum, Plan, Servers};
    /// let old = Continuum::with_servers(Default::default(), Servers::from_texts(["a:1"])?)?;
    /// let new = Continuum::with_servers(Default::default(), Servers::from_texts(["b:1"])?)?;
    /// assert_eq!(Plan::examples(&old, &new, 1, Matching::Identity)[0].key, "key-0");
    /// # Ok::<(), continuum::Error>(())
    /// ```
    #[must_use]
    pub fn examples(
        old: &Continuum,
        new: &Continuum,
        count: usize,
        matching: Matching,
    ) -> Vec<Example> {
        const BATCH: u32 = 4096;
        let union = Union::of(old, new, matching);
        let mut found = Vec::new();
        let (mut before, mut after) = ([0; BATCH as usize], [0; BATCH as usize]);
        for from in (0..4_000_000).step_by(BATCH as usize) {
            if found.len() >= count {
                break;
            }
            let texts: Vec<String> = (from..from + BATCH).map(|n| format!("key-{n}")).collect();
            let keys: Vec<&str> = texts.iter().map(String::as_str).collect();
            old.resolve_all(&keys, &mut before);
            new.resolve_all(&keys, &mut after);
            for (key, (old, new)) in texts.iter().zip(before.iter().zip(&after)) {
                let (from, to) = (union.number_of_old(*old), union.number_of_new(*new));
                if from != to && found.len() < count {
                    let name = |number: Option<u32>| {
                        number.map(|number| union.servers[number as usize].identity.clone())
                    };
                    found.push(Example { key: key.clone(), from: name(from), to: name(to) });
                }
            }
        }
        found
    }

    fn from_sums(
        union: Union,
        sums: Sums,
        total: u128,
        moves: Moves,
        basis: Basis,
        keys: Option<Counts>,
    ) -> Self {
        let Union { matching, mut servers, .. } = union;
        let mut flows = Vec::new();
        for ((from, to), sum) in sums {
            #[expect(clippy::cast_precision_loss, reason = "a share needs no more than 53 bits")]
            let share = if total == 0 { 0.0 } else { sum as f64 / total as f64 };
            if let Some(part) = from.and_then(|from| servers[from as usize].before.as_mut()) {
                part.share += share;
            }
            if let Some(part) = to.and_then(|to| servers[to as usize].after.as_mut()) {
                part.share += share;
            }
            if from != to {
                flows.push(Flow { from, to, share });
            }
        }
        Self { servers, flows, moves, basis, keys, matching }
    }

    /// The servers of both sides: the old ones in their order, then the new.
    #[must_use]
    pub fn servers(&self) -> &[ServerChange] {
        &self.servers
    }

    /// What goes from whom to whom, by number; what stays is not listed.
    #[must_use]
    pub fn flows(&self) -> &[Flow] {
        &self.flows
    }

    /// Which ranges or slots move, where both sides have a map of one space.
    #[must_use]
    pub fn moves(&self) -> &Moves {
        &self.moves
    }

    /// Keys and bytes, if the plan was made over keys.
    #[must_use]
    pub fn counts(&self) -> Option<Counts> {
        self.keys
    }

    /// How the servers of the two sides were matched.
    #[must_use]
    pub fn matching(&self) -> Matching {
        self.matching
    }

    /// How the shares were found.
    #[must_use]
    pub fn basis(&self) -> Basis {
        self.basis
    }

    /// Whether the shares are exact.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.basis == Basis::Exact
    }

    /// The share that changes its owner.
    #[must_use]
    pub fn moved(&self) -> f64 {
        total(self.flows.iter().map(|flow| flow.share)).min(1.0)
    }

    /// The least that any scheme could move, if it gives each server its fair
    /// share before and after: what the shrinking servers must give away.
    #[must_use]
    pub fn least(&self) -> f64 {
        let fair = |part: Option<Part>| part.map_or(0.0, |part| part.fair);
        let loss =
            self.servers.iter().map(|server| (fair(server.before) - fair(server.after)).max(0.0));
        let gain =
            self.servers.iter().map(|server| (fair(server.after) - fair(server.before)).max(0.0));
        total(loss).max(total(gain))
    }

    /// The share that moves between two servers which stay, with the capacity
    /// they had: no change asked for that.
    #[must_use]
    pub fn needless(&self) -> f64 {
        let stays = |number: Option<u32>| {
            number.is_some_and(|number| {
                let server = &self.servers[number as usize];
                match (server.before, server.after) {
                    (Some(before), Some(after)) => before.capacity == after.capacity,
                    _ => false,
                }
            })
        };
        let needless = self.flows.iter().filter(|flow| stays(flow.from) && stays(flow.to));
        total(needless.map(|flow| flow.share))
    }

    /// The busiest server's share over its fair share, before and after.
    #[must_use]
    pub fn peaks(&self) -> (f64, f64) {
        let peak = |side: fn(&ServerChange) -> Option<Part>| {
            let parts = self.servers.iter().filter_map(side).filter(|part| part.fair > 0.0);
            parts.map(|part| part.share / part.fair).fold(0.0, f64::max)
        };
        (peak(|server| server.before), peak(|server| server.after))
    }
}

/// A sum that is 0, not the -0 of the standard library, where there is nothing.
fn total(shares: impl Iterator<Item = f64>) -> f64 {
    shares.sum::<f64>() + 0.0
}

struct Counter<'a> {
    union: &'a Union,
    sums: &'a mut Sums,
    counts: Counts,
}

impl Counter<'_> {
    fn count(
        &mut self,
        old: &Continuum,
        new: &Continuum,
        keys: &Keys<'_>,
        size: impl Fn(usize) -> Option<u64>,
    ) {
        let (mut before, mut after) = (vec![0; keys.len()], vec![0; keys.len()]);
        old.resolve_all(*keys, &mut before);
        new.resolve_all(*keys, &mut after);
        for (index, (from, to)) in before.into_iter().zip(after).enumerate() {
            let (from, to) = (self.union.number_of_old(from), self.union.number_of_new(to));
            let bytes = size(index);
            let add = |sum: Option<u64>| Some(sum?.saturating_add(bytes?));
            *self.sums.entry((from, to)).or_default() += 1;
            self.counts.keys += 1;
            self.counts.bytes = add(self.counts.bytes);
            if from != to {
                self.counts.moved_keys += 1;
                self.counts.moved_bytes = add(self.counts.moved_bytes);
            }
        }
    }
}

impl Continuum {
    /// The whole map as neighbouring ranges of positions, ascending, where the
    /// scheme has a ring. `None` for tables and for schemes without positions.
    #[must_use]
    pub fn ranges(&self) -> Option<Vec<OwnedRange>> {
        let Regions::Segments { segments, .. } = self.regions()? else { return None };
        let mut first = 0;
        Some(
            segments
                .map(|segment| {
                    let owner = (segment.owner != NO_OWNER).then_some(segment.owner);
                    let range = OwnedRange { first, last: segment.last, owner };
                    first = segment.last.wrapping_add(1);
                    range
                })
                .collect(),
        )
    }
}

/// Neighbouring positions of one owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnedRange {
    /// First position.
    pub first: u128,
    /// Last position, included.
    pub last: u128,
    /// The owner's number in the list of servers.
    pub owner: Option<u32>,
}
