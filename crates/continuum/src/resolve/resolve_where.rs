//! Health is not membership: who serves a key while its owner is down.

use super::continuum::Continuum;
use crate::server::Server;

impl Continuum {
    /// The first candidate of a key that passes: the owner while it is healthy,
    /// and else who stands in for it. `None` when nobody passes.
    ///
    /// The map is untouched: a server that comes back finds its keys where they
    /// were, and who sees another server down than you do still agrees on all
    /// other keys. Each server is asked about at most once, so the walk ends
    /// whatever the answers are. Costs a look-up while the owner passes, then a
    /// step of the scheme's walk for each server that does not (see
    /// [`candidates`](Self::candidates)).
    ///
    /// ```
    /// use continuum::{Continuum, Servers};
    /// let servers = Servers::from_texts(["a:80", "b:80", "c:80"])?;
    /// let continuum = Continuum::with_servers("slots-1".parse()?, servers)?;
    /// let owner = continuum.resolve("key").unwrap();
    /// assert_eq!(continuum.resolve_where("key", |_| true), Some(owner));
    /// let instead = continuum.resolve_where("key", |server| server != owner).unwrap();
    /// assert_ne!(instead, owner);
    /// assert_eq!(continuum.resolve_where("key", |_| false), None);
    /// # Ok::<(), continuum::Error>(())
    /// ```
    pub fn resolve_where(
        &self,
        key: impl AsRef<[u8]>,
        mut healthy: impl FnMut(&Server) -> bool,
    ) -> Option<&Server> {
        let servers = self.servers();
        let passes = |index: u32| servers.get(index).is_some_and(&mut healthy);
        servers.get(self.resolve_index_where(key, passes)?)
    }

    /// As [`resolve_where`](Self::resolve_where), in numbers of the list: for
    /// health that is kept in an array or in bits.
    ///
    /// ```
    /// use continuum::{Continuum, Servers};
    /// let servers = Servers::from_texts(["a:80", "b:80", "c:80"])?;
    /// let continuum = Continuum::with_servers("slots-1".parse()?, servers)?;
    /// let up = [false, false, true];
    /// assert_eq!(continuum.resolve_index_where("key", |server| up[server as usize]), Some(2));
    /// # Ok::<(), continuum::Error>(())
    /// ```
    pub fn resolve_index_where(
        &self,
        key: impl AsRef<[u8]>,
        mut healthy: impl FnMut(u32) -> bool,
    ) -> Option<u32> {
        let key = key.as_ref();
        let owner = self.resolve_index(key)?;
        if healthy(owner) {
            return Some(owner);
        }
        let mut others = self.candidates(key);
        others.next_index();
        std::iter::from_fn(|| others.next_index()).find(|server| healthy(*server))
    }
}
