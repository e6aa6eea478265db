//! Servers and a scheme as TOML.

use std::fmt;
use std::ops::Range;
use std::path::Path;

use continuum::{Capacity, Server};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use toml::{Spanned, Value};

use super::origin::Origin;
use crate::failure::Failure;

/// What a file says: servers with their places, and perhaps a scheme.
pub(super) struct Read<'a> {
    pub(super) scheme: Option<(Origin<'a>, String)>,
    pub(super) servers: Vec<(Origin<'a>, Server)>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    scheme: Option<Spanned<String>>,
    #[serde(default)]
    servers: Vec<Spanned<Entry>>,
}

enum Entry {
    Text(String),
    Fields(Box<Fields>),
}

/// Values are read loosely, so that what is wrong with them is said in our
/// words and with their own line.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    host: Option<String>,
    port: Option<Spanned<Value>>,
    #[serde(alias = "weight")]
    capacity: Option<Spanned<Value>>,
    #[serde(alias = "alias", alias = "ring_name")]
    name: Option<String>,
    id: Option<Spanned<Value>>,
    zone: Option<String>,
    hash_key: Option<String>,
    guid: Option<String>,
}

impl<'de> Deserialize<'de> for Entry {
    /// By hand: an untagged enum would forget why neither form fits.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrTable;

        impl<'de> Visitor<'de> for TextOrTable {
            type Value = Entry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a server as \"host:port=capacity\" or as a table")
            }

            fn visit_str<E>(self, text: &str) -> Result<Entry, E> {
                Ok(Entry::Text(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Entry, A::Error> {
                Fields::deserialize(MapAccessDeserializer::new(map))
                    .map(|fields| Entry::Fields(Box::new(fields)))
            }
        }

        deserializer.deserialize_any(TextOrTable)
    }
}

/// The servers of a TOML document, each with where it stands.
pub(super) fn read<'a>(file: &'a Path, text: &[u8]) -> Result<Read<'a>, Failure> {
    let lines = Lines::of(text);
    let text = std::str::from_utf8(text).map_err(|error| {
        Origin::Line(file, lines.number(error.valid_up_to())).refuse("this is not UTF-8")
    })?;
    let origin = |span: Range<usize>| Origin::Line(file, lines.number(span.start));
    let document: Document = toml::from_str(text).map_err(|error| {
        origin(error.span().unwrap_or_default()).refuse(error.message().replace('\n', "; "))
    })?;
    let mut servers = Vec::new();
    for entry in document.servers {
        let place = origin(entry.span());
        let server = match entry.into_inner() {
            Entry::Text(text) => text.parse().map_err(|error| place.refuse(error))?,
            Entry::Fields(fields) => server(*fields, place, origin)?,
        };
        servers.push((place, server));
    }
    let scheme = document.scheme.map(|scheme| (origin(scheme.span()), scheme.into_inner()));
    Ok(Read { scheme, servers })
}

