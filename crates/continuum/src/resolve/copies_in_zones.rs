//! Copies of a key, spread over zones.

use super::candidates::Candidates;
use super::continuum::Continuum;
use crate::server::{Server, ZoneIndex};

impl Continuum {
    /// Where `n` copies of a key go so that they share zones as little as can
    /// be: the owner first, then the first candidate of every other zone, then
    /// the second candidate of every zone, and so on. Fewer than `n` if there are
    /// fewer servers.
    ///
    /// Exactly: the [`candidates`](Self::candidates) in order of *how many
    /// earlier candidates stand in the same zone*, those of equal number as the
    /// candidates have them. So with `z` zones no zone holds two of the first `z`
    /// copies; a zone with too few servers is passed over once they are used up;
    /// the copies for `n` are the first `n` of those for `n + 1`; and a change of
    /// one server changes at most one copy of a key wherever it leaves the order
    /// of the other candidates as it was (rendezvous, rings).
    ///
    /// Servers without a zone stand in one unnamed zone together: nobody knows
    /// that they are apart. So with no zones at all this is
    /// [`copies`](Self::copies).
    ///
    /// With as many copies as zones every zone holds one copy of every key,
    /// whatever its capacity: zones of equal capacity fill evenly, see
    /// [`copy_ownership`](Self::copy_ownership).
    ///
    /// Lazy: walks the candidates once, no further than needed. No allocation up
    /// to 16 copies, beside what [`Candidates`] says of itself.
    ///
    /// ```
    /// use continuum::{Continuum, Server, Servers};
    /// let mut servers = Servers::new();
    /// for (host, zone) in [("a", "north"), ("b", "north"), ("c", "south"), ("d", "west")] {
    ///     servers.add(Server::new(host, 80).with_zone(zone))?;
    /// }
    /// let continuum = Continuum::with_servers("slots-1".parse()?, servers)?;
    /// let copies: Vec<&Server> = continuum.copies_in_zones("key", 3).collect();
    /// assert_eq!(Some(copies[0]), continuum.resolve("key"));
    /// let mut zones: Vec<_> = copies.iter().map(|server| server.zone()).collect();
    /// zones.sort();
    /// assert_eq!(zones, [Some("north"), Some("south"), Some("west")]);
    /// # Ok::<(), continuum::Error>(())
    /// ```
    pub fn copies_in_zones<'a, K: AsRef<[u8]> + ?Sized>(
        &'a self,
        key: &'a K,
        n: usize,
    ) -> CopiesInZones<'a> {
        CopiesInZones::new(self.candidates(key), self.servers().as_slice(), self.zones(), n)
    }
}

/// Servers for the copies of a key, zones first. From
/// [`Continuum::copies_in_zones`].
pub struct CopiesInZones<'a> {
    candidates: Candidates<'a>,
    servers: &'a [Server],
    zones: &'a ZoneIndex,
    /// Copies still to name.
    left: usize,
    /// In this round every zone gives the server that has `round` others of its
    /// zone before it.
    round: u32,
    /// Zones that have not given one in this round.
    missing: usize,
    /// A server with this many of its zone before it comes too late for `n`.
    late: u32,
    /// Whether the candidates are at their end.
    ended: bool,
    seen: Seen,
    waiting: Waiting,
}

impl<'a> CopiesInZones<'a> {
    fn new(
        candidates: Candidates<'a>,
        servers: &'a [Server],
        zones: &'a ZoneIndex,
        n: usize,
    ) -> Self {
        let left = n.min(servers.len());
        let missing = zones.larger_than(0);
        // The first round names one of every zone, the later ones the rest.
        let late = u32::try_from(left.saturating_sub(missing)).unwrap_or(u32::MAX);
        let few = left <= FEW;
        Self {
            candidates,
            servers,
            zones,
            left,
            round: 0,
            missing,
            late: late.saturating_add(1),
            ended: false,
            seen: if few {
                Seen::Few([(0, 0); FEW], 0)
            } else {
                Seen::Many(vec![0; zones.count()])
            },
            waiting: if few {
                Waiting::Few([(0, 0); LATER], 0)
            } else {
                Waiting::Many(Vec::new(), 0)
            },
        }
    }

