//! Bounded load: no server gets more than its part of what is in flight, and a
//! bit; what a full server cannot take goes on in an order of the key's own.
//!
//! After Mirrokni, Thorup and Zadimoghaddam, "Consistent Hashing with Bounded
//! Loads" (2016), and HAProxy's `hash-balance-factor`, which
//! [`HaproxyBounded`](crate::compat::HaproxyBounded) copies.

use crate::error::{Error, Kind};
use crate::resolve::Continuum;
use crate::server::{Capacity, Servers};

/// A rule that caps the load of servers: each may have
/// `max(min_cap, ⌈factor · (total + 1) · fair share⌉)` requests at once, `total`
/// being those in flight and 1 the one to come.
///
/// The caps sum to more than the requests, so while all look at the same counts
/// some server always has room: see [`pick`](Self::pick). The rule keeps no
/// counts; [`InFlight`](crate::load::InFlight) does.
///
/// A cap is never below one request: with more servers than requests the
/// bare product would be less, no server could take its own keys, and all would
/// overflow. With few requests in flight a cap of one still sends the second
/// request for a key elsewhere; [`with_min_cap`](Self::with_min_cap) keeps keys
/// where they belong until load is worth spreading.
///
/// ```
/// use continuum::{Continuum, Servers};
/// use continuum::load::Bounded;
/// let servers = Servers::from_texts(["a:80", "b:80", "c:80"])?;
/// let continuum = Continuum::with_servers("slots-1".parse()?, servers)?;
/// let bounded = Bounded::new(1.25)?;
/// let owner = continuum.resolve_index("popular").unwrap();
/// assert_eq!(bounded.pick(&continuum, "popular", |_| 0), Some(owner));
/// // Two in flight, both at the owner: its cap is ⌈1.25 · 3 / 3⌉ = 2.
/// let other = bounded.pick(&continuum, "popular", |server| if server == owner { 2 } else { 0 });
/// assert_ne!(other, Some(owner));
/// # Ok::<(), continuum::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounded {
    factor: f64,
    min_cap: u32,
    overflow: Overflow,
}

/// Where a key goes on to when its owner is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overflow {
    /// Along the key's candidates under `rendezvous-1` over the same servers,
    /// with capacities as the scheme counts them. The keys of a full server
    /// spread over all others in proportion to capacity, so none is next to fill
    /// because its neighbour did.
    #[default]
    Rendezvous,
    /// Along the scheme's own [`candidates`](Continuum::candidates), as HAProxy
    /// walks its ring: what copies of a key may already be there. On a ring with
    /// few points one server's overflow falls on few neighbours, which then fill
    /// too.
    Scheme,
}

impl Bounded {
    /// A cap of `factor` times the fair part, at least one request, overflow in
    /// rendezvous order. 1.25 is a common choice; 1 evens out fully and moves
    /// most.
    ///
    /// # Errors
    /// The factor is not a finite number from 1 up.
    ///
    /// ```
    /// use continuum::load::Bounded;
    /// assert!(Bounded::new(0.9).is_err());
    /// assert_eq!(Bounded::new(1.25)?.cap(99, 0.1), 13); // ⌈1.25 · 100 / 10⌉
    /// assert_eq!(Bounded::new(1.25)?.cap(0, 0.001), 1);
    /// assert_eq!(Bounded::new(1.25)?.with_min_cap(4).cap(0, 0.001), 4);
    /// # Ok::<(), continuum::Error>(())
    /// ```
    pub fn new(factor: f64) -> Result<Self, Error> {
        if !(factor.is_finite() && factor >= 1.0) {
            return Err(Error::new(
                Kind::Argument,
                format!("a factor of {factor} is not a finite number from 1 up"),
            ));
        }
        Ok(Self { factor, min_cap: 1, overflow: Overflow::default() })
    }

    /// Sets the least cap: requests that a server may have whatever the total.
    /// 0 counts as 1.
    #[must_use]
    pub fn with_min_cap(self, min_cap: u32) -> Self {
        Self { min_cap: min_cap.max(1), ..self }
    }

    /// Sets where keys of full servers go on to.
    #[must_use]
    pub fn with_overflow(self, overflow: Overflow) -> Self {
        Self { overflow, ..self }
    }

