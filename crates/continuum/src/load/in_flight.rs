//! In flight: requests counted at each server, under a bounded load.

use std::fmt;
use std::sync::Arc;

// The model checker of fuzz/loom has its own.
#[cfg(loom)]
use loom::{hint, sync::atomic};
#[cfg(not(loom))]
use std::{hint, sync::atomic};

use atomic::{AtomicU64, Ordering::SeqCst};

use super::bounded::Bounded;
use crate::resolve::Continuum;
use crate::server::Server;

/// Counts the requests in flight at each server of a continuum and gives each
/// request a server with room. Cheap to clone; clones count together. Never
/// locks.
///
/// **What holds, whatever the threads do.** A request first counts itself in the
/// total, then reads it, then takes a place at a server by a compare-exchange
/// that succeeds only while that server is below its
/// [`cap`](Bounded::cap) for the total so read. So at the moment of its
/// admission a server has, this request included, no more than the cap that
/// follows from a total that counts this request. (Requests that end elsewhere
/// lower the caps afterwards; nobody is thrown out for that.)
///
/// **Nobody is refused.** The total is never less than the sum over the servers,
/// because a request enters it first and leaves it last, and it counts the
/// one that still looks for a place; caps sum to the total at least. So while
/// nothing changes some server has room, and a walk that finds none has been
/// overtaken by another request's coming or going: it reads the total again and
/// repeats. [`acquire`](Self::acquire) gives `None` only when no server owns the
/// key.
///
/// ```
/// use continuum::{Continuum, Servers};
/// use continuum::load::{Bounded, InFlight};
/// let servers = Servers::from_texts(["a:80", "b:80", "c:80"])?;
/// let continuum = Continuum::with_servers("slots-1".parse()?, servers)?;
/// let in_flight = InFlight::new(continuum, Bounded::new(1.25)?);
/// let first = in_flight.acquire("popular").unwrap();
/// let second = in_flight.acquire("popular").unwrap();
/// assert_ne!(first.index(), second.index()); // a cap of one, as yet
/// assert_eq!(in_flight.total(), 2);
/// drop(first); // the request has ended
/// assert_eq!(in_flight.load(second.index()), 1);
/// assert_eq!(in_flight.total(), 1);
/// # Ok::<(), continuum::Error>(())
/// ```
#[derive(Clone)]
pub struct InFlight {
    shared: Arc<Shared>,
}

struct Shared {
    bounded: Bounded,
    continuum: Continuum,
    counts: Box<[Arc<Count>]>,
    total: Arc<Count>,
}

/// On a cache line pair of its own: neighbours are counted by other threads.
#[derive(Default)]
#[repr(align(128))]
struct Count(AtomicU64);

impl InFlight {
    /// Nothing in flight yet.
    #[must_use]
    pub fn new(continuum: Continuum, bounded: Bounded) -> Self {
        let counts = continuum.servers().iter().map(|_| Arc::default()).collect();
        Self { shared: Arc::new(Shared { bounded, continuum, counts, total: Arc::default() }) }
    }

    /// The same requests under a changed continuum: servers that stay (by
    /// identity) keep their counts, and guards from before count here too, until
    /// they end. What is still in flight at servers that went counts in the total,
    /// which only makes caps wider.
    ///
    /// ```
    /// use continuum::{Continuum, Servers};
    /// use continuum::load::{Bounded, InFlight};
    /// let servers = Servers::from_texts(["a:80", "b:80"])?;
    /// let mut continuum = Continuum::with_servers("slots-1".parse()?, servers)?;
    /// let before = InFlight::new(continuum.clone(), Bounded::new(1.25)?);
    /// let request = before.acquire("key").unwrap();
    /// continuum.add_server("c:80".parse::<continuum::Server>()?)?;
    /// let after = before.with_continuum(continuum);
    /// assert_eq!(after.load(request.index()), 1);
    /// drop(request);
    /// assert_eq!(after.total(), 0);
    /// # Ok::<(), continuum::Error>(())
    /// ```
    #[must_use]
    pub fn with_continuum(&self, continuum: Continuum) -> Self {
        let known: std::collections::BTreeMap<_, _> = self
            .shared
            .continuum
            .servers()
            .iter()
            .zip(&self.shared.counts)
            .map(|(server, count)| (server.identity(), count))
            .collect();
        let count = |server: &Server| known.get(&server.identity()).copied().cloned();
        let counts = continuum.servers().iter().map(|s| count(s).unwrap_or_default()).collect();
        let total = Arc::clone(&self.shared.total);
        Self { shared: Arc::new(Shared { bounded: self.shared.bounded, continuum, counts, total }) }
    }

