//! nginx: a `split_clients` block, whose parts are the servers.
//! Rule, quirks, versions and limits: `docs/schemes/nginx-split-clients.md`.

use crate::error::{Error, Kind, quoted};
use crate::hash::murmur2::murmur2;
use crate::placement::{Hashed, Intervals, KeyHash, Placement, Space};
use crate::scheme::{Advice, Capacities, Minimal, Options, Order, SchemeEntry, Topic};
use crate::server::Server;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    program: "nginx split_clients",
    versions: "1.22.1",
    about: "murmur2 over intervals of percentages",
    capacities: |_| Capacities::UpTo(100),
    order: |_| Order::Positional,
    minimal: |_| Minimal::NEVER,
    proven: 4_081,
    advice,
    ..SchemeEntry::new("nginx-split-clients", build)
};

/// 100 %, in hundredths of a percent.
const WHOLE: u64 = 10_000;

struct Murmur2;

impl KeyHash for Murmur2 {
    type Position = u32;

    #[inline]
    fn hash(&self, key: &[u8]) -> u32 {
        murmur2(key, 0)
    }

    fn space(&self) -> Space {
        Space { hash: "murmur2-0".to_owned(), size: Some(1 << 32) }
    }
}

/// Whether a part takes what is left.
fn takes_the_rest(server: &Server) -> bool {
    server.hash_key() == Some("*")
}

/// A percentage in hundredths.
fn hundredths(server: &Server) -> Option<u64> {
    let exact = server.capacity().get() * 100.0;
    let nearest = exact.round();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number from 0 to 10000"
    )]
    let whole = nearest as u64;
    // A decimal fraction is rarely a double.
    ((exact - nearest).abs() < 1e-6).then_some(whole)
}

fn refuse(server: &Server, why: impl std::fmt::Display) -> Error {
    let who = quoted(&server.identity()).to_string();
    Error::new(Kind::Capacity, format!("scheme '{}': part {who}: {why}", SCHEME.name))
}

fn build(_: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let (mut ends, mut end, mut sum) = (Vec::with_capacity(servers.len()), 0_u64, 0_u64);
    for (at, server) in servers.iter().enumerate() {
        if takes_the_rest(server) {
            if let Some(behind) = servers.get(at + 1) {
                let rest = quoted(&server.identity());
                let why = format!(
                    "no part can stand behind part {rest}, which takes what is left ('*'): put it \
                     before"
                );
                return Err(refuse(behind, why));
            }
            ends.push(1 << 32);
            break;
        }
        let part = hundredths(server).ok_or_else(|| {
            let percent = server.capacity();
            refuse(server, format!("{percent}% is finer than hundredths of a percent"))
        })?;
        sum += part;
        if sum > WHOLE {
            return Err(refuse(server, "the percentages are more than 100% in all"));
        }
        end += part * u64::from(u32::MAX) / WHOLE;
        ends.push(end);
    }
    Ok(Box::new(Hashed { hash: Murmur2, place: Intervals::new(ends) }))
}

fn advice(_: &Options<'_>, servers: &[Server]) -> Vec<Advice> {
    let sum: u64 = servers.iter().filter_map(hundredths).sum();
    if servers.is_empty() || servers.iter().any(takes_the_rest) || sum >= WHOLE {
        return Vec::new();
    }
    let (whole, rest) = ((WHOLE - sum) / 100, (WHOLE - sum) % 100);
    vec![Advice::new(
        Topic::Uneven,
        format!("{whole}.{rest:02}% of the keys have no part: end the list with '*'"),
    )]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Capacity, Continuum, Servers};

    fn parts(parts: &[&str]) -> Result<Continuum, Error> {
        let mut servers = Servers::new();
        for (number, part) in parts.iter().enumerate() {
            let server = Server::without_port(number.to_string());
            servers.add(match part.strip_suffix('%') {
                Some(percent) => server.with_capacity(percent.parse::<Capacity>().unwrap()),
                None => server.with_hash_key(*part),
            })?;
        }
        Continuum::with_servers("nginx-split-clients".parse().unwrap(), servers)
    }

    #[test]
    fn each_piece_is_cut_by_itself() {
        let half = parts(&["50%", "50%"]).unwrap();
        for (hash, owner) in [
            (0, Some(0)),
            (0x7fff_fffe, Some(0)),
            (0x7fff_ffff, Some(1)),
            (0xffff_fffd, Some(1)),
            (0xffff_fffe, None),
            (0xffff_ffff, None),
        ] {
            assert_eq!(half.resolve_position(hash), owner, "{hash:x}");
        }
        assert_eq!(parts(&["100%"]).unwrap().resolve_position(0xffff_ffff), None);
        assert_eq!(parts(&["100%", "*"]).unwrap().resolve_position(0xffff_ffff), Some(1));
        assert_eq!(parts(&["0.01%"]).unwrap().resolve_position(429_495), Some(0));
        assert_eq!(parts(&["0.01%"]).unwrap().resolve_position(429_496), None);
    }

    #[test]
    fn what_nginx_refuses() {
        for (list, says) in [
            (&["50%", "50.01%"][..], "more than 100%"),
            (
                &["*", "10%"],
                "part '1': no part can stand behind part '0', which takes what is left ('*')",
            ),
            (&["33.333%"], "33.333% is finer than hundredths"),
        ] {
            let error = parts(list).unwrap_err();
            assert!(error.to_string().contains(says), "{error}");
        }
        assert!(parts(&["33.33%", "66.67%"]).is_ok());
        let topics: Vec<_> = parts(&["20%", "30.5%"]).unwrap().advice();
        assert!(topics[0].to_string().contains("49.50% of the keys"), "{topics:?}");
    }
}
