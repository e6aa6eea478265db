//! The rule itself: the configuration's words, and what they amount to.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use continuum::compat::EnvoyHash;

use super::field::{Field, Form, Target};
use super::request::{Request, Unbuilt};
use super::routed::Routed;
use super::taken;
use crate::quote::quoted;

/// What of a request is hashed.
///
/// Clients of memcached and Redis hash the key itself; a proxy hashes what its
/// configuration says, and then that is the key that Continuum is asked for.
///
/// ```
/// use continuum_config::{Config, Options, SameKey};
/// let rule = |key: &str| {
///     let text = format!("upstream u {{ hash {key} consistent; server a; server b; }}");
///     let config = Config::parse(&text, "nginx.conf", &Options::new())?;
///     Ok::<_, continuum_config::Error>(config.pool("u")?.key().clone())
/// };
/// let (path, client) = (rule("$uri")?, rule("$remote_addr")?);
/// assert_eq!(path.as_text(), Some("$uri"));
/// assert_eq!(path.compare(&client), SameKey::Different);
/// assert!(client.check(b"hello").is_err());
/// # Ok::<(), continuum_config::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRule {
    pub(super) text: Option<Box<str>>,
    pub(super) kind: Kind,
    /// What happens to it before, or where it is looked for, in words: two rules that
    /// differ here are two rules.
    pub(super) context: Option<Box<str>>,
    /// What of a request has changed by then.
    before: Before,
    /// Of a request whose key is empty the program takes turns.
    turns_if_empty: bool,
}

/// What a file does to a request before its key is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Before {
    #[default]
    Nothing,
    /// Puts the address of another client in place, which a log has too.
    Client,
    Anything,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The file does not say.
    Unstated,
    /// The key of the protocol, or what stands between these two where both do.
    Protocol(Option<[char; 2]>),
    /// mcrouter's: without routing prefix, up to `|#|`, with the salt behind.
    Routed(Routed),
    /// Texts and parts of a request, one behind the other; what is not there is empty.
    Pieces(Vec<Piece>),
    /// One part, without which the program does not hash.
    Must(Field),
    /// Envoy's: the hashes of all parts that a request has are combined.
    Combined(Vec<Policy>),
    /// Only the program can tell.
    Opaque,
    /// The file says that nothing is hashed.
    Nothing,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Text(Box<str>),
    Field(Field),
}

/// A part whose hash is combined with that of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Policy {
    pub(crate) field: Field,
    /// Once something is hashed, the parts behind this one are not.
    pub(crate) terminal: bool,
}

/// Values, and the position that their hashes make.
type Combined<'r> = (Vec<Cow<'r, [u8]>>, u128);

/// The values of the parts that a request has, up to the one that ends the chain.
fn policies<'r>(policies: &[Policy], request: &'r Request) -> Result<Vec<Cow<'r, [u8]>>, Unbuilt> {
    let mut values = Vec::new();
    for policy in policies {
        values.extend(policy.field.value(request)?);
        if policy.terminal && !values.is_empty() {
            break;
        }
    }
    Ok(values)
}

impl KeyRule {
    /// The file does not say what is hashed.
    pub(crate) const UNSTATED: Self = Self {
        text: None,
        kind: Kind::Unstated,
        context: None,
        before: Before::Nothing,
        turns_if_empty: false,
    };
    /// The key of the protocol, as it stands.
    pub(crate) const PLAIN: Self = Self {
        text: None,
        kind: Kind::Protocol(None),
        context: None,
        before: Before::Nothing,
        turns_if_empty: false,
    };

    /// The target of a request, as sent.
    #[must_use]
    pub fn of_target() -> Self {
        Self::new("$request_uri", Kind::Must(Field::Target(Target::WHOLE)))
    }

    pub(crate) fn new(text: impl Into<Box<str>>, kind: Kind) -> Self {
        Self { text: Some(text.into()), kind, ..Self::UNSTATED }
    }

    /// A rule under which nothing is hashed, and why.
    pub(crate) fn nothing(text: impl Into<Box<str>>) -> Self {
        Self::new(text, Kind::Nothing)
    }

    /// With what happens to the key before it is hashed, or where it is looked for:
    /// `after map $uri $k {…}`, `in database 3`.
    #[must_use]
    pub(crate) fn within(mut self, context: &str) -> Self {
        let and = |text: Option<Box<str>>| match text {
            Some(text) => format!("{text}, {context}").into(),
            None => context.into(),
        };
        self.text = Some(format!("{self}, {context}").into());
        self.context = Some(and(self.context));
        self
    }

    /// As [`within`](Self::within), of what changes requests before their keys are taken.
    #[must_use]
    pub(crate) fn after(mut self, context: &str, before: Before) -> Self {
        self.before = self.before.max(before);
        self.within(&format!("after {context}"))
    }

    /// With turns taken where the key is empty.
    #[must_use]
    pub(crate) fn taking_turns(mut self) -> Self {
        self.turns_if_empty = true;
        self
    }

