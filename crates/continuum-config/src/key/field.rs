//! Parts of a request that programs hash.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use super::request::{Request, Unbuilt};
use super::{normalise, query};

/// The target of the request line, or a part of it, as sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// With scheme and host, where the client sends them.
    pub(crate) absolute: bool,
    pub(crate) query: bool,
    /// Bytes at most; 0 is no limit.
    pub(crate) len: u64,
    /// Ends before slash number `depth + 1`; 0 is no limit.
    pub(crate) depth: u64,
}

impl Target {
    /// Path and query.
    pub(crate) const WHOLE: Self = Self { absolute: false, query: true, len: 0, depth: 0 };
    pub(crate) const PATH: Self = Self { query: false, ..Self::WHOLE };
}

/// A part of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Target(Target),
    /// nginx's `$uri`: the path, normalised.
    Uri,
    Query,
    /// `?` where there is a query.
    QuestionMark,
    /// A parameter of the query: its value.
    Parameter {
        name: Box<str>,
        any_case: bool,
    },
    /// The same, for a scheme that finds it in the target by itself.
    TargetWithParameter(Box<str>),
    Client,
    /// The bytes of the client's address.
    ClientBytes,
    /// nginx's `$host`: lower-case, without a port.
    Host,
    Header(Box<str>),
    /// The first of the values between commas, if it is not empty.
    FirstOfHeader(Box<str>),
    /// The last of the values between commas.
    LastOfHeader(Box<str>),
    Cookie {
        name: Box<str>,
        any_case: bool,
    },
    Method,
    Line,
    /// A variable whose value the configuration or its surroundings decide.
    Variable(Box<str>),
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Target(_) => f.write_str("the request's target"),
            Self::Uri => f.write_str("the request's path"),
            Self::Query | Self::QuestionMark => f.write_str("the query"),
            Self::Parameter { name, .. } | Self::TargetWithParameter(name) => {
                write!(f, "parameter '{name}'")
            }
            Self::Client | Self::ClientBytes => f.write_str("the client's address"),
            Self::Host => f.write_str("header 'host'"),
            Self::Header(name) | Self::FirstOfHeader(name) | Self::LastOfHeader(name) => {
                write!(f, "header '{name}'")
            }
            Self::Cookie { name, .. } => write!(f, "cookie '{name}'"),
            Self::Method => f.write_str("the method"),
            Self::Line => f.write_str("the request line"),
            Self::Variable(name) => write!(f, "the variable ${name}"),
        }
    }
}

/// The bytes of a field, none where the request has no such thing.
type Value<'r> = Result<Option<Cow<'r, [u8]>>, Unbuilt>;

impl Field {
    /// What programs of any kind call it by, for comparison.
    pub(super) fn plain(&self) -> Self {
        match self {
            Self::TargetWithParameter(name) => {
                Self::Parameter { name: name.to_ascii_lowercase().into(), any_case: false }
            }
            Self::Parameter { name, .. } => {
                Self::Parameter { name: name.to_ascii_lowercase().into(), any_case: false }
            }
            Self::Cookie { name, .. } => {
                Self::Cookie { name: name.to_ascii_lowercase().into(), any_case: false }
            }
            Self::ClientBytes => Self::Client,
            Self::FirstOfHeader(name) | Self::LastOfHeader(name) => Self::Header(name.clone()),
            other => other.clone(),
        }
    }

    /// Its bytes in a request.
    pub(super) fn value<'r>(&self, request: &'r Request) -> Value<'r> {
        let target = request.target();
        let plain = |bytes: &'r [u8]| Ok(Some(Cow::Borrowed(bytes)));
        match self {
            Self::Target(part) => Ok(part.of(target).map(Cow::Borrowed)),
            Self::Uri => Ok(Target::WHOLE.of(target).and_then(normalise::path).map(Cow::Owned)),
            Self::Query => plain(split(target).1.unwrap_or_default()),
            Self::QuestionMark => {
                let query = split(target).1.is_some_and(|query| !query.is_empty());
                plain(if query { b"?" } else { b"" })
            }
            Self::Parameter { name, any_case } => {
                let query = split(target).1.unwrap_or_default();
                let find = if *any_case { query::argument } else { query::parameter };
                Ok(find(query, name.as_bytes()).map(Cow::Borrowed))
            }
            Self::TargetWithParameter(name) => {
                let query = split(target).1.unwrap_or_default();
                let found = query::parameter(query, name.as_bytes());
                Ok(found.map(|_| Cow::Borrowed(target)))
            }
            Self::Client => plain(request.client()?.as_bytes()),
            Self::ClientBytes => Ok(match request.client()?.parse::<IpAddr>() {
                Ok(IpAddr::V4(address)) => Some(Cow::Owned(address.octets().to_vec())),
                Ok(IpAddr::V6(address)) => Some(Cow::Owned(address.octets().to_vec())),
                Err(_) => None,
            }),
            Self::Host => host(request),
            Self::Header(name) => Ok(one(&request.header(name)?, name)?.map(Cow::Borrowed)),
            Self::FirstOfHeader(name) => {
                let values = request.header(name)?;
                let first = values.first().and_then(|value| query::first_value(value));
                Ok(first.map(Cow::Borrowed))
            }
            Self::LastOfHeader(name) => {
                let values = request.header(name)?;
                let last = values.last().and_then(|value| value.rsplit(|b| *b == b',').next());
                Ok(last.map(|value| Cow::Borrowed(value.trim_ascii())))
            }
            Self::Cookie { name, any_case } => {
                let find = if *any_case { query::cookie } else { query::exact_cookie };
                let values = request.header("cookie")?;
                let found = values.iter().find_map(|value| find(value, name.as_bytes()));
                // Envoy hashes no cookie that is empty.
                let found = found.filter(|value| *any_case || !value.is_empty());
                Ok(found.map(Cow::Borrowed))
            }
            Self::Method => match request.method() {
                Some(method) => plain(method),
                None => Err(Unbuilt::Missing("the method".into())),
            },
            Self::Line => plain(request.line()),
            Self::Variable(name) => {
                let why = format!("what the variable ${name} holds does not follow from a request");
                Err(Unbuilt::Unknown(why.into()))
            }
        }
    }
}

