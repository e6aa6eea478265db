//! What the suites run over: schemes, sets of servers that fit them, keys.

use continuum::scheme::Capacities;
use continuum::{Capacity, Continuum, Plan, Scheme, Server, Servers};

/// A generator of numbers, SplitMix64: the same everywhere, seeded and printed.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    pub fn small(&mut self, bound: u32) -> u32 {
        u32::try_from(self.below(u64::from(bound))).unwrap()
    }

    pub fn index(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }
}

/// The sets here do not bring the default table to its limits.
pub const SMALL_TABLES: [&str; 2] = ["slots-1:slots=1024", "slots-1:slots=1000,slack=0"];

/// Parts of a whole rather than servers: a set in another order or with one more is
/// refused. Its laws are tested beside it.
pub const APART: &str = "nginx-split-clients";

/// Words that mean something beside another only, and are refused alone.
pub const COMBINED: [&str; 14] = [
    "kafka:client=librdkafka,partitioner=fnv1a",
    "kafka:client=sarama,partitioner=reference",
    "kafka:client=sarama,partitioner=custom-crc32",
    "kafka:client=kafkajs,partitioner=legacy",
    "kafka:client=kafka-go,partitioner=hash,dialect=0.2",
    "memcached-modulo:client=pecl-memcache,hash=fnv",
    "graphite-carbon:hash=mmh3-ch,router=fast",
    "graphite-carbon:hash=mmh3-ch,diverse=on",
    "carbon-c-relay:hash=fnv1a,dialect=3.1",
    "carbon-c-relay:hash=jump-fnv1a,dialect=2",
    "carbon-c-relay:hash=jump-fnv1a,input=clean",
    "carbon-c-relay:hash=fnv1a,dialect=2",
    "carbon-c-relay:hash=any-of,input=clean",
    "envoy-maglev:keys=redis,tags=on",
];

/// Every scheme at its defaults, every word of every option on its own unless it is
/// refused alone, and words that belong together.
pub fn schemes() -> Vec<Scheme> {
    let mut all = Vec::new();
    for entry in Scheme::catalogue().iter().filter(|entry| entry.name() != APART) {
        all.push(entry.scheme());
        for option in entry.options() {
            for word in option.choices().unwrap_or_default() {
                if *word != option.default() {
                    let text = format!("{}:{}={word}", entry.name(), option.name());
                    let scheme: Scheme = text.parse().unwrap();
                    match Continuum::with_servers(scheme.clone(), Servers::new()) {
                        Ok(_) => all.push(scheme),
                        Err(error) => assert!(error.is_invalid_scheme(), "{text}: {error}"),
                    }
                }
            }
        }
    }
    all.extend(COMBINED.map(|text| text.parse::<Scheme>().unwrap()));
    all.extend(SMALL_TABLES.map(|text| text.parse::<Scheme>().unwrap()));
    all
}

/// Schemes to plan changes of: all whose plans are exact, and of those whose plan takes a
/// sample of a million keys a few, since the sampling is the same code for each.
pub fn planned() -> Vec<Scheme> {
    let sampled = |scheme: &Scheme| {
        let continuum = build(scheme, &servers(scheme, 3, false));
        Plan::exactly(&continuum, &continuum).is_none()
    };
    let (sampled, mut planned): (Vec<_>, Vec<_>) = schemes().into_iter().partition(sampled);
    planned.extend(sampled.into_iter().step_by(10));
    planned
}

/// A server that any scheme takes: address, id, zone; tokens for Cassandra.
pub fn server(scheme: &Scheme, number: u32) -> Server {
    let server = Server::new(format!("10.0.{}.{}", number / 200, number % 200 + 1), 11311)
        .with_id(number + 1)
        .with_zone(format!("zone-{}", number % 3))
        .with_locality(format!("locality-{}", number % 3), number % 3 + 1);
    if scheme.name() == "clandestined-cluster" {
        // A zone for every five: a sixth server opens a zone, the costliest change.
        return server.with_zone(format!("zone-{}", number / 5));
    }
    if scheme.name() == "cassandra" {
        let mut random = Random(u64::from(number));
        let tokens: Vec<String> =
            (0..16).map(|_| random.next().cast_signed().to_string()).collect();
        return server.with_hash_key(tokens.join(","));
    }
    server
}

/// A capacity that the scheme holds, of 1, 2, 4 or their like.
pub fn capacity(scheme: &Scheme, number: u32) -> Capacity {
    let step = [1.0, 2.0, 4.0][number as usize % 3];
    match scheme.capacities() {
        Capacities::Ignored => Capacity::ONE,
        Capacities::UpTo(1) => Capacity::try_from(step / 4.0).unwrap(),
        Capacities::Whole(1) => Capacity::ONE,
        _ => Capacity::try_from(step).unwrap(),
    }
}

/// `count` servers, of equal or of mixed capacity.
pub fn servers(scheme: &Scheme, count: u32, mixed: bool) -> Servers {
    let mut servers = Servers::new();
    for number in 0..count {
        let capacity = if mixed { capacity(scheme, number) } else { Capacity::ONE };
        let mut server = server(scheme, number).with_capacity(capacity);
        if scheme.name() == APART && number + 1 == count {
            // The last part takes what is left.
            server = server.with_hash_key("*");
        }
        servers.add(server).unwrap();
    }
    servers
}

pub fn build(scheme: &Scheme, servers: &Servers) -> Continuum {
    Continuum::with_servers(scheme.clone(), servers.clone())
        .unwrap_or_else(|error| panic!("{scheme}: {error}"))
}

/// Text keys of several forms, 3 to 40 bytes.
pub fn key(number: u64) -> String {
    match number % 4 {
        0 => format!("key-{number}"),
        1 => format!("user:{number}:profile"),
        2 => format!("session:{:016x}", Random(number).next()),
        _ => format!("/images/{}/{number}.jpg?size=large", number % 7),
    }
}

pub fn keys(count: u64) -> Vec<String> {
    (0..count).map(key).collect()
}

/// FNV-1a (64 bit) over the owners' numbers, four little-endian bytes each, of `keys` over 7
/// equal servers and then over 12 of capacity 1, 2, 4.
pub fn checksum(scheme: &Scheme, keys: &[&str]) -> u64 {
    let mut owners = vec![0; keys.len()];
    let mut sum = 0xcbf2_9ce4_8422_2325_u64;
    for (count, mixed) in [(7, false), (12, true)] {
        build(scheme, &servers(scheme, count, mixed)).resolve_all(keys, &mut owners);
        // Shifts, since tests are hardly optimised: a chain of iterators takes the longer
        // part of the test.
        for owner in &owners {
            for shift in [0, 8, 16, 24] {
                let byte = u64::from(owner >> shift & 0xff);
                sum = (sum ^ byte).wrapping_mul(0x0100_0000_01b3);
            }
        }
    }
    sum
}

/// How many of `keys` a checksum is over.
pub const SUMMED: u64 = 500_000;

/// The owner's identity, which survives a change of the list.
pub fn owner(continuum: &Continuum, key: &str) -> Option<String> {
    continuum.resolve(key).map(|server| server.identity().into_owned())
}
