//! Envoy's `MAGLEV`, after Google's paper (Eisenbud and others, 2016).
//! Rule, quirks, versions and limits: `docs/schemes/envoy-maglev.md`.

use std::borrow::Cow;

use crate::hash::xxh64::xxh64;
use crate::schemes::prelude::*;
use crate::schemes::proxies::envoy_keys::{KEYS, Keys, TAGS};
use crate::schemes::proxies::ring_hash::{self, LOCALITIES, text, whole};

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    program: "Envoy",
    versions: "1.40.0",
    about: "Envoy's MAGLEV: a table of slots filled in turns",
    options: &[
        OptionSpec::new("table", Accepts::Whole(2, 5_000_011), "65537", "table_size, a prime")
            .trying(&["251", "503", "1009", "2039", "4099", "5003", "16381", "655373"]),
        LOCALITIES,
        KEYS,
        TAGS,
    ],
    capacities: |_| Capacities::UpTo(u32::MAX),
    minimal: |_| Minimal::NEVER,
    proven: 8_608,
    advice,
    ..SchemeEntry::new("envoy-maglev", build)
};

/// Whether a number from 2 to a few million is a prime.
fn is_prime(number: u32) -> bool {
    (2..)
        .take_while(|divisor| divisor * divisor <= number)
        .all(|divisor| !number.is_multiple_of(divisor))
}

/// A host on its way through the slots.
struct Host {
    number: u32,
    weight: f64,
    target: f64,
    /// The slot it looks at next.
    slot: usize,
    skip: usize,
}

#[expect(clippy::cast_possible_truncation, reason = "remainders of a usize fit one")]
fn hosts(weighed: Vec<(u32, &Server, f64)>, table: usize) -> (Vec<Host>, bool) {
    let mut sorted: Vec<(Cow<'_, str>, u32, f64)> = weighed
        .into_iter()
        .map(|(number, server, weight)| (text(server), number, weight))
        .collect();
    // Stable: equal texts keep the order of the list.
    sorted.sort_by(|one, other| one.0.cmp(&other.0));
    let twins = sorted.windows(2).any(|pair| pair[0].0 == pair[1].0);
    let hosts = sorted
        .into_iter()
        .map(|(text, number, weight)| Host {
            number,
            weight,
            target: 0.0,
            slot: (xxh64(text.as_bytes(), 0) % table as u64) as usize,
            skip: (xxh64(text.as_bytes(), 1) % (table as u64 - 1)) as usize + 1,
        })
        .collect();
    (hosts, twins)
}

/// Fills the table. Each round the heaviest host takes a slot, so there are at
/// most as many rounds as slots.
fn fill(mut hosts: Vec<Host>, table: usize) -> Vec<u32> {
    if hosts.is_empty() {
        return Vec::new();
    }
    let most = hosts.iter().map(|host| host.weight).fold(0.0, f64::max);
    let mut slots = vec![NO_OWNER; table];
    // A bit a slot: of the owners themselves most are not in the nearest cache.
    let mut taken = vec![0_u64; table.div_ceil(64)];
    let (mut filled, mut round) = (0, 0.0_f64);
    loop {
        round += 1.0;
        for host in &mut hosts {
            if round * host.weight < host.target {
                continue;
            }
            host.target += most;
            while taken[host.slot / 64] >> (host.slot % 64) & 1 == 1 {
                // Both are below the table's size: as a remainder of the sum, without a division.
                host.slot += host.skip;
                if host.slot >= table {
                    host.slot -= table;
                }
            }
            taken[host.slot / 64] |= 1 << (host.slot % 64);
            slots[host.slot] = host.number;
            filled += 1;
            if filled == table {
                return slots;
            }
        }
    }
}

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let keys = Keys::of(options)?;
    Ok(keys.on(attempts(options, servers)?))
}

fn attempts(options: &Options<'_>, servers: &[Server]) -> Result<Attempts, Error> {
    let table = options.whole32("table");
    if !is_prime(table) {
        return Err(Error::new(
            Kind::Scheme,
            format!("scheme '{}': table={table} is no prime, which Envoy demands", SCHEME.name),
        ));
    }
    let (hosts, twins) = hosts(ring_hash::hosts(options, servers)?, table as usize);
    let fractions = !whole(servers) || options.choice("localities") == "weighted";
    let matters = servers.len() > 1 && (twins || fractions);
    Ok(Attempts(Slots::new(fill(hosts, table as usize), matters)))
}

/// Slots, walked as Envoy retries.
struct Attempts(Slots);

impl Place<u64> for Attempts {
    #[inline]
    fn place(&self, position: u64) -> u32 {
        self.0.place(position)
    }

    fn step(&self, position: u64, cursor: &mut Cursor) -> Option<u32> {
        // Attempts come as at random, so 64 a server find nearly all of a few.
        const MOST: u32 = 1 << 16;
        if cursor.steps >= MOST {
            return None;
        }
        let attempt = u64::from(cursor.steps);
        cursor.steps += 1;
        Some(self.0.place(position ^ attempt.wrapping_neg()))
    }

    fn hit(&self, position: u64) -> Option<Hit> {
        self.0.hit(position)
    }

    fn regions(&self, space: Space) -> Option<Regions<'_>> {
        Place::<u64>::regions(&self.0, space)
    }

    fn order_matters(&self) -> bool {
        Place::<u64>::order_matters(&self.0)
    }

    fn memory(&self) -> usize {
        Place::<u64>::memory(&self.0)
    }
}

fn advice(options: &Options<'_>, servers: &[Server]) -> Vec<Advice> {
    let table = options.whole("table");
    let hosts = servers.iter().filter(|server| server.capacity().get() > 0.0).count() as u64;
    // Google's paper: 100 slots a host keep the imbalance near 1 %.
    if hosts < 2 || table / hosts >= 100 {
        return Vec::new();
    }
    let topic = if hosts > table { Topic::Starved } else { Topic::Uneven };
    vec![Advice::new(
        topic,
        format!("{table} slots for {hosts} hosts are few: use a prime of 100 a host or more"),
    )]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::recorded;
    use crate::{Continuum, Scheme, Servers};

    /// Whole tables and attempts of Envoy's own tests.
    #[test]
    fn recorded_tables() {
        let mut answers = 0;
        for set in recorded::sets("envoy.json") {
            let scheme: Scheme = set["scheme"].as_str().unwrap().parse().unwrap();
            if scheme.name() != SCHEME.name {
                continue;
            }
            let servers = recorded::servers(&set);
            let place = attempts(&scheme.values(), servers.as_slice()).unwrap();
            answers += recorded::compare_hashes(&set, &place);
            for (slot, owner) in (0_u64..).zip(set["table"].as_array().into_iter().flatten()) {
                assert_eq!(Some(u64::from(place.place(slot))), owner.as_u64(), "{set}");
                answers += 1;
            }
        }
        assert!(answers > 100, "{answers}");
    }

    #[test]
    fn primes() {
        let primes: Vec<u32> = (2..30).filter(|number| is_prime(*number)).collect();
        assert_eq!(primes, [2, 3, 5, 7, 11, 13, 17, 19, 23, 29]);
        assert!(is_prime(65_537) && is_prime(5_000_011) && !is_prime(65_536));
    }

    #[test]
    fn refuses_a_table_that_is_no_prime() {
        let servers = Servers::from_texts(["a:1", "b:1"]).unwrap();
        let error = Continuum::with_servers("envoy-maglev:table=100".parse().unwrap(), servers);
        let error = error.unwrap_err().to_string();
        assert_eq!(error, "scheme 'envoy-maglev': table=100 is no prime, which Envoy demands");
    }
}
