//! How a machine is reached: its address, TLS, a user and a password.

use std::fmt;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;

use crate::error::Error;

/// What must not be printed, and is not: in no error, journal or debugging text.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Box<str>);

impl Secret {
    /// Hides a text.
    #[must_use]
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether a text tells it.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        !self.0.is_empty() && text.contains(&*self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// What a machine speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// memcached's text protocol with its meta commands.
    Memcached,
    /// Redis and what speaks like it.
    Redis,
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Memcached => "memcached",
            Self::Redis => "Redis",
        })
    }
}

/// Where a machine listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A host and a port.
    Tcp(String, u16),
    /// The path of a Unix socket.
    Unix(PathBuf),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(host, port) if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp(host, port) => write!(f, "{host}:{port}"),
            Self::Unix(path) => path.display().fmt(f),
        }
    }
}

/// Everything that is needed to talk to a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub(crate) address: Address,
    pub(crate) protocol: Option<Protocol>,
    pub(crate) tls: bool,
    pub(crate) authority: Option<Vec<u8>>,
    pub(crate) user: Option<Secret>,
    pub(crate) password: Option<Secret>,
}

impl Endpoint {
    /// A machine without TLS and password; what it speaks is found by asking.
    #[must_use]
    pub fn new(address: Address) -> Self {
        Self { address, protocol: None, tls: false, authority: None, user: None, password: None }
    }

    /// `redis://`, `rediss://`, `memcached://` or `memcacheds://`, then
    /// `[USER[:PASSWORD]@]HOST:PORT` or a path; bytes of names as `%40` and the like.
    /// `server` is what complaints name in place of the text, which holds the password.
    ///
    /// # Errors
    /// It is not of this form.
    ///
    /// ```
    /// use continuum_move::Endpoint;
    /// let endpoint = Endpoint::parse("a", "rediss://ops:s%40fe@10.0.0.1:6380")?;
    /// assert!(!format!("{endpoint:?}").contains("s@fe"));
    /// let error = Endpoint::parse("a", "http://ops:safe@10.0.0.1").unwrap_err();
    /// assert!(error.to_string().starts_with("the URL of 'a'") && !error.to_string().contains("safe"));
    /// # Ok::<(), continuum_move::Error>(())
    /// ```
    pub fn parse(server: &str, url: &str) -> Result<Self, Error> {
        let refuse = |why: &str| {
            let server = server.escape_debug();
            Error::new(format!("the URL of '{server}' {why}"))
        };
        let wanted = "does not begin with redis://, rediss://, memcached:// or memcacheds://";
        let (scheme, rest) = url.split_once("://").ok_or_else(|| refuse(wanted))?;
        let (protocol, tls) = match scheme {
            "redis" => (Protocol::Redis, false),
            "rediss" => (Protocol::Redis, true),
            "memcached" => (Protocol::Memcached, false),
            "memcacheds" => (Protocol::Memcached, true),
            _ => return Err(refuse(wanted)),
        };
        let text = |text: &str| {
            let text = percent_decode_str(text).decode_utf8();
            text.map(|text| Secret::new(&*text))
                .map_err(|_| refuse("holds a name that is not UTF-8"))
        };
        let (user, password, place) = match rest.rsplit_once('@') {
            None => (None, None, rest),
            Some((names, place)) => match names.split_once(':') {
                Some((user, password)) => (Some(text(user)?), Some(text(password)?), place),
                // As redis-cli has it, a name alone is a password.
                None => (None, Some(text(names)?), place),
            },
        };
        let address = if place.starts_with('/') {
            Address::Unix(place.into())
        } else {
            let place = place.strip_suffix('/').unwrap_or(place);
            let server = place.parse::<continuum::Server>();
            let server = server.map_err(|_| refuse("has no host and port"))?;
            if place.contains(['/', '?', '#', '=']) {
                return Err(refuse("ends with the port: databases are named by --database"));
            }
            let port = server.port().filter(|port| *port > 0);
            Address::Tcp(server.host().to_owned(), port.ok_or_else(|| refuse("has no port"))?)
        };
        if tls && matches!(address, Address::Unix(_)) {
            return Err(refuse("asks for TLS over a Unix socket"));
        }
        let user = user.filter(|user| !user.reveal().is_empty());
        Ok(Self { address, protocol: Some(protocol), tls, authority: None, user, password })
    }

