//! HAProxy's bounded loads: `hash-balance-factor` over a consistent ring.

use crate::error::{Error, Kind};
use crate::placement::{Cursor, Hashed, KeyHash as _, Place as _, Ring};
use crate::scheme::Scheme;
use crate::schemes::proxies::haproxy::input::HaproxyKey;
use crate::schemes::proxies::haproxy::{self, POINTS, weight};
use crate::server::Servers;

/// A `haproxy` ring under `hash-balance-factor`: no server serves more than the
/// factor's part above its fair share; a key whose server is full goes to the
/// next server up the ring that is not.
///
/// A decision depends on what is being served: [`open`](Self::open) counts, and
/// [`close`](Self::close) takes back. Equal to HAProxy's answers when told of the
/// same requests in the same order.
///
/// ```
/// use continuum::{Server, Servers};
/// use continuum::compat::HaproxyBounded;
/// let mut servers = Servers::new();
/// for id in 1..=3 {
///     servers.add(Server::new(format!("10.0.0.{id}"), 80).with_id(id))?;
/// }
/// let mut bounded = HaproxyBounded::new("haproxy".parse()?, servers, 150)?;
/// let first = bounded.open("popular").unwrap();
/// let second = bounded.open("popular").unwrap();
/// assert_ne!(first, second); // two of two requests on one server are too many
/// bounded.close(first);
/// assert_eq!(bounded.served()[second as usize], 1);
/// # Ok::<(), continuum::Error>(())
/// ```
pub struct HaproxyBounded {
    servers: Servers,
    ring: Hashed<HaproxyKey, Ring<u32>>,
    factor: u64,
    /// The effective weight of each server, and the sum before it.
    weights: Box<[(u64, u64)]>,
    /// The sum of effective weights.
    total_weight: u64,
    served: Box<[u64]>,
    total_served: u64,
}

impl HaproxyBounded {
    /// Builds the ring, with nothing being served.
    ///
    /// # Errors
    /// The scheme is not `haproxy` with `method=consistent`; the factor is not
    /// above 100 (percent), as HAProxy demands; or what
    /// [`Continuum::with_servers`](crate::Continuum::with_servers) refuses.
    pub fn new(scheme: Scheme, servers: Servers, factor: u32) -> Result<Self, Error> {
        let refuse = |why: String| Err(Error::new(Kind::Scheme, why));
        let options = scheme.values();
        if scheme.name() != haproxy::SCHEME.name || options.choice("method") != "consistent" {
            return refuse(format!(
                "scheme '{scheme}': bounded loads need 'haproxy' with method=consistent"
            ));
        }
        if factor <= 100 {
            return refuse(format!(
                "hash-balance-factor {factor} is not above 100, which HAProxy demands"
            ));
        }
        scheme.check_capacities(servers.as_slice())?;
        let ring = haproxy::consistent(&options, servers.as_slice())?;
        let mut total_weight = 0;
        let weights: Box<[(u64, u64)]> = servers
            .iter()
            .map(|server| {
                let before = total_weight;
                // At most 2^12 times 2^32 servers.
                total_weight += weight(server) * POINTS;
                (weight(server) * POINTS, before)
            })
            .collect();
        let served = vec![0; weights.len()].into_boxed_slice();
        Ok(Self {
            servers,
            ring,
            factor: factor.into(),
            weights,
            total_weight,
            served,
            total_served: 0,
        })
    }

    /// Picks the server for a request and counts it as being served. `None` when
    /// no server has weight.
    pub fn open(&mut self, key: impl AsRef<[u8]>) -> Option<u32> {
        let position = self.ring.hash.hash(key.as_ref());
        let mut cursor = Cursor::default();
        // Some server is eligible: the slots sum up to more than is served.
        let picked = std::iter::from_fn(|| self.ring.place.step(position, &mut cursor))
            .find(|server| self.eligible(*server))?;
        self.served[picked as usize] += 1;
        self.total_served += 1;
        Some(picked)
    }

    /// A request to this server has ended. Says false, and changes nothing, if
    /// none was being served there.
    pub fn close(&mut self, server: u32) -> bool {
        match self.served.get_mut(server as usize) {
            Some(served) if *served > 0 => {
                *served -= 1;
                self.total_served -= 1;
                true
            }
            _ => false,
        }
    }

    /// How many requests each server is serving, in list order.
    #[must_use]
    pub fn served(&self) -> &[u64] {
        &self.served
    }