    /// A server for a request, which is in flight until the guard is dropped: the
    /// key's owner if it has room, else the next with room in the order of
    /// [`Overflow`](crate::load::Overflow). `None` only where
    /// [`resolve`](Continuum::resolve) gives none.
    ///
    /// Costs a look-up and three atomic operations while the owner has room, and
    /// a step of a walk for each full server. Allocates nothing.
    pub fn acquire(&self, key: impl AsRef<[u8]>) -> Option<Guard> {
        let Shared { bounded, continuum, counts, total } = &*self.shared;
        let key = key.as_ref();
        continuum.resolve_index(key)?;
        // SeqCst throughout: that the total is at least the sum of the counts is
        // a statement about many atomics at one moment, which needs one order of
        // all operations.
        let mut others = total.0.fetch_add(1, SeqCst);
        loop {
            let taken = bounded.first(continuum, key, |server| {
                let fair = continuum.fair_shares().get(server as usize)?;
                let cap = bounded.cap(others, *fair);
                let count = counts.get(server as usize)?;
                let mut now = count.0.load(SeqCst);
                while now < cap {
                    match count.0.compare_exchange_weak(now, now + 1, SeqCst, SeqCst) {
                        Ok(_) => return Some((server, now + 1, cap)),
                        Err(other) => now = other,
                    }
                }
                None
            });
            if let Some((index, load, cap)) = taken {
                return Some(Guard { shared: Arc::clone(&self.shared), index, load, cap });
            }
            hint::spin_loop();
            // This request is in the total already.
            others = total.0.load(SeqCst).saturating_sub(1);
        }
    }

    /// Requests in flight at a server, by its number; 0 for a number too large.
    #[must_use]
    pub fn load(&self, server: u32) -> u64 {
        self.shared.counts.get(server as usize).map_or(0, |count| count.0.load(SeqCst))
    }

    /// Requests in flight in all, those that look for a place included.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.shared.total.0.load(SeqCst)
    }

    /// The continuum.
    #[must_use]
    pub fn continuum(&self) -> &Continuum {
        &self.shared.continuum
    }

    /// The rule.
    #[must_use]
    pub fn bounded(&self) -> Bounded {
        self.shared.bounded
    }
}

impl fmt::Debug for InFlight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InFlight")
            .field("bounded", &self.shared.bounded)
            .field("continuum", &self.shared.continuum)
            .field("total", &self.total())
            .finish_non_exhaustive()
    }
}

/// A request in flight at a server; dropped, it has ended.
#[must_use = "dropped at once, the request counts as ended"]
pub struct Guard {
    shared: Arc<Shared>,
    index: u32,
    load: u64,
    cap: u64,
}

impl Guard {
    /// The server's number in the list of the continuum that gave it.
    #[must_use]
    pub fn index(&self) -> u32 {
        self.index
    }

    /// The server.
    #[must_use]
    pub fn server(&self) -> &Server {
        // The number came from this very continuum.
        &self.shared.continuum.servers().as_slice()[self.index as usize]
    }

    /// Requests that the server had when this one was admitted, it included.
    #[must_use]
    pub fn load(&self) -> u64 {
        self.load
    }

    /// The server's cap when this request was admitted: never below
    /// [`load`](Self::load).
    #[must_use]
    pub fn cap(&self) -> u64 {
        self.cap
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // The server's first: the total is never less than their sum.
        self.shared.counts[self.index as usize].0.fetch_sub(1, SeqCst);
        self.shared.total.0.fetch_sub(1, SeqCst);
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard")
            .field("server", &self.server().identity())
            .field("load", &self.load)
            .field("cap", &self.cap)
            .finish()
    }
}
