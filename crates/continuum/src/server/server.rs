//! A server: what is hashed (identity), what is dialled (address), how much it
//! should own (capacity), and where it stands (zone).

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::capacity::Capacity;
use crate::error::{Error, Kind, quoted};

/// One server of a set.
///
/// The **identity** is what tells it from others and what most schemes hash:
/// its name, or else its address. The text form is `host:port=capacity`; port
/// and capacity may be left out, an IPv6 host stands in brackets, a Unix socket
/// is its path.
///
/// ```
/// use continuum::Server;
/// let server: Server = "192.168.0.3:8080=2".parse()?;
/// assert_eq!(server.identity(), "192.168.0.3:8080");
/// assert_eq!(server.capacity().get(), 2.0);
///
/// let named = Server::new("10.0.0.7", 11211).with_name("cache-a").with_capacity(2);
/// assert_eq!(named.identity(), "cache-a");
/// assert_eq!(named.address(), "10.0.0.7:11211");
/// # Ok::<(), continuum::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Server {
    /// Shared by clones: a change of a set copies no texts.
    text: Arc<Text>,
    capacity: Capacity,
}

/// All of a server but its capacity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Text {
    pub(crate) host: Box<str>,
    pub(crate) port: Option<u16>,
    pub(crate) name: Option<Box<str>>,
    pub(crate) id: Option<u32>,
    pub(crate) zone: Option<Box<str>>,
    pub(crate) hash_key: Option<Box<str>>,
    pub(crate) guid: Option<Box<str>>,
    pub(crate) instance: Option<Box<str>>,
    pub(crate) hostname: Option<Box<str>>,
    pub(crate) locality: Option<Box<str>>,
    pub(crate) locality_weight: Option<u32>,
}

impl Server {
    /// A server with capacity 1 at `host`, which is kept verbatim: a name, an
    /// IPv4 address, or an IPv6 address without brackets.
    pub fn new(host: impl Into<Box<str>>, port: u16) -> Self {
        Self::at(host.into(), Some(port))
    }

    /// A server known by its host alone: a node name, or the path of a Unix
    /// socket. Schemes that hash a port refuse it, except for a socket.
    pub fn without_port(host: impl Into<Box<str>>) -> Self {
        Self::at(host.into(), None)
    }

    fn at(host: Box<str>, port: Option<u16>) -> Self {
        let text = Text {
            host,
            port,
            name: None,
            id: None,
            zone: None,
            hash_key: None,
            guid: None,
            instance: None,
            hostname: None,
            locality: None,
            locality_weight: None,
        };
        Self::of(text, Capacity::ONE)
    }

    /// One of all its fields.
    pub(crate) fn of(text: Text, capacity: Capacity) -> Self {
        Self { text: Arc::new(text), capacity }
    }

    fn change(mut self, change: impl FnOnce(&mut Text)) -> Self {
        change(Arc::make_mut(&mut self.text));
        self
    }

    /// All but the capacity.
    pub(crate) fn text(&self) -> &Text {
        &self.text
    }

    /// Sets the capacity.
    #[must_use]
    pub fn with_capacity(mut self, capacity: impl Into<Capacity>) -> Self {
        self.capacity = capacity.into();
        self
    }

    /// Sets the identity: the exact text to hash in place of `host:port`
    /// (twemproxy's alias, nginx's server text, a node's name).
    #[must_use]
    pub fn with_name(self, name: impl Into<Box<str>>) -> Self {
        self.change(|text| text.name = Some(name.into()))
    }

    /// Takes the name off: the identity is then the address.
    #[must_use]
    pub fn without_name(self) -> Self {
        self.change(|text| text.name = None)
    }

    /// Sets the number that HAProxy hashes, and that orders numbered buckets.
    #[must_use]
    pub fn with_id(self, id: u32) -> Self {
        self.change(|text| text.id = Some(id))
    }

