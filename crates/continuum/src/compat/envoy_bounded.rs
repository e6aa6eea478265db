//! Envoy's bounded loads: `hash_balance_factor` over either of its balancers.

use crate::error::{Error, Kind};
use crate::hash::mt19937::Mt19937;
use crate::hash::word::low32;
use crate::placement::{NO_OWNER, Placement};
use crate::scheme::{BuildContext, Scheme};
use crate::schemes::proxies::ring_hash::weights as envoy_weights;
use crate::server::Servers;

/// An `envoy-ring-hash` or `envoy-maglev` under `hash_balance_factor`: a host whose
/// requests exceed its part of the factor is passed over, in an order that is drawn from
/// the key's hash, and if all exceed theirs the least loaded takes the request.
///
/// A host is passed over once it holds more than its slots, so it may hold one above
/// them. A decision depends on what is being served: [`open`](Self::open) counts, and
/// [`close`](Self::close) takes back. Equal to Envoy's answers when told of the same
/// requests in the same order.
///
/// ```
/// use continuum::Servers;
/// use continuum::compat::EnvoyBounded;
/// let servers = Servers::from_texts(["10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"])?;
/// let mut bounded = EnvoyBounded::new("envoy-maglev".parse()?, servers, 100)?;
/// let picked: Vec<u32> = (0..6).map(|_| bounded.open("popular").unwrap()).collect();
/// assert_eq!(picked[0], picked[1]); // one above its slots
/// assert!(picked.iter().any(|host| *host != picked[0]));
/// bounded.close(picked[0]);
/// # Ok::<(), continuum::Error>(())
/// ```
pub struct EnvoyBounded {
    servers: Servers,
    placement: Box<dyn Placement>,
    /// Hosts in Envoy's order.
    hosts: Box<[u32]>,
    /// Each server's part of the sum of weights.
    weights: Box<[f64]>,
    factor: u64,
    active: Box<[u64]>,
    total: u64,
}

impl EnvoyBounded {
    /// Builds the map, with nothing being served.
    ///
    /// # Errors
    /// The scheme is neither `envoy-ring-hash` nor `envoy-maglev`; the factor is below
    /// 100 (percent), which Envoy refuses; or what
    /// [`Continuum::with_servers`](crate::Continuum::with_servers) refuses.
    pub fn new(scheme: Scheme, servers: Servers, factor: u32) -> Result<Self, Error> {
        let refuse = |why: String| Err(Error::new(Kind::Scheme, why));
        if !["envoy-ring-hash", "envoy-maglev"].contains(&scheme.name()) {
            return refuse(format!(
                "scheme '{scheme}': Envoy's bounded loads need 'envoy-ring-hash' or 'envoy-maglev'"
            ));
        }
        if factor < 100 {
            return refuse(format!(
                "hash_balance_factor {factor} is below 100, which Envoy refuses"
            ));
        }
        let placement = scheme.build(servers.as_slice(), BuildContext::default())?;
        let parts = envoy_weights(&scheme.values(), servers.as_slice())?;
        let mut weights = vec![0.0; servers.len()];
        for (number, weight) in &parts {
            weights[*number as usize] = *weight;
        }
        let active = vec![0; servers.len()].into_boxed_slice();
        Ok(Self {
            servers,
            placement,
            hosts: parts.into_iter().map(|(number, _)| number).collect(),
            weights: weights.into_boxed_slice(),
            factor: factor.into(),
            active,
            total: 0,
        })
    }

    /// Picks the host for a request and counts it as being served. `None` when no host
    /// has weight.
    pub fn open(&mut self, key: impl AsRef<[u8]>) -> Option<u32> {
        let key = key.as_ref();
        let first = self.placement.locate(key);
        if first == NO_OWNER {
            return None;
        }
        let picked = if self.load(first) <= 1.0 {
            first
        } else {
            let hash = u64::try_from(self.placement.position(key)?).ok()?;
            self.instead_of(first, low32(hash))
        };
        self.active[picked as usize] += 1;
        self.total += 1;
        Some(picked)
    }

    /// A request to this host has ended. Says false, and changes nothing, if none was
    /// being served there.
    pub fn close(&mut self, server: u32) -> bool {
        match self.active.get_mut(server as usize) {
            Some(active) if *active > 0 => {
                *active -= 1;
                self.total -= 1;
                true
            }
            _ => false,
        }
    }

