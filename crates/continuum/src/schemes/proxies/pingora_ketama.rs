//! pingora-ketama, the ring of Cloudflare's Pingora.
//!
//! Rule. A server's text is its IP address, a zero byte and the port, IPv6 without
//! brackets; points are chained by CRC-32 as nginx chains them, `points` a unit of
//! weight, 160 by default. A key is its CRC-32 and belongs to the first point at or
//! above, around the ring.
//!
//! Quirks, all kept:
//! - Of points at one position one stays. With `version=2` (the crate's feature `v2`)
//!   it is that of the lower address: IPv4 before IPv6, then bytes, then port. With
//!   `version=1` the program's sort is unstable, so the winner is unspecified; here it
//!   is the server listed first.
//! - IPv4 with an explicit port is as in nginx; IPv6 is not, nginx keeps the brackets.
//!
//! Host and port decide, whatever a server's name: Pingora hashes socket addresses. It
//! panics at weight 0; here such a server is draining.

use std::net::{IpAddr, SocketAddr};

use crate::error::{Error, Kind, quoted};
use crate::hash::crc32::chain;
use crate::lanes::Hash32;
use crate::lanes::crc32::crc32;
use crate::placement::{Hashed, Placement, Rules, Seek, Shared};
use crate::scheme::{Accepts, Capacities, OptionSpec, Options, Order, SchemeEntry};
use crate::schemes::shared::plain::Plain32;
use crate::schemes::shared::points::{Points, check_total};
use crate::server::Server;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    aliases: &["pingora"],
    program: "Pingora",
    versions: "pingora-ketama 0.9.1",
    about: "nginx's CRC-32 ring over IP addresses and ports",
    options: &[
        OptionSpec::new(
            "version",
            Accepts::Whole(1, 2),
            "1",
            "2: the crate's feature v2, where the lower address wins a tie",
        )
        .trying(&[]),
        OptionSpec::new("points", Accepts::Whole(1, 1 << 20), "160", "points a unit of weight")
            .trying(&["100"]),
    ],
    capacities: |_| Capacities::Whole(u32::MAX as u64),
    order: |options| if options.whole("version") == 2 { Order::Free } else { Order::Ties },
    proven: 7540,
    ..SchemeEntry::new("pingora-ketama", build)
};

fn address(server: &Server) -> Result<SocketAddr, Error> {
    let refuse = |why: &str| {
        let who = quoted(&server.identity()).to_string();
        Err(Error::new(Kind::Server, format!("scheme 'pingora-ketama': server {who}: {why}")))
    };
    let host = server.host();
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    match (bare.parse::<IpAddr>(), server.port()) {
        (Ok(ip), Some(port)) => Ok(SocketAddr::new(ip, port)),
        (Ok(_), None) => refuse("it has no port, which is hashed"),
        (Err(_), _) => refuse("its host is no IP address, which is what Pingora hashes"),
    }
}

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let each = options.whole("points");
    let weight = |server: &Server| server.capacity().whole().unwrap_or(0);
    let count = |server: &Server| weight(server).saturating_mul(each);
    check_total(options, servers.iter().map(count))?;
    let addresses = servers.iter().map(address).collect::<Result<Vec<_>, _>>()?;
    let mut numbered: Vec<(u32, (&Server, SocketAddr))> =
        (0_u32..).zip(servers.iter().zip(addresses)).collect();
    let sorts = options.whole("version") == 2;
    if sorts {
        numbered.sort_by_key(|(_, (_, address))| *address);
    }
    let twins = numbered.windows(2).any(|pair| pair[0].1.1 == pair[1].1.1);
    let mut points = Points::new(options);
    for (owner, (server, address)) in numbered {
        let text = format!("{}\0{}", address.ip(), address.port());
        let base = crc32(text.as_bytes());
        let name = |number| format!("{address} point {number}");
        points.add_run(owner, count(server), |run| chain(base, run), name);
    }
    let place = points.ring(Rules::new(Seek::AtOrAfter, Shared::First));
    let place = if sorts { place.with_order_matters(twins) } else { place };
    Ok(Box::new(Hashed { hash: Plain32(Hash32::Crc32), place }))
}

#[cfg(test)]
mod tests {
    use crate::{Continuum, Servers};

    #[test]
    fn names_are_no_addresses() {
        for (server, says) in [
            ("web-1:80", "server 'web-1:80': its host is no IP address"),
            ("10.0.0.1", "server '10.0.0.1': it has no port"),
        ] {
            let servers = Servers::from_texts([server]).unwrap();
            let error = Continuum::with_servers("pingora".parse().unwrap(), servers).unwrap_err();
            assert!(error.to_string().contains(says), "{error}");
        }
    }
}
