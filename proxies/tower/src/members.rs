//! Members: the servers that a discovery has named, and the map of them.

use std::sync::Arc;

use continuum::{Continuum, Scheme, Server, Servers};
use continuum_upstream::{Pool, View};

use crate::member::Member;

/// The map of what was discovered. It changes when a server comes or leaves, not when
/// one fails.
pub(crate) struct Members<K> {
    scheme: Scheme,
    pool: Arc<Pool>,
    /// In the order in which they came.
    listed: Vec<(K, Server)>,
    view: Option<View>,
    /// The keys of the view's servers, by their numbers.
    keys: Vec<K>,
    changed: bool,
}

impl<K: Member + Clone + Eq> Members<K> {
    pub(crate) fn new(scheme: Scheme, pool: Arc<Pool>) -> Self {
        Self { scheme, pool, listed: Vec::new(), view: None, keys: Vec::new(), changed: false }
    }

    /// Adds a server, or replaces the one of its identity, whose key is given back if it
    /// is another. `Err` when the key names no server.
    pub(crate) fn insert(&mut self, key: &K) -> Result<Option<K>, ()> {
        let server = match key.server() {
            Ok(server) => server,
            Err(why) => {
                self.pool.refused(&why);
                return Err(());
            }
        };
        let same = |(_, other): &&mut (K, Server)| other.identity() == server.identity();
        let Some(place) = self.listed.iter_mut().find(same) else {
            self.listed.push((key.clone(), server));
            self.changed = true;
            return Ok(None);
        };
        self.changed |= place.1 != server;
        let before = std::mem::replace(place, (key.clone(), server)).0;
        // The same map with another key: only the names of its servers change.
        self.changed |= before != *key;
        Ok((before != *key).then_some(before))
    }

    pub(crate) fn remove(&mut self, key: &K) {
        let before = self.listed.len();
        self.listed.retain(|(other, _)| other != key);
        self.changed |= before != self.listed.len();
    }

    /// Builds the map of the servers as they are. A set that the scheme refuses leaves
    /// out what it refuses alone; if that does not help, the map stays as it was.
    pub(crate) fn settle(&mut self) {
        if !std::mem::take(&mut self.changed) {
            return;
        }
        let mut listed = self.listed.clone();
        let mut built = self.build(&listed);
        if let Err(why) = &built {
            self.pool.refused(why);
            // Whether it is one server that is refused, and not their sum.
            if why.is_invalid_server() || why.is_invalid_capacity() {
                listed.retain(|one| self.build(std::slice::from_ref(one)).is_ok());
                built = self.build(&listed);
            }
        }
        if let Ok(continuum) = built {
            self.view = Some(self.pool.view(continuum));
            self.keys = listed.into_iter().map(|(key, _)| key).collect();
        }
    }

    fn build(&self, listed: &[(K, Server)]) -> Result<Continuum, continuum::Error> {
        let mut servers = Servers::new();
        for (_, server) in listed {
            servers.add(server.clone())?;
        }
        Continuum::with_servers(self.scheme.clone(), servers)
    }

    pub(crate) fn view(&self) -> Option<&View> {
        self.view.as_ref()
    }

    pub(crate) fn key(&self, server: u32) -> Option<&K> {
        self.keys.get(server as usize)
    }

    pub(crate) fn pool(&self) -> &Pool {
        &self.pool
    }

    pub(crate) fn len(&self) -> usize {
        self.listed.len()
    }
}
