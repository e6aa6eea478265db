//! The rule itself: the configuration's words, and what they amount to.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use continuum::compat::EnvoyHash;

use super::field::{Field, Target};
use super::request::{Request, Unbuilt};
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
    text: Option<Box<str>>,
    kind: Kind,
    /// Of a request whose key is empty the program takes turns.
    turns_if_empty: bool,
}

/// Whether two pools hash the same of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameKey {
    /// They hash the same.
    Same,
    /// They hash different things: that their maps agree then says nothing.
    Different,
    /// One of the files does not say what it hashes.
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The file does not say.
    Unstated,
    /// The key of the protocol, or what stands between these two where both do.
    Protocol(Option<[char; 2]>),
    /// mcrouter's: without routing prefix, up to `|#|`, with the salt behind.
    Routed { salt: Box<str> },
    /// Texts and parts of a request, one behind the other; what is not there is empty.
    Pieces(Vec<Piece>),
    /// One part, without which the program does not hash.
    Must(Field),
    /// Envoy's: the hashes of all parts that a request has are combined.
    Combined(Vec<Policy>),
    /// Only the program can tell.
    Opaque,
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
    pub(crate) const UNSTATED: Self =
        Self { text: None, kind: Kind::Unstated, turns_if_empty: false };
    /// The key of the protocol, as it stands.
    pub(crate) const PLAIN: Self =
        Self { text: None, kind: Kind::Protocol(None), turns_if_empty: false };

    /// The target of a request, as sent.
    #[must_use]
    pub fn of_target() -> Self {
        Self::new("$request_uri", Kind::Pieces(vec![Piece::Field(Field::Target(Target::WHOLE))]))
    }

    pub(crate) fn new(text: impl Into<Box<str>>, kind: Kind) -> Self {
        Self { text: Some(text.into()), kind, turns_if_empty: false }
    }

    /// With turns taken where the key is empty.
    #[must_use]
    pub(crate) fn taking_turns(mut self) -> Self {
        self.turns_if_empty = true;
        self
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

    /// The rule's text: `$request_uri`, `hdr(x-user)`; `None` where the
    /// protocol's key is hashed as it stands, or the file does not say.
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
        !matches!(self.kind, Kind::Unstated | Kind::Protocol(_) | Kind::Routed { .. })
    }

    /// Whether two pools hash the same of a request.
    #[must_use]
    pub fn compare(&self, other: &Self) -> SameKey {
        if !self.is_stated() || !other.is_stated() {
            return SameKey::Unknown;
        }
        let same = match (self.plain(), other.plain()) {
            (Some(a), Some(b)) => a == b,
            (None, None) if self.is_plain_key() && other.is_plain_key() => true,
            _ => self.kind == other.kind && self.text == other.text,
        };
        if same { SameKey::Same } else { SameKey::Different }
    }

    /// The key of the protocol as it stands, but for marks that mcrouter's clients
    /// alone put into keys.
    fn is_plain_key(&self) -> bool {
        match &self.kind {
            Kind::Protocol(tag) => tag.is_none(),
            Kind::Routed { salt } => salt.is_empty(),
            _ => false,
        }
    }

    /// What any program would take, for comparison.
    fn plain(&self) -> Option<Vec<Piece>> {
        let plain = |piece: &Piece| match piece {
            Piece::Field(field) => Piece::Field(field.plain()),
            text @ Piece::Text(_) => text.clone(),
        };
        match &self.kind {
            Kind::Pieces(pieces) => Some(pieces.iter().map(plain).collect()),
            Kind::Must(field) => Some(vec![Piece::Field(field.plain())]),
            _ => None,
        }
    }

    /// The key that the pool's scheme is asked for. `None` where the program does
    /// not hash such a request: it refuses it, or takes turns.
    ///
    /// # Errors
    /// The request as it is known lacks what is hashed, or the rule depends on
    /// more than a request.
    pub fn key<'r>(&self, request: &'r Request) -> Result<Option<Cow<'r, [u8]>>, Unbuilt> {
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
        let values = policies(parts, request)?;
        if values.len() < 2 {
            return Ok(None);
        }
        // Each value is hashed as that of a header which is sent once.
        let hash = values.iter().fold(EnvoyHash::new(), |hash, value| hash.header(&[value]));
        Ok(hash.position().map(|position| (values, position)))
    }

    fn build<'r>(&self, request: &'r Request) -> Result<Option<Cow<'r, [u8]>>, Unbuilt> {
        let unknown = |why: &str| Err(Unbuilt::Unknown(why.into()));
        match &self.kind {
            Kind::Must(field) => field.value(request),
            Kind::Pieces(pieces) => {
                if let [Piece::Field(field)] = pieces.as_slice() {
                    // What is not there is empty; what is refused is `Uri`'s alone.
                    let value = field.value(request)?;
                    return Ok(match field {
                        Field::Uri | Field::Target(_) => value,
                        _ => Some(value.unwrap_or_default()),
                    });
                }
                let mut key = Vec::new();
                for piece in pieces {
                    match piece {
                        Piece::Text(text) => key.extend_from_slice(text.as_bytes()),
                        Piece::Field(field @ (Field::Uri | Field::Target(_))) => {
                            let Some(value) = field.value(request)? else { return Ok(None) };
                            key.extend_from_slice(&value);
                        }
                        Piece::Field(field) => {
                            key.extend_from_slice(&field.value(request)?.unwrap_or_default());
                        }
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
            Kind::Unstated => unknown("the file does not say what is hashed"),
            Kind::Protocol(_) | Kind::Routed { .. } => {
                unknown("the key of the protocol is hashed, which no HTTP request holds")
            }
        }
    }

    /// The part of a key that is hashed, in programs that cut keys before their
    /// scheme sees them: mcrouter's without routing prefix, up to `|#|`.
    #[must_use]
    pub fn part<'k>(&self, key: &'k [u8]) -> Cow<'k, [u8]> {
        let Kind::Routed { salt } = &self.kind else { return Cow::Borrowed(key) };
        let part = routed(key);
        if salt.is_empty() {
            return Cow::Borrowed(part);
        }
        Cow::Owned([part, salt.as_bytes()].concat())
    }

    /// Whether [`part`](Self::part) may be another text than the key.
    #[must_use]
    pub fn cuts(&self) -> bool {
        matches!(self.kind, Kind::Routed { .. })
    }

    /// Refuses a text that cannot be a key of this pool, in a sentence.
    ///
    /// # Errors
    /// The rule takes the client's address, and this is none.
    pub fn check(&self, key: &[u8]) -> Result<(), Box<str>> {
        let field = match &self.kind {
            Kind::Must(field) => field,
            Kind::Pieces(pieces) => match pieces.as_slice() {
                [Piece::Field(field)] => field,
                _ => return Ok(()),
            },
            _ => return Ok(()),
        };
        let is_address = match field {
            Field::Client => {
                std::str::from_utf8(key).is_ok_and(|text| text.parse::<IpAddr>().is_ok())
            }
            Field::ClientBytes => matches!(key.len(), 4 | 16),
            _ => true,
        };
        if is_address {
            return Ok(());
        }
        let (key, bytes) = (String::from_utf8_lossy(key), *field == Field::ClientBytes);
        let wanted = if bytes { "the 4 or 16 bytes of an IP address" } else { "an IP address" };
        Err(format!("key {} is not {wanted}, which is what {self} hashes", quoted(&key)).into())
    }

    /// Whether [`check`](Self::check) may refuse a key.
    #[must_use]
    pub fn takes_any(&self) -> bool {
        self.check(b"").is_ok()
    }
}

