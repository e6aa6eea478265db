//! Traefik's `hrw` load balancer (Go).
//! Rule, quirks, versions and limits: `docs/schemes/traefik.md`.

mod go_log;

use crate::error::Error;
use crate::hash::fnv::{PRIME_64, fnv1a_64_plain};
use crate::placement::{Highest, Placement, Scoring};
use crate::scheme::{Capacities, Options, SchemeEntry};
use crate::server::{Capacity, Server};

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    program: "Traefik hrw",
    versions: "3.7",
    about: "weighted rendezvous by FNV-1a and Go's logarithm",
    capacities: |_| Capacities::Whole(i32::MAX as u64),
    proven: 7_195,
    ..SchemeEntry::new("traefik", build)
};

fn url(server: &Server) -> String {
    server.name().map_or_else(|| format!("http://{}", server.address()), str::to_owned)
}

fn build(_: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let mut owners = Vec::new();
    let mut list = Vec::new();
    for (owner, server) in (0_u32..).zip(servers) {
        if server.capacity() != Capacity::ZERO {
            owners.push(owner);
            list.push((url(server), server.capacity().get()));
        }
    }
    let total = list.iter().map(|server| server.1).sum();
    Ok(Box::new(Highest::new(Weighted { list: list.into(), total }, owners)))
}

struct Weighted {
    /// URL and weight.
    list: Box<[(String, f64)]>,
    total: f64,
}

/// The score of a server of weight 1, whose FNV-1a is this.
#[expect(clippy::cast_precision_loss, reason = "Go rounds it to a double too")]
fn score(hash: u64) -> f64 {
    /// 2^64.
    const ALL: f64 = 18_446_744_073_709_551_616.0;
    match hash as f64 / ALL {
        0.0 => 0.0,
        x => 1.0 / -go_log::log(x),
    }
}

impl Scoring for Weighted {
    /// The hash of the key.
    type Key<'k> = u64;

    fn count(&self) -> usize {
        self.list.len()
    }

    fn key(&self, key: &[u8]) -> u64 {
        fnv1a_64_plain(key)
    }

    fn score(&self, key: &u64, place: usize) -> u64 {
        let (url, weight) = &self.list[place];
        let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(PRIME_64);
        let score = score(url.as_bytes().iter().fold(*key, step)) * weight;
        // Bits of numbers from 0 up order as the numbers do. ln(1) gives minus
        // infinity, which is never the highest.
        if score > 0.0 { score.to_bits() } else { 0 }
    }

    fn shown(&self, score: u64) -> f64 {
        f64::from_bits(score)
    }

    fn name(&self) -> String {
        "fnv1a_64 of key and URL".to_owned()
    }

    fn share(&self, place: usize) -> f64 {
        self.list[place].1 / self.total
    }
}

#[cfg(test)]
mod tests {
    use super::{Server, score, url};

    #[test]
    fn ends_of_the_space() {
        assert_eq!(score(0).to_bits(), 0);
        // Rounded to 2^64: ln(1) is 0, and minus 0 its negative.
        assert!(score(u64::MAX).is_infinite() && score(u64::MAX) < 0.0);
        assert!(score(1) > 0.0 && score(1) < 0.03);
    }

    #[test]
    fn urls() {
        assert_eq!(url(&Server::new("::1", 80)), "http://[::1]:80");
        assert_eq!(url(&Server::new("a", 80).with_name("h2c://a:80")), "h2c://a:80");
    }
}
