//! uhashring, the Python library.
//! Rule, quirks, versions and limits: `docs/schemes/uhashring.md`.

use crate::hash::md5;
use crate::lanes;
use crate::placement::{TopsOf, space_size};
use crate::schemes::prelude::*;
use crate::schemes::shared::ketama;
use crate::schemes::shared::plain::Plain32;
use crate::schemes::shared::points::{Label, Points, check_total, check_wide_total};

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    aliases: &["vllm-production-stack"],
    program: "uhashring",
    versions: "2.1, 2.5",
    about: "MD5 ring of 128 bits with 160 points a weight, or a ketama ring",
    options: &[
        OptionSpec::choice(
            "mode",
            &["default", "ketama"],
            "default: HashRing(), ketama: hash_fn='ketama'",
        ),
        OptionSpec::new(
            "vnodes",
            Accepts::Whole(0, 1 << 20),
            "0",
            "labels of a server of weight 1; 0: the mode's own, 160 or with ketama 40",
        )
        .trying(&[
            "20", "40", "50", "64", "80", "100", "120", "128", "160", "200", "256", "500", "1000",
        ]),
    ],
    capacities: |_| Capacities::Whole(u32::MAX as u64),
    minimal: |options| match options.choice("mode") {
        "default" => Minimal::ALWAYS,
        _ => Minimal::NEVER,
    },
    proven: 87_192,
    ..SchemeEntry::new("uhashring", build)
};

/// The whole MD5 as one number.
struct Whole;

/// The digest's bytes, the first highest.
fn number(words: [u32; 4]) -> u128 {
    words.into_iter().fold(0, |number, word| number << 32 | u128::from(word.swap_bytes()))
}

impl KeyHash for Whole {
    type Position = u128;

    #[inline]
    fn hash(&self, key: &[u8]) -> u128 {
        number(md5::words(key))
    }

    fn hash_all(&self, keys: &[&[u8]], out: &mut [u128]) {
        let mut words = [[0; 4]; BATCH];
        let words = &mut words[..keys.len()];
        lanes::md5::digests(keys, words);
        for (words, out) in words.iter().zip(out) {
            *out = number(*words);
        }
    }

    fn tops(&self) -> Option<TopsOf> {
        Some(|keys, out| {
            Hash32::Md5.hash_all(keys, out);
            for word in out {
                *word = word.swap_bytes();
            }
        })
    }

    fn space(&self) -> Space {
        Space { hash: "md5-big-endian".to_owned(), size: Some(space_size(u128::BITS)) }
    }
}

const RULES: Rules = Rules::new(Seek::After, Shared::Last);

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let weights = ketama::weights(servers);
    let ketama = options.choice("mode") == "ketama";
    let vnodes = match options.whole("vnodes") {
        0 if ketama => 40,
        0 => 160,
        vnodes => vnodes,
    };
    if ketama {
        let labels = shared_out(vnodes, &weights);
        check_total(options, labels.iter().map(|labels| labels.saturating_mul(4)))?;
        let mut points = Points::new(options);
        for ((owner, server), labels) in (0_u32..).zip(servers).zip(labels) {
            ketama::add_points(&mut points, owner, &server.label(), labels, 4);
        }
        let place = points.ring(RULES);
        return Ok(Box::new(Hashed { hash: Plain32(Hash32::Md5), place }));
    }
    check_wide_total(options, weights.iter().map(|weight| weight.saturating_mul(vnodes)))?;
    let mut points = Points::new(options);
    for ((owner, server), weight) in (0_u32..).zip(servers).zip(weights) {
        let mut label = Label::new(format!("{}-", server.label()));
        label.md5_all(vnodes * weight, |label, words| points.add(owner, number(words), label));
    }
    Ok(Box::new(Hashed { hash: Whole, place: points.ring(RULES) }))
}

/// `each * servers * weight // total`, in integers of any size.
pub(crate) fn shared_out(each: u64, weights: &[u64]) -> Vec<u64> {
    let total: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
    let all = u128::from(each) * weights.len() as u128;
    weights
        .iter()
        .map(|weight| {
            let labels = (all * u128::from(*weight)).checked_div(total).unwrap_or(0);
            u64::try_from(labels).unwrap_or(u64::MAX)
        })
        .collect()
}
