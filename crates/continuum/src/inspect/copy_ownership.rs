//! Copy ownership: what servers and zones hold when keys have copies.

use crate::resolve::{Basis, Continuum};

/// What each server and each zone holds of all copies. From
/// [`Continuum::copy_ownership`].
#[derive(Clone, Debug, PartialEq)]
pub struct CopyOwnership {
    shares: Vec<f64>,
    zones: Vec<ZoneShare>,
    crowded: f64,
    basis: Basis,
}

/// A zone's part of all copies.
#[derive(Clone, Debug, PartialEq)]
pub struct ZoneShare {
    /// The zone; `None` for that of the servers without one.
    pub zone: Option<Box<str>>,
    /// Servers in it.
    pub servers: u32,
    /// Its part of all copies, 0 to 1.
    pub share: f64,
    /// Its part of the capacity. Copies cannot follow it above one nth with n
    /// copies and n zones or more: no key has two copies in a zone then.
    pub fair: f64,
    /// The part of all keys that have a copy here: what a loss of the zone
    /// touches.
    pub keys: f64,
    /// The most copies of one key here: what one key loses with the zone.
    pub most: u32,
}

impl CopyOwnership {
    /// Each server's part of all copies, in list order. They sum to 1, or to 0
    /// when nothing owns anything.
    #[must_use]
    pub fn shares(&self) -> &[f64] {
        &self.shares
    }

    /// The zones, in the order in which the list of servers names them first.
    #[must_use]
    pub fn zones(&self) -> &[ZoneShare] {
        &self.zones
    }

    /// The part of all keys that have two copies in one zone. 0 where there are
    /// as many zones with capacity as copies.
    #[must_use]
    pub fn crowded(&self) -> f64 {
        self.crowded
    }

    /// How the shares were found.
    #[must_use]
    pub fn basis(&self) -> Basis {
        self.basis
    }
}

impl Continuum {
    /// What servers and zones hold of `n` copies of every key, laid by
    /// [`copies_in_zones`](Self::copies_in_zones): counted over the keys `0` to
    /// `99999`, which the [`basis`](CopyOwnership::basis) says. Costs that many
    /// walks over n candidates and more.
    ///
    /// ```
    /// use continuum::{Continuum, Server, Servers};
    /// let mut servers = Servers::new();
    /// for (host, zone) in [("a", "north"), ("b", "north"), ("c", "south")] {
    ///     servers.add(Server::new(host, 80).with_zone(zone))?;
    /// }
    /// let continuum = Continuum::with_servers("slots-1".parse()?, servers)?;
    /// let held = continuum.copy_ownership(2);
    /// assert_eq!(held.shares()[2], 0.5); // alone in its zone: a copy of every key
    /// assert_eq!(held.zones()[0].zone.as_deref(), Some("north"));
    /// assert_eq!((held.zones()[0].share, held.zones()[0].most), (0.5, 1));
    /// assert_eq!(held.crowded(), 0.0);
    /// # Ok::<(), continuum::Error>(())
    /// ```
    #[must_use]
    pub fn copy_ownership(&self, n: usize) -> CopyOwnership {
        const KEYS: u32 = 100_000;
        let servers = self.servers().as_slice();
        let zones = self.zones();
        let mut copies = vec![0_u64; servers.len()];
        let mut touched = vec![0_u32; zones.count()];
        let mut most = vec![0_u32; zones.count()];
        let mut here = vec![0_u32; zones.count()];
        let (mut crowded, mut all) = (0_u32, 0_u64);
        let mut laid = Vec::new();
        for number in 0..KEYS {
            let key = number.to_string();
            let mut walk = self.copies_in_zones(&key, n);
            while let Some(server) = walk.next_index() {
                copies[server as usize] += 1;
                all += 1;
                let zone = zones.number(server) as usize;
                here[zone] += 1;
                laid.push(zone);
            }
            crowded += u32::from(laid.iter().any(|zone| here[*zone] > 1));
            for zone in laid.drain(..) {
                most[zone] = most[zone].max(here[zone]);
                touched[zone] += u32::from(here[zone] > 0);
                here[zone] = 0;
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
        let share = |count: u64| if all == 0 { 0.0 } else { count as f64 / all as f64 };
        let mut parts: Vec<ZoneShare> = Vec::new();
        for ((server, fair), (number, count)) in
            servers.iter().zip(self.fair_shares()).zip((0_u32..).zip(&copies))
        {
            let zone = zones.number(number) as usize;
            if parts.len() == zone {
                parts.push(ZoneShare {
                    zone: server.zone().filter(|zone| !zone.is_empty()).map(Into::into),
                    servers: 0,
                    share: 0.0,
                    fair: 0.0,
                    keys: f64::from(touched[zone]) / f64::from(KEYS),
                    most: most[zone],
                });
            }
            let part = &mut parts[zone];
            part.servers += 1;
            part.share += share(*count);
            part.fair += fair;
        }
        let shares: Vec<f64> = copies.into_iter().map(share).collect();
        let widest = shares.iter().map(|share| share * (1.0 - share)).fold(0.0, f64::max);
        // As many draws as keys at least: the copies of one key are not independent.
        let bound = 1.96 * (widest / f64::from(KEYS)).sqrt();
        let basis = Basis::Sampled { keys: KEYS, bound };
        CopyOwnership { shares, zones: parts, crowded: f64::from(crowded) / f64::from(KEYS), basis }
    }
}