    /// Sets the zone over which copies are spread.
    #[must_use]
    pub fn with_zone(self, zone: impl Into<Box<str>>) -> Self {
        self.change(|text| text.zone = Some(zone.into()))
    }

    /// Sets what the program was told to hash in place of its default: for
    /// HAProxy one of `id`, `id32`, `addr`, `addr-port`, `guid`; for Envoy the
    /// endpoint's `hash_key` metadata.
    #[must_use]
    pub fn with_hash_key(self, hash_key: impl Into<Box<str>>) -> Self {
        self.change(|text| text.hash_key = Some(hash_key.into()))
    }

    /// Sets HAProxy's `guid`.
    #[must_use]
    pub fn with_guid(self, guid: impl Into<Box<str>>) -> Self {
        self.change(|text| text.guid = Some(guid.into()))
    }

    /// Sets the instance by which Graphite's relays tell servers apart: what stands
    /// behind the port in carbon's `DESTINATIONS` and behind `=` in a cluster of
    /// carbon-c-relay.
    #[must_use]
    pub fn with_instance(self, instance: impl Into<Box<str>>) -> Self {
        self.change(|text| text.instance = Some(instance.into()))
    }

    /// Sets the hostname of an Envoy endpoint, which the cluster is told to hash
    /// (`use_hostname_for_hashing`). An empty one is hashed as the host without its
    /// port, as Envoy does.
    #[must_use]
    pub fn with_hostname(self, hostname: impl Into<Box<str>>) -> Self {
        self.change(|text| text.hostname = Some(hostname.into()))
    }

    /// Sets the Envoy locality that the server belongs to, by one text, and that
    /// locality's weight: from 0, at which it owns nothing, up. They count where a
    /// scheme is told `localities=weighted`.
    ///
    /// ```
    /// use continuum::Server;
    /// let server = Server::new("10.2.0.1", 80).with_locality("eu/a", 3);
    /// assert_eq!((server.locality(), server.locality_weight()), (Some("eu/a"), Some(3)));
    /// ```
    #[must_use]
    pub fn with_locality(self, locality: impl Into<Box<str>>, weight: u32) -> Self {
        self.change(|text| {
            text.locality = Some(locality.into());
            text.locality_weight = Some(weight);
        })
    }

