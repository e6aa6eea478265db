//! Identify: which scheme gave these answers?

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::change::plan::{Matching, Plan};
use crate::error::{Error, Kind, quoted};
use crate::resolve::Continuum;
use crate::scheme::Scheme;
use crate::server::{Server, Servers};

pub use super::trial::Wrong;
use super::trial::{Built, Pair, Trial, trials};
pub use super::variant::Variant;

/// A scheme that was tried, and how well it agrees.
#[derive(Clone, Debug)]
pub struct Match {
    continuum: Continuum,
    variant: Variant,
    agreed: u64,
    compared: u64,
    wrong: Option<Wrong>,
}

/// What [`identify`] found: candidates by agreement, the best first.
#[derive(Clone, Debug)]
pub struct Identification {
    candidates: Vec<Match>,
    unlisted: usize,
    tried: usize,
    untried: usize,
    pairs: usize,
}

impl Match {
    /// The scheme with its options.
    #[must_use]
    pub fn scheme(&self) -> &Scheme {
        self.continuum.scheme()
    }

    /// How the servers were handed to it.
    #[must_use]
    pub fn variant(&self) -> Variant {
        self.variant
    }

    /// The continuum that was tried: its servers are in the variant's form.
    #[must_use]
    pub fn continuum(&self) -> &Continuum {
        &self.continuum
    }

    /// Pairs on which it agrees.
    #[must_use]
    pub fn agreed(&self) -> u64 {
        self.agreed
    }

    /// Pairs that were compared.
    #[must_use]
    pub fn compared(&self) -> u64 {
        self.compared
    }

    /// A pair that it gets wrong, if any.
    #[must_use]
    pub fn wrong(&self) -> Option<&Wrong> {
        self.wrong.as_ref()
    }

    /// Whether another form of the servers makes no difference to one scheme: it
    /// is then told once.
    fn same_map(&self, other: &Self, observed: &[Pair<'_>]) -> bool {
        let in_order = |one: &Self| !matches!(one.variant, Variant::Sorted | Variant::Reversed);
        let same =
            |key: &[u8]| self.continuum.resolve_index(key) == other.continuum.resolve_index(key);
        self.scheme() == other.scheme()
            && in_order(self)
            && in_order(other)
            && observed.iter().all(|pair| same(pair.key))
            && (0..1000_u64).all(|number| same(format!("key-{number}").as_bytes()))
    }

    /// Whether it agrees on every pair.
    #[must_use]
    pub fn is_match(&self) -> bool {
        self.agreed == self.compared && self.compared > 0
    }
}

impl Identification {
    /// The best candidates, by agreement; among equals servers as given, the
    /// fewer options set, and the earlier in the catalogue come first. A form of
    /// the servers that makes no difference is left out.
    #[must_use]
    pub fn candidates(&self) -> &[Match] {
        &self.candidates
    }

    /// Those that agree on every pair, the first few of them if there are very
    /// many. None: none of the known schemes gave these answers.
    pub fn matches(&self) -> impl Iterator<Item = &Match> {
        self.candidates.iter().take_while(|candidate| candidate.is_match())
    }

    /// How many more agree on every pair than are listed: few pairs, or one server,
    /// tell few apart.
    #[must_use]
    pub fn unlisted(&self) -> usize {
        self.unlisted
    }

    /// How many schemes, options and variants were tried.
    #[must_use]
    pub fn tried(&self) -> usize {
        self.tried
    }

    /// How many were left out for the size of their rings: beyond 2²¹ points where a smaller
    /// one agrees, else beyond 2²⁴. Many servers and large capacities ask for them.
    #[must_use]
    pub fn untried(&self) -> usize {
        self.untried
    }

    /// How many pairs there were.
    #[must_use]
    pub fn pairs(&self) -> usize {
        self.pairs
    }