    /// mcrouter's rule, if this is one.
    pub(crate) fn routed(&self) -> Option<&Routed> {
        match &self.kind {
            Kind::Routed(routed) => Some(routed),
            _ => None,
        }
    }

    /// A rule that only its program can follow.
    pub(crate) fn opaque(text: impl Into<Box<str>>) -> Self {
        Self::new(text, Kind::Opaque)
    }

    /// Whether nginx's `$uri` is a part of it.
    pub(crate) fn takes_nginx_uri(&self) -> bool {
        let is_uri = |piece: &Piece| *piece == Piece::Field(Field::Uri);
        matches!(&self.kind, Kind::Pieces(pieces) if pieces.iter().any(is_uri))
    }

    /// The variables in it that no request decides.
    pub(crate) fn variables(&self) -> Vec<&str> {
        let Kind::Pieces(pieces) = &self.kind else { return Vec::new() };
        let variable = |piece| match piece {
            &Piece::Field(Field::Variable(ref name)) => Some(&**name),
            _ => None,
        };
        pieces.iter().filter_map(variable).collect()
    }

    /// The rule's text: `$request_uri`, `hdr(x-user)`, and what the file does to it before
    /// it is hashed; `None` where the protocol's key is hashed as it stands, or the file
    /// does not say.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// Whether the file says what is hashed.
    #[must_use]
    pub fn is_stated(&self) -> bool {
        self.kind != Kind::Unstated
    }

    /// Whether it takes parts of a request, and not the key of a protocol.
    #[must_use]
    pub fn is_of_request(&self) -> bool {
        !matches!(self.kind, Kind::Unstated | Kind::Protocol(_) | Kind::Routed(_) | Kind::Nothing)
    }