    /// The next server's number in the list.
    pub fn next_index(&mut self) -> Option<u32> {
        if self.left == 0 {
            return None;
        }
        loop {
            // Those that wait stand before those that the walk still has.
            if let Some(server) = self.waiting.take(self.round) {
                return Some(self.give(server));
            }
            if self.missing > 0 && !self.ended {
                let Some(server) = self.candidates.next_index() else {
                    self.ended = true;
                    continue;
                };
                let before = self.seen.count(self.zones.number(server));
                if before <= self.round {
                    return Some(self.give(server));
                }
                if before < self.late {
                    self.waiting.push(server, before);
                }
                continue;
            }
            if self.ended && !self.waiting.any_from(self.round) {
                self.left = 0;
                return None;
            }
            self.round += 1;
            self.missing = self.zones.larger_than(self.round);
            if self.missing == 0 && !self.waiting.any_from(self.round) {
                self.left = 0;
                return None;
            }
        }
    }

    fn give(&mut self, server: u32) -> u32 {
        self.left -= 1;
        self.missing = self.missing.saturating_sub(1);
        server
    }
}

impl<'a> Iterator for CopiesInZones<'a> {
    type Item = &'a Server;

    fn next(&mut self) -> Option<&'a Server> {
        let index = self.next_index()?;
        self.servers.get(index as usize)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.left))
    }
}

impl std::iter::FusedIterator for CopiesInZones<'_> {}

/// Copies up to which nothing is allocated.
const FEW: usize = 16;

/// With z zones and n copies, n > z, at most n - z servers of a zone wait:
/// z · (n - z), which is the most at z = n / 2.
const LATER: usize = FEW * FEW / 4;

/// How many candidates of each zone have come.
enum Seen {
    /// (zone, candidates). No more than [`FEW`] zones are ever met: with more
    /// zones than copies each gives one, and fewer zones fit.
    Few([(u32, u32); FEW], usize),
    Many(Vec<u32>),
}

impl Seen {
    /// How many came before this one.
    fn count(&mut self, zone: u32) -> u32 {
        let counted = match self {
            Self::Many(counts) => counts.get_mut(zone as usize),
            Self::Few(zones, used) => {
                let at = zones[..*used].iter().position(|known| known.0 == zone);
                if at.is_none() && *used < FEW {
                    zones[*used] = (zone, 0);
                    *used += 1;
                }
                zones.get_mut(at.unwrap_or(used.saturating_sub(1))).map(|known| &mut known.1)
            }
        };
        counted.map_or(0, |count| {
            *count += 1;
            *count - 1
        })
    }
}

/// Servers whose round is to come, in the candidates' order.
#[expect(clippy::large_enum_variant, reason = "few copies are not to allocate")]
enum Waiting {
    /// (server, round), and how many.
    Few([(u32, u32); LATER], usize),
    /// By round, and from where this round looks on.
    Many(Vec<Vec<u32>>, usize),
}

impl Waiting {
    fn push(&mut self, server: u32, round: u32) {
        match self {
            Self::Few(list, used) => {
                if let Some(place) = list.get_mut(*used) {
                    *place = (server, round);
                    *used += 1;
                }
            }
            Self::Many(rounds, _) => {
                let round = round as usize;
                if rounds.len() <= round {
                    rounds.resize_with(round + 1, Vec::new);
                }
                rounds[round].push(server);
            }
        }
    }

    /// The next of this round. Rounds are asked for in their order.
    fn take(&mut self, round: u32) -> Option<u32> {
        match self {
            Self::Few(list, used) => {
                let at = list[..*used].iter().position(|(_, later)| *later == round)?;
                let (server, _) = list[at];
                list.copy_within(at + 1..*used, at);
                *used -= 1;
                Some(server)
            }
            Self::Many(rounds, at) => {
                let servers = rounds.get(round as usize)?;
                let Some(server) = servers.get(*at) else {
                    rounds[round as usize] = Vec::new();
                    *at = 0;
                    return None;
                };
                *at += 1;
                Some(*server)
            }
        }
    }

    fn any_from(&self, round: u32) -> bool {
        match self {
            Self::Few(list, used) => list[..*used].iter().any(|(_, later)| *later >= round),
            Self::Many(rounds, _) => {
                rounds.iter().skip(round as usize).any(|servers| !servers.is_empty())
            }
        }
    }
}
