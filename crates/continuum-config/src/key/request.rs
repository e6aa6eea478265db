//! A request, as far as it is known.

use std::fmt;
use std::net::IpAddr;

use crate::quote::quoted;

/// A request, as far as it is known: from a log line, or from words.
///
/// ```
/// use continuum_config::{Config, Options, Request};
/// let text = "http { upstream u { hash $arg_x consistent; server a; server b; } }";
/// let config = Config::parse(text, "nginx.conf", &Options::new())?;
/// let request = Request::parse("GET /a?x=1&y=2").unwrap().with_client("10.1.2.3");
/// let key = config.pool("u")?.key().key(&request).unwrap();
/// assert_eq!(key.as_deref(), Some(&b"1"[..]));
/// # Ok::<(), continuum_config::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Request {
    line: Box<[u8]>,
    method: (usize, usize),
    target: (usize, usize),
    client: Option<Box<str>>,
    headers: Vec<(Box<str>, Box<[u8]>)>,
    absent: Vec<Box<str>>,
    partial: bool,
}

/// Why a request cannot be made into a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unbuilt {
    /// What is known of the request does not hold this: `the client's address`,
    /// `header 'host'`.
    Missing(Box<str>),
    /// The rule cannot be followed here, whatever is known.
    Unknown(Box<str>),
}

impl fmt::Display for Unbuilt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(what) => write!(f, "{what} is not known"),
            Self::Unknown(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Unbuilt {}

impl Request {
    /// A request line: method, target, and perhaps a version; or a target alone.
    ///
    /// # Errors
    /// A sentence, where there is no target or something after the version.
    pub fn parse(line: impl AsRef<[u8]>) -> Result<Self, Box<str>> {
        let line = line.as_ref();
        let mut ends = 0;
        let words = line.split(|byte| *byte == b' ').map(|word| {
            let start = ends;
            ends += word.len() + 1;
            (start, start + word.len())
        });
        let words: Vec<(usize, usize)> = words.filter(|(from, to)| from < to).take(4).collect();
        let version = |(from, to): (usize, usize)| line[from..to].starts_with(b"HTTP/");
        let (method, target) = match *words.as_slice() {
            [target] => ((0, 0), target),
            [method, target] => (method, target),
            [method, target, last] if version(last) => (method, target),
            _ => {
                let line = String::from_utf8_lossy(line);
                let why = format!("request {}: expected a method and a target", quoted(&line));
                return Err(why.into());
            }
        };
        Ok(Self { line: line.into(), method, target, ..Self::default() })
    }

    /// With the client's address, as the program sees it.
    #[must_use]
    pub fn with_client(mut self, address: &str) -> Self {
        // Programs print addresses their own way, which is that of the standard library.
        let text = address.parse::<IpAddr>().map_or_else(|_| address.into(), |ip| ip.to_string());
        self.client = Some(text.into());
        self
    }

    /// With one header more.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let value = value.as_ref().trim_ascii();
        self.headers.push((name.trim().to_ascii_lowercase().into(), value.into()));
        self
    }

    /// Without a header, where others are not known.
    #[must_use]
    pub fn without_header(mut self, name: &str) -> Self {
        self.absent.push(name.to_ascii_lowercase().into());
        self
    }

    /// Says that there may be more headers than are known, as with a log line.
    #[must_use]
    pub fn partly_known(mut self) -> Self {
        self.partial = true;
        self
    }

    /// Whether there may be more than is known, as of a log, which has what the program took
    /// the request to be.
    pub(super) fn is_partly_known(&self) -> bool {
        self.partial
    }

    /// The line as it came.
    pub(super) fn line(&self) -> &[u8] {
        &self.line
    }

    pub(super) fn method(&self) -> Option<&[u8]> {
        let (from, to) = self.method;
        (to > from).then(|| &self.line[from..to])
    }

    /// The target as it came.
    pub(super) fn target(&self) -> &[u8] {
        let (from, to) = self.target;
        &self.line[from..to]
    }

    pub(super) fn client(&self) -> Result<&str, Unbuilt> {
        let missing = || Unbuilt::Missing("the client's address".into());
        self.client.as_deref().ok_or_else(missing)
    }

    /// The values of a header; an error where it may exist and is not known.
    pub(super) fn header(&self, name: &str) -> Result<Vec<&[u8]>, Unbuilt> {
        let named = self.headers.iter().filter(|(known, _)| **known == *name);
        let values: Vec<&[u8]> = named.map(|(_, value)| &**value).collect();
        let absent = self.absent.iter().any(|known| **known == *name);
        if values.is_empty() && self.partial && !absent {
            return Err(Unbuilt::Missing(format!("header '{name}'").into()));
        }
        Ok(values)
    }
}
