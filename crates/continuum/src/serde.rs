//! Serde: schemes as text, servers as text or fields, a continuum as scheme and
//! server list. The built structure is never stored: it is made anew.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error as _, IntoDeserializer as _, MapAccess,
    Visitor,
};
use serde::ser::{Serialize, SerializeStruct as _, Serializer};

use crate::server::Text;
use crate::{Capacity, Continuum, Scheme, Server, Servers};

/// A number as a text: readers of JSON keep 53 bits of a number.
pub(crate) fn as_text<S: Serializer>(number: &u128, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(number)
}

impl Serialize for Scheme {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Scheme {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'_, str>>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

impl Serialize for Capacity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.get().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Capacity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(f64::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// A server's fields. Formats without self-description get all of them, in
/// this order; the other names are those of recorded answers.
#[derive(serde::Serialize, serde::Deserialize)]
struct Fields {
    host: String,
    #[serde(default)]
    port: Port,
    #[serde(default, alias = "weight")]
    capacity: Capacity,
    #[serde(default, alias = "alias", alias = "ring_name")]
    name: Option<String>,
    #[serde(default)]
    id: Option<u32>,
    #[serde(default, alias = "az")]
    zone: Option<String>,
    #[serde(default)]
    hash_key: Option<String>,
    #[serde(default)]
    guid: Option<String>,
    #[serde(default)]
    instance: Option<String>,
    #[serde(default)]
    hostname: Option<String>,
    #[serde(default)]
    locality: Option<String>,
    #[serde(default)]
    locality_weight: Option<u32>,
}

/// A port; recorded answers write an empty text for none.
#[derive(Clone, Copy, Default)]
struct Port(Option<u16>);

impl Serialize for Port {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Port {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return Option::deserialize(deserializer).map(Self);
        }
        deserializer.deserialize_any(PortOrNone)
    }
}

struct PortOrNone;

impl<'de> Visitor<'de> for PortOrNone {
    type Value = Port;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a port, a number from 0 to 65535")
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Port, E> {
        let port = u16::try_from(number).map_err(|_| not_a_port(number))?;
        Ok(Port(Some(port)))
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Port, E> {
        let port = u16::try_from(number).map_err(|_| not_a_port(number))?;
        Ok(Port(Some(port)))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Port, E> {
        if text.is_empty() { Ok(Port(None)) } else { Err(not_a_port(format_args!("'{text}'"))) }
    }

    fn visit_none<E>(self) -> Result<Port, E> {
        Ok(Port(None))
    }

    fn visit_unit<E>(self) -> Result<Port, E> {
        Ok(Port(None))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Port, D::Error> {
        Port::deserialize(deserializer)
    }
}

fn not_a_port<E: serde::de::Error>(given: impl fmt::Display) -> E {
    E::custom(format!("port {given} is not a number from 0 to 65535"))
}

/// Every name that a field has.
const NAMES: &[&str] = &[
    "host",
    "port",
    "capacity",
    "weight",
    "name",
    "alias",
    "ring_name",
    "id",
    "zone",
    "az",
    "hash_key",
    "guid",
    "instance",
    "hostname",
    "locality",
    "locality_weight",
];

/// Reads a text or fields. Recorded answers have fields that mean nothing here.
struct TextOrFields {
    unknown_refused: bool,
}

impl<'de> Visitor<'de> for TextOrFields {
    type Value = Server;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a server, as text or as fields")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Server, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Server, A::Error> {
        if self.unknown_refused {
            Fields::deserialize(MapAccessDeserializer::new(Known(map)))
        } else {
            Fields::deserialize(MapAccessDeserializer::new(map))
        }
        .map(Server::from)
    }
}

/// Fields, each of a known name.
struct Known<A>(A);

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Known<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        let Some(name) = self.0.next_key::<String>()? else { return Ok(None) };
        if !NAMES.contains(&name.as_str()) {
            return Err(A::Error::unknown_field(&name, NAMES));
        }
        seed.deserialize(name.into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.0.next_value_seed(seed)
    }
}

/// A server of whose fields none is unknown.
struct Strict(Server);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return Server::deserialize(deserializer).map(Self);
        }
        deserializer.deserialize_any(TextOrFields { unknown_refused: true }).map(Self)
    }
}

