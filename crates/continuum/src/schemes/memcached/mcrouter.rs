//! mcrouter's hash functions: `Ch3`, `WeightedCh3`, `Rendezvous` and
//! `WeightedRendezvous`.
//! Rule, quirks, versions and limits: `docs/schemes/mcrouter.md`.
//!
//! The logarithm is our own: a platform's may differ in its last bit, and with it the
//! answer where two scores are that close.

use crate::hash::city::h128;
use crate::hash::murmur2::murmur64a;
use crate::hash::spooky;
use crate::schemes::prelude::*;
use crate::schemes::shared::furc;
use crate::schemes::shared::log::ln;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    program: "mcrouter",
    versions: "9d7f4342",
    about: "Ch3 (furc hash) over numbered servers, weighted or not, and rendezvous",
    options: &[OptionSpec::choice(
        "hash",
        &["ch3", "weighted-ch3", "rendezvous", "weighted-rendezvous"],
        "hash_func of the route",
    )],
    capacities: |options| match options.choice("hash") {
        "weighted-ch3" => Capacities::UpTo(1),
        "weighted-rendezvous" => Capacities::Any,
        _ => Capacities::Ignored,
    },
    order: |options| if rendezvous(options) { Order::Ties } else { Order::Positional },
    minimal: |options| {
        if rendezvous(options) {
            Minimal::ALWAYS
        } else {
            // A new server in the middle of the list renumbers the others.
            Minimal { weight: true, ..Minimal::NEVER }
        }
    },
    proven: 78_848,
    ..SchemeEntry::new("mcrouter", build)
};

fn rendezvous(options: &Options<'_>) -> bool {
    options.choice("hash").ends_with("rendezvous")
}

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let weighted = options.choice("hash").starts_with("weighted");
    if rendezvous(options) {
        return Ok(Box::new(Rendezvous::new(servers, weighted)));
    }
    let count = u32::try_from(servers.len()).ok().filter(|count| *count <= furc::MOST);
    let Some(count) = count else {
        return Err(Error::new(
            Kind::Limit,
            format!(
                "scheme '{}': {} servers, but mcrouter's Ch3 takes {} at most",
                SCHEME.name,
                servers.len(),
                furc::MOST
            ),
        ));
    };
    let bounds = if weighted { servers.iter().map(bound).collect() } else { Box::default() };
    Ok(Box::new(Ch3 { count, bounds }))
}

/// Below this a server keeps a key.
fn bound(server: &Server) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "C++ truncates too; the value is from 0 to 2^32 - 1"
    )]
    let bound = (server.capacity().get() * f64::from(u32::MAX)) as u32;
    bound
}

/// A key with a number behind it, its digits backwards. On the stack unless the
/// key is longer than memcached takes.
struct Salted {
    short: [u8; Self::SHORT],
    long: Vec<u8>,
}

impl Salted {
    const SHORT: usize = 256;

    fn new() -> Self {
        Self { short: [0; Self::SHORT], long: Vec::new() }
    }

    /// Numbers stay below 100.
    fn write(&mut self, key: &[u8], number: u32) -> &[u8] {
        let digit = |number: u32| b'0' + u8::try_from(number % 10).unwrap_or(0);
        let digits = [digit(number), digit(number / 10)];
        let digits = &digits[..if number < 10 { 1 } else { 2 }];
        let end = key.len() + digits.len();
        if end <= Self::SHORT {
            self.short[..key.len()].copy_from_slice(key);
            self.short[key.len()..end].copy_from_slice(digits);
            return &self.short[..end];
        }
        self.long.clear();
        self.long.extend_from_slice(key);
        self.long.extend_from_slice(digits);
        &self.long
    }
}

/// The number of weighted tries.
const TRIES: u32 = 32;
const SPOOKY_SEED: u32 = 0xface_2014;

/// Ch3 and WeightedCh3.
struct Ch3 {
    count: u32,
    /// Empty without weights.
    bounds: Box<[u32]>,
}

impl Ch3 {
    /// What the n-th try says, and whether it stands.
    fn attempt(&self, key: &[u8]) -> (u32, bool) {
        let index = furc::furc_hash(key, self.count);
        let kept = match self.bounds.get(index as usize) {
            Some(bound) => spooky::hash32(key, SPOOKY_SEED) < *bound,
            None => true,
        };
        (index, kept)
    }
}

impl Placement for Ch3 {
    fn locate(&self, key: &[u8]) -> u32 {
        if self.count == 0 {
            return NO_OWNER;
        }
        let (mut index, mut kept) = self.attempt(key);
        if kept {
            return index;
        }
        let mut salted = Salted::new();
        for number in 0..TRIES - 1 {
            (index, kept) = self.attempt(salted.write(key, number));
            if kept {
                break;
            }
        }
        index
    }

    /// The owner, then whoever keeps the key on a later try.
    fn step(&self, key: &[u8], cursor: &mut Cursor) -> Option<u32> {
        if self.count == 0 {
            return None;
        }
        if cursor.steps == 0 {
            cursor.steps = 1;
            return Some(self.locate(key));
        }
        let mut salted = Salted::new();
        while cursor.steps < TRIES {
            let (index, kept) = self.attempt(salted.write(key, cursor.steps - 1));
            cursor.steps += 1;
            if kept {
                return Some(index);
            }
        }
        None
    }

    fn hash_name(&self) -> String {
        "furc-hash".to_owned()
    }

    fn hit(&self, key: &[u8]) -> Option<Hit> {
        (self.count > 0)
            .then(|| Hit::Bucket { bucket: self.locate(key).into(), of: self.count.into() })
    }