impl Target {
    /// The part of a target; none of one that has neither path nor, where it
    /// counts, a host.
    fn of(self, target: &[u8]) -> Option<&[u8]> {
        let mut rest = if self.absolute { target } else { origin(target)? };
        if self.len > 0 {
            rest = &rest[..rest.len().min(usize::try_from(self.len).unwrap_or(usize::MAX))];
        }
        let mut slashes = 0;
        let end = rest.iter().position(|byte| match byte {
            b'/' => {
                slashes += 1;
                self.depth > 0 && slashes > self.depth
            }
            b'?' => !self.query,
            _ => false,
        });
        Some(&rest[..end.unwrap_or(rest.len())])
    }
}

/// The target from its path on: an absolute one begins with scheme and host.
fn origin(target: &[u8]) -> Option<&[u8]> {
    if target.starts_with(b"/") || target == b"*" {
        return Some(target);
    }
    let after = target.windows(3).position(|window| window == b"://")? + 3;
    let path = target[after..].iter().position(|byte| *byte == b'/')?;
    Some(&target[after + path..])
}

/// A target before and after its `?`; what follows `#` belongs to neither.
fn split(target: &[u8]) -> (&[u8], Option<&[u8]>) {
    let whole = target.split(|byte| *byte == b'#').next().unwrap_or_default();
    match whole.iter().position(|byte| *byte == b'?') {
        Some(at) => (&whole[..at], Some(&whole[at + 1..])),
        None => (whole, None),
    }
}

fn one<'r>(values: &[&'r [u8]], name: &str) -> Result<Option<&'r [u8]>, Unbuilt> {
    match values {
        [] => Ok(None),
        [value] => Ok(Some(value)),
        _ => {
            let why = format!("header '{name}' is sent twice, which versions take differently");
            Err(Unbuilt::Unknown(why.into()))
        }
    }
}

fn host(request: &Request) -> Value<'_> {
    let target = request.target();
    let named = target.windows(3).position(|window| window == b"://").map(|at| {
        let rest = &target[at + 3..];
        let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#'));
        &rest[..end.unwrap_or(rest.len())]
    });
    let sent = match named.filter(|_| !target.starts_with(b"/")) {
        Some(host) => Some(host),
        None => one(&request.header("host")?, "host")?,
    };
    let missing = || Unbuilt::Missing(Field::Host.to_string().into());
    let mut host = sent.ok_or_else(missing)?.to_ascii_lowercase();
    let bracket = host.iter().rposition(|byte| *byte == b']').unwrap_or(0);
    if let Some(colon) = host[bracket..].iter().position(|byte| *byte == b':') {
        host.truncate(bracket + colon);
    }
    host.pop_if(|last| *last == b'.');
    Ok(Some(Cow::Owned(host)))
}

#[cfg(test)]
mod tests {
    use super::{Field, Request, Target};

    fn value(field: &Field, request: &Request) -> Option<String> {
        let value = field.value(request).unwrap();
        value.map(|value| String::from_utf8_lossy(&value).into_owned())
    }

    #[test]
    fn parts_of_a_request() {
        let request = Request::parse("GET http://A.b:80/x/y/z?q=1&Q=2#f HTTP/1.1").unwrap();
        let target = |absolute, query, len, depth| {
            value(&Field::Target(Target { absolute, query, len, depth }), &request).unwrap()
        };
        assert_eq!(target(true, true, 0, 0), "http://A.b:80/x/y/z?q=1&Q=2#f");
        assert_eq!(target(false, true, 0, 0), "/x/y/z?q=1&Q=2#f");
        assert_eq!(target(false, false, 4, 0), "/x/y");
        assert_eq!(target(false, false, 0, 2), "/x/y");
        assert_eq!(value(&Field::Host, &request).unwrap(), "a.b");
        assert_eq!(value(&Field::Query, &request).unwrap(), "q=1&Q=2");
        let parameter = |name: &str, any_case| {
            value(&Field::Parameter { name: name.into(), any_case }, &request)
        };
        assert_eq!(parameter("Q", false).unwrap(), "2");
        assert_eq!(parameter("Q", true).unwrap(), "1");
        assert_eq!(parameter("x", true), None);
    }

    #[test]
    fn what_is_not_known_is_told() {
        let request = Request::parse("/a").unwrap();
        assert_eq!(value(&Field::Header("x".into()), &request), None);
        let partly = request.partly_known();
        let error = Field::Header("x".into()).value(&partly).unwrap_err();
        assert_eq!(error.to_string(), "header 'x' is not known");
        assert!(Field::Client.value(&partly).is_err());
        assert!(Field::Method.value(&partly).is_err());
        assert!(Field::Variable("backend".into()).value(&partly).is_err());
    }
}
