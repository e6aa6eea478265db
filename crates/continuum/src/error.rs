//! The one error of the crate: a sentence for people, `is_*` for programs.

use std::fmt;

/// Why a server, a set of servers, a scheme or a change was refused.
///
/// The text names the offending thing and what would be accepted. Programs ask
/// the `is_*` methods; new reasons can be added without breaking them.
///
/// ```
/// let error = "10.0.0.1:70000".parse::<continuum::Server>().unwrap_err();
/// assert!(error.is_invalid_server());
/// assert_eq!(error.to_string(), "server '10.0.0.1:70000': port '70000' is not a number from 0 to 65535");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: Kind,
    message: Box<str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Duplicate,
    UnknownServer,
    Server,
    Capacity,
    Scheme,
    Limit,
    Assignment,
    Keys,
    Argument,
}

impl Error {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into().into_boxed_str() }
    }

    /// The same server (by identity) stands twice in one set.
    #[must_use]
    pub fn is_duplicate(&self) -> bool {
        self.kind == Kind::Duplicate
    }

    /// A server that is not in the set was to be removed or changed.
    #[must_use]
    pub fn is_unknown_server(&self) -> bool {
        self.kind == Kind::UnknownServer
    }

    /// A server's text or fields make no server, or lack what the scheme hashes.
    #[must_use]
    pub fn is_invalid_server(&self) -> bool {
        self.kind == Kind::Server
    }

    /// A capacity is not a finite number ≥ 0, or the scheme cannot hold it.
    #[must_use]
    pub fn is_invalid_capacity(&self) -> bool {
        self.kind == Kind::Capacity
    }

    /// A scheme's name, option or option value is unknown.
    #[must_use]
    pub fn is_invalid_scheme(&self) -> bool {
        self.kind == Kind::Scheme
    }

    /// More servers or points than can be held.
    #[must_use]
    pub fn is_over_limit(&self) -> bool {
        self.kind == Kind::Limit
    }

    /// A stored assignment is damaged or none, or cannot be changed as asked.
    #[must_use]
    pub fn is_invalid_assignment(&self) -> bool {
        self.kind == Kind::Assignment
    }

    /// A batch of keys does not fit its own layout.
    #[must_use]
    pub fn is_invalid_keys(&self) -> bool {
        self.kind == Kind::Keys
    }

    /// What was asked for cannot be done with these arguments: a factor below 1, a
    /// ramp between unlike schemes, an identification without a pair.
    #[must_use]
    pub fn is_invalid_argument(&self) -> bool {
        self.kind == Kind::Argument
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// At most 80 characters of a text from outside, for quoting in a message.
pub(crate) fn quoted(text: &str) -> String {
    const MOST: usize = 80;
    let mut short = String::new();
    for c in text.chars().take(MOST) {
        // A double quotation mark ends nothing between single ones.
        if c == '"' { short.push(c) } else { short.extend(c.escape_debug()) }
    }
    if text.chars().nth(MOST).is_some() {
        short.push('…');
    }
    format!("'{short}'")
}