    /// The host, verbatim.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.text.host
    }

    /// The port, if it has one.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.text.port
    }

    /// The capacity.
    #[must_use]
    pub fn capacity(&self) -> Capacity {
        self.capacity
    }

    /// The name, if one was given. An empty one is none to every scheme but `jedis`.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.given_name().filter(|name| !name.is_empty())
    }

    /// The name as it was given, an empty one too: one program tells it from none.
    pub(crate) fn given_name(&self) -> Option<&str> {
        self.text.name.as_deref()
    }

    /// The id, if one was given.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.text.id
    }

    /// The zone, if one was given.
    #[must_use]
    pub fn zone(&self) -> Option<&str> {
        self.text.zone.as_deref()
    }

    /// What to hash in place of the program's default, if given.
    #[must_use]
    pub fn hash_key(&self) -> Option<&str> {
        self.text.hash_key.as_deref()
    }

    /// HAProxy's `guid`, if given.
    #[must_use]
    pub fn guid(&self) -> Option<&str> {
        self.text.guid.as_deref()
    }

    /// Graphite's instance, if given.
    #[must_use]
    pub fn instance(&self) -> Option<&str> {
        self.text.instance.as_deref()
    }

    /// The hostname of an Envoy endpoint, if it is to be hashed.
    #[must_use]
    pub fn hostname(&self) -> Option<&str> {
        self.text.hostname.as_deref()
    }

    /// The locality, if given.
    #[must_use]
    pub fn locality(&self) -> Option<&str> {
        self.text.locality.as_deref()
    }

    /// The weight of its locality, if given.
    #[must_use]
    pub fn locality_weight(&self) -> Option<u32> {
        self.text.locality_weight
    }

    /// Whether the host is the path of a Unix socket.
    #[must_use]
    pub fn is_unix_socket(&self) -> bool {
        self.text.host.starts_with('/')
    }

    /// What tells this server from others: its name, or else its address.
    #[must_use]
    pub fn identity(&self) -> Cow<'_, str> {
        match self.name() {
            Some(name) => Cow::Borrowed(name),
            None => self.address(),
        }
    }

    /// Whether this is its identity, without writing it down.
    pub(crate) fn is_called(&self, identity: &str) -> bool {
        if let Some(name) = self.name() {
            return name == identity;
        }
        let begins = |text: &str| text.starts_with(self.host());
        (begins(identity) || identity.strip_prefix('[').is_some_and(begins))
            && self.address() == identity
    }

    /// What is dialled: `host:port`, `[v6]:port`, a path, or a bare host.
    #[must_use]
    pub fn address(&self) -> Cow<'_, str> {
        let bracket = self.text.host.contains(':') && !self.text.host.starts_with('[');
        match self.text.port {
            _ if self.is_unix_socket() => Cow::Borrowed(&self.text.host),
            Some(port) if bracket => Cow::Owned(format!("[{}]:{port}", self.text.host)),
            Some(port) => Cow::Owned(format!("{}:{port}", self.text.host)),
            None if bracket => Cow::Owned(format!("[{}]", self.text.host)),
            None => Cow::Borrowed(&self.text.host),
        }
    }

    /// The name, or else `host:port` with the host verbatim (an IPv6 host gets
    /// no brackets), as the libraries that take node names write it.
    pub(crate) fn label(&self) -> Cow<'_, str> {
        match (self.name(), self.text.port) {
            (Some(name), _) => Cow::Borrowed(name),
            (None, Some(port)) if !self.is_unix_socket() => {
                Cow::Owned(format!("{}:{port}", self.text.host))
            }
            (None, _) => Cow::Borrowed(&self.text.host),
        }
    }

    /// Refuses a server that nothing could be hashed of.
    pub(crate) fn validate(&self) -> Result<(), Error> {
        let refuse = |why: &str| {
            Err(Error::new(Kind::Server, format!("server {}: {why}", quoted(&self.identity()))))
        };
        if self.text.host.is_empty() && self.name().is_none() {
            return refuse("the host is empty");
        }
        Ok(())
    }
}

const URL: &str = "a URL is no address: write host:port, or give it as the name";

impl FromStr for Server {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refuse =
            |why: String| Error::new(Kind::Server, format!("server {}: {why}", quoted(text)));
        let (place, capacity) = match text.rsplit_once('=') {
            Some((place, capacity)) => {
                let capacity = capacity.parse::<Capacity>().map_err(|error| {
                    Error::new(Kind::Capacity, format!("server {}: {error}", quoted(text)))
                })?;
                (place, capacity)
            }
            None => (text, Capacity::ONE),
        };
        let port_of = |digits: &str| {
            if digits.bytes().all(|byte| byte.is_ascii_digit()) {
                digits.parse::<u16>().ok()
            } else {
                None
            }
            .ok_or_else(|| {
                refuse(format!("port {} is not a number from 0 to 65535", quoted(digits)))
            })
        };
        let (host, port) = if place.starts_with('/') {
            (place, None)
        } else if let Some(path) = place.strip_prefix("unix:").filter(|path| path.starts_with('/'))
        {
            (path, None)
        } else if let Some(rest) = place.strip_prefix('[') {
            let (host, after) =
                rest.split_once(']').ok_or_else(|| refuse("'[' has no ']'".to_owned()))?;
            if host.contains("//") {
                return Err(refuse(URL.to_owned()));
            }
            // A socket has no port, and its path may hold a bracket.
            if host.starts_with('/') {
                return Err(refuse("a path stands without brackets".to_owned()));
            }
            match after.strip_prefix(':') {
                Some(digits) => (host, Some(port_of(digits)?)),
                None if after.is_empty() => (host, None),
                None => return Err(refuse(format!("{} after ']' is no port", quoted(after)))),
            }
        } else {
            match place.rsplit_once(':') {
                Some((host, _)) if host.contains("//") => {
                    return Err(refuse(URL.to_owned()));
                }
                Some((host, _)) if host.contains(':') => {
                    return Err(refuse(
                        "an IPv6 host stands in brackets, as [::1]:8080".to_owned(),
                    ));
                }
                Some((host, digits)) => (host, Some(port_of(digits)?)),
                None => (place, None),
            }
        };
        if host.is_empty() {
            return Err(refuse("the host is empty".to_owned()));
        }
        if !host.starts_with('/') && host.contains(['[', ']']) {
            return Err(refuse(format!("host {} has a stray bracket", quoted(host))));
        }
        Ok(Self::at(host.into(), port).with_capacity(capacity))
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Text {
            host,
            port,
            name,
            id,
            zone,
            hash_key,
            guid,
            instance,
            hostname,
            locality,
            locality_weight,
        } = &*self.text;
        f.debug_struct("Server")
            .field("host", host)
            .field("port", port)
            .field("capacity", &self.capacity)
            .field("name", name)
            .field("id", id)
            .field("zone", zone)
            .field("hash_key", hash_key)
            .field("guid", guid)
            .field("instance", instance)
            .field("hostname", hostname)
            .field("locality", locality)
            .field("locality_weight", locality_weight)
            .finish()
    }
}

