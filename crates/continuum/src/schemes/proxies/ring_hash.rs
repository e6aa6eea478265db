//! Envoy's `RING_HASH` and gRPC's `ring_hash`, which copies it.
//! Rule, quirks, versions and limits: `docs/schemes/envoy-ring-hash.md` and
//! `docs/schemes/grpc-ring-hash.md`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::placement::Ring;
use crate::schemes::prelude::*;
use crate::schemes::proxies::envoy_keys::{KEYS, Keys, MURMUR_2, TAGS};
use crate::schemes::shared::plain::Plain64;
use crate::schemes::shared::points::{Label, Points};
use crate::schemes::shared::words::Words;

/// The most points that either program takes.
const MOST: u64 = 8_388_608;
/// Fewer points than this a host spread keys badly.
const FEW: usize = 4;

const HASHES: Words<Hash64, 2> =
    Words([("xxh64", Hash64::Xxh64 { seed: 0 }), ("murmur2", MURMUR_2)]);

pub(crate) static ENVOY: SchemeEntry = SchemeEntry {
    program: "Envoy",
    versions: "1.40.0",
    about: "Envoy's RING_HASH: points shared out by weight between min and max",
    options: &[
        OptionSpec::new("min", Accepts::Whole(1, MOST), "1024", "minimum_ring_size")
            .trying(&["128", "256", "512", "2048", "4096", "8192", "16384", "65536"]),
        OptionSpec::new("max", Accepts::Whole(1, MOST), "8388608", "maximum_ring_size")
            .trying(&["1024", "4096", "65536"]),
        OptionSpec::choice("hash", const { &HASHES.list() }, "hash_function of the points"),
        LOCALITIES,
        KEYS,
        TAGS,
    ],
    capacities: |_| Capacities::UpTo(u32::MAX),
    minimal: |_| Minimal::NEVER,
    proven: 41_489,
    advice,
    ..SchemeEntry::new("envoy-ring-hash", |options, servers| {
        let keys = Keys::of(options)?;
        Ok(keys.on(ring(&envoy(options), options, servers)?))
    })
};

pub(crate) static GRPC: SchemeEntry = SchemeEntry {
    program: "gRPC",
    versions: "grpc-go 4793ad047",
    about: "gRPC's ring_hash: Envoy's ring over endpoints sorted by name",
    options: &[
        OptionSpec::new("min", Accepts::Whole(1, MOST), "1024", "min_ring_size")
            .trying(&["128", "256", "512", "2048", "4096"]),
        OptionSpec::new("max", Accepts::Whole(1, MOST), "4096", "max_ring_size"),
    ],
    capacities: |_| Capacities::Whole(u32::MAX as u64),
    order: |_| Order::Free,
    minimal: |_| Minimal::NEVER,
    proven: 101_376,
    advice,
    ..SchemeEntry::new("grpc-ring-hash", |options, servers| {
        let place = ring(&GRPC_RING, options, servers)?;
        Ok(Box::new(Hashed { hash: Plain64(Hash64::Xxh64 { seed: 0 }), place }))
    })
};

/// Where the two programs differ.
struct Dialect {
    entry: &'static SchemeEntry,
    /// The hash of points.
    points: Hash64,
    /// Whether hosts are sorted by name, and their weights summed in 32 bits.
    sorts: bool,
}

const GRPC_RING: Dialect = Dialect { entry: &GRPC, points: Hash64::Xxh64 { seed: 0 }, sorts: true };

fn envoy(options: &Options<'_>) -> Dialect {
    Dialect { entry: &ENVOY, points: HASHES.chosen(options, "hash"), sorts: false }
}

/// Whether the weights of localities count.
pub(super) const LOCALITIES: OptionSpec = OptionSpec::new(
    "localities",
    Accepts::Choice(&["ignored", "weighted"]),
    "ignored",
    "weighted: the cluster has locality_weighted_lb_config",
)
.later();

/// What gRPC hashes of a host.
fn grpc_text(server: &Server) -> Cow<'_, str> {
    match server.hash_key().or(server.name()) {
        Some(text) => Cow::Borrowed(text),
        None => server.address(),
    }
}

/// What Envoy hashes of a host.
pub(super) fn text(server: &Server) -> Cow<'_, str> {
    let key = server.hash_key().filter(|key| !key.is_empty());
    match (key.or(server.name()), server.hostname()) {
        (Some(text), _) => Cow::Borrowed(text),
        (None, Some("")) => Cow::Borrowed(server.host()),
        (None, Some(hostname)) => Cow::Borrowed(hostname),
        (None, None) => server.address(),
    }
}

/// Envoy's hosts in its order, each with its part of the sum of weights.
pub(crate) fn weights(options: &Options<'_>, servers: &[Server]) -> Result<Vec<(u32, f64)>, Error> {
    let hosts = hosts(options, servers)?;
    Ok(hosts.into_iter().map(|(number, _, weight)| (number, weight)).collect())
}

