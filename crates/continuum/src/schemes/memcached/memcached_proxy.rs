//! memcached's built-in proxy.
//! Rule, quirks, versions and limits: `docs/schemes/memcached-proxy.md`.

use crate::hash::xxh3;
use crate::placement::Jump;
use crate::schemes::prelude::*;
use crate::schemes::shared::ketama;
use crate::schemes::shared::parted::{Cut, Parted};
use crate::schemes::shared::plain::{Low32, Plain32, Plain64};
use crate::schemes::shared::points::{Points, check_total};
use crate::schemes::shared::words::Words;

/// How the ring's labels are written.
const MODES: Words<fn(&str, u16) -> String, 3> = Words([
    ("ketama", |host, port| format!("{host}:{port}")),
    ("twemproxy", ketama::elided),
    ("evcache", |host, port| format!("{host}/{host}:{port}")),
]);

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    program: "memcached built-in proxy",
    versions: "1.6.18",
    about: "jump hash of XXH3, or an MD5 ring of 160 points a server",
    options: &[
        OptionSpec::choice(
            "distribution",
            &["jump", "ring"],
            "dist: mcp.dist_jump_hash or mcp.dist_ring_hash",
        ),
        OptionSpec::choice(
            "mode",
            const { &MODES.list() },
            "omode: how the ring's labels are written",
        ),
        OptionSpec::choice("hash", &["xxh3", "md5"], "hash, of keys; md5: mcp.dist_ring_hash.hash"),
        OptionSpec::new(
            "points",
            Accepts::Whole(4, 1 << 20),
            "160",
            "obuckets: the ring's points for each server",
        )
        .trying(&["40", "100", "128", "200", "256", "400", "500", "640", "1000"]),
        OptionSpec::new("seed", Accepts::Text(1024), "", "the pool's seed"),
        OptionSpec::choice("filter", &["none", "stop", "tags"], "which part of a key is hashed")
            .trying_tags(&["tags"]),
        OptionSpec::new(
            "filter-conf",
            Accepts::Text(5),
            "{}",
            "the filter's text, 2 to 5 bytes; the program has no default",
        ),
    ],
    order: |options| {
        if options.choice("distribution") == "jump" { Order::Positional } else { Order::Ties }
    },
    minimal: |options| match options.choice("distribution") {
        // Minimal at the end of the list only.
        "jump" => Minimal { weight: true, ..Minimal::NEVER },
        _ => Minimal::ALWAYS,
    },
    proven: 50_750,
    ..SchemeEntry::new("memcached-proxy", build)
};

/// Which part of a key is hashed.
enum Filter {
    None,
    Stop(Box<[u8]>),
    Tags(u8, u8),
}

impl Filter {
    fn of(options: &Options<'_>) -> Result<Self, Error> {
        let conf = options.text("filter-conf").as_bytes();
        match (options.choice("filter"), conf) {
            ("stop", [_, _, ..]) => Ok(Self::Stop(conf.into())),
            ("tags", [open, close, ..]) => Ok(Self::Tags(*open, *close)),
            ("none", _) => Ok(Self::None),
            _ => Err(Error::new(
                Kind::Scheme,
                format!(
                    "scheme '{}': option 'filter-conf' is 2 to 5 bytes, as |#| or {{}}",
                    SCHEME.name
                ),
            )),
        }
    }
}

impl Cut for Filter {
    fn part<'k>(&self, key: &'k [u8]) -> &'k [u8] {
        const LONGEST_KEY: usize = 250;
        let position = |from: usize, wanted: u8| key[from..].iter().position(|b| *b == wanted);
        match self {
            Self::None => key,
            Self::Stop(_) if key.len() > LONGEST_KEY => key,
            Self::Stop(stop) => {
                let at = key.windows(stop.len()).position(|window| window == &**stop);
                &key[..at.unwrap_or(key.len())]
            }
            Self::Tags(open, close) => position(0, *open)
                .map(|open| open + 1)
                .and_then(|from| Some(&key[from..from + position(from, *close)?]))
                .unwrap_or(key),
        }
    }

    fn rule(&self) -> String {
        match self {
            Self::None => String::new(),
            Self::Stop(stop) => format!(";stop={stop:02x?}"),
            Self::Tags(open, close) => format!(";tags={open:02x}{close:02x}"),
        }
    }
}

/// The first word of the MD5 as a number of 64 bits: for jump.
struct WideMd5;

impl KeyHash for WideMd5 {
    type Position = u64;

    #[inline]
    fn hash(&self, key: &[u8]) -> u64 {
        u64::from(Hash32::Md5.hash(key))
    }

    fn hash_all(&self, keys: &[&[u8]], out: &mut [u64]) {
        let mut words = [0; BATCH];
        let words = &mut words[..keys.len()];
        Hash32::Md5.hash_all(keys, words);
        for (word, out) in words.iter().zip(out) {
            *out = u64::from(*word);
        }
    }

    fn space(&self) -> Space {
        Plain32(Hash32::Md5).space()
    }
}

/// The label without `-J`.
fn name(options: &Options<'_>, server: &Server) -> Result<String, Error> {
    if let Some(name) = server.name() {
        return Ok(name.to_owned());
    }
    let (host, port) = (server.host(), ketama::port(SCHEME.name, server)?);
    Ok(MODES.chosen(options, "mode")(host, port))
}

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let seed = match options.text("seed") {
        "" => 0,
        text => xxh3::xxh3_64(text.as_bytes(), 0),
    };
    let (cut, hash) = (Filter::of(options)?, Plain64(Hash64::Xxh3 { seed }));
    let md5 = options.choice("hash") == "md5";
    if options.choice("distribution") == "jump" {
        let place = Numbered::<Jump>::new(u32::try_from(servers.len()).unwrap_or(u32::MAX));
        return Ok(if md5 {
            Box::new(Hashed { hash: Parted { cut, hash: WideMd5 }, place })
        } else {
            Box::new(Hashed { hash: Parted { cut, hash }, place })
        });
    }
    let labels = options.whole("points") / 4;
    check_total(options, servers.iter().map(|_| labels * 4))?;
    let mut points = Points::new(options);
    points.each(
        servers,
        |_| labels * 4,
        |points, owner, server, count| {
            let name = name(options, server)?;
            ketama::add_points(points, owner, &name, count / 4, 4);
            Ok(())
        },
    )?;
    let place = points.ring(Rules::new(Seek::AtOrAfter, Shared::Keep));
    Ok(if md5 {
        Box::new(Hashed { hash: Parted { cut, hash: Plain32(Hash32::Md5) }, place })
    } else {
        Box::new(Hashed { hash: Parted { cut, hash: Low32(hash) }, place })
    })
}

#[cfg(test)]
mod tests {
    use super::{Cut as _, Filter};

    #[test]
    fn filters() {
        let tags = Filter::Tags(b'{', b'}');
        for (key, part) in
            [("{user}:1", "user"), ("x{}y", ""), ("a{b", "a{b"), ("a{", "a{"), ("}{a}", "a")]
        {
            assert_eq!(tags.part(key.as_bytes()), part.as_bytes(), "{key}");
        }
        assert_eq!(Filter::Tags(b'$', b'$').part(b"$a$"), b"a");
        let stop = Filter::Stop((*b"|#|").into());
        assert_eq!(stop.part(b"user|#|1"), b"user");
        assert_eq!(stop.part(b"|#|1"), b"");
        assert_eq!(stop.part(b"user|#"), b"user|#");
        let long = [&b"|#|"[..], &[b'k'; 248]].concat();
        assert_eq!(stop.part(&long), long);
    }
}