    /// The key that the pool's scheme is asked for. `None` where the program does
    /// not hash such a request: it refuses it, or takes turns.
    ///
    /// # Errors
    /// The request as it is known lacks what is hashed, or the rule depends on
    /// more than a request.
    pub fn key<'r>(&self, request: &'r Request) -> Result<Option<Cow<'r, [u8]>>, Unbuilt> {
        self.follows(request)?;
        let key = self.build(request)?;
        Ok(key.filter(|key| !self.turns_if_empty || !key.is_empty()))
    }

    /// The values whose hashes Envoy combines, where a request has several, and the
    /// position that they make: it is resolved in place of a key. `None` where a key
    /// stands for what is hashed.
    ///
    /// # Errors
    /// As [`key`](Self::key).
    ///
    /// ```
    /// use continuum_config::{Config, Options, Request};
    /// let text = "
    /// clusters:
    /// - {name: c, type: STATIC, lb_policy: MAGLEV, load_assignment: {endpoints: [{lb_endpoints: [
    ///     {endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}}
    /// routes:
    /// - {route: {cluster: c, hash_policy: [{header: {header_name: a}}, {cookie: {name: b}}]}}
    /// ";
    /// let config = Config::parse(text, "envoy.yaml", &Options::new())?;
    /// let rule = config.pool("c")?.key();
    /// let request = Request::parse("GET /").unwrap().with_header("a", "1");
    /// assert_eq!(rule.key(&request).unwrap().as_deref(), Some(&b"1"[..]));
    /// assert!(rule.combined(&request).unwrap().is_none());
    /// let both = request.with_header("Cookie", "b=2");
    /// assert!(rule.key(&both).is_err());
    /// assert_eq!(rule.combined(&both).unwrap().unwrap().0.len(), 2);
    /// # Ok::<(), continuum_config::Error>(())
    /// ```
    pub fn combined<'r>(&self, request: &'r Request) -> Result<Option<Combined<'r>>, Unbuilt> {
        let Kind::Combined(parts) = &self.kind else { return Ok(None) };
        self.follows(request)?;
        let values = policies(parts, request)?;
        if values.len() < 2 {
            return Ok(None);
        }
        // Each value is hashed as that of a header which is sent once.
        let hash = values.iter().fold(EnvoyHash::new(), |hash, value| hash.header(&[value]));
        Ok(hash.position().map(|position| (values, position)))
    }

    /// Refuses a request that the file changes before its key is taken.
    fn follows(&self, request: &Request) -> Result<(), Unbuilt> {
        let why = match self.before {
            Before::Nothing => return Ok(()),
            Before::Client if request.is_partly_known() => return Ok(()),
            Before::Client => {
                "which client the program takes a request to be of is not followed here: give the \
                 key itself"
            }
            Before::Anything => {
                "what the file does to a request before is not followed here: give the key itself"
            }
        };
        Err(Unbuilt::Unknown(why.into()))
    }

    fn build<'r>(&self, request: &'r Request) -> Result<Option<Cow<'r, [u8]>>, Unbuilt> {
        let unknown = |why: &str| Err(Unbuilt::Unknown(why.into()));
        match &self.kind {
            Kind::Must(field) => field.value(request),
            Kind::Pieces(_) if !taken::by_nginx(request) => Ok(None),
            Kind::Pieces(pieces) => {
                let value = |field: &Field| {
                    let value = field.value(request)?;
                    // What is not there is empty.
                    Ok(if field.is_needed() { value } else { Some(value.unwrap_or_default()) })
                };
                if let [Piece::Field(field)] = pieces.as_slice() {
                    return value(field);
                }
                let mut key = Vec::new();
                for piece in pieces {
                    match piece {
                        Piece::Text(text) => key.extend_from_slice(text.as_bytes()),
                        Piece::Field(field) => match value(field)? {
                            Some(value) => key.extend_from_slice(&value),
                            None => return Ok(None),
                        },
                    }
                }
                Ok(Some(Cow::Owned(key)))
            }
            Kind::Combined(parts) => {
                let mut values = policies(parts, request)?;
                let first = values.pop();
                if !values.is_empty() {
                    return unknown(
                        "the hashes of several parts are combined, which no one key stands for",
                    );
                }
                Ok(first)
            }
            Kind::Opaque => unknown("what it takes of a request is not followed here"),
            Kind::Nothing => unknown("then no key has a server of its own"),
            Kind::Unstated => unknown("the file does not say what is hashed"),
            Kind::Protocol(_) | Kind::Routed(_) => {
                unknown("the key of the protocol is hashed, which no HTTP request holds")
            }
        }
    }

    /// What is hashed of a key where programs change keys before their scheme sees them:
    /// of mcrouter's what has no routing prefix, up to `|#|`, as the routes above change it; an
    /// address as nginx writes it.
    #[must_use]
    pub fn part<'k>(&self, key: &'k [u8]) -> Cow<'k, [u8]> {
        let Kind::Routed(routed) = &self.kind else {
            let address = self.is_address_text().then(|| std::str::from_utf8(key).ok()).flatten();
            let address = address.and_then(|text| text.parse::<IpAddr>().ok());
            return match address {
                Some(address) => Cow::Owned(address.to_string().into_bytes()),
                None => Cow::Borrowed(key),
            };
        };
        routed.part(key)
    }

    /// Whether [`part`](Self::part) may be another text than the key.
    #[must_use]
    pub fn cuts(&self) -> bool {
        matches!(self.kind, Kind::Routed(_)) || self.is_address_text()
    }

    /// Whether the client's address is hashed as a text.
    fn is_address_text(&self) -> bool {
        self.only_field() == Some(&Field::Client(Form::Text))
    }

    /// The one field that is the key.
    fn only_field(&self) -> Option<&Field> {
        match &self.kind {
            Kind::Must(field) => Some(field),
            Kind::Pieces(pieces) => match pieces.as_slice() {
                [Piece::Field(field)] => Some(field),
                _ => None,
            },
            _ => None,
        }
    }

    /// Refuses a text that cannot be a key of this pool, in a sentence.
    ///
    /// # Errors
    /// The rule takes the client's address, and this is none.
    pub fn check(&self, key: &[u8]) -> Result<(), Box<str>> {
        let Some(field) = self.only_field() else { return Ok(()) };
        let is_address = match field {
            Field::Client(Form::Bytes) => matches!(key.len(), 4 | 16),
            Field::Client(_) => {
                std::str::from_utf8(key).is_ok_and(|text| text.parse::<IpAddr>().is_ok())
            }
            _ => true,
        };
        if is_address {
            return Ok(());
        }
        let (key, bytes) = (String::from_utf8_lossy(key), *field == Field::Client(Form::Bytes));
        let wanted = if bytes { "the 4 or 16 bytes of an IP address" } else { "an IP address" };
        Err(format!("key {} is not {wanted}, which is what {self} hashes", quoted(&key)).into())
    }

    /// Whether [`check`](Self::check) may refuse a key.
    #[must_use]
    pub fn takes_any(&self) -> bool {
        self.check(b"").is_ok()
    }
}

/// The rule of a file that does not say what it hashes.
impl Default for KeyRule {
    fn default() -> Self {
        Self::UNSTATED
    }
}

impl fmt::Display for KeyRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_text().unwrap_or("the key"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Field, Form, KeyRule, Kind};

    #[test]
    fn keys_that_cannot_be() {
        let source = KeyRule::new("source", Kind::Must(Field::Client(Form::Words)));
        assert_eq!(
            &*source.check(b"hello").unwrap_err(),
            "key 'hello' is not an IP address, which is what source hashes"
        );
        assert!(source.check(b"10.0.0.1").is_ok() && source.check(b"::1").is_ok());
        assert!(!source.takes_any() && KeyRule::PLAIN.takes_any());
        let bytes = KeyRule::of_nginx("$binary_remote_addr").unwrap();
        assert!(bytes.check(b"10.0.0.1").is_err() && bytes.check(b"\x0a\0\0\x01").is_ok());
    }
}
