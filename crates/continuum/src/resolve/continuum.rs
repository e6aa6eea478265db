//! The continuum: servers under a scheme, ready to resolve keys.

use std::fmt;
use std::iter::Take;
use std::sync::{Arc, OnceLock};

use super::candidates::Candidates;
use super::fingerprint::fingerprint;
use crate::error::Error;
use crate::keys::Keys;
use crate::placement::{NO_OWNER, Placement, Regions};
use crate::scheme::{BuildContext, Held, MOST_POINTS, Previous, Scheme};
use crate::server::{Server, Servers, ZoneIndex};

/// A set of servers under a scheme. Says which server owns a key.
///
/// Cheap to clone (the built structure is shared), `Send + Sync`; look-ups take
/// `&self`, never lock and never allocate. A change builds a new structure and
/// leaves clones as they were.
///
/// ```
/// use continuum::{Continuum, Server};
/// let mut continuum = Continuum::new();
/// continuum.add_server(Server::new("192.168.0.1", 8080))?;
/// continuum.add_server(Server::new("192.168.0.2", 8080))?;
/// continuum.add_server("192.168.0.3:8080=2".parse::<Server>()?)?;
/// let owner = continuum.resolve("my-first-key").unwrap();
/// assert_eq!(owner.to_string(), "192.168.0.1:8080");
/// # Ok::<(), continuum::Error>(())
/// ```
#[derive(Clone)]
pub struct Continuum {
    built: Arc<Built>,
}

struct Built {
    scheme: Scheme,
    servers: Servers,
    placement: Box<dyn Placement>,
    /// What few ask for is made when it is first asked for: a change of one server
    /// costs less than a look at each.
    zones: OnceLock<ZoneIndex>,
    /// Fair shares: what bounded load counts with, at every request.
    fair: OnceLock<Box<[f64]>>,
    /// The servers in rendezvous, built when load first overflows.
    overflow: OnceLock<Option<Continuum>>,
}

impl Continuum {
    /// An empty continuum under `python-continuum`, as in the 2010 module.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Builds once from a whole set. Costs what the scheme's build costs,
    /// O(points · log points) for a ring.
    ///
    /// # Errors
    /// A capacity that the scheme cannot hold, a server that lacks what the
    /// scheme hashes, more points than fit.
    ///
    /// ```
    /// use continuum::{Continuum, Scheme, Servers};
    /// let servers = Servers::from_texts(["10.0.0.1:11211", "10.0.0.2:11211"])?;
    /// let continuum = Continuum::with_servers("python-continuum:points=320".parse()?, servers)?;
    /// assert!(continuum.resolve(b"\xff any bytes").is_some());
    /// # Ok::<(), continuum::Error>(())
    /// ```
    pub fn with_servers(scheme: Scheme, servers: Servers) -> Result<Self, Error> {
        Self::of_at_most(MOST_POINTS, scheme, servers)
    }

    /// Refuses a ring of more points than these.
    pub(crate) fn of_at_most(
        most_points: u64,
        scheme: Scheme,
        servers: Servers,
    ) -> Result<Self, Error> {
        let context = BuildContext { most_points, ..BuildContext::default() };
        let placement = scheme.build(servers.as_slice(), context)?;
        Ok(Self::of(scheme, servers, placement))
    }

    fn of(scheme: Scheme, servers: Servers, placement: Box<dyn Placement>) -> Self {
        let (zones, fair, overflow) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        Self { built: Arc::new(Built { scheme, servers, placement, zones, fair, overflow }) }
    }

    /// Adds a server and rebuilds, at the cost of [`update`](Self::update). For many changes use [`update`](Self::update).
    ///
    /// # Errors
    /// A duplicate, or what [`with_servers`](Self::with_servers) refuses; the
    /// continuum then stays as it was.
    pub fn add_server(&mut self, server: impl Into<Server>) -> Result<(), Error> {
        self.update(|servers| servers.add(server))
    }

    /// Takes a server out by its identity and rebuilds.
    ///
    /// # Errors
    /// No server of that identity; the continuum then stays as it was.
    pub fn remove_server(&mut self, identity: &str) -> Result<Server, Error> {
        let mut removed = None;
        self.update(|servers| {
            removed = Some(servers.remove(identity)?);
            Ok(())
        })?;
        Ok(removed.unwrap_or_else(|| unreachable!("update ran the closure")))
    }