/// What mcrouter hashes of a key.
fn routed(key: &[u8]) -> &[u8] {
    let mut rest = key;
    if key.starts_with(b"/") {
        let mut slashes = key.iter().enumerate().filter(|(_, byte)| **byte == b'/').skip(2);
        if let Some((at, _)) = slashes.next() {
            rest = &key[at + 1..];
        }
    }
    match rest.windows(3).position(|window| window == b"|#|") {
        Some(at) => &rest[..at],
        None => rest,
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
    use super::{Field, KeyRule, Kind, SameKey};

    #[test]
    fn mcrouter_cuts_keys() {
        let rule = |salt: &str| KeyRule::new("the key", Kind::Routed { salt: salt.into() });
        for (key, wanted) in [
            ("a", "a"),
            ("a|#|b", "a"),
            ("/r/c/a|#|b", "a"),
            ("/*/*/a", "a"),
            ("/r/c", "/r/c"),
            ("|#|b", ""),
        ] {
            assert_eq!(&*rule("").part(key.as_bytes()), wanted.as_bytes(), "{key}");
        }
        assert_eq!(&*rule("s").part(b"a|#|b"), b"as");
        assert_eq!(rule("s").compare(&rule("")), SameKey::Different);
        assert_eq!(KeyRule::PLAIN.compare(&rule("")), SameKey::Same);
    }

    #[test]
    fn keys_that_cannot_be() {
        let source = KeyRule::new("source", Kind::Must(Field::Client));
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
