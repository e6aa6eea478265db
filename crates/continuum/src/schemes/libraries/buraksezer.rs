//! buraksezer/consistent (Go): a ring that fills a table of partitions, with bounded
//! loads.
//! Rule, quirks, versions and limits: `docs/schemes/buraksezer.md`.

use std::collections::BTreeMap;

use crate::scheme::PointLabel;
use crate::schemes::prelude::*;
use crate::schemes::shared::labels::labels;
use crate::schemes::shared::plain::Plain64;
use crate::schemes::shared::points::check_total;
use crate::schemes::shared::words::Words;

const HASHES: Words<Hash64, 2> =
    Words([("fnv1a_64", Hash64::Fnv1a64), ("xxh64", Hash64::Xxh64 { seed: 0 })]);

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    program: "buraksezer/consistent",
    versions: "v0.10.0, v1.0.0",
    about: "a table of partitions, dealt over a ring with bounded loads",
    options: &[
        OptionSpec::new("version", Accepts::Choice(&["0", "1"]), "1", "the major version"),
        OptionSpec::new("partitions", Accepts::Whole(1, 1 << 24), "271", "PartitionCount")
            .trying(&["23", "71", "1024"]),
        OptionSpec::new("points", Accepts::Whole(1, 1 << 20), "20", "ReplicationFactor")
            .trying(&["10", "40", "100"]),
        OptionSpec::new("load", Accepts::Decimal(0.01, 1e6), "1.25", "Load")
            .trying(&["1.1", "1.5", "2"]),
        OptionSpec::choice(
            "hash",
            const { &HASHES.list() },
            "the Hasher: the program has no default",
        ),
    ],
    minimal: |_| Minimal { add: false, remove: false, weight: true },
    proven: 146_432,
    advice,
    dealt: true,
    ..SchemeEntry::new("buraksezer", build)
};

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let hash = HASHES.chosen(options, "hash");
    // The program ignores a second member of a name.
    labels(SCHEME.name, servers)?;
    let ring = Points::new(options, hash, servers)?;
    let owners = if servers.is_empty() { Vec::new() } else { ring.deal(options, hash, servers)? };
    let place = Closest {
        table: Slots::new(owners, ring.order_matters),
        next: around(hash, servers).into_boxed_slice(),
    };
    Ok(Box::new(Hashed { hash: Plain64(hash), place }))
}

/// How many partitions a member may hold, as a whole double.
fn most(options: &Options<'_>, members: usize) -> f64 {
    let (partitions, load) = (options.whole("partitions"), options.decimal("load"));
    #[expect(clippy::cast_precision_loss, reason = "Go's own casts; at most 2^32 members")]
    let average = if options.choice("version") == "0" {
        (partitions / members as u64) as f64 * load
    } else {
        partitions as f64 / members as f64 * load
    };
    average.ceil()
}

/// The texts of a member's points.
fn labels_of(name_first: bool, each: u64, server: &Server) -> impl Iterator<Item = String> {
    let name = server.label();
    (0..each).map(
        move |number| {
            if name_first { format!("{name}{number}") } else { format!("{number}:{name}") }
        },
    )
}

/// The members' points in the order of the ring.
struct Points {
    hashes: Vec<u64>,
    owners: Vec<u32>,
    order_matters: bool,
}

impl Points {
    fn new(options: &Options<'_>, hash: Hash64, servers: &[Server]) -> Result<Self, Error> {
        let each = options.whole("points");
        check_total(options, servers.iter().map(|_| each))?;
        let name_first = options.choice("version") == "0";
        let mut points: Vec<(u64, u32)> = Vec::new();
        for (owner, server) in (0_u32..).zip(servers) {
            points.extend(
                labels_of(name_first, each, server)
                    .map(|label| (hash.hash(label.as_bytes()), owner)),
            );
        }
        points.sort();
        let mut order_matters = false;
        // A map from hashes to members: of equal ones the last added owns all.
        for shared in points.chunk_by_mut(|one, other| one.0 == other.0) {
            if let Some((_, last)) = shared.last().copied() {
                order_matters |= shared.iter().any(|point| point.1 != last);
                shared.iter_mut().for_each(|point| point.1 = last);
            }
        }
        let (hashes, owners) = points.into_iter().unzip();
        Ok(Self { hashes, owners, order_matters })
    }