    /// What the fair part is multiplied by.
    #[must_use]
    pub fn factor(&self) -> f64 {
        self.factor
    }

    /// The least cap.
    #[must_use]
    pub fn min_cap(&self) -> u32 {
        self.min_cap
    }

    /// Where keys of full servers go on to.
    #[must_use]
    pub fn overflow(&self) -> Overflow {
        self.overflow
    }

    /// The most requests that a server of this fair share may have, the next one
    /// included, when `total` are in flight before it.
    ///
    /// Over servers whose shares sum to 1 the caps sum to `total + 1` or more:
    /// each is at least its exact part less a rounding of one in 2⁵⁰, and a sum
    /// of whole numbers above `total` is no less than `total + 1` (for totals
    /// below 2⁴⁰ and fewer than 2²⁰ servers).
    #[must_use]
    pub fn cap(&self, total: u64, fair_share: f64) -> u64 {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "exact below 2^53; a cast from f64 saturates, and a share is not negative"
        )]
        let part = (self.factor * (total as f64 + 1.0) * fair_share).ceil() as u64;
        part.max(self.min_cap.into()).max(1)
    }

    /// The first server for a key that has room: the owner if it has, else the
    /// first with room in the order of [`Overflow`]. `load` gives the requests in
    /// flight at a server, by its number. `None` only where
    /// [`resolve`](Continuum::resolve) gives none.
    ///
    /// The same loads give the same answer: nothing is counted here. O(servers)
    /// for the total; [`pick_of`](Self::pick_of) takes it from who has it. The
    /// first overflow of a continuum builds its rendezvous order, O(servers).
    pub fn pick(
        &self,
        continuum: &Continuum,
        key: impl AsRef<[u8]>,
        load: impl Fn(u32) -> u64,
    ) -> Option<u32> {
        let count = u32::try_from(continuum.servers().len()).unwrap_or(u32::MAX);
        let total = (0..count).map(&load).fold(0, u64::saturating_add);
        self.pick_of(continuum, key, total, load)
    }

    /// As [`pick`](Self::pick), for who knows the sum of all loads.
    ///
    /// Should nobody have room, which takes loads that sum to more than `total`
    /// or change during the walk, the least loaded for its capacity is picked:
    /// a request is never refused while a server is there.
    pub fn pick_of(
        &self,
        continuum: &Continuum,
        key: impl AsRef<[u8]>,
        total: u64,
        load: impl Fn(u32) -> u64,
    ) -> Option<u32> {
        let mut least: Option<(f64, u32)> = None;
        let found = self.first(continuum, key.as_ref(), |server| {
            let fair = continuum.fair_shares().get(server as usize).copied().unwrap_or(0.0);
            let now = load(server);
            if now < self.cap(total, fair) {
                return Some(server);
            }
            #[expect(clippy::cast_precision_loss, reason = "for comparison")]
            let filled = now as f64 / fair;
            if least.is_none_or(|(least, _)| filled < least) {
                least = Some((filled, server));
            }
            None
        });
        found.or(least.map(|(_, server)| server))
    }

    /// Tries the servers in the order of this rule until one is taken. Each
    /// server that can own keys is tried once, unless nobody owns the key.
    pub(crate) fn first<T>(
        &self,
        continuum: &Continuum,
        key: &[u8],
        mut take: impl FnMut(u32) -> Option<T>,
    ) -> Option<T> {
        let owner = continuum.resolve_index(key)?;
        if let Some(taken) = take(owner) {
            return Some(taken);
        }
        let order = match self.overflow {
            Overflow::Rendezvous => continuum.overflow(rendezvous).unwrap_or(continuum),
            Overflow::Scheme => continuum,
        };
        let mut candidates = order.candidates(key);
        std::iter::from_fn(|| candidates.next_index())
            .filter(|server| *server != owner)
            .find_map(take)
    }
}

/// The same servers under `rendezvous-1`, capacities as the scheme counts them.
fn rendezvous(continuum: &Continuum) -> Option<Continuum> {
    let capacities = continuum.scheme().capacities();
    let mut servers = Servers::new();
    for server in continuum.servers() {
        let capacity = Capacity::try_from(capacities.weight(server)).ok()?;
        servers.add(server.clone().with_capacity(capacity)).ok()?;
    }
    Continuum::with_servers("rendezvous-1".parse().ok()?, servers).ok()
}
