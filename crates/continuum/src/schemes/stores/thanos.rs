//! Thanos receive: both hashrings of `pkg/receive/hashring.go`.
//!
//! A series is the XXH64 (seed 0) of its tenant, a byte 0xff, and name, 0xff, value,
//! 0xff of each label. A key here is these parts joined by 0xff; an unpaired last part
//! is no label and is left out.
//!
//! Rule of `thanos-hashmod` (the algorithm `hashmod`, none, or an unknown one): the
//! endpoints are sorted bytewise by address; replica r is number `(hash + r) mod n`,
//! the sum modulo 2^64. It refuses availability zones; they are ignored here.
//!
//! Rule of `thanos-ketama`: points 1 to 1000 of an endpoint are the XXH64 of
//! `address:J`; a key belongs to the first point at or above, around the ring. Its
//! replicas are the next endpoints; with more than one availability zone (none counts
//! as one) an endpoint is passed over while its zone has more replicas than the zone
//! with the fewest.
//!
//! Quirks, all kept:
//! - The walk depends on `replicas` only through its length.
//! - With fewer endpoints than replicas Thanos refuses to start, and with a zone too
//!   small for its part its walk never ends: both are refused here.
//!
//! A server's name is the address as the file writes it; else it is `host:port`; its
//! zone is the AZ. No weights. Not covered: shuffle sharding, and which hashring a
//! tenant has.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::error::{Error, Kind};
use crate::hash::xxh64::xxh64;
use crate::lanes::Hash64;
use crate::placement::{
    Cursor, Hashed, Hit, KeyHash, Place, Placement, Regions, Ring, Rules, Seek, Shared, Slots,
    Space,
};
use crate::scheme::{Accepts, Minimal, OptionSpec, Options, Order, SchemeEntry};
use crate::schemes::shared::points::{Label, Points, check_total};
use crate::server::Server;

const POINTS: u64 = 1000;
const VERSIONS: &str = "e103a81b (2026-08-22)";

pub(crate) static HASHMOD: SchemeEntry = SchemeEntry {
    program: "Thanos receive",
    versions: VERSIONS,
    about: "XXH64 of the series, modulo the endpoints sorted by address",
    order: |_| Order::Free,
    minimal: |_| Minimal { add: false, remove: false, weight: true },
    proven: 9360,
    ..SchemeEntry::new("thanos-hashmod", build_hashmod)
};

pub(crate) static KETAMA: SchemeEntry = SchemeEntry {
    program: "Thanos receive",
    versions: VERSIONS,
    about: "XXH64 ring of 1000 points an endpoint, replicas spread over zones",
    options: &[OptionSpec::new(
        "replicas",
        Accepts::Whole(1, 1000),
        "1",
        "replication_factor: how many replicas are spread over zones",
    )
    .trying(&[])],
    proven: 10_720,
    ..SchemeEntry::new("thanos-ketama", build_ketama)
};

/// Tenant and labels, with 0xff behind each.
struct Series;

impl Series {
    /// Where the paired parts end.
    fn paired(key: &[u8]) -> &[u8] {
        let joints = key.iter().filter(|byte| **byte == 0xff).count();
        // An odd number of joints is an even one of parts: the last has no pair.
        match key.iter().rposition(|byte| *byte == 0xff) {
            Some(last) if joints % 2 == 1 => &key[..last],
            _ => key,
        }
    }
}

impl KeyHash for Series {
    type Position = u64;

    fn hash(&self, key: &[u8]) -> u64 {
        const SHORT: usize = 512;
        let parts = Self::paired(key);
        let mut short = [0; SHORT];
        match short.get_mut(..=parts.len()) {
            Some(text) => {
                text[..parts.len()].copy_from_slice(parts);
                text[parts.len()] = 0xff;
                xxh64(text, 0)
            }
            None => xxh64(&[parts, &[0xff]].concat(), 0),
        }
    }

    fn hashed<'k>(&self, key: &'k [u8]) -> Cow<'k, [u8]> {
        Cow::Owned([Self::paired(key), &[0xff]].concat())
    }

    fn space(&self) -> Space {
        Space { hash: "xxh64-of-series".to_owned(), size: Hash64::Xxh64 { seed: 0 }.range() }
    }
}