impl From<&Server> for Fields {
    fn from(server: &Server) -> Self {
        Self {
            host: server.host().to_owned(),
            port: Port(server.port()),
            capacity: server.capacity(),
            name: server.name().map(str::to_owned),
            id: server.id(),
            zone: server.zone().map(str::to_owned),
            hash_key: server.hash_key().map(str::to_owned),
            guid: server.guid().map(str::to_owned),
            instance: server.instance().map(str::to_owned),
            hostname: server.hostname().map(str::to_owned),
            locality: server.locality().map(str::to_owned),
            locality_weight: server.locality_weight(),
        }
    }
}

impl From<Fields> for Server {
    fn from(fields: Fields) -> Self {
        let text = Text {
            host: fields.host.into(),
            port: fields.port.0,
            name: fields.name.map(Into::into),
            id: fields.id,
            zone: fields.zone.map(Into::into),
            hash_key: fields.hash_key.map(Into::into),
            guid: fields.guid.map(Into::into),
            instance: fields.instance.map(Into::into),
            hostname: fields.hostname.map(Into::into),
            locality: fields.locality.map(Into::into),
            locality_weight: fields.locality_weight,
        };
        Self::of(text, fields.capacity)
    }
}

/// Text where the text form says all and the format is for people; else fields.
impl Serialize for Server {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.to_string();
        if serializer.is_human_readable() && text.parse::<Self>().as_ref() == Ok(self) {
            return serializer.serialize_str(&text);
        }
        Fields::from(self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Server {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return Fields::deserialize(deserializer).map(Self::from);
        }
        deserializer.deserialize_any(TextOrFields { unknown_refused: false })
    }
}

impl Serialize for Servers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
    }
}

/// An unknown field of one is an error: misspelt, it would make another map.
impl<'de> Deserialize<'de> for Servers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut servers = Self::new();
        for Strict(server) in Vec::deserialize(deserializer)? {
            servers.add(server).map_err(D::Error::custom)?;
        }
        Ok(servers)
    }
}

impl Serialize for Continuum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Continuum", 2)?;
        fields.serialize_field("scheme", self.scheme())?;
        fields.serialize_field("servers", self.servers())?;
        fields.end()
    }
}

impl<'de> Deserialize<'de> for Continuum {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(rename = "Continuum", deny_unknown_fields)]
        struct Parts {
            scheme: Scheme,
            servers: Servers,
        }
        let Parts { scheme, servers } = Parts::deserialize(deserializer)?;
        Self::with_servers(scheme, servers).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Continuum, Scheme, Server, Servers};

    #[test]
    fn round_trips() {
        let mut servers = Servers::from_texts(["10.0.0.1:11211", "b:1=0.5", "[::1]:80"]).unwrap();
        servers.add(Server::new("c", 1).with_name("cache").with_id(7).with_zone("z")).unwrap();
        let scheme: Scheme = "python-continuum:points=320".parse().unwrap();
        let continuum = Continuum::with_servers(scheme, servers).unwrap();
        let json = serde_json::to_string(&continuum).unwrap();
        assert!(json.starts_with(
            r#"{"scheme":"python-continuum:points=320","servers":["10.0.0.1:11211","b:1=0.5","[::1]:80",{"#
        ));
        assert_eq!(serde_json::from_str::<Continuum>(&json).unwrap(), continuum);
    }

    /// A field that is misspelt would be another map; a server of recorded answers may have
    /// more fields.
    #[test]
    fn unknown_fields_are_refused() {
        let server = r#"{"host":"a","port":1,"wieght":5}"#;
        let json = format!(r#"{{"scheme":"nginx","servers":[{server}]}}"#);
        let error = serde_json::from_str::<Continuum>(&json).unwrap_err().to_string();
        assert!(error.contains("unknown field `wieght`"), "{error}");
        assert!(serde_json::from_str::<Servers>(&format!("[{server}]")).is_err());
        assert!(serde_json::from_str::<Server>(server).is_ok());
        let json = r#"{"scheme":"nginx","servers":["a:1"],"sceme":"jump"}"#;
        let error = serde_json::from_str::<Continuum>(json).unwrap_err().to_string();
        assert!(error.contains("unknown field `sceme`"), "{error}");
    }

    #[test]
    fn refuses_with_the_library_s_sentence() {
        let duplicate = r#"{"scheme":"python-continuum","servers":["a:1","a:1"]}"#;
        let error = serde_json::from_str::<Continuum>(duplicate).unwrap_err().to_string();
        assert!(error.contains("'a:1' is already added"), "{error}");
        assert!(serde_json::from_str::<Server>(r#"{"host":"a","weight":-1}"#).is_err());
        assert!(serde_json::from_str::<Scheme>(r#""nope""#).is_err());
    }
}
