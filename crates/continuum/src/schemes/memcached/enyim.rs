//! Enyim Memcached and EnyimMemcachedCore (.NET).
//! Rule, quirks, versions and limits: `docs/schemes/enyim.md`.

use std::net::IpAddr;

use crate::error::{Error, Kind, quoted};
use crate::hash::fnv::{self, OFFSET_32, PRIME_32};
use crate::lanes::Hash32;
use crate::placement::{Hashed, KeyHash, Placement, Rules, Seek, Shared, Space, Wrap};
use crate::scheme::{Accepts, Minimal, OptionSpec, Options, SchemeEntry};
use crate::schemes::shared::ketama::{self, MEMCACHED_PORT};
use crate::schemes::shared::plain::Plain32;
use crate::schemes::shared::points::{Label, Points, check_total};
use crate::server::Server;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    program: "Enyim Memcached, EnyimMemcachedCore",
    versions: "485b5fe6 (2.x), e383c4c7",
    about: "FNV-1a ring of 100 points a server, or MD5 ring of 160; crossed at its ends",
    options: &[OptionSpec::new(
        "locator",
        Accepts::Choice(&["default", "core", "ketama"]),
        "default",
        "default: Enyim's, and Core's LegacyNodeLocator; core: EnyimMemcachedCore's default",
    )],
    minimal: |_| Minimal { weight: true, ..Minimal::NEVER },
    proven: 16_698,
    ..SchemeEntry::new("enyim", build)
};

/// FNV-1a that was not given its start value.
struct Unstarted;

impl KeyHash for Unstarted {
    type Position = u32;

    #[inline]
    fn hash(&self, key: &[u8]) -> u32 {
        fnv::fnv1a_unsigned(key, 0, PRIME_32)
    }

    fn space(&self) -> Space {
        Space { hash: "fnv1a_32-from-0".to_owned(), size: Some(1 << 32) }
    }
}

/// .NET's text of an endpoint.
fn endpoint(server: &Server, locator: &str) -> Result<String, Error> {
    if let Some(name) = server.name() {
        return Ok(name.to_owned());
    }
    let port = server.port().unwrap_or(MEMCACHED_PORT);
    Ok(match server.host().parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => format!("{address}:{port}"),
        Ok(IpAddr::V6(address)) => format!("[{address}]:{port}"),
        Err(_) if locator == "core" => format!("Unspecified/{}:{port}", server.host()),
        Err(_) => {
            return Err(Error::new(
                Kind::Server,
                format!(
                    "server {}: Enyim hashes the address that a host name resolves to; give that",
                    quoted(&server.identity())
                ),
            ));
        }
    })
}

/// What `Encoding.ASCII` makes of a text.
fn ascii(text: &str) -> String {
    text.encode_utf16()
        .map(|unit| u8::try_from(unit).ok().filter(u8::is_ascii).map_or('?', char::from))
        .collect()
}

const RULES: Rules = Rules { seek: Seek::AtOrAfter, wrap: Wrap::Crossed, shared: Shared::Last };

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    const LABELS: u64 = 40;
    const HASHED: u64 = 100;
    let locator = options.choice("locator");
    let each = if locator == "ketama" { LABELS * 4 } else { HASHED };
    check_total(options, servers.iter().map(|_| each))?;
    let mut points = Points::new(options);
    points.each(
        servers,
        |_| each,
        |points, owner, server, count| {
            let endpoint = endpoint(server, locator)?;
            match locator {
                "ketama" => ketama::add_points(points, owner, &ascii(&endpoint), count / 4, 4),
                "core" => {
                    for number in 0..count {
                        let label = format!("{number}-{endpoint}");
                        let point = fnv::fnv1a_32_plain(label.as_bytes());
                        points.add(owner, point, label.as_bytes());
                    }
                }
                _ => {
                    let mut label = Label::new(format!("{endpoint}-"));
                    for number in 0..count {
                        let label = label.numbered(number);
                        let start = if number == 0 { 0 } else { OFFSET_32 };
                        points.add(owner, fnv::fnv1a_unsigned(label, start, PRIME_32), label);
                    }
                }
            }
            Ok(())
        },
    )?;
    let place = points.ring(RULES);
    Ok(match locator {
        "ketama" => Box::new(Hashed { hash: Plain32(Hash32::Md5), place }),
        "core" => Box::new(Hashed { hash: Plain32(Hash32::Fnv1a32Plain), place }),
        _ => Box::new(Hashed { hash: Unstarted, place }),
    })
}

#[cfg(test)]
mod tests {
    use super::{Server, ascii, endpoint};

    #[test]
    fn endpoints_as_dot_net_prints_them() {
        let of = |host: &str, locator| endpoint(&Server::new(host, 11212), locator);
        assert_eq!(of("10.0.0.1", "default").unwrap(), "10.0.0.1:11212");
        assert_eq!(of("2001:DB8::A", "ketama").unwrap(), "[2001:db8::a]:11212");
        assert_eq!(of("Cache", "core").unwrap(), "Unspecified/Cache:11212");
        assert!(of("cache", "default").unwrap_err().is_invalid_server());
        assert_eq!(endpoint(&Server::without_port("::1"), "core").unwrap(), "[::1]:11211");
        assert_eq!(ascii("\u{fc}n\u{1f600}-1"), "?n??-1");
    }
}