/// A locality's weight, and its servers with their numbers.
type Locality<'a> = (u32, Vec<(u32, &'a Server)>);

/// As [`weights`], with the servers.
pub(super) fn hosts<'s>(
    options: &Options<'_>,
    servers: &'s [Server],
) -> Result<Vec<(u32, &'s Server, f64)>, Error> {
    if options.choice("localities") == "ignored" {
        return Ok(normalized(servers));
    }
    let refuse = |server: &Server, why: String| {
        let who = quoted(&server.identity()).to_string();
        Error::new(Kind::Server, format!("scheme '{}': server {who}: {why}", options.scheme))
    };
    let mut localities: BTreeMap<&str, Locality<'_>> = BTreeMap::new();
    for (number, server) in (0_u32..).zip(servers) {
        let (Some(name), Some(weight)) = (server.locality(), server.locality_weight()) else {
            let why = "it has no locality with a weight, which localities=weighted needs";
            return Err(refuse(server, why.to_owned()));
        };
        let (known, hosts) = localities.entry(name).or_insert((weight, Vec::new()));
        if *known != weight {
            let why = format!("its locality {} weighs {known} and {weight}", quoted(name));
            return Err(refuse(server, why));
        }
        hosts.push((number, server));
    }
    let sum: f64 = localities.values().map(|(weight, _)| f64::from(*weight)).sum();
    let parts = localities.into_values().filter(|(weight, _)| *weight > 0);
    let weighed = parts.flat_map(|(weight, hosts)| {
        let part = f64::from(weight) / sum;
        let within = hosts.iter().map(|(_, server)| server.capacity().get()).sum::<f64>();
        hosts
            .into_iter()
            .map(move |(number, server)| (number, server, server.capacity().get() * part / within))
    });
    Ok(weighed.filter(|(.., weight)| *weight > 0.0).collect())
}

/// The servers with capacity, by number, each with its part of the sum. Fractions
/// that sum up to 1 are such parts already: dividing by a sum that is one bit off
/// would change them.
pub(super) fn normalized(servers: &[Server]) -> Vec<(u32, &Server, f64)> {
    let sum: f64 = servers.iter().map(|server| server.capacity().get()).sum();
    let sum = if !whole(servers) && (sum - 1.0).abs() < 1e-9 { 1.0 } else { sum };
    (0_u32..)
        .zip(servers)
        .map(|(number, server)| (number, server, server.capacity().get() / sum))
        .filter(|(.., weight)| *weight > 0.0)
        .collect()
}

/// Whether all capacities are whole: their sum is then exact.
pub(super) fn whole(servers: &[Server]) -> bool {
    servers.iter().all(|server| server.capacity().whole().is_some())
}

/// How many points each host gets, in the order given, and whether another
/// order would give others.
fn counts(weights: &[f64], min: u32, max: u32) -> (Vec<u64>, bool) {
    let smallest = weights.iter().copied().fold(1.0, f64::min);
    let scale = ((smallest * f64::from(min)).ceil() / smallest).min(f64::from(max));
    let (mut current, mut target) = (0.0_f64, 0.0_f64);
    let counts = weights
        .iter()
        .map(|weight| {
            target += scale * weight;
            let mut count = 0_u64;
            while current < target {
                current += 1.0;
                count += 1;
            }
            count
        })
        .collect();
    let rounded = weights.iter().any(|weight| (scale * weight).fract() != 0.0);
    (counts, rounded && weights.len() > 1)
}