    /// How many more pairs would tell the first two matches apart with a
    /// probability of 95 %: `None` when there are not two, or when they are the
    /// same map.
    #[must_use]
    pub fn pairs_to_tell_apart(&self) -> Option<u64> {
        let mut matches = self.matches();
        let (first, second) = (matches.next()?, matches.next()?);
        let differ = Plan::between(&first.continuum, &second.continuum, Matching::Identity).moved();
        // (1 - differ)^n = 0.05, without a logarithm of the platform's: doubling.
        if differ <= 0.0 {
            return None;
        }
        let mut pairs = 0_u64;
        let mut unseen = 1.0_f64;
        while unseen > 0.05 && pairs < 1_000_000_000 {
            let step = (pairs / 64).max(1);
            // powi multiplies; its rounding is far below what is reported.
            unseen *= (1.0 - differ).powi(i32::try_from(step).unwrap_or(i32::MAX));
            pairs += step;
        }
        Some(pairs)
    }
}

/// What a round of trials may take.
#[derive(Clone, Copy)]
struct Limit {
    /// The points of a ring.
    points: u64,
    /// The candidates that go on to all pairs. They stay in memory.
    kept: usize,
}

/// Rings of more points are built only where no smaller one agrees: with large
/// capacities a trial takes seconds that otherwise takes milliseconds.
const USUAL: Limit = Limit { points: 1 << 21, kept: 32 };

/// The largest that are built: nginx's of 2²⁴ points takes 290 MiB meanwhile, and 0.8 s.
const LARGE: Limit = Limit { points: 1 << 24, kept: 2 };

/// How many pairs every candidate is tried on.
const FIRST: usize = 128;

/// Tries every scheme, every value of its options, and every likely form of the
/// servers, and ranks them by how many of the observed pairs of key and server
/// they agree with. `threads` at most are used; 1 means the caller's own.
///
/// Servers are named in pairs by identity, address or host. O(schemes · build +
/// pairs). Give pairs as they come: some hundreds decide, more rule out ties.
/// Rings of more than 2²⁴ points are [not tried](Identification::untried).
///
/// # Errors
/// A pair names a server that is not in the set, or there is no pair.
///
/// ```
/// use std::num::NonZero;
/// use continuum::{Continuum, Servers};
/// use continuum::identify::identify;
/// let servers = Servers::from_texts(["10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80=2"])?;
/// let secret = Continuum::with_servers("python-continuum:points=160".parse()?, servers.clone())?;
/// let keys: Vec<String> = (0..500).map(|number| format!("key-{number}")).collect();
/// let pairs: Vec<(&[u8], String)> = keys
///     .iter()
///     .map(|key| (key.as_bytes(), secret.resolve(key).unwrap().identity().into_owned()))
///     .collect();
/// let found = identify(&pairs, &servers, NonZero::<usize>::MIN)?;
/// assert_eq!(found.candidates()[0].scheme(), secret.scheme());
/// # Ok::<(), continuum::Error>(())
/// ```
pub fn identify<K: AsRef<[u8]>, S: AsRef<str>>(
    pairs: &[(K, S)],
    servers: &Servers,
    threads: NonZero<usize>,
) -> Result<Identification, Error> {
    identify_within(pairs, servers, threads, [USUAL, LARGE])
}

fn identify_within<K: AsRef<[u8]>, S: AsRef<str>>(
    pairs: &[(K, S)],
    servers: &Servers,
    threads: NonZero<usize>,
    [usual, large]: [Limit; 2],
) -> Result<Identification, Error> {
    let observed = observed(pairs, servers)?;
    if observed.is_empty() {
        return Err(Error::new(Kind::Argument, "no pair of key and server to identify from"));
    }
    let braces = observed.iter().any(|pair| pair.key.contains(&b'{'));
    let trials = trials(servers, braces);
    let all: Vec<usize> = (0..trials.len()).collect();
    let mut round = Round::of(&trials, &all, servers, &observed, usual, threads);
    if round.agreeing == 0 && !round.larger.is_empty() {
        let second = Round::of(&trials, &round.larger, servers, &observed, large, threads);
        round.agreeing = second.agreeing;
        round.best.extend(second.best);
        round.larger = second.larger;
    }
    round.drop_worst(usual.kept);
    let Round { best, agreeing, larger } = round;
    let mut candidates: Vec<(usize, Match)> = best
        .into_iter()
        .map(|(_, at, built)| {
            let (agreed, wrong) = built.agreed(&observed);
            let (continuum, variant) = (built.continuum, trials[at].variant);
            let compared = observed.len() as u64;
            (at, Match { continuum, variant, agreed, compared, wrong })
        })
        .collect();
    candidates.sort_by_key(|(at, candidate)| (Reverse(candidate.agreed), *at));
    let listed = candidates.iter().filter(|(_, candidate)| candidate.is_match()).count();
    let mut distinct: Vec<Match> = Vec::with_capacity(candidates.len());
    for (_, candidate) in candidates {
        if !distinct.iter().any(|other| other.same_map(&candidate, &observed)) {
            distinct.push(candidate);
        }
    }
    Ok(Identification {
        candidates: distinct,
        unlisted: agreeing.saturating_sub(listed),
        tried: trials.len() - larger.len(),
        untried: larger.len(),
        pairs: observed.len(),
    })
}

/// What came of trials.
#[derive(Default)]
struct Round {
    /// On how many of the first pairs each of the best agrees, its number, what it built.
    best: Vec<(Reverse<u64>, usize, Built)>,
    /// How many agree on every pair.
    agreeing: usize,
    /// Those whose rings would have more points than the limit.
    larger: Vec<usize>,
}

impl Round {
    /// Tries the trials of these numbers, in threads.
    fn of(
        trials: &[Trial],
        numbers: &[usize],
        servers: &Servers,
        observed: &[Pair<'_>],
        limit: Limit,
        threads: NonZero<usize>,
    ) -> Self {
        let (first, rest) = observed.split_at(observed.len().min(FIRST));
        let next = AtomicUsize::new(0);
        let try_some = || {
            let mut round = Self::default();
            while let Some(at) = numbers.get(next.fetch_add(1, Ordering::Relaxed)).copied() {
                let built = match trials[at].build(servers, limit.points) {
                    Ok(built) => built,
                    Err(error) => {
                        round.larger.extend(error.is_over_limit().then_some(at));
                        continue;
                    }
                };
                let agreed = built.agreed(first).0;
                // On to the first pair that is wrong: of most there is one at once.
                if agreed == first.len() as u64 && rest.iter().all(|pair| built.agrees(pair)) {
                    round.agreeing += 1;
                }
                round.best.push((Reverse(agreed), at, built));
                // What is far behind is dropped early to bound memory.
                if round.best.len() > 2 * limit.kept {
                    round.drop_worst(limit.kept);
                }
            }
            round.drop_worst(limit.kept);
            round
        };
        thread::scope(|scope| {
            // Where a thread cannot be made (WebAssembly, a limit of the process) nor can the
            // next: those there are, at least the caller's own, do all of the work.
            let spawn = |_| thread::Builder::new().spawn_scoped(scope, try_some).ok();
            let others: Vec<_> = (1..threads.get()).map_while(spawn).collect();
            let mut round = try_some();
            for other in others {
                let other = other.join().unwrap_or_default();
                round.best.extend(other.best);
                round.agreeing += other.agreeing;
                round.larger.extend(other.larger);
            }
            round
        })
    }

    fn drop_worst(&mut self, kept: usize) {
        self.best.sort_by_key(|(agreed, at, _)| (*agreed, *at));
        self.best.truncate(kept);
    }
}

fn observed<'a, K: AsRef<[u8]>, S: AsRef<str>>(
    pairs: &'a [(K, S)],
    servers: &'a Servers,
) -> Result<Vec<Pair<'a>>, Error> {
    let mut by_text: BTreeMap<String, (u32, &Server)> = BTreeMap::new();
    let numbered = || (0_u32..).zip(servers);
    // An identity outranks an address, an address a host that others share.
    for (number, server) in numbered() {
        by_text.entry(server.host().to_owned()).or_insert((number, server));
    }
    for (number, server) in numbered() {
        by_text.insert(server.address().into_owned(), (number, server));
    }
    for (number, server) in numbered() {
        by_text.insert(server.identity().into_owned(), (number, server));
    }
    (1..)
        .zip(pairs)
        .map(|(row, (key, name))| {
            let (number, server) = by_text.get(name.as_ref()).copied().ok_or_else(|| {
                let message = format!(
                    "pair {row} names server {}, which is not in the set",
                    quoted(name.as_ref())
                );
                Error::new(Kind::UnknownServer, message)
            })?;
            Ok(Pair { key: key.as_ref(), server, number })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Limit, identify_within};
    use crate::error::Error;
    use crate::server::Servers;
    use std::num::NonZero;

    /// Weights that are megabytes ask for rings that no memory holds.
    #[test]
    fn what_is_too_large_is_counted_not_built() -> Result<(), Error> {
        let servers = Servers::from_texts(["a:1=60000", "b:1=50000", "c:1=65535"])?;
        let pairs: Vec<(String, &str)> =
            (0..200).map(|number| (format!("key-{number}"), ["a", "b"][number % 2])).collect();
        let limits =
            |usual, large| [Limit { points: usual, kept: 32 }, Limit { points: large, kept: 2 }];
        let within = |limits| identify_within(&pairs, &servers, NonZero::<usize>::MIN, limits);
        let (few, more) = (within(limits(4096, 4096))?, within(limits(4096, 65_536))?);
        assert!(more.untried() > 0 && more.untried() < few.untried());
        assert_eq!(few.tried() + few.untried(), more.tried() + more.untried());
        Ok(())
    }
}
