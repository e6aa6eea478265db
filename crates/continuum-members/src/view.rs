//! One map, with who is up: what look-ups are made in.

use std::sync::Arc;
use std::time::{Duration, Instant};

use continuum::{Continuum, Server};

use crate::marks::{Health, Marks};

/// The map in force and the marks at one moment, for the look-ups of one request: cheap
/// to make, takes no lock, and never changes in the caller's hands.
#[derive(Clone, Debug)]
pub struct View {
    map: Arc<Continuum>,
    marks: Arc<Marks>,
    ramp: Duration,
    now: Instant,
}

impl View {
    pub(crate) fn new(
        map: Arc<Continuum>,
        marks: Arc<Marks>,
        ramp: Duration,
        now: Instant,
    ) -> Self {
        Self { map, marks, ramp, now }
    }

    /// The map, which no mark touches.
    #[must_use]
    pub fn map(&self) -> &Arc<Continuum> {
        &self.map
    }

    /// The owner of a key, or the next candidate that has not failed. One that is coming
    /// back takes only the keys that it has already, unless nobody else is up. None where
    /// all have failed.
    #[must_use]
    pub fn resolve(&self, key: impl AsRef<[u8]>) -> Option<&Server> {
        let key = key.as_ref();
        if self.marks.is_empty() {
            return self.map.resolve(key);
        }
        let well = |server: &Server| self.health(server, key) == Health::Well;
        let up = |server: &Server| self.health(server, key) != Health::Failed;
        self.map.resolve_where(key, well).or_else(|| self.map.resolve_where(key, up))
    }

    /// The servers of a key in its order of preference, without those that failed. One
    /// that is coming back stands in its place: whoever asks several asks it too.
    pub fn candidates<'a, K: AsRef<[u8]> + ?Sized>(
        &'a self,
        key: &'a K,
    ) -> impl Iterator<Item = &'a Server> {
        let up = move |server: &&Server| self.health(server, key.as_ref()) != Health::Failed;
        self.map.candidates(key).filter(up)
    }

    fn health(&self, server: &Server, key: &[u8]) -> Health {
        self.marks.of(&server.identity(), key, self.now, self.ramp)
    }
}