    /// How many requests each server is serving, in list order.
    #[must_use]
    pub fn served(&self) -> &[u64] {
        &self.active
    }

    /// The servers, in the order given.
    #[must_use]
    pub fn servers(&self) -> &Servers {
        &self.servers
    }

    /// A host's requests over its slots, in doubles as Envoy has it.
    #[expect(clippy::cast_precision_loss, reason = "Envoy converts alike")]
    fn load(&self, host: u32) -> f64 {
        let slots = ((u128::from(self.total) + 1) * u128::from(self.factor)).div_ceil(100);
        let slots = (slots as f64 * self.weights[host as usize]).ceil().max(1.0);
        self.active[host as usize] as f64 / slots
    }

    /// The hosts are shuffled from the front, by a Mersenne Twister that the hash seeds,
    /// until one has room; else the least loaded, of which the first choice is one.
    fn instead_of(&self, first: u32, seed: u32) -> u32 {
        let mut random = Mt19937::new(seed);
        let mut hosts = self.hosts.to_vec();
        let (mut picked, mut least) = (first, self.load(first));
        for at in 0..hosts.len() {
            let other = at + below(&mut random, hosts.len() - at);
            hosts.swap(at, other);
            let host = hosts[at];
            if host == first {
                continue;
            }
            let load = self.load(host);
            if load <= 1.0 {
                return host;
            }
            if load < least {
                (picked, least) = (host, load);
            }
        }
        picked
    }
}

/// libstdc++'s `uniform_int_distribution` below a count, which fits 32 bits.
fn below(random: &mut Mt19937, count: usize) -> usize {
    let step = (1_u64 << 32) / (count as u64).max(1);
    loop {
        let draw = usize::try_from(u64::from(random.next()) / step).unwrap_or(usize::MAX);
        if draw < count {
            return draw;
        }
    }
}

impl std::fmt::Debug for EnvoyBounded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EnvoyBounded")
            .field("servers", &self.servers)
            .field("factor", &self.factor)
            .field("served", &self.active)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::recorded;

    #[test]
    fn refuses_what_envoy_refuses() {
        let new = |scheme: &str, factor| {
            let servers = Servers::from_texts(["a:1", "b:1"]).unwrap();
            EnvoyBounded::new(scheme.parse().unwrap(), servers, factor).map(|_| ())
        };
        assert!(new("envoy-maglev", 99).unwrap_err().to_string().contains("below 100"));
        assert!(new("haproxy", 150).unwrap_err().to_string().contains("need 'envoy-ring-hash'"));
        assert!(new("envoy-ring-hash", 100).is_ok());
    }

    #[test]
    fn no_host_no_request() {
        let mut none =
            EnvoyBounded::new("envoy-maglev".parse().unwrap(), Servers::new(), 150).unwrap();
        assert_eq!(none.open("key"), None);
        assert!(!none.close(0));
    }

    /// Sequences of requests that opened and closed, as a running Envoy placed them.
    #[test]
    fn recorded_sequences() {
        let mut answers = 0;
        for set in recorded::sets("envoy-bounded.json") {
            let options = &set["options"];
            let factor = u32::try_from(options["hash_balance_factor"].as_u64().unwrap()).unwrap();
            let scheme = options["without_bound"].as_str().unwrap().parse().unwrap();
            let mut bounded = EnvoyBounded::new(scheme, recorded::servers(&set), factor).unwrap();
            let keys = recorded::keys(&set);
            let number =
                |value: &serde_json::Value| usize::try_from(value.as_u64().unwrap()).unwrap();
            let mut wanted = set["index"].as_array().unwrap().iter();
            let mut picked = Vec::new();
            for operation in set["ops"].as_array().unwrap() {
                let what = number(&operation[1]);
                if operation[0] == "open" {
                    let server = bounded.open(&keys[what]).unwrap();
                    let wanted = wanted.next().unwrap().as_u64();
                    assert_eq!(
                        Some(u64::from(server)),
                        wanted,
                        "{}: {}",
                        set["name"],
                        picked.len()
                    );
                    picked.push(server);
                    answers += 1;
                } else {
                    assert!(bounded.close(picked[what]));
                }
            }
        }
        assert!(answers > 2000, "{answers}");
    }
}