/// The text form. Name, id, zone, hash key, guid and instance are not part of it.
/// The text form: address and capacity. The other fields are not part of it.
impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.address())?;
        // What stands behind the last '=' is read as the capacity.
        let ambiguous = self.text.host.contains('=');
        if self.capacity == Capacity::ONE && !ambiguous {
            Ok(())
        } else {
            write!(f, "={}", self.capacity)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Server;
    use crate::Capacity;

    #[test]
    fn reads_the_text_form() {
        let parse = |text: &str| text.parse::<Server>().unwrap();
        assert_eq!(parse("a:1"), Server::new("a", 1));
        assert_eq!(
            parse("a:1=0.5"),
            Server::new("a", 1).with_capacity(Capacity::try_from(0.5).unwrap())
        );
        assert_eq!(parse("[::1]:80"), Server::new("::1", 80));
        assert_eq!(parse("[::1]"), Server::without_port("::1"));
        assert_eq!(parse("node-7"), Server::without_port("node-7"));
        assert_eq!(parse("/run/mc.sock=2"), Server::without_port("/run/mc.sock").with_capacity(2));
        assert_eq!(parse("unix:/run/mc.sock"), Server::without_port("/run/mc.sock"));
    }

    #[test]
    fn refuses_with_a_sentence() {
        for (text, says) in [
            ("", "the host is empty"),
            (":80", "the host is empty"),
            ("a:", "port '' is not a number from 0 to 65535"),
            ("a:65536", "port '65536' is not a number from 0 to 65535"),
            ("a:+1", "port '+1' is not"),
            ("a:80x", "port '80x' is not"),
            ("::1:80", "stands in brackets"),
            ("redis://a:6379", "a URL is no address"),
            ("[redis://a]:6379", "a URL is no address"),
            ("[::1", "has no ']'"),
            ("[::1]80", "after ']' is no port"),
            ("[/run/a.sock]:80", "a path stands without brackets"),
            ("a:1=", "capacity '' is not a finite number"),
            ("a:1=-1", "capacity -1 is not a finite number"),
            ("a:1=nan", "capacity NaN is not a finite number"),
        ] {
            let error = text.parse::<Server>().unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }

    #[test]
    fn text_round_trips() {
        for text in [
            "a:1",
            "a:1=2.5",
            "[::1]:80",
            "[::1]",
            "node",
            "/run/a.sock=3",
            "a=b=1",
            "/run/a:1].sock",
        ] {
            assert_eq!(text.parse::<Server>().unwrap().to_string(), text);
        }
    }
}