    /// The owner of each partition. O((partitions + points) · log points): full
    /// members' points are jumped over, not walked.
    fn deal(
        &self,
        options: &Options<'_>,
        hash: Hash64,
        servers: &[Server],
    ) -> Result<Vec<u32>, Error> {
        let count = self.hashes.len();
        let partitions = options.whole("partitions");
        let name_first = options.choice("version") == "0";
        let most = most(options, servers.len());
        // How far up a walk may look: version 0 gives up before the last point.
        let reach = if name_first { count - 1 } else { count };
        let mut held = vec![0_u32; servers.len()];
        let mut points_of: Vec<Vec<usize>> = vec![Vec::new(); servers.len()];
        for (at, owner) in self.owners.iter().enumerate() {
            points_of[*owner as usize].push(at);
        }
        let mut open = Open::new(count);
        if most < 1.0 {
            (0..count).for_each(|at| open.close(at));
        }
        let mut owners = Vec::new();
        for partition in 0..partitions {
            let at = hash.hash(&partition.to_le_bytes());
            let start = self.hashes.partition_point(|point| *point < at) % count;
            let found = open.from(start).filter(|found| {
                let steps = if *found >= start { found - start } else { found + count - start };
                steps < reach
            });
            let Some(found) = found else {
                return Err(Error::new(
                    Kind::Limit,
                    format!(
                        "scheme '{}': {partitions} partitions do not fit {} servers of at most \
                         {most} each, and the program would panic; raise load or lower partitions",
                        SCHEME.name,
                        servers.len(),
                    ),
                ));
            };
            let owner = self.owners[found];
            let holds = &mut held[owner as usize];
            *holds += 1;
            if f64::from(*holds) + 1.0 > most {
                points_of[owner as usize].iter().for_each(|at| open.close(*at));
            }
            owners.push(owner);
            if let Some(trace) = options.context.trace {
                trace.see(partition.into(), owner, || {
                    let mut labels =
                        labels_of(name_first, options.whole("points"), &servers[owner as usize]);
                    let label = labels.find(|one| hash.hash(one.as_bytes()) == self.hashes[found]);
                    PointLabel { text: label.unwrap_or_default(), word: None }
                });
            }
        }
        Ok(owners)
    }
}

/// Points whose members have room: finds the next one, in nearly constant time.
struct Open {
    /// The point itself if it is open, else one nearer to the next open one. The
    /// place behind the last stands for "none before the end".
    next: Vec<usize>,
}

impl Open {
    fn new(count: usize) -> Self {
        Self { next: (0..=count).collect() }
    }

    fn close(&mut self, at: usize) {
        if self.next[at] == at {
            self.next[at] = at + 1;
        }
    }

    fn find(&mut self, mut at: usize) -> usize {
        while self.next[at] != at {
            self.next[at] = self.next[self.next[at]];
            at = self.next[at];
        }
        at
    }

    /// The first open point at or above, around the ring.
    fn from(&mut self, start: usize) -> Option<usize> {
        let end = self.next.len() - 1;
        let found = self.find(start);
        let found = if found < end { found } else { self.find(0) };
        (found < end).then_some(found)
    }
}

/// Each member's follower in the order of the hashes of names.
fn around(hash: Hash64, servers: &[Server]) -> Vec<u32> {
    // As the program's map: of two names with one hash the later one stays.
    let names: BTreeMap<u64, u32> = servers
        .iter()
        .zip(0_u32..)
        .map(|(server, owner)| (hash.hash(server.label().as_bytes()), owner))
        .collect();
    let mut next = vec![NO_OWNER; servers.len()];
    let order: Vec<u32> = names.into_values().collect();
    for (one, other) in order.iter().zip(order.iter().cycle().skip(1)) {
        next[*one as usize] = *other;
    }
    next
}

/// The table of partitions, and who comes after its owner.
struct Closest {
    table: Slots,
    next: Box<[u32]>,
}

impl Place<u64> for Closest {
    #[inline]
    fn place(&self, position: u64) -> u32 {
        self.table.place(position)
    }

    fn step(&self, position: u64, cursor: &mut Cursor) -> Option<u32> {
        if cursor.steps as usize >= self.next.len() {
            return None;
        }
        let owner = if cursor.steps == 0 {
            self.place(position)
        } else {
            *self.next.get(usize::try_from(cursor.at).ok()?)?
        };
        cursor.steps += 1;
        cursor.at = owner.into();
        Some(owner)
    }

    fn hit(&self, position: u64) -> Option<Hit> {
        self.table.hit(position)
    }