    /// Many changes, one rebuild, all or nothing. Clones are not affected.
    ///
    /// A ring in which a server's points do not depend on the other servers
    /// (`nginx`, `ring-1` …) is changed where those points are: O(n) for n servers,
    /// and O(log n) a point; while a clone is alive, a copy of it. Other structures
    /// are built anew.
    ///
    /// # Errors
    /// The first error of the closure or of the build; the continuum then stays
    /// as it was.
    ///
    /// ```
    /// use continuum::{Continuum, Server, Servers};
    /// let servers = Servers::from_texts(["a:1", "b:1", "c:1"])?;
    /// let mut continuum = Continuum::with_servers(Default::default(), servers)?;
    /// continuum.update(|servers| {
    ///     servers.add(Server::new("d", 1))?;
    ///     servers.remove("a:1")?;
    ///     servers.set_capacity("b:1", 2)?;
    ///     Ok(())
    /// })?;
    /// assert_eq!(continuum.servers().len(), 3);
    /// # Ok::<(), continuum::Error>(())
    /// ```
    pub fn update(
        &mut self,
        change: impl FnOnce(&mut Servers) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut servers = self.built.servers.clone();
        change(&mut servers)?;
        let scheme = self.built.scheme.clone();
        let placement = if let Some(built) = Arc::get_mut(&mut self.built) {
            let held = Held::Sole(&mut *built.placement);
            let previous = Previous::new(held, built.servers.as_slice(), servers.as_slice());
            scheme.build(servers.as_slice(), BuildContext::after(&previous))?
        } else {
            let held = Held::Shared(&*self.built.placement);
            let previous = Previous::new(held, self.built.servers.as_slice(), servers.as_slice());
            scheme.build(servers.as_slice(), BuildContext::after(&previous))?
        };
        *self = Self::of(scheme, servers, placement);
        Ok(())
    }

    /// The server that owns a key; `None` when nothing owns anything.
    #[inline]
    pub fn resolve(&self, key: impl AsRef<[u8]>) -> Option<&Server> {
        self.resolve_index(key).and_then(|index| self.built.servers.get(index))
    }

    /// The owner's number in the list of servers.
    #[inline]
    pub fn resolve_index(&self, key: impl AsRef<[u8]>) -> Option<u32> {
        let owner = self.built.placement.locate(key.as_ref());
        (owner != NO_OWNER).then_some(owner)
    }