    fn expected_shares(&self, count: usize) -> Option<Vec<f64>> {
        let servers = f64::from(self.count);
        if self.bounds.is_empty() {
            return Some(vec![1.0 / servers; count]);
        }
        // Each try draws a server at random, who keeps the key with its weight;
        // what was refused so often goes to the last one drawn.
        let weights = || self.bounds.iter().map(|bound| f64::from(*bound) / f64::from(u32::MAX));
        let mean = weights().sum::<f64>() / servers;
        let mut reached = 0.0;
        let mut left = 1.0;
        for _ in 0..TRIES {
            reached += left;
            left *= 1.0 - mean;
        }
        let last = if mean < 1.0 { left / (1.0 - mean) } else { 0.0 };
        Some(weights().map(|weight| (weight * reached + (1.0 - weight) * last) / servers).collect())
    }

    fn order_matters(&self) -> bool {
        self.count > 1
    }

    fn memory(&self) -> usize {
        size_of_val(&*self.bounds)
    }
}

/// Rendezvous and WeightedRendezvous.
struct Rendezvous {
    /// Hash and weight of each server; those of weight 0 are left out when
    /// weights count.
    servers: Box<[(u64, f64, u32)]>,
    weighted: bool,
    twins: bool,
}

impl Rendezvous {
    const KEY_SEED: u64 = 2_718_281_828;

    fn new(servers: &[Server], weighted: bool) -> Self {
        let servers: Box<[(u64, f64, u32)]> = (0_u32..)
            .zip(servers)
            .map(|(number, server)| {
                let hash = murmur64a(server.label().as_bytes(), furc::SEED);
                (hash, server.capacity().get(), number)
            })
            .filter(|(_, weight, _)| !weighted || *weight > 0.0)
            .collect();
        let mut hashes: Vec<u64> = servers.iter().map(|server| server.0).collect();
        hashes.sort();
        let twins = hashes.windows(2).any(|pair| pair[0] == pair[1]);
        Self { servers, weighted, twins }
    }

    #[expect(clippy::cast_precision_loss, reason = "mcrouter compares doubles")]
    fn score(&self, hash: u64, weight: f64, key: u64) -> f64 {
        let mix = h128(hash, key);
        if !self.weighted {
            return mix as f64;
        }
        let unit = (mix & ((1 << 53) - 1)) as f64 / 9_007_199_254_740_992.0;
        if unit > 0.0 { weight * (1.0 / -ln(unit)) } else { weight * 0.0 }
    }

    /// Whether a server with this score and place comes before another.
    fn before(&self, one: (f64, u32), other: (f64, u32)) -> bool {
        if one.0 == other.0 { (one.1 < other.1) == self.weighted } else { one.0 > other.0 }
    }

    /// The first in order of preference, behind the one given.
    fn next(&self, key: &[u8], behind: Option<(f64, u32)>) -> Option<(f64, u32)> {
        let key = murmur64a(key, Self::KEY_SEED);
        let mut best: Option<(f64, u32)> = None;
        for &(hash, weight, number) in &self.servers {
            let one = (self.score(hash, weight, key), number);
            if behind.is_none_or(|behind| self.before(behind, one) && behind.1 != number)
                && best.is_none_or(|best| self.before(one, best))
            {
                best = Some(one);
            }
        }
        best
    }
}

impl Placement for Rendezvous {
    fn locate(&self, key: &[u8]) -> u32 {
        self.next(key, None).map_or(NO_OWNER, |best| best.1)
    }

    fn step(&self, key: &[u8], cursor: &mut Cursor) -> Option<u32> {
        let behind = (cursor.steps > 0)
            .then(|| (f64::from_bits(cursor.at), u32::try_from(cursor.mark).unwrap_or(NO_OWNER)));
        let (score, number) = self.next(key, behind)?;
        (cursor.at, cursor.mark) = (score.to_bits(), number.into());
        cursor.steps += 1;
        Some(number)
    }

    fn hash_name(&self) -> String {
        "murmur64a of server and of key, mixed".to_owned()
    }

    fn hit(&self, key: &[u8]) -> Option<Hit> {
        let key = murmur64a(key, Self::KEY_SEED);
        let scores = self
            .servers
            .iter()
            .map(|(hash, weight, number)| (*number, self.score(*hash, *weight, key)));
        (!self.servers.is_empty()).then(|| Hit::Scores { scores: scores.collect(), highest: true })
    }

    fn expected_shares(&self, count: usize) -> Option<Vec<f64>> {
        let weight = |weight: f64| if self.weighted { weight } else { 1.0 };
        // Over the largest first: a sum near f64::MAX would overflow.
        let largest = self.servers.iter().map(|server| weight(server.1)).fold(0.0, f64::max);
        let sum: f64 = self.servers.iter().map(|server| weight(server.1) / largest).sum();
        let mut shares = vec![0.0; count];
        for server in &self.servers {
            shares[server.2 as usize] = weight(server.1) / largest / sum;
        }
        Some(shares)
    }

    /// Two scores equal as doubles are one in 2⁵³: not counted.
    fn order_matters(&self) -> bool {
        self.twins
    }

    fn memory(&self) -> usize {
        size_of_val(&*self.servers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_backwards() {
        let mut salted = Salted::new();
        assert_eq!(salted.write(b"key", 7), b"key7");
        assert_eq!(salted.write(b"key", 30), b"key03");
        let long = vec![b'x'; 255];
        assert_eq!(salted.write(&long, 12), [&long[..], b"21"].concat());
    }
}
