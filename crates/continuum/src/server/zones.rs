//! Zones: which servers stand in one.

use std::collections::BTreeMap;

use super::server::Server;

/// Which zone each server stands in, by number, and how many of a zone's servers
/// can own keys.
///
/// Servers without a zone stand in one zone, the unnamed: where they are is
/// unknown, so two of them may well share a rack, and copies must not count on
/// their being apart. A zone named by the empty text is the unnamed one too.
pub(crate) struct ZoneIndex {
    /// By server; empty when all stand in the unnamed zone.
    numbers: Box<[u32]>,
    /// By zone: servers that can own keys.
    sizes: Box<[u32]>,
}

impl ZoneIndex {
    /// `counts`: whether a server can own keys.
    pub(crate) fn of(servers: &[Server], counts: impl Fn(&Server) -> bool) -> Self {
        let mut known: BTreeMap<&str, u32> = BTreeMap::new();
        let mut sizes = Vec::new();
        let mut numbers = Vec::with_capacity(servers.len());
        for server in servers {
            let next = u32::try_from(sizes.len()).unwrap_or(u32::MAX);
            let number = *known.entry(server.zone().unwrap_or_default()).or_insert(next);
            if number == next {
                sizes.push(0);
            }
            sizes[number as usize] += u32::from(counts(server));
            numbers.push(number);
        }
        if sizes.len() < 2 {
            numbers.clear();
        }
        Self { numbers: numbers.into_boxed_slice(), sizes: sizes.into_boxed_slice() }
    }

    /// The number of a server's zone, by first appearance in the list.
    pub(crate) fn number(&self, server: u32) -> u32 {
        self.numbers.get(server as usize).copied().unwrap_or(0)
    }

    /// How many zones there are, those without capacity included.
    pub(crate) fn count(&self) -> usize {
        self.sizes.len()
    }

    /// How many zones have more than this many servers that can own keys.
    pub(crate) fn larger_than(&self, servers: u32) -> usize {
        self.sizes.iter().filter(|size| **size > servers).count()
    }
}
