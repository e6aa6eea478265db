//! The set of servers: keeps the order given, refuses duplicates.

use std::fmt;

use super::capacity::Capacity;
use super::server::Server;
use crate::error::{Error, Kind, quoted};
use crate::server::identities::Identities;

/// A set of servers, no two of the same identity, in the order given.
///
/// The order is only a numbering (`resolve_all` answers with it); whether it
/// also decides owners is a property of the scheme, see
/// [`Scheme::order`](crate::Scheme::order).
///
/// ```
/// use continuum::{Server, Servers};
/// let mut servers = Servers::new();
/// servers.add("10.0.0.1:11211".parse::<Server>()?)?;
/// assert!(servers.add(Server::new("10.0.0.1", 11211)).unwrap_err().is_duplicate());
/// assert_eq!(servers.len(), 1);
/// # Ok::<(), continuum::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Servers {
    list: Vec<Server>,
    identities: Identities,
}

impl Servers {
    /// An empty set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A set of these servers. O(n log n).
    ///
    /// # Errors
    /// A duplicate identity, or a server without host and name.
    ///
    /// ```
    /// use continuum::Servers;
    /// let servers = Servers::from_texts(["a:80", "b:80=2"])?;
    /// assert_eq!(servers.as_slice()[1].to_string(), "b:80=2");
    /// # Ok::<(), continuum::Error>(())
    /// ```
    pub fn from_texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, Error> {
        let mut servers = Self::new();
        for text in texts {
            servers.add(text.parse::<Server>()?)?;
        }
        Ok(servers)
    }

    /// Adds a server at the end. O(log n).
    ///
    /// # Errors
    /// The identity is in the set already; the server has neither host nor
    /// name; the set is full (2³² − 2 servers).
    pub fn add(&mut self, server: impl Into<Server>) -> Result<(), Error> {
        let server = server.into();
        server.validate()?;
        // u32::MAX stands for "no owner".
        if u32::try_from(self.list.len() + 1).is_err() {
            return Err(Error::new(Kind::Limit, "a set holds at most 4294967294 servers"));
        }
        if !self.identities.insert(&server.identity()) {
            return Err(Error::new(
                Kind::Duplicate,
                format!("server {} is already added", quoted(&server.identity())),
            ));
        }
        self.list.push(server);
        Ok(())
    }

    /// Takes a server out by its identity; the others keep their order. O(n).
    ///
    /// # Errors
    /// No server of that identity.
    pub fn remove(&mut self, identity: &str) -> Result<Server, Error> {
        let index = self.index_of(identity).ok_or_else(|| Self::unknown(identity))?;
        self.identities.remove(identity);
        Ok(self.list.remove(index as usize))
    }

    /// Gives a server another capacity and returns the old one. O(n).
    ///
    /// # Errors
    /// No server of that identity.
    pub fn set_capacity(
        &mut self,
        identity: &str,
        capacity: impl Into<Capacity>,
    ) -> Result<Capacity, Error> {
        let index = self.index_of(identity).ok_or_else(|| Self::unknown(identity))? as usize;
        let old = self.list[index].capacity();
        self.list[index] = self.list[index].clone().with_capacity(capacity);
        Ok(old)
    }

    pub(crate) fn unknown(identity: &str) -> Error {
        Error::new(Kind::UnknownServer, format!("server {} is not in the set", quoted(identity)))
    }

    /// The number of the server of that identity. O(log n) when it is absent,
    /// else O(n).
    #[must_use]
    pub fn index_of(&self, identity: &str) -> Option<u32> {
        if !self.identities.contains(identity) {
            return None;
        }
        let index = self.list.iter().position(|server| server.is_called(identity))?;
        u32::try_from(index).ok()
    }

    /// The server with this number.
    #[must_use]
    pub fn get(&self, index: u32) -> Option<&Server> {
        self.list.get(index as usize)
    }

    /// The servers in the order given.
    #[must_use]
    pub fn as_slice(&self) -> &[Server] {
        &self.list
    }

    /// Visits the servers in the order given.
    pub fn iter(&self) -> std::slice::Iter<'_, Server> {
        self.list.iter()
    }

    /// How many servers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

impl PartialEq for Servers {
    fn eq(&self, other: &Self) -> bool {
        self.list == other.list
    }
}

impl fmt::Debug for Servers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.list).finish()
    }
}

impl<'a> IntoIterator for &'a Servers {
    type Item = &'a Server;
    type IntoIter = std::slice::Iter<'a, Server>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
