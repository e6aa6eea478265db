//! `Redis::Distributed` of redis-rb, and `RedisClient::HashRing` (Ruby).
//! Rule, quirks, versions and limits: `docs/schemes/redis-rb.md` and
//! `docs/schemes/redis-client.md`.

use crate::error::{Error, Kind};
use crate::hash::digest::Digest;
use crate::lanes::Hash32;
use crate::lanes::crc32;
use crate::placement::{Hashed, Placement, Rules, Seek, Shared};
use crate::scheme::{Accepts, OptionSpec, Options, SchemeEntry};
use crate::schemes::shared::plain::Plain32;
use crate::schemes::shared::points::{Label, Points, check_total};
use crate::schemes::shared::tags::{Tag, Tagged};
use crate::server::Server;

const REPLICAS: OptionSpec =
    OptionSpec::new("replicas", Accepts::Whole(1, 1 << 20), "160", "points a server").trying(&[]);

pub(crate) static DISTRIBUTED: SchemeEntry = SchemeEntry {
    program: "redis-rb Redis::Distributed",
    versions: "4.8.0, 5.0.0 to 6.0.0",
    about: "ring of 160 points a server, last at or below; tags at the start of a line",
    options: &[
        OptionSpec::new(
            "version",
            Accepts::Choice(&["5", "5.3", "5.0", "4"]),
            "5",
            "5: redis-client 0.22.2 and later; 5.3: 0.21; 5.0: below 0.21; 4: redis-rb to 4.8",
        ),
        REPLICAS,
    ],
    proven: 28_792,
    ..SchemeEntry::new("redis-rb", build_distributed)
};

pub(crate) static CLIENT: SchemeEntry = SchemeEntry {
    program: "redis-client RedisClient::HashRing",
    versions: "0.30.0",
    about: "ring of 160 points a server by a digest of choice, last at or below; no tags",
    options: &[
        OptionSpec::new(
            "digest",
            Accepts::Choice(&["md5", "sha1", "sha256", "sha384", "sha512"]),
            "md5",
            "the class of Digest that hashes points",
        )
        .trying(&["sha1", "sha256"]),
        REPLICAS,
    ],
    proven: 1_169,
    ..SchemeEntry::new("redis-client", build_client)
};

/// What the program makes of a server that was given no id.
fn id(server: &Server, version: &str) -> Result<String, Error> {
    const PORT: u16 = 6379;
    if let Some(name) = server.name() {
        return Ok(name.to_owned());
    }
    let (host, port) = (server.host(), server.port().unwrap_or(PORT));
    if server.is_unix_socket() {
        return Ok(match version {
            "4" => format!("unix://{host}/0"),
            "5.0" => format!("{host}/0"),
            _ => format!("unix://{host}"),
        });
    }
    if host.contains(['/', '?', '#', '@']) {
        return Err(Error::new(
            Kind::Server,
            format!("server '{host}': no host of a Redis URL; give its id as a name"),
        ));
    }
    Ok(match version {
        "4" | "5.0" => format!("redis://{host}:{port}/0"),
        "5" if host.contains(':') && !host.starts_with('[') => format!("redis://[{host}]:{port}"),
        _ => format!("redis://{host}:{port}"),
    })
}

/// The points of all servers.
fn points<'t>(
    options: &Options<'t>,
    servers: &[Server],
    version: &str,
    point: impl Fn(&[u8]) -> u32,
) -> Result<Points<'t, u32>, Error> {
    let each = options.whole("replicas");
    check_total(options, servers.iter().map(|_| each))?;
    let mut points = Points::new(options);
    points.each(
        servers,
        |_| each,
        |points, owner, server, count| {
            let mut label = Label::new(format!("{}:", id(server, version)?));
            for number in 0..count {
                let label = label.numbered(number);
                points.add(owner, point(label), label);
            }
            Ok(())
        },
    )?;
    Ok(points)
}

const RULES: Rules = Rules::new(Seek::AtOrBefore, Shared::Last);

fn build_distributed(
    options: &Options<'_>,
    servers: &[Server],
) -> Result<Box<dyn Placement>, Error> {
    let points = match options.choice("version") {
        "4" => points(options, servers, "4", |label| crc32::update(0, label))?,
        version => points(options, servers, version, |label| Digest::Md5.of(label).first_word())?,
    };
    let hash = Tagged { tag: Tag::LineStart, hash: Plain32(Hash32::Crc32) };
    Ok(Box::new(Hashed { hash, place: points.ring(RULES) }))
}

fn build_client(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let digest = Digest::named(options.choice("digest")).unwrap_or(Digest::Md5);
    let points = points(options, servers, "5", |label| digest.of(label).first_word())?;
    Ok(Box::new(Hashed { hash: Plain32(Hash32::Crc32), place: points.ring(RULES) }))
}

#[cfg(test)]
mod tests {
    use super::{Server, id};

    #[test]
    fn ids_of_each_version() {
        let servers = [
            Server::new("h", 6379),
            Server::without_port("h"),
            Server::new("::1", 6380),
            Server::without_port("/p"),
            Server::new("h", 1).with_name("shard-one"),
        ];
        for (version, want) in [
            ("4", ["redis://h:6379/0", "redis://h:6379/0", "redis://::1:6380/0", "unix:///p/0"]),
            ("5.0", ["redis://h:6379/0", "redis://h:6379/0", "redis://::1:6380/0", "/p/0"]),
            ("5.3", ["redis://h:6379", "redis://h:6379", "redis://::1:6380", "unix:///p"]),
            ("5", ["redis://h:6379", "redis://h:6379", "redis://[::1]:6380", "unix:///p"]),
        ] {
            let ids: Vec<String> = servers.iter().map(|s| id(s, version).unwrap()).collect();
            assert_eq!(ids[..4], want, "{version}");
            assert_eq!(ids[4], "shard-one");
        }
        assert!(id(&Server::new("redis://h", 6379), "5").is_err());
    }
}
