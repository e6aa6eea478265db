//! PL/Proxy's `RUN ON` over the partitions of a cluster.
//! Rule, quirks, versions and limits: `docs/schemes/plproxy.md`.

use crate::hash::postgres::{bytes, number};
use crate::hash::word::low32;
use crate::schemes::prelude::*;
use crate::schemes::shared::words::Words;
use crate::schemes::stores::postgres::folded;

/// How a key becomes the number that `RUN ON` is given; the SQL function's name.
#[derive(Clone, Copy, Debug)]
enum Hash {
    Text,
    Int,
    None,
}

const HASHES: Words<Hash, 4> = Words([
    ("hashtext", Hash::Text),
    ("hashint4", Hash::Int),
    // Equal numbers hash alike.
    ("hashint8", Hash::Int),
    ("none", Hash::None),
]);

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    aliases: &["pl-proxy"],
    program: "PL/Proxy RUN ON",
    versions: "2.10.0",
    about: "PostgreSQL's hashtext, modulo the number of partitions",
    options: &[
        OptionSpec::choice(
            "hash",
            const { &HASHES.list() },
            "the SQL function in RUN ON; none: the number itself",
        ),
        OptionSpec::choice(
            "modular_mapping",
            &["auto", "on"],
            "the cluster's setting; auto: off where the number of partitions is a power of two",
        ),
    ],
    order: |_| Order::Positional,
    minimal: |_| Minimal { add: false, remove: false, weight: true },
    proven: 25_281,
    advice: advise,
    ..SchemeEntry::new("plproxy", build)
};

struct RunOn {
    hash: Hash,
    modular: bool,
}

impl KeyHash for RunOn {
    type Position = u64;

    fn hash(&self, key: &[u8]) -> u64 {
        let int4 = |hash: u64| i64::from(low32(hash).cast_signed());
        let value = || std::str::from_utf8(key).ok()?.parse::<i64>().ok();
        let hashed = match self.hash {
            Hash::Text => None,
            Hash::Int => value().map(|value| int4(number(folded(value), 0))),
            Hash::None => value(),
        };
        let hash = hashed.unwrap_or_else(|| int4(bytes(key, 0)));
        // The remainder of a negative number is negative in C, and PL/Proxy drops its sign; a
        // mask takes the lowest bits of the two's complement.
        if self.modular { hash.unsigned_abs() } else { hash.cast_unsigned() }
    }

    fn space(&self) -> Space {
        let hash =
            format!("plproxy-{:?}-{}", self.hash, if self.modular { "absolute" } else { "bits" });
        Space { hash: hash.to_lowercase(), size: Some(1 << 64) }
    }
}

/// Without it PL/Proxy accepts no number but a power of two.
fn is_modular(options: &Options<'_>, servers: &[Server]) -> bool {
    let count = servers.len();
    options.choice("modular_mapping") == "on" || (count > 0 && !count.is_power_of_two())
}

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let modular = is_modular(options, servers);
    let hash = RunOn { hash: HASHES.chosen(options, "hash"), modular };
    let owners = (0_u32..).zip(servers).map(|(number, _)| number).collect();
    Ok(Box::new(Hashed { hash, place: Slots::new(owners, servers.len() > 1) }))
}

fn advise(options: &Options<'_>, servers: &[Server]) -> Vec<Advice> {
    let count = servers.len();
    if options.choice("modular_mapping") == "on" || !is_modular(options, servers) {
        return Vec::new();
    }
    vec![Advice::new(
        Topic::Differs,
        format!(
            "PL/Proxy accepts {count} partitions only with modular_mapping=1, which is assumed"
        ),
    )]
}