    fn regions(&self, space: Space) -> Option<Regions<'_>> {
        Place::<u64>::regions(&self.table, space)
    }

    fn order_matters(&self) -> bool {
        Place::<u64>::order_matters(&self.table)
    }

    fn memory(&self) -> usize {
        Place::<u64>::memory(&self.table) + size_of_val(&*self.next)
    }
}

fn advice(options: &Options<'_>, servers: &[Server]) -> Vec<Advice> {
    let partitions = options.whole("partitions");
    if servers.len() as u64 <= partitions {
        return Vec::new();
    }
    vec![Advice::new(
        Topic::Starved,
        format!(
            "{} servers share {partitions} partitions: some own nothing; use more partitions",
            servers.len()
        ),
    )]
}

#[cfg(test)]
mod tests {
    use super::{Hash64, Open};
    use crate::{Continuum, Error, Server, Servers};

    fn built(scheme: &str, count: u16) -> Result<Continuum, Error> {
        let mut servers = Servers::new();
        for number in 0..count {
            servers.add(Server::new("node", number))?;
        }
        Continuum::with_servers(scheme.parse()?, servers)
    }

    /// The program's own walk, point by point.
    fn literal(version: u32, count: u16, partitions: u64, load: f64) -> Option<Vec<u32>> {
        let hash = Hash64::Fnv1a64;
        let mut points: Vec<(u64, u32)> = Vec::new();
        for owner in 0..count {
            for number in 0..3 {
                let text = if version == 0 {
                    format!("node:{owner}{number}")
                } else {
                    format!("{number}:node:{owner}")
                };
                points.push((hash.hash(text.as_bytes()), owner.into()));
            }
        }
        points.sort();
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let average = if version == 0 {
            (partitions / u64::from(count)) as f64
        } else {
            partitions as f64 / f64::from(count)
        };
        let most = (average * load).ceil();
        let mut loads = vec![0.0; count.into()];
        let mut owners = Vec::new();
        for partition in 0..partitions {
            let key = hash.hash(&partition.to_le_bytes());
            let mut at = points.iter().position(|point| point.0 >= key).unwrap_or(0);
            let mut looked = 0;
            loop {
                looked += 1;
                if looked > points.len() || (version == 0 && looked == points.len()) {
                    return None;
                }
                // Of points at one place the last one in the list owns.
                let (place, _) = points[at];
                let owner = points.iter().rfind(|point| point.0 == place)?.1;
                if loads[owner as usize] + 1.0 <= most {
                    loads[owner as usize] += 1.0;
                    owners.push(owner);
                    break;
                }
                at = (at + 1) % points.len();
            }
        }
        Some(owners)
    }

    #[test]
    fn equals_the_literal_walk() {
        let mut refused = 0;
        for version in [0, 1] {
            for count in [1, 2, 3, 5, 12, 13, 30] {
                for partitions in [1, 7, 12, 71] {
                    for load in [0.9, 1.0, 1.01, 1.25] {
                        let scheme = format!(
                            "buraksezer:version={version},partitions={partitions},points=3,load={load}"
                        );
                        let wanted = literal(version, count, partitions, load);
                        match built(&scheme, count) {
                            Ok(continuum) => {
                                let ours: Vec<u32> = (0..partitions)
                                    .map(|p| continuum.resolve_position(p.into()).unwrap())
                                    .collect();
                                assert_eq!(Some(ours), wanted, "{scheme}, {count} members");
                            }
                            Err(error) => {
                                assert!(error.is_over_limit(), "{error}");
                                assert_eq!(wanted, None, "{scheme}, {count} members");
                                refused += 1;
                            }
                        }
                    }
                }
            }
        }
        assert!(refused > 10, "only {refused} sets had no room");
    }

    /// A single member with a single point: version 0 never looks at it.
    #[test]
    fn version_0_gives_up_one_point_early() {
        assert!(built("buraksezer:version=0,points=1", 1).unwrap_err().is_over_limit());
        assert!(built("buraksezer:version=1,points=1", 1).is_ok());
    }

    #[test]
    fn closed_points_are_jumped() {
        let mut open = Open::new(4);
        assert_eq!(open.from(3), Some(3));
        open.close(3);
        assert_eq!(open.from(3), Some(0));
        open.close(0);
        open.close(1);
        assert_eq!((open.from(0), open.from(3)), (Some(2), Some(2)));
        open.close(2);
        assert_eq!(open.from(1), None);
    }
}
