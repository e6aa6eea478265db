//! serialx/hashring (Go), in its two dialects.
//!
//! `dialect=2020`, since the rework of 2020 (commit 22c0c7a): a server has as many
//! points as its weight, the MD5s of `name-0`, `name-1` …. A digest is a pair of
//! **signed** little-endian 64-bit numbers, compared in order. A key is hashed
//! alike and belongs to the first point strictly above, around the ring.
//!
//! `dialect=2019`, before it (commit 8b29126), after Python's `hash_ring`: of
//! `floor(40 · servers · weight / sum of weights)` labels `name-0`, `name-1` … each
//! gives three points, the first three little-endian words of its MD5. A key is the
//! first word of its MD5; first point strictly above.
//!
//! Quirks, all kept:
//! - 2020: the default weight 1 is **one point** a server, so shares differ many
//!   times over. Weights of 100 and more are what a ring needs.
//! - 2019: the fourth word goes unused; the number of points of everybody depends on
//!   the sum of weights; a shared point belongs to the server listed last.
//!
//! A server's name is its name or else `host:port`. `GetNodes` walks up the ring as
//! the candidates do. `Continuum::position` under 2020 is the pair as one number of
//! 128 bits with both sign bits flipped, so that it rises as the pairs do.
//!
//! Not covered: 2020's `NewWithHash` and its other key types; the wrap-around of
//! Go's integers in 2019 at 40 · servers · weight ≥ 2⁶³.

use crate::error::Error;
use crate::hash::md5;
use crate::lanes;
use crate::lanes::Hash32;
use crate::placement::{BATCH, Hashed, KeyHash, Placement, Rules, Seek, Shared, Space};
use crate::scheme::{
    Accepts, Advice, Capacities, Minimal, OptionSpec, Options, Order, SchemeEntry, Topic,
};
use crate::schemes::shared::plain::Plain32;
use crate::schemes::shared::points::{Label, Points, check_total};
use crate::server::Server;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    program: "serialx/hashring",
    versions: "8b29126 (2019-04-22), 22c0c7a (2020-07-27)",
    about: "MD5 ring of as many points as the weight; before 2020, of 120 a server",
    options: &[OptionSpec::new(
        "dialect",
        Accepts::Choice(&["2019", "2020"]),
        "2020",
        "2020: since the rework of that year; 2019: before",
    )],
    capacities: |_| Capacities::Whole(0xffff_ffff),
    order: |options| if reworked(options) { Order::Free } else { Order::Ties },
    minimal: |options| if reworked(options) { Minimal::ALWAYS } else { Minimal::NEVER },
    proven: 63_152,
    advice,
    ..SchemeEntry::new("serialx", build)
};

fn reworked(options: &Options<'_>) -> bool {
    options.choice("dialect") == "2020"
}

/// Weights; the scheme takes whole ones only.
fn weights(servers: &[Server]) -> impl Iterator<Item = u64> + '_ {
    servers.iter().map(|server| server.capacity().whole().unwrap_or(0))
}

/// A digest as a pair of signed numbers, moved up to unsigned ones.
fn pair([a, b, c, d]: [u32; 4]) -> u128 {
    const SIGNS: u128 = 1 << 127 | 1 << 63;
    let [a, b, c, d] = [a, b, c, d].map(u128::from);
    (b << 96 | a << 64 | d << 32 | c) ^ SIGNS
}

/// A key as such a pair.
struct KeyPair;

impl KeyHash for KeyPair {
    type Position = u128;

    fn hash(&self, key: &[u8]) -> u128 {
        pair(md5::words(key))
    }

    fn hash_all(&self, keys: &[&[u8]], out: &mut [u128]) {
        let mut words = [[0; 4]; BATCH];
        let words = &mut words[..keys.len()];
        lanes::md5::digests(keys, words);
        for (words, out) in words.iter().zip(out) {
            *out = pair(*words);
        }
    }

    fn space(&self) -> Space {
        // One short of 2^128, which does not fit.
        Space { hash: "md5-signed-pair".to_owned(), size: Some(u128::MAX) }
    }
}

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    if reworked(options) { build_2020(options, servers) } else { build_2019(options, servers) }
}

fn build_2020(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    check_total(SCHEME.name, weights(servers))?;
    let mut points = Points::new(options);
    for ((owner, server), weight) in (0_u32..).zip(servers).zip(weights(servers)) {
        let mut label = Label::new(format!("{}-", server.label()));
        label.md5_all(weight, |label, words| points.add(owner, pair(words), label));
    }
    let rules = Rules::new(Seek::After, Shared::Keep);
    Ok(Box::new(Hashed { hash: KeyPair, place: points.ring(rules) }))
}

fn build_2019(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let count = servers.len() as u64;
    let sum = weights(servers).fold(0, u64::saturating_add);
    let labels: Vec<u64> = weights(servers)
        .map(|weight| {
            let product = count.saturating_mul(40).saturating_mul(weight);
            #[expect(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "Go's own casts; 0/0 is 0 here and a negative number, so no label, there"
            )]
            let labels = (product as f64 / sum as f64).floor() as u64;
            labels
        })
        .collect();
    check_total(SCHEME.name, labels.iter().map(|labels| labels.saturating_mul(3)))?;
    let mut points = Points::new(options);
    for ((owner, server), labels) in (0_u32..).zip(servers).zip(labels) {
        let mut label = Label::new(format!("{}-", server.label()));
        label.md5_all(labels, |label, words| {
            points.add_words(owner, words.into_iter().take(3), label);
        });
    }
    let rules = Rules::new(Seek::After, Shared::Last);
    Ok(Box::new(Hashed { hash: Plain32(Hash32::Md5), place: points.ring(rules) }))
}

fn advice(options: &Options<'_>, servers: &[Server]) -> Vec<Advice> {
    let least = weights(servers).filter(|weight| *weight > 0).min();
    match least {
        Some(least) if reworked(options) && servers.len() > 1 && least < 40 => {
            vec![Advice::new(
                Topic::Uneven,
                format!(
                    "a server has one point for each unit of weight, the least weighted {least}: \
                     shares will differ widely; multiply all weights by 100"
                ),
            )]
        }
        _ => Vec::new(),
    }
}
