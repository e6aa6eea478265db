//! spymemcached, the Java client.
//! Rule, quirks, versions and limits: `docs/schemes/spymemcached.md`.

use std::net::IpAddr;

use crate::schemes::prelude::*;
use crate::schemes::shared::ketama;
use crate::schemes::shared::plain::Plain32;
use crate::schemes::shared::points::{Label, Points, check_total};
use crate::schemes::shared::words::Words;

const HASHES: Words<Hash32, 7> = Words([
    ("native", Hash32::JavaNative),
    ("ketama", Hash32::Md5),
    ("crc", Hash32::Crc32Memcached),
    ("fnv1_64", Hash32::Utf16Fnv1_64),
    ("fnv1a_64", Hash32::Utf16Fnv1a_64),
    ("fnv1_32", Hash32::Utf16Fnv1_32),
    ("fnv1a_32", Hash32::Utf16Fnv1a_32),
]);

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    program: "spymemcached",
    versions: "2.12.3",
    about: "modulo the number of servers, or a ring of 160 points a server",
    options: &[
        OptionSpec::choice(
            "locator",
            &["array", "ketama"],
            "array: ArrayModNodeLocator, ketama: KetamaNodeLocator",
        ),
        OptionSpec::choice(
            "hash",
            const { &HASHES.list() },
            "DefaultHashAlgorithm without its _HASH",
        ),
        OptionSpec::new(
            "weighted",
            Accepts::Switch,
            "off",
            "whether the locator ketama was given weights",
        ),
        OptionSpec::choice(
            "format",
            &["spymemcached", "libmemcached"],
            "KetamaNodeKeyFormatter: how a server without a name is named on the ring",
        ),
    ],
    capacities: |options| {
        if weighted(options) { Capacities::Whole(i32::MAX as u64) } else { Capacities::Ignored }
    },
    order: |options| {
        if options.choice("locator") == "array" { Order::Positional } else { Order::Ties }
    },
    minimal: |options| match options.choice("locator") {
        "array" => Minimal { weight: true, ..Minimal::NEVER },
        _ if weighted(options) => Minimal::NEVER,
        _ => Minimal::ALWAYS,
    },
    proven: 82_348,
    advice,
    ..SchemeEntry::new("spymemcached", build)
};

/// The locator `array` takes no weights.
fn weighted(options: &Options<'_>) -> bool {
    options.switch("weighted") && options.choice("locator") == "ketama"
}

/// The text that Java prints for an address, if the host is one.
fn address(host: &str) -> Option<String> {
    let host = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    // Java keeps an IPv4-mapped address as an IPv4 one.
    Some(match host.parse::<IpAddr>().ok()?.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let groups: Vec<String> =
                address.segments().iter().map(|group| format!("{group:x}")).collect();
            format!("[{}]", groups.join(":"))
        }
    })
}

/// The label without `-J`.
fn name(server: &Server, format: &str) -> Result<String, Error> {
    if let Some(name) = server.name() {
        return Ok(name.to_owned());
    }
    let port = ketama::port(SCHEME.name, server)?;
    if format == "libmemcached" {
        return Ok(ketama::elided(server.host(), port));
    }
    Ok(match address(server.host()) {
        Some(address) => format!("{address}:{port}"),
        None => format!("{}/<unresolved>:{port}", server.host()),
    })
}

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    const HASHED: u64 = 160;
    let hash = HASHES.chosen(options, "hash");
    if options.choice("locator") == "array" {
        let owners = (0_u32..).zip(servers).map(|(owner, _)| owner).collect();
        let place = Slots::new(owners, servers.len() > 1);
        return Ok(Box::new(Hashed { hash: Plain32(hash), place }));
    }
    let weights = ketama::weights(servers);
    let total = match weighted(options) {
        true => Some(ketama::total(SCHEME.name, &weights, i32::MAX as u64)?),
        false => None,
    };
    let labels_of = |server: &Server| match total {
        Some(total) => ketama::labels(server.capacity().whole().unwrap_or(0), total, servers.len()),
        None => HASHED / 4,
    };
    check_total(options, servers.iter().map(|server| labels_of(server).saturating_mul(4)))?;
    let mut points = Points::new(options);
    let digests = weighted(options) || hash == Hash32::Md5;
    let count = |server: &Server| labels_of(server).saturating_mul(4);
    points.each(servers, count, |points, owner, server, count| {
        let name = name(server, options.choice("format"))?;
        if digests {
            ketama::add_points(points, owner, &name, count / 4, 4);
        } else {
            let mut label = Label::new(format!("{name}-"));
            for number in 0..count {
                let label = label.numbered(number);
                points.add(owner, hash.hash(label), label);
            }
        }
        Ok(())
    })?;
    let rules = Rules::new(Seek::AtOrAfter, Shared::Last);
    Ok(Box::new(Hashed { hash: Plain32(hash), place: points.ring(rules) }))
}

fn advice(options: &Options<'_>, servers: &[Server]) -> Vec<Advice> {
    let mut all = Vec::new();
    if options.choice("locator") != "ketama" {
        return all;
    }
    let unresolved = servers
        .iter()
        .filter(|server| server.name().is_none() && address(server.host()).is_none())
        .count();
    if unresolved > 0 && options.choice("format") == "spymemcached" {
        all.push(Advice::new(
            Topic::Differs,
            format!(
                "spymemcached hashes a host name with the address that it resolved to, as \
                 'cache/10.0.0.1:11211': {unresolved} of {} servers are taken as unresolved; give \
                 that text as the server's name",
                servers.len()
            ),
        ));
    }
    if options.choice("hash") == "crc" && weighted(options) && servers.len() > 1 {
        all.push(Advice::new(
            Topic::Uneven,
            "one server owns nearly every key: 'crc' keeps 15 bits, but weighted points have 32; \
             use another hash",
        ));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{Server, name};

    #[test]
    fn names_as_java_prints_them() {
        for (host, port, text) in [
            ("10.0.0.1", 11211, "10.0.0.1:11211"),
            ("::1", 11211, "[0:0:0:0:0:0:0:1]:11211"),
            ("2001:DB8::2", 80, "[2001:db8:0:0:0:0:0:2]:80"),
            ("::ffff:1.2.3.4", 80, "1.2.3.4:80"),
            ("cache", 80, "cache/<unresolved>:80"),
        ] {
            assert_eq!(name(&Server::new(host, port), "spymemcached").unwrap(), text);
        }
        let named = |port| name(&Server::new("cache", port), "libmemcached").unwrap();
        assert_eq!((named(11211), named(80)), ("cache".into(), "cache:80".into()));
    }
}
