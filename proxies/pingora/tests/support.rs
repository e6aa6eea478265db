//! Random sets of backends and keys, from a seed.

use std::collections::BTreeSet;
use std::os::unix::net::SocketAddr as UnixAddress;
use std::sync::Arc;

use continuum_pingora::{Config, Selection};
use pingora_core::protocols::l4::socket::SocketAddr;
use pingora_load_balancing::Backend;
use pingora_load_balancing::selection::{BackendIter, BackendSelection};

/// Numbers by splitmix64.
pub(crate) struct Draw(pub(crate) u64);

impl Draw {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    pub(crate) fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap()
    }

    pub(crate) fn inet(&mut self) -> String {
        let port = 1 + self.below(65_535);
        match self.below(3) {
            0 => format!("[fd00::{:x}:{:x}]:{port}", self.below(65_536), self.below(65_536)),
            _ => format!("10.{}.{}.{}:{port}", self.below(256), self.below(256), self.below(256)),
        }
    }

    pub(crate) fn key(&mut self) -> Vec<u8> {
        let length = self.index(40) * if self.below(10) == 0 { 10 } else { 1 };
        (0..length).map(|_| self.next().to_le_bytes()[0]).collect()
    }
}

pub(crate) fn inet(text: &str, weight: usize) -> Backend {
    Backend::new_with_weight(text, weight).unwrap()
}

pub(crate) fn unix(path: &str, weight: usize) -> Backend {
    let addr = SocketAddr::Unix(UnixAddress::from_pathname(path).unwrap());
    Backend { weight, addr, ext: http::Extensions::new() }
}

/// Three backends.
pub(crate) fn three() -> BTreeSet<Backend> {
    ["10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"].map(|text| inet(text, 1)).into()
}

pub(crate) fn config(scheme: &str) -> Config {
    Config::new("test", scheme.parse().unwrap())
}

pub(crate) fn selection(scheme: &str, backends: &BTreeSet<Backend>) -> Arc<Selection> {
    Arc::new(Selection::build_with_config(backends, &config(scheme)))
}

/// What an iterator gives, at most `limit`.
pub(crate) fn given(mut iter: impl BackendIter, limit: usize) -> Vec<Backend> {
    let mut given = Vec::new();
    while given.len() < limit
        && let Some(backend) = iter.next()
    {
        given.push(backend.clone());
    }
    given
}

/// What pingora's own iterator gives, without repetitions, at most `limit`.
pub(crate) fn distinct(mut iter: impl BackendIter, limit: usize) -> Vec<Backend> {
    let mut given: Vec<Backend> = Vec::new();
    for _ in 0..100_000 {
        let Some(backend) = iter.next() else { break };
        if !given.contains(backend) {
            given.push(backend.clone());
        }
        if given.len() == limit {
            break;
        }
    }
    given
}