fn ring(
    Dialect { entry, points: hash, sorts }: &Dialect,
    options: &Options<'_>,
    servers: &[Server],
) -> Result<Ring<u64>, Error> {
    let (min, max) = (options.whole32("min"), options.whole32("max"));
    if min > max {
        return Err(Error::new(
            Kind::Scheme,
            format!(
                "scheme '{}': min={min} is above max={max}, which {} refuses",
                entry.name, entry.program
            ),
        ));
    }
    let sum: u64 = servers.iter().filter_map(|server| server.capacity().whole()).sum();
    if *sorts && sum > u64::from(u32::MAX) {
        return Err(Error::new(
            Kind::Capacity,
            format!(
                "scheme '{}': the capacities sum up to {sum}, but gRPC sums weights in 32 bits",
                entry.name
            ),
        ));
    }
    let text = if *sorts { grpc_text } else { text };
    let listed = if *sorts { normalized(servers) } else { self::hosts(options, servers)? };
    let mut hosts: Vec<(Cow<'_, str>, u32, f64)> =
        listed.into_iter().map(|(number, server, weight)| (text(server), number, weight)).collect();
    if *sorts {
        // Stable: equal texts keep the order of the list.
        hosts.sort_by(|one, other| one.0.cmp(&other.0));
    }
    let weights: Vec<f64> = hosts.iter().map(|host| host.2).collect();
    let (counts, rounded) = counts(&weights, min, max);
    // A sum of fractions may itself depend on the order.
    let fractions = !whole(servers) || !*sorts && options.choice("localities") == "weighted";
    let rounded = rounded || servers.len() > 1 && fractions;
    let mut points = Points::new(options);
    for ((text, number, _), count) in hosts.iter().zip(counts) {
        let mut label = Label::new(format!("{text}_"));
        for index in 0..count {
            let label = label.numbered(index);
            points.add(*number, hash.hash(label), label);
        }
    }
    let ring = points.ring(Rules::new(Seek::AtOrAfter, Shared::Keep));
    Ok(if *sorts {
        let twins = hosts.windows(2).any(|pair| pair[0].0 == pair[1].0);
        ring.with_order_matters(twins)
    } else if rounded {
        ring.with_order_matters(true)
    } else {
        ring
    })
}

fn advice(options: &Options<'_>, servers: &[Server]) -> Vec<Advice> {
    let hosts = match options.scheme == GRPC.name {
        true => Ok(normalized(servers)),
        false => hosts(options, servers),
    };
    // The build has refused what cannot be weighed.
    let weights: Vec<f64> = hosts.unwrap_or_default().into_iter().map(|host| host.2).collect();
    if weights.len() < 2 {
        return Vec::new();
    }
    let (min, max) = (options.whole32("min"), options.whole32("max"));
    let (counts, _) = counts(&weights, min, max);
    let without = counts.iter().filter(|count| **count == 0).count();
    let few = counts.iter().filter(|count| **count < FEW as u64).count();
    if without > 0 {
        vec![Advice::new(
            Topic::Starved,
            format!(
                "{without} of {} hosts get no point: the ring holds {max} at most; raise max",
                weights.len()
            ),
        )]
    } else if few > 0 {
        vec![Advice::new(
            Topic::Uneven,
            format!(
                "{few} of {} hosts have fewer than {FEW} points: their shares are a matter of luck; \
                 raise min and max to 100 a host or more",
                weights.len()
            ),
        )]
    } else {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::placement::{Place, Regions, Space};
    use crate::schemes::recorded;
    use crate::{Continuum, Scheme, Servers};

    /// Whole rings, attempts and histograms of Envoy's own tests.
    #[test]
    fn recorded_rings() {
        let mut answers = 0;
        for set in recorded::sets("envoy.json") {
            let scheme: Scheme = set["scheme"].as_str().unwrap().parse().unwrap();
            if scheme.name() != ENVOY.name {
                continue;
            }
            let servers = recorded::servers(&set);
            let place =
                ring(&envoy(&scheme.values()), &scheme.values(), servers.as_slice()).unwrap();
            answers += recorded::compare_hashes(&set, &place);
            let Some(points) = set["options"]["points"].as_array() else { continue };
            let points: Vec<(u128, u32)> = points
                .iter()
                .map(|point| {
                    let owner = u32::try_from(point[0].as_u64().unwrap()).unwrap();
                    (point[1].as_u64().unwrap().into(), owner)
                })
                .collect();
            for (position, owner) in &points {
                assert_eq!(place.place(u64::try_from(*position).unwrap()), *owner, "{set}");
                answers += 1;
            }
            let space = Space { hash: String::new(), size: None };
            let Some(Regions::Segments { mut segments, .. }) = place.regions(space) else {
                unreachable!()
            };
            let ends = |last: u128| {
                last == u128::from(u64::MAX) || points.iter().any(|point| point.0 == last)
            };
            assert!(segments.all(|segment| ends(segment.last)), "{set}: a point too many");
        }
        assert!(answers > 16_000, "{answers}");
    }

    fn advice_of(scheme: &str, hosts: u32) -> Vec<Advice> {
        let mut servers = Servers::new();
        for number in 0..hosts {
            servers.add(Server::new(format!("host-{number}"), 80)).unwrap();
        }
        Continuum::with_servers(scheme.parse().unwrap(), servers).unwrap().advice()
    }

    #[test]
    fn small_rings_are_told() {
        assert_eq!(advice_of("envoy-ring-hash", 10), []);
        assert_eq!(advice_of("envoy-ring-hash", 1000)[0].topic(), Topic::Uneven);
        assert_eq!(advice_of("grpc-ring-hash", 5000)[0].topic(), Topic::Starved);
        let none = Continuum::with_servers(
            "grpc-ring-hash:min=5000".parse().unwrap(),
            Servers::from_texts(["a:1"]).unwrap(),
        );
        assert!(none.unwrap_err().to_string().contains("min=5000 is above max=4096"));
    }

    /// Weights that Envoy computed itself are not computed again.
    #[test]
    fn parts_of_one_are_taken_as_they_are() {
        let servers = Servers::from_texts(["a:1=0.1", "b:1=0.2", "c:1=0.7"]).unwrap();
        let parts: Vec<f64> = normalized(servers.as_slice()).iter().map(|host| host.2).collect();
        assert_eq!(parts, [0.1, 0.2, 0.7]);
    }
}