    /// The servers, in the order given.
    #[must_use]
    pub fn servers(&self) -> &Servers {
        &self.servers
    }

    /// HAProxy's `chash_server_is_eligible`, its divisions in its order.
    fn eligible(&self, server: u32) -> bool {
        let (weight, before) = self.weights[server as usize];
        let total = u128::from(self.total_weight.max(1));
        let slots = ((u128::from(self.total_served) + 1) * u128::from(self.factor)).div_ceil(100);
        let (each, rest) = (slots / total, slots % total);
        let (weight, before) = (u128::from(weight), u128::from(before));
        let slots = weight * each + (before + weight) * rest / total - before * rest / total;
        u128::from(self.served[server as usize]) < slots.max(1)
    }
}

impl std::fmt::Debug for HaproxyBounded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HaproxyBounded")
            .field("servers", &self.servers)
            .field("factor", &self.factor)
            .field("served", &self.served)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::recorded;
    use crate::server::Server;

    fn servers(weights: &[u32]) -> Servers {
        let mut servers = Servers::new();
        for (id, weight) in (1..).zip(weights) {
            let server = Server::new("10.0.0.1", 80).with_name(format!("s{id}"));
            servers.add(server.with_id(id).with_capacity(*weight)).unwrap();
        }
        servers
    }

    #[test]
    fn refuses_what_haproxy_refuses() {
        let new = |scheme: &str, factor| {
            let error = HaproxyBounded::new(scheme.parse().unwrap(), servers(&[1, 1]), factor);
            error.unwrap_err().to_string()
        };
        assert!(new("haproxy", 100).contains("not above 100"));
        assert!(new("haproxy:method=map-based", 150).contains("need 'haproxy'"));
        assert!(new("nginx", 150).contains("need 'haproxy'"));
        let heavy = HaproxyBounded::new("haproxy".parse().unwrap(), servers(&[257]), 150);
        assert!(heavy.unwrap_err().is_invalid_capacity());
    }

    #[test]
    fn no_server_no_weight_no_request() {
        let new = |weights: &[u32]| {
            HaproxyBounded::new("haproxy".parse().unwrap(), servers(weights), 150).unwrap()
        };
        assert_eq!(new(&[]).open("key"), None);
        assert_eq!(new(&[0, 0]).open("key"), None);
        let mut one = new(&[0, 1]);
        assert_eq!(one.open("key"), Some(1));
        assert!(!one.close(0) && !one.close(9) && one.close(1) && !one.close(1));
    }

    /// Sequences of requests that opened and closed, as HAProxy placed them.
    #[test]
    fn recorded_sequences() {
        let mut answers = 0;
        for set in recorded::sets("haproxy-bounded.json") {
            let options = &set["options"];
            let factor = u32::try_from(options["hash-balance-factor"].as_u64().unwrap()).unwrap();
            let text = match options["hash-type"].as_str().unwrap() {
                "consistent" => "haproxy".to_owned(),
                other => {
                    let words: Vec<&str> = other.split(' ').collect();
                    let avalanche = if words.contains(&"avalanche") { "on" } else { "off" };
                    format!("haproxy:function={},avalanche={avalanche}", words[1])
                }
            };
            let servers = recorded::servers(&set);
            let mut bounded = HaproxyBounded::new(text.parse().unwrap(), servers, factor).unwrap();
            let mut picked = Vec::new();
            for (at, op) in set["ops"].as_array().unwrap().iter().enumerate() {
                if op["op"] == "open" {
                    let server = bounded.open(op["key"].as_str().unwrap());
                    let wanted = op["server_index"].as_u64();
                    assert_eq!(server.map(u64::from), wanted, "{}: {at}: {op}", set["name"]);
                    picked.push(server);
                    answers += 1;
                } else {
                    let open = usize::try_from(op["open_op"].as_u64().unwrap()).unwrap();
                    picked.push(None);
                    assert!(bounded.close(picked[open].unwrap()));
                }
            }
        }
        assert!(answers > 1000, "{answers}");
    }

    /// However many requests one key brings, nobody gets more than the bound.
    #[test]
    fn the_bound_holds() {
        let mut bounded =
            HaproxyBounded::new("haproxy".parse().unwrap(), servers(&[1, 2, 4]), 110).unwrap();
        for _ in 0..7000 {
            bounded.open("one key").unwrap();
        }
        for (served, weight) in bounded.served().iter().zip([1, 2, 4]) {
            assert!(*served <= 1100 * weight + 1, "{:?}", bounded.served());
        }
    }
}