fn build_hashmod(_: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let mut sorted: Vec<(Cow<'_, str>, u32)> =
        servers.iter().map(Server::identity).zip(0_u32..).collect();
    sorted.sort();
    let place = Slots::new(sorted.into_iter().map(|(_, number)| number).collect(), false);
    Ok(Box::new(Hashed { hash: Series, place }))
}

fn build_ketama(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let replicas = options.whole32("replicas");
    let zones = zones(servers);
    check_replicas(replicas, servers.len(), &zones)?;
    check_total(options, servers.iter().map(|_| POINTS))?;
    let mut points = Points::new(options);
    points.each(
        servers,
        |_| POINTS,
        |points, owner, server, count| {
            let mut label = Label::new(format!("{}:", server.identity()));
            for number in 1..=count {
                let label = label.numbered(number);
                points.add(owner, xxh64(label, 0), label);
            }
            Ok(())
        },
    )?;
    let ring = points.ring(Rules::new(Seek::AtOrAfter, Shared::Keep));
    if zones.iter().max() > Some(&0) && replicas > 1 {
        return Ok(Box::new(Hashed { hash: Series, place: Spread { ring, zones, replicas } }));
    }
    Ok(Box::new(Hashed { hash: Series, place: ring }))
}

/// The number of each server's zone.
fn zones(servers: &[Server]) -> Box<[u32]> {
    let mut numbers = BTreeMap::new();
    servers
        .iter()
        .map(|server| {
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            *numbers.entry(server.zone().unwrap_or_default()).or_insert(next)
        })
        .collect()
}

fn check_replicas(replicas: u32, servers: usize, zones: &[u32]) -> Result<(), Error> {
    let refuse =
        |why: String| Err(Error::new(Kind::Scheme, format!("scheme 'thanos-ketama': {why}")));
    if servers > 0 && replicas as usize > servers {
        return refuse(format!(
            "replicas={replicas}, but there are {servers} endpoints: Thanos refuses that"
        ));
    }
    let mut sizes = vec![0_u32; zones.iter().max().map_or(0, |last| *last as usize + 1)];
    for zone in zones {
        sizes[*zone as usize] += 1;
    }
    let Ok(count @ 2..) = u32::try_from(sizes.len()) else { return Ok(()) };
    let (each, further) = (replicas / count, replicas % count);
    let enough = |size: u32| sizes.iter().filter(|held| **held >= size).count();
    if enough(each) < sizes.len() || enough(each + 1) < further as usize {
        return refuse(format!(
            "{replicas} replicas cannot be spread evenly over {count} zones of these sizes: the \
             walk of Thanos would never end"
        ));
    }
    Ok(())
}

/// A ring whose walk spreads replicas over zones.
struct Spread {
    ring: Ring<u64>,
    zones: Box<[u32]>,
    replicas: u32,
}

impl Spread {
    /// The replicas of a position before number `last`, and that one.
    fn replica(&self, position: u64, last: u32) -> Option<u32> {
        let zones = self.zones.iter().max().map_or(0, |last| *last as usize + 1);
        let mut held = vec![0_u32; zones];
        let mut named: Vec<u32> = Vec::new();
        // Passed over once, an endpoint may be next when its zone is short again.
        loop {
            let mut walk = Cursor::default();
            let before = named.len();
            while let Some(owner) = self.ring.step(position, &mut walk) {
                let zone = self.zones[owner as usize] as usize;
                let fewest = held.iter().copied().min().unwrap_or(0);
                if named.contains(&owner) || held[zone] > fewest {
                    continue;
                }
                held[zone] += 1;
                named.push(owner);
                if named.len() > last as usize {
                    return Some(owner);
                }
            }
            if named.len() == before {
                return None;
            }
        }
    }
}

impl Place<u64> for Spread {
    fn place(&self, position: u64) -> u32 {
        self.ring.place(position)
    }

    fn place_all(&self, positions: &[u64], out: &mut [u32]) {
        self.ring.place_all(positions, out);
    }

    /// The replicas; O(points) each.
    fn step(&self, position: u64, cursor: &mut Cursor) -> Option<u32> {
        if cursor.steps >= self.replicas {
            return None;
        }
        let next = self.replica(position, cursor.steps)?;
        cursor.steps += 1;
        Some(next)
    }

    fn hit(&self, position: u64) -> Option<Hit> {
        self.ring.hit(position)
    }

    fn regions(&self, space: Space) -> Option<Regions<'_>> {
        self.ring.regions(space)
    }

    fn order_matters(&self) -> bool {
        self.ring.order_matters()
    }

    fn memory(&self) -> usize {
        self.ring.memory() + size_of_val(&*self.zones)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unpaired_part_is_no_label() {
        for (key, parts) in [
            (&b"tenant"[..], &b"tenant"[..]),
            (b"t\xffname", b"t"),
            (b"t\xffname\xffvalue", b"t\xffname\xffvalue"),
            (b"t\xffa\xffb\xff", b"t\xffa\xffb"),
            (b"", b""),
        ] {
            assert_eq!(Series::paired(key), parts);
        }
        let long = [b'x'; 2000];
        assert_eq!(Series.hash(&long), xxh64(&Series.hashed(&long), 0));
    }

    #[test]
    fn replicas_that_cannot_be_spread_are_refused() {
        assert!(check_replicas(3, 6, &[0, 0, 0, 1, 1, 1]).is_ok());
        assert!(check_replicas(3, 4, &[0, 0, 0, 1]).is_ok());
        assert!(check_replicas(4, 4, &[0, 0, 0, 1]).is_err());
        assert!(check_replicas(4, 4, &[0, 0, 0, 0]).is_ok());
        assert!(check_replicas(5, 4, &[0, 0, 0, 0]).is_err());
    }
}