    /// The owners' numbers of a batch of keys, [`NO_OWNER`](crate::NO_OWNER)
    /// where there is none. The same answers as [`resolve`](Self::resolve),
    /// faster. Does not allocate.
    ///
    /// # Panics
    /// When `owners` is not as long as `keys`: a mistake of the caller's code,
    /// not of its data.
    ///
    /// ```
    /// use continuum::{Continuum, Servers};
    /// let servers = Servers::from_texts(["a:1", "b:1"])?;
    /// let continuum = Continuum::with_servers(Default::default(), servers)?;
    /// let keys = ["one", "two", "three"];
    /// let mut owners = [0; 3];
    /// continuum.resolve_all(&keys, &mut owners);
    /// assert_eq!(Some(owners[2]), continuum.resolve_index("three"));
    /// # Ok::<(), continuum::Error>(())
    /// ```
    pub fn resolve_all<'k>(&self, keys: impl Into<Keys<'k>>, owners: &mut [u32]) {
        let keys = keys.into();
        assert_eq!(keys.len(), owners.len(), "as many owners as keys");
        self.built.placement.locate_all(&keys, owners);
    }

    /// Where a key lies in the space of the scheme's hash: its position on a
    /// ring, its slot (Redis Cluster), its token (Cassandra, as two's
    /// complement). `None` for schemes that hash key and server together.
    ///
    /// ```
    /// use continuum::Continuum;
    /// // The first word of the key's MD5, d41d8cd9…, little-endian.
    /// assert_eq!(Continuum::new().position(""), Some(0xd98c_1dd4));
    /// ```
    #[must_use]
    pub fn position(&self, key: impl AsRef<[u8]>) -> Option<u128> {
        self.built.placement.position(key.as_ref())
    }

    /// The number of the server that owns a position, for callers who have the
    /// hash already. `None` when nothing owns anything, or the scheme has no
    /// positions.
    #[must_use]
    pub fn resolve_position(&self, position: u128) -> Option<u32> {
        self.built.placement.locate_position(position).filter(|owner| *owner != NO_OWNER)
    }

    pub(crate) fn placement(&self) -> &dyn Placement {
        &*self.built.placement
    }

    /// Every server in this key's order of preference: lazy, each once, the
    /// owner first. Health belongs here, not in the set: take the first
    /// candidate that is up, and the map stays as it is.
    ///
    /// Servers that the scheme gave no part of the map come last in list order;
    /// draining servers (capacity 0) do not come.
    ///
    /// ```
    /// use continuum::{Continuum, Servers};
    /// # let servers = Servers::from_texts(["a:1", "b:1", "c:1"])?;
    /// # let continuum = Continuum::with_servers(Default::default(), servers)?;
    /// let down = continuum.resolve("key").unwrap();
    /// let instead = continuum.candidates("key").find(|server| *server != down);
    /// assert!(instead.is_some());
    /// # Ok::<(), continuum::Error>(())
    /// ```
    pub fn candidates<'a, K: AsRef<[u8]> + ?Sized>(&'a self, key: &'a K) -> Candidates<'a> {
        Candidates::new(
            &*self.built.placement,
            self.built.servers.as_slice(),
            self.built.scheme.capacities(),
            key.as_ref(),
        )
    }

    /// The first `n` candidates: where copies of a key go. Fewer if there are
    /// fewer servers.
    pub fn copies<'a, K: AsRef<[u8]> + ?Sized>(
        &'a self,
        key: &'a K,
        n: usize,
    ) -> Take<Candidates<'a>> {
        self.candidates(key).take(n)
    }

    /// The share that each server's capacity calls for, in list order: its
    /// capacity over the sum of all, as the scheme counts capacities. O(n) once, where
    /// [`ownership`](Self::ownership) looks at the whole map.
    #[must_use]
    pub fn fair_shares(&self) -> &[f64] {
        let Built { scheme, servers, fair, .. } = &*self.built;
        fair.get_or_init(|| scheme.capacities().fair_shares(servers.as_slice()).into())
    }

    /// A 64-bit digest of the scheme, its options and the servers. Equal in
    /// every process, language and release; equal fingerprints mean the same
    /// map. The order of the servers is part of it only where it decides an
    /// owner. O(n log n).
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        fingerprint(
            &self.built.scheme,
            self.built.servers.as_slice(),
            self.built.placement.order_matters(),
        )
    }

    pub(crate) fn zones(&self) -> &ZoneIndex {
        let Built { scheme, servers, zones, .. } = &*self.built;
        let counts = |server: &Server| scheme.capacities().eligible(server.capacity());
        zones.get_or_init(|| ZoneIndex::of(servers.as_slice(), counts))
    }

    /// The same servers with capacities as this scheme counts them, under what
    /// the closure builds; built once.
    pub(crate) fn overflow(&self, build: impl FnOnce(&Self) -> Option<Self>) -> Option<&Self> {
        self.built.overflow.get_or_init(|| build(self)).as_ref()
    }

    /// The whole map, where the scheme has one of its hash space.
    pub(crate) fn regions(&self) -> Option<Regions<'_>> {
        self.built.placement.regions()
    }

    /// The scheme.
    #[must_use]
    pub fn scheme(&self) -> &Scheme {
        &self.built.scheme
    }

    /// The servers, in the order given.
    #[must_use]
    pub fn servers(&self) -> &Servers {
        &self.built.servers
    }

    /// Bytes of heap that the built structure holds, the servers' names not
    /// counted.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.built.placement.memory()
    }
}

impl Default for Continuum {
    fn default() -> Self {
        match Self::with_servers(Scheme::default(), Servers::new()) {
            Ok(continuum) => continuum,
            Err(error) => unreachable!("an empty set is never refused: {error}"),
        }
    }
}

/// Equal by meaning: the same scheme over the same servers in the same order.
impl PartialEq for Continuum {
    fn eq(&self, other: &Self) -> bool {
        self.built.scheme == other.built.scheme && self.built.servers == other.built.servers
    }
}

impl fmt::Debug for Continuum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Continuum")
            .field("scheme", &self.built.scheme)
            .field("servers", &self.built.servers)
            .finish_non_exhaustive()
    }
}
