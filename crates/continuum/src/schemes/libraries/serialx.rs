//! serialx/hashring (Go), in its two dialects.
//! Rule, quirks, versions and limits: `docs/schemes/serialx.md`.

use crate::hash::md5;
use crate::lanes;
use crate::schemes::prelude::*;
use crate::schemes::shared::plain::Plain32;
use crate::schemes::shared::points::{Label, Points, check_total};

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
    check_total(options, weights(servers))?;
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
    check_total(options, labels.iter().map(|labels| labels.saturating_mul(3)))?;
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
