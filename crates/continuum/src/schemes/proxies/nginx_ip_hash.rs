//! nginx: `ip_hash` of an upstream block.
//! Rule, quirks, versions and limits: `docs/schemes/nginx-ip-hash.md`.

use std::borrow::Cow;
use std::net::IpAddr;

use crate::error::Error;
use crate::placement::{Placement, Remainder, Space, Tried, Tries};
use crate::scheme::{Advice, Capacities, Minimal, Options, Order, SchemeEntry, Topic};
use crate::server::Server;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    program: "nginx ip_hash",
    versions: "1.22.1",
    about: "a hash of three or sixteen bytes of the client's address, over weights",
    capacities: |_| Capacities::Whole(u32::MAX as u64),
    order: |_| Order::Positional,
    minimal: |_| Minimal::NEVER,
    proven: 5_830,
    advice,
    ..SchemeEntry::new("nginx-ip-hash", build)
};

const START: u32 = 89;
const FACTOR: u32 = 113;
/// How many values the hash takes.
const VALUES: u32 = 6271;
/// Times that nginx hashes again.
const RETRIES: u32 = 20;

/// The bytes of an address, or of the key itself.
fn bytes(key: &[u8]) -> Cow<'_, [u8]> {
    match std::str::from_utf8(key).ok().and_then(|text| text.parse().ok()) {
        Some(IpAddr::V4(address)) => Cow::Owned(address.octets()[..3].to_vec()),
        Some(IpAddr::V6(address)) => Cow::Owned(address.octets().to_vec()),
        None => Cow::Borrowed(key),
    }
}

fn hashed_on(start: u32, bytes: &[u8]) -> u64 {
    let step = |hash: u32, byte: &u8| (hash * FACTOR + u32::from(*byte)) % VALUES;
    bytes.iter().fold(start, step).into()
}

struct Address;

impl Tries for Address {
    fn first(&self, key: &[u8]) -> u64 {
        hashed_on(START, &bytes(key))
    }

    fn next(&self, key: &[u8], attempt: u32, number: u64) -> Option<u64> {
        let start = u32::try_from(number).ok().filter(|_| attempt <= RETRIES)?;
        Some(hashed_on(start, &bytes(key)))
    }

    fn hashed<'k>(&self, key: &'k [u8]) -> Cow<'k, [u8]> {
        bytes(key)
    }

    fn space(&self) -> Space {
        Space { hash: "nginx-ip-hash".to_owned(), size: Some(VALUES.into()) }
    }
}

fn weight(server: &Server) -> u64 {
    // The build has refused what is not whole.
    server.capacity().whole().unwrap_or(0)
}

fn build(_: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let list = Remainder::new(servers.iter().map(weight));
    Ok(Box::new(Tried { rule: Address, list }))
}

fn advice(_: &Options<'_>, servers: &[Server]) -> Vec<Advice> {
    if servers.len() < 2 {
        return Vec::new();
    }
    let mut all = vec![Advice::new(
        Topic::Churn,
        "ip_hash deals most clients anew whenever the sum of weights changes; keep a server's \
         line and mark it down",
    )];
    let total: u64 = servers.iter().map(weight).sum();
    if total > VALUES.into() {
        all.push(Advice::new(
            Topic::Starved,
            format!(
                "ip_hash reaches the first {VALUES} units of weight only, of {total}: divide the \
                 weights"
            ),
        ));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_addresses() {
        assert_eq!(*bytes(b"10.1.2.3"), [10, 1, 2]);
        assert_eq!(bytes(b"::ffff:10.1.2.3").len(), 16);
        assert_eq!(*bytes(b"::"), [0; 16]);
        assert_eq!(*bytes(b"10.1.2"), *b"10.1.2");
        assert_eq!(Address.first(b"10.1.2.3"), Address.first(b"10.1.2.200"));
        assert_ne!(Address.first(b"10.1.2.3"), Address.first(b"::ffff:10.1.2.3"));
    }
}