fn server<'a>(
    fields: Fields,
    place: Origin<'a>,
    origin: impl Fn(Range<usize>) -> Origin<'a>,
) -> Result<Server, Failure> {
    // Schemes over named nodes need no address.
    let Some(host) = fields.host.or_else(|| fields.name.clone()) else {
        return Err(place.refuse("this server has neither host nor name"));
    };
    let subject = format!("server '{}'", fields.name.as_deref().unwrap_or(&host).escape_debug());
    let mut server = match fields.port {
        None => Server::without_port(host),
        Some(given) => match given.get_ref().as_integer().and_then(|port| u16::try_from(port).ok())
        {
            Some(port) => Server::new(host, port),
            None => {
                let why =
                    format!("{subject}: port {} is not a number from 0 to 65535", given.get_ref());
                return Err(origin(given.span()).refuse(why));
            }
        },
    };
    if let Some(given) = fields.capacity {
        let capacity = match given.get_ref() {
            #[expect(clippy::cast_precision_loss, reason = "a capacity is a double")]
            Value::Integer(whole) => Capacity::try_from(*whole as f64).map_err(|e| e.to_string()),
            Value::Float(number) => Capacity::try_from(*number).map_err(|e| e.to_string()),
            other => Err(format!("capacity {other} is not a finite number from 0 up")),
        };
        let refuse = |why| origin(given.span()).refuse(format!("{subject}: {why}"));
        server = server.with_capacity(capacity.map_err(refuse)?);
    }
    if let Some(given) = fields.id {
        let id = given.get_ref().as_integer().and_then(|id| u32::try_from(id).ok());
        let refuse = || {
            let why = format!("{subject}: id {} is not a number of 32 bits", given.get_ref());
            origin(given.span()).refuse(why)
        };
        server = server.with_id(id.ok_or_else(refuse)?);
    }
    if let Some(name) = fields.name {
        server = server.with_name(name);
    }
    if let Some(zone) = fields.zone {
        server = server.with_zone(zone);
    }
    if let Some(hash_key) = fields.hash_key {
        server = server.with_hash_key(hash_key);
    }
    if let Some(guid) = fields.guid {
        server = server.with_guid(guid);
    }
    Ok(server)
}

/// From a byte's place to its line.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &[u8]) -> Self {
        Self(memchr::memchr_iter(b'\n', text).collect())
    }

    fn number(&self, at: usize) -> usize {
        self.0.partition_point(|end| *end < at) + 1
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::read;
    use crate::failure::Failure;

    fn refusal(text: &str) -> String {
        match read(Path::new("s.toml"), text.as_bytes()) {
            Err(Failure::Refused(sentence)) => sentence,
            _ => panic!("not refused: {text}"),
        }
    }

    #[test]
    fn both_forms() {
        let texts =
            "scheme = 'python-continuum'\nservers = ['a:1=2', {host='b', port=1, weight=3}]";
        let file = read(Path::new("s.toml"), texts.as_bytes()).unwrap();
        assert_eq!(file.servers[0].1.to_string(), "a:1=2");
        assert_eq!(file.servers[1].1.to_string(), "b:1=3");
        assert_eq!(file.scheme.unwrap().1, "python-continuum");
        let table = "[[servers]]\nname='n'\nid=7\nzone='z'\nhash_key='k'\nguid='g'\ncapacity=0.5\n";
        let file = read(Path::new("s.toml"), table.as_bytes()).unwrap();
        let server = &file.servers[0].1;
        assert_eq!((server.name(), server.id(), server.zone()), (Some("n"), Some(7), Some("z")));
        assert_eq!((server.hash_key(), server.guid()), (Some("k"), Some("g")));
        assert_eq!((server.host(), server.port()), ("n", None));
        assert_eq!(server.capacity().get(), 0.5);
    }

    #[test]
    fn refusals_name_the_line() {
        for (text, sentence) in [
            ("servers = [", "s.toml:1: "),
            ("\nservers = ['a:1',\n'b:99999']", "s.toml:3: server 'b:99999': port '99999' is not"),
            ("[[servers]]\nhost='a'\nport='80'", "s.toml:3: server 'a': port \"80\" is not"),
            ("[[servers]]\nhost='a'\nport=-1", "s.toml:3: server 'a': port -1 is not"),
            ("[[servers]]\nhost='a'\nport=1\nweight=nan", "s.toml:4: server 'a': capacity NaN is"),
            ("[[servers]]\nhost='a'\nid=-7", "s.toml:3: server 'a': id -7 is not"),
            ("[[servers]]\nhost='a'\ncapcity=1", "s.toml:3: unknown field `capcity`, expected"),
            ("# x\n[[servers]]\nport=1", "s.toml:2: this server has neither host nor name"),
            ("servers = [7]", "s.toml:1: invalid type: integer `7`, expected a server as"),
        ] {
            let refusal = refusal(text);
            assert!(refusal.starts_with(sentence), "{refusal}");
        }
    }
}
