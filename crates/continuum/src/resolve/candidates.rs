//! Candidates: every server in a key's order of preference, each once.

use crate::placement::{Cursor, NO_OWNER, Placement};
use crate::scheme::Capacities;
use crate::server::Server;

/// The servers in the order in which a key prefers them: the owner first, each
/// server once, then the end. From [`Continuum::candidates`](crate::Continuum::candidates).
///
/// Lazy: each step costs what the scheme's walk costs. Nothing is allocated
/// among up to 1,024 servers; in a larger set the first sixteen need nothing
/// either, and a longer walk allocates one bit a server.
pub struct Candidates<'a> {
    placement: &'a dyn Placement,
    servers: &'a [Server],
    capacities: Capacities,
    key: &'a [u8],
    cursor: Cursor,
    seen: Seen,
    phase: Phase,
}

enum Phase {
    /// Following the scheme's own walk.
    Walk,
    /// The walk is over: servers that it never named, in list order.
    Rest(u32),
}

impl<'a> Candidates<'a> {
    pub(crate) fn new(
        placement: &'a dyn Placement,
        servers: &'a [Server],
        capacities: Capacities,
        key: &'a [u8],
    ) -> Self {
        Self {
            placement,
            servers,
            capacities,
            key,
            cursor: Cursor::default(),
            seen: Seen::default(),
            phase: Phase::Walk,
        }
    }

    /// Whether the scheme's own walk goes on. False once what is left comes in the
    /// order of the list: the program whose scheme it is names no further server, or
    /// leaves it to chance.
    #[must_use]
    pub fn is_walking(&self) -> bool {
        matches!(self.phase, Phase::Walk)
    }

    /// The next server's number in the list.
    pub fn next_index(&mut self) -> Option<u32> {
        while let Phase::Walk = self.phase {
            match self.placement.step(self.key, &mut self.cursor) {
                Some(NO_OWNER) => {}
                Some(index) if self.seen.insert(index, self.servers.len()) => return Some(index),
                Some(_) => {}
                None => {
                    // No owner, no preference: `first == resolve` holds.
                    let none = u32::try_from(self.servers.len()).unwrap_or(NO_OWNER);
                    self.phase = Phase::Rest(if self.seen.count == 0 { none } else { 0 });
                }
            }
        }
        loop {
            let Phase::Rest(index) = self.phase else { return None };
            let server = self.servers.get(index as usize)?;
            self.phase = Phase::Rest(index + 1);
            if self.capacities.eligible(server.capacity())
                && self.seen.insert(index, self.servers.len())
            {
                return Some(index);
            }
        }
    }
}

impl<'a> Iterator for Candidates<'a> {
    type Item = &'a Server;

    fn next(&mut self) -> Option<&'a Server> {
        let index = self.next_index()?;
        self.servers.get(index as usize)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.servers.len() - self.seen.count))
    }
}

impl std::iter::FusedIterator for Candidates<'_> {}

/// A set of server numbers: a bit each where they fit in place, else the first
/// few in place, then a bit each.
#[derive(Default)]
struct Seen {
    bits: [u64; Self::IN_PLACE / 64],
    few: [u32; Self::FEW],
    many: Vec<u64>,
    count: usize,
}

impl Seen {
    const IN_PLACE: usize = 1024;
    const FEW: usize = 16;

    /// Adds a number below `of`; false if it was there.
    fn insert(&mut self, index: u32, of: usize) -> bool {
        let (word, bit) = (index as usize / 64, 1_u64 << (index % 64));
        if of > Self::IN_PLACE && self.many.is_empty() {
            if self.few[..self.count].contains(&index) {
                return false;
            }
            if self.count < Self::FEW {
                self.few[self.count] = index;
                self.count += 1;
                return true;
            }
            self.many = vec![0; of.div_ceil(64)];
            for seen in self.few {
                self.many[seen as usize / 64] |= 1 << (seen % 64);
            }
        }
        let bits = if of > Self::IN_PLACE { &mut self.many[..] } else { &mut self.bits };
        let new = bits[word] & bit == 0;
        bits[word] |= bit;
        self.count += usize::from(new);
        new
    }
}

#[cfg(test)]
mod tests {
    use super::Seen;

    #[test]
    fn remembers_few_and_many() {
        for of in [1, 200, 1024, 1025, 3000] {
            let mut seen = Seen::default();
            for index in (0..of).rev() {
                assert!(seen.insert(index, of as usize));
                assert!(!seen.insert(index, of as usize));
            }
            assert_eq!(seen.count, of as usize);
            assert!((0..of).all(|index| !seen.insert(index, of as usize)));
            assert_eq!(of > 1024, !seen.many.is_empty());
        }
    }
}