    /// The address of a server of a map.
    pub(crate) fn of(server: &continuum::Server) -> Result<Self, Error> {
        let address = match server.port() {
            _ if server.is_unix_socket() => Address::Unix(server.host().into()),
            Some(port) if port > 0 => {
                let host = server.host();
                let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
                Address::Tcp(bare.unwrap_or(host).to_owned(), port)
            }
            _ => {
                let name = server.identity();
                let name = name.escape_debug();
                return Err(Error::new(format!(
                    "server '{name}' has no port to dial: say with --dial '{name}=URL' how it is reached"
                )));
            }
        };
        Ok(Self::new(address))
    }

    /// Words that are not shown, since they hold the password; in their place: why.
    pub(crate) fn hides(&self, words: &str) -> Option<&'static str> {
        let is_in = self.password.as_ref().is_some_and(|password| password.is_in(words));
        is_in.then_some("its words hold the password, and are not shown")
    }

    /// With a user and a password, unless it has its own.
    #[must_use]
    pub fn or_as(mut self, user: Option<&Secret>, password: Option<&Secret>) -> Self {
        if self.password.is_none() {
            self.user = user.cloned();
            self.password = password.cloned();
        }
        self
    }

    /// Over TLS, trusting this authority (PEM) in place of the system's.
    #[must_use]
    pub fn over_tls(mut self, authority: Option<Vec<u8>>) -> Self {
        self.tls = self.tls || !matches!(self.address, Address::Unix(_));
        self.trusting(authority)
    }

    /// Where it is reached over TLS, trusting this authority (PEM).
    #[must_use]
    pub fn trusting(mut self, authority: Option<Vec<u8>>) -> Self {
        self.authority = authority;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::{Address, Endpoint, Protocol};

    #[test]
    fn urls() {
        let endpoint = Endpoint::parse("a", "redis://:p%3Aw@[::1]:6379/").unwrap();
        assert_eq!(endpoint.address, Address::Tcp("::1".to_owned(), 6379));
        assert_eq!(endpoint.address.to_string(), "[::1]:6379");
        assert_eq!((endpoint.user, endpoint.protocol), (None, Some(Protocol::Redis)));
        assert_eq!(endpoint.password.unwrap().reveal(), "p:w");
        let endpoint = Endpoint::parse("a", "memcacheds://me:x@h:11211").unwrap();
        assert!(endpoint.hides("extra").is_some() && endpoint.hides("none").is_none());
        assert!(endpoint.tls && endpoint.user.unwrap().reveal() == "me");
        let endpoint = Endpoint::parse("a", "memcached:///run/m.sock").unwrap();
        assert_eq!(endpoint.address, Address::Unix("/run/m.sock".into()));
        let endpoint = Endpoint::parse("a", "redis://alone@h:1").unwrap();
        assert_eq!(endpoint.password.unwrap().reveal(), "alone");
    }

    #[test]
    fn refused_urls_are_not_repeated() {
        for (url, why) in [
            ("hush", "does not begin with"),
            ("http://u:hush@h:1", "does not begin with"),
            ("redis://u:hush@h", "has no port"),
            ("redis://u:hush@h:0", "has no port"),
            ("redis://u:hush@", "has no host"),
            ("redis://u:hush@h:1/2", "has no host"),
            ("redis://u:hush%FF@h:1", "not UTF-8"),
            ("rediss://u:hush@/run/s", "TLS over a Unix"),
        ] {
            let error = Endpoint::parse("a\n", url).unwrap_err().to_string();
            assert!(error.starts_with(r"the URL of 'a\n' ") && error.contains(why), "{error}");
            assert!(!error.contains("hush"), "{error}");
        }
    }
}
