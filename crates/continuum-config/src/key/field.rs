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
    pub(crate) pathless: Pathless,
}

/// What is hashed of a target that has no path, as that of `OPTIONS *`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pathless {
    /// The target as it is sent.
    Kept,
    Nothing,
    /// The empty text.
    Empty,
}

impl Target {
    /// Path and query.
    pub(crate) const WHOLE: Self =
        Self { absolute: false, query: true, len: 0, depth: 0, pathless: Pathless::Kept };
}

/// What is made of the client's address. In all forms but one the key is its text, of
/// which the scheme takes what it hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Text,
    /// Its 4 or 16 bytes: the key, too.
    Bytes,
    /// The same bytes in HAProxy's `hash src`.
    Sample,
    /// Its words under exclusive or, in HAProxy's `balance source`.
    Words,
    /// Of IPv4 the first three bytes, in nginx's `ip_hash`.
    Network,
}

/// How a parameter is found in a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finder {
    /// nginx: by letters of either case.
    AnyCase,
    /// By its very name, between `&`.
    Exact,
    /// HAProxy's `url_param` in an expression: between `&`, `;` and `?`.
    Sample,
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
        finder: Finder,
    },
    /// The same, for a scheme that finds it in the target by itself.
    TargetWithParameter(Box<str>),
    Client(Form),
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
            Self::Client(_) => f.write_str("the client's address"),
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
    /// What programs of any kind call it by, for comparison. Names of parameters and
    /// cookies count to the letter, but nginx's, which are written in small letters here.
    pub(super) fn plain(&self) -> Self {
        match self {
            Self::Target(target) => Self::Target(Target { pathless: Pathless::Kept, ..*target }),
            // A sample ends at bytes that are a part of the value elsewhere.
            Self::TargetWithParameter(name)
            | Self::Parameter { name, finder: Finder::AnyCase | Finder::Exact } => {
                Self::Parameter { name: name.clone(), finder: Finder::Exact }
            }
            Self::Cookie { name, .. } => Self::Cookie { name: name.clone(), any_case: false },
            // It has one value alone.
            Self::FirstOfHeader(name) | Self::LastOfHeader(name) if &**name == "host" => {
                Self::Header(name.clone())
            }
            other => other.clone(),
        }
    }

    /// Whether a request without it is none that the program hashes, whatever else is.
    pub(super) fn is_needed(&self) -> bool {
        matches!(self, Self::Uri | Self::Target(_) | Self::Client(_))
    }

    /// Its bytes in a request.
    pub(super) fn value<'r>(&self, request: &'r Request) -> Value<'r> {
        let target = request.target();
        let plain = |bytes: &'r [u8]| Ok(Some(Cow::Borrowed(bytes)));
        match self {
            Self::Target(part) => Ok(part.of(target).map(Cow::Borrowed)),
            Self::Uri => {
                let path = if is_bare(target) { Some(&b"/"[..]) } else { origin(target) };
                Ok(path.and_then(normalise::path).map(Cow::Owned))
            }
            Self::Query => plain(split(target).1.unwrap_or_default()),
            Self::QuestionMark => {
                let query = split(target).1.is_some_and(|query| !query.is_empty());
                plain(if query { b"?" } else { b"" })
            }
            Self::Parameter { name, finder } => {
                let query = split(target).1.unwrap_or_default();
                let find = match finder {
                    Finder::AnyCase => query::argument,
                    Finder::Exact => query::parameter,
                    Finder::Sample => query::sample,
                };
                Ok(find(query, name.as_bytes()).map(Cow::Borrowed))
            }
            Self::TargetWithParameter(name) => {
                let query = split(target).1.unwrap_or_default();
                let found = query::parameter(query, name.as_bytes());
                let of_body = request.method() == Some(b"POST") && !request.is_partly_known();
                if found.is_none() && of_body {
                    let why = format!(
                        "the URL has no parameter '{name}', and HAProxy then hashes the one in the \
                         body of a POST, if there is one"
                    );
                    return Err(Unbuilt::Unknown(why.into()));
                }
                Ok(found.map(|_| Cow::Borrowed(target)))
            }
            Self::Client(form) => {
                let text = request.client()?;
                Ok(match (text.parse::<IpAddr>(), form) {
                    (Ok(IpAddr::V4(address)), Form::Bytes) => {
                        Some(Cow::Owned(address.octets().to_vec()))
                    }
                    (Ok(IpAddr::V6(address)), Form::Bytes) => {
                        Some(Cow::Owned(address.octets().to_vec()))
                    }
                    (Ok(_), _) => Some(Cow::Borrowed(text.as_bytes())),
                    (Err(_), _) => None,
                })
            }
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
        let path = if self.absolute { Some(target) } else { origin(target) };
        let mut rest = match (path, self.pathless) {
            (Some(path), _) => path,
            (None, Pathless::Kept) if target == b"*" => target,
            (None, Pathless::Kept) if is_bare(target) => b"/",
            (None, Pathless::Kept | Pathless::Nothing) => return None,
            (None, Pathless::Empty) => b"",
        };
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
pub(super) fn origin(target: &[u8]) -> Option<&[u8]> {
    if target.starts_with(b"/") {
        return Some(target);
    }
    host_and_rest(target).map(|(_, rest)| rest).filter(|rest| rest.starts_with(b"/"))
}

/// Whether a target is a scheme and a host alone, of which programs make `/`.
pub(super) fn is_bare(target: &[u8]) -> bool {
    host_and_rest(target).is_some_and(|(_, rest)| rest.is_empty())
}

/// The host of a target that begins with a scheme, and what stands behind it.
fn host_and_rest(target: &[u8]) -> Option<(&[u8], &[u8])> {
    if target.starts_with(b"/") {
        return None;
    }
    let after = &target[target.windows(3).position(|window| window == b"://")? + 3..];
    let end = after.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#'));
    Some(after.split_at(end.unwrap_or(after.len())))
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
    let sent = match host_and_rest(request.target()) {
        Some((host, _)) => Some(host),
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
    use super::{Field, Finder, Form, Pathless, Request, Target};

    fn value(field: &Field, request: &Request) -> Option<String> {
        let value = field.value(request).unwrap();
        value.map(|value| String::from_utf8_lossy(&value).into_owned())
    }

    #[test]
    fn parts_of_a_request() {
        let request = Request::parse("GET http://A.b:80/x/y/z?q=1&Q=2#f HTTP/1.1").unwrap();
        let target = |absolute, query, len, depth| {
            let pathless = Pathless::Kept;
            let target = Target { absolute, query, len, depth, pathless };
            value(&Field::Target(target), &request).unwrap()
        };
        assert_eq!(target(true, true, 0, 0), "http://A.b:80/x/y/z?q=1&Q=2#f");
        assert_eq!(target(false, true, 0, 0), "/x/y/z?q=1&Q=2#f");
        assert_eq!(target(false, false, 4, 0), "/x/y");
        assert_eq!(target(false, false, 0, 2), "/x/y");
        assert_eq!(value(&Field::Host, &request).unwrap(), "a.b");
        assert_eq!(value(&Field::Query, &request).unwrap(), "q=1&Q=2");
        let parameter =
            |name: &str, finder| value(&Field::Parameter { name: name.into(), finder }, &request);
        assert_eq!(parameter("Q", Finder::Exact).unwrap(), "2");
        assert_eq!(parameter("Q", Finder::AnyCase).unwrap(), "1");
        assert_eq!(parameter("x", Finder::AnyCase), None);
    }

    /// A log may hold a host's name, or `unix:`.
    #[test]
    fn a_client_without_an_address_is_not_hashed() {
        for client in ["host.example", "unix:1", "-"] {
            let request = Request::parse("/a").unwrap().with_client(client);
            for form in [Form::Text, Form::Bytes, Form::Sample, Form::Words, Form::Network] {
                assert_eq!(value(&Field::Client(form), &request), None, "{client}");
            }
        }
        let request = Request::parse("/a").unwrap().with_client("10.1.2.3");
        let bytes = Field::Client(Form::Bytes);
        assert_eq!(bytes.value(&request).unwrap().as_deref(), Some(&[10, 1, 2, 3][..]));
    }

    #[test]
    fn targets_without_a_path() {
        let request = Request::parse("OPTIONS *").unwrap();
        for (pathless, wanted) in
            [(Pathless::Kept, Some("*")), (Pathless::Nothing, None), (Pathless::Empty, Some(""))]
        {
            let field = Field::Target(Target { pathless, ..Target::WHOLE });
            assert_eq!(value(&field, &request).as_deref(), wanted);
        }
        assert_eq!(value(&Field::Uri, &request), None);
    }

    #[test]
    fn what_is_not_known_is_told() {
        let request = Request::parse("/a").unwrap();
        assert_eq!(value(&Field::Header("x".into()), &request), None);
        let partly = request.partly_known();
        let error = Field::Header("x".into()).value(&partly).unwrap_err();
        assert_eq!(error.to_string(), "header 'x' is not known");
        assert!(Field::Client(Form::Text).value(&partly).is_err());
        assert!(Field::Method.value(&partly).is_err());
        assert!(Field::Variable("backend".into()).value(&partly).is_err());
    }
}
