//! What a libmemcached client's settings amount to.

use crate::error::{Error, Kind, quoted};
use crate::scheme::{Scheme, Value};
use crate::schemes::memcached::libmemcached::{HASHES, MOST_PREFIX};
use crate::server::{Capacity, Server};

/// A libmemcached client's calls, followed in order to the scheme that they give.
///
/// The same settings in another order give another map: a distribution that is
/// chosen after the servers drops their weights, a hash that is set after the
/// servers hashes keys but no points. So give the calls as the client makes
/// them, then ask for the [`scheme`](Self::scheme).
///
/// ```
/// use continuum::Server;
/// use continuum::compat::libmemcached::Behaviors;
///
/// // memcached_behavior_set(KETAMA), then a server of weight 2: a weighted ring.
/// let mut client = Behaviors::new();
/// client.set("KETAMA", "1")?.set("HASH", "md5")?;
/// client.add_server("10.0.0.1:11211".parse::<Server>()?);
/// client.add_server("10.0.0.2:11211=2".parse::<Server>()?);
/// assert_eq!(client.scheme().to_string(), "libmemcached:distribution=ketama,hash=md5");
///
/// // The same calls, the servers first: the ring forgets the weight.
/// let mut client = Behaviors::new();
/// client.add_server("10.0.0.1:11211".parse::<Server>()?);
/// client.add_server("10.0.0.2:11211=2".parse::<Server>()?);
/// client.set("HASH", "md5")?.set("KETAMA", "1")?;
/// assert_eq!(
///     client.scheme().to_string(),
///     "libmemcached:distribution=ketama,hash=md5,order=after"
/// );
///
/// // pylibmc.Client(servers, behaviors={"ketama": True})
/// let client = Behaviors::pylibmc([("ketama", "True")])?;
/// assert_eq!(client.scheme().to_string(), "libmemcached:distribution=ketama");
///
/// // $memcached->setOption(Memcached::OPT_LIBKETAMA_COMPATIBLE, true);
/// let mut client = Behaviors::new();
/// client.set("OPT_LIBKETAMA_COMPATIBLE", "true")?;
/// assert_eq!(
///     client.scheme().to_string(),
///     "libmemcached:distribution=ketama-weighted,hash=md5"
/// );
/// # Ok::<(), continuum::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Behaviors {
    distribution: Distribution,
    weighted: Weighted,
    hash: &'static str,
    /// The key hash when the ring was last built.
    ring_hash: &'static str,
    /// Whether there were servers when the distribution was last chosen.
    chosen_after: bool,
    sort_hosts: bool,
    prefix: Box<str>,
    hash_prefix: bool,
    servers: Vec<Server>,
}

/// `CONSISTENT`, `CONSISTENT_KETAMA` and `CONSISTENT_WEIGHTED` differ only in what
/// they do to the flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Distribution {
    Modula,
    Ketama,
    Spy,
}

/// The flag that makes rings weighted, and who set it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weighted {
    Off,
    /// A server of weight above 1.
    ByServer,
    /// A call.
    ByCall,
}

impl Behaviors {
    const KNOWN: &str = "hash, ketama_hash, ketama, ketama_weighted, distribution, sort_hosts, \
                         namespace, hash_with_prefix_key, libketama_compatible";

    /// `memcached_create`: modula, the default hash, no servers.
    #[must_use]
    pub fn new() -> Self {
        Self {
            distribution: Distribution::Modula,
            weighted: Weighted::Off,
            hash: HASHES[0],
            ring_hash: HASHES[0],
            chosen_after: false,
            sort_hosts: false,
            prefix: Box::default(),
            hash_prefix: false,
            servers: Vec::new(),
        }
    }

    /// pylibmc's `Client(…, behaviors={…})` before its servers are added: it sets
    /// them in an order of its own, whatever that of the dict, and servers come
    /// after. Behaviours that decide no map are passed over.
    ///
    /// # Errors
    /// A value that its behaviour does not take.
    pub fn pylibmc<'a>(
        behaviors: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, Error> {
        const ORDER: [&str; 5] =
            ["hash", "ketama_hash", "ketama", "ketama_weighted", "distribution"];
        let given: Vec<(&str, &str)> = behaviors.into_iter().collect();
        let mut client = Self::new();
        for name in ORDER {
            for (_, value) in given.iter().filter(|(given, _)| *given == name) {
                client.set(name, value)?;
            }
        }
        Ok(client)
    }

    /// `memcached_behavior_set`, by the behaviour's name and its value as a word
    /// or number: `set("MEMCACHED_BEHAVIOR_HASH", "MD5")`, `set("hash", "1")`.
    /// Also `namespace` (`MEMCACHED_CALLBACK_NAMESPACE`, PHP's `OPT_PREFIX_KEY`)
    /// and PHP's `OPT_LIBKETAMA_COMPATIBLE`, which unlike KETAMA_WEIGHTED resets
    /// hash and distribution when it is turned off.
    ///
    /// # Errors
    /// A behaviour that decides no map, a value that it does not take, a
    /// distribution that is no map (`random`, `virtual_bucket`).
    pub fn set(&mut self, behavior: &str, value: &str) -> Result<&mut Self, Error> {
        let name = word(behavior, &["memcached_", "behavior_", "callback_", "opt_"]);
        let refuse = |takes: &str| {
            Error::new(
                Kind::Scheme,
                format!(
                    "libmemcached: {} is {}, but takes {takes}",
                    quoted(behavior),
                    quoted(value)
                ),
            )
        };
        let switch = || match word(value, &[]).as_str() {
            "1" | "on" | "true" | "yes" => Ok(true),
            "0" | "off" | "false" | "no" | "" => Ok(false),
            _ => Err(refuse("on or off")),
        };
        match name.as_str() {
            "hash" => self.hash = hash(value).ok_or_else(|| refuse(&HASHES.join(", ")))?,
            // It sets a field that nothing reads.
            "ketama_hash" => {
                hash(value).ok_or_else(|| refuse(&HASHES.join(", ")))?;
            }
            "ketama" => self.ketama(switch()?),
            "ketama_weighted" => self.ketama_weighted(switch()?),
            "libketama_compatible" => {
                let on = switch()?;
                self.ketama_weighted(on);
                if !on {
                    self.hash = HASHES[0];
                    self.distribute(Distribution::Modula);
                }
            }
            "distribution" => match word(value, &["memcached_", "distribution_"]).as_str() {
                "0" | "modula" => self.distribute(Distribution::Modula),
                "1" | "2" | "consistent" | "ketama" | "consistent_ketama" => self.ketama(true),
                "4" | "spy" | "consistent_ketama_spy" => self.distribute(Distribution::Spy),
                "5" | "weighted" | "consistent_weighted" | "ketama_weighted" => {
                    self.weighted = Weighted::ByCall;
                    self.distribute(Distribution::Ketama);
                }
                _ => {
                    return Err(refuse(
                        "modula, consistent, consistent_ketama, consistent_ketama_spy or \
                         consistent_weighted",
                    ));
                }
            },
            "sort_hosts" => {
                self.sort_hosts = switch()?;
                self.run();
            }
            "namespace" | "prefix_key" if value.len() > MOST_PREFIX => {
                return Err(refuse(&format!("at most {MOST_PREFIX} bytes")));
            }
            "namespace" | "prefix_key" => self.prefix = value.into(),
            "hash_with_prefix_key" => self.hash_prefix = switch()?,
            _ => {
                return Err(Error::new(
                    Kind::Scheme,
                    format!(
                        "libmemcached: {} decides no map; those that do are {}",
                        quoted(behavior),
                        Self::KNOWN
                    ),
                ));
            }
        }
        Ok(self)
    }

    fn ketama(&mut self, on: bool) {
        if on {
            self.weighted = Weighted::Off;
            self.distribute(Distribution::Ketama);
        } else {
            self.distribute(Distribution::Modula);
        }
    }

    fn ketama_weighted(&mut self, on: bool) {
        if on {
            self.hash = "md5";
            self.weighted = Weighted::ByCall;
            self.distribute(Distribution::Ketama);
        } else {
            self.ketama(true);
        }
    }

    fn distribute(&mut self, distribution: Distribution) {
        self.distribution = distribution;
        self.chosen_after = !self.servers.is_empty();
        self.run();
    }

    /// libmemcached's `run_distribution`.
    fn run(&mut self) {
        if self.sort_hosts {
            self.servers.sort_by(|a, b| (a.host(), a.port()).cmp(&(b.host(), b.port())));
        }
        if self.distribution != Distribution::Modula && !self.servers.is_empty() {
            self.ring_hash = self.hash;
        }
    }

    /// `memcached_server_add_with_weight`, also for a Unix socket: pylibmc's
    /// servers, PHP's `addServer`. The weight is the server's capacity.
    pub fn add_server(&mut self, server: impl Into<Server>) -> &mut Self {
        let consistent = self.distribution != Distribution::Modula;
        let server = server.into();
        self.take(&server, consistent);
        self.servers.push(server);
        self.run();
        self
    }

    /// `memcached_server_push`: PHP's `addServers`, and what was read by
    /// `memcached_servers_parse`. A weight above 1 counts under any distribution
    /// here.
    pub fn push_servers(&mut self, servers: impl IntoIterator<Item = Server>) -> &mut Self {
        for server in servers {
            self.take(&server, true);
            self.servers.push(server);
        }
        self.run();
        self
    }

    fn take(&mut self, server: &Server, counts: bool) {
        if counts && server.capacity() > Capacity::ONE && self.weighted == Weighted::Off {
            self.weighted = Weighted::ByServer;
        }
    }

    /// The scheme that the calls so far amount to.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        let weighted = if self.weighted == Weighted::ByCall { "-weighted" } else { "" };
        let mut text = match self.distribution {
            Distribution::Modula => "libmemcached:distribution=modula".to_owned(),
            Distribution::Ketama => format!("libmemcached:distribution=ketama{weighted}"),
            Distribution::Spy => format!("libmemcached:distribution=spy{weighted}"),
        };
        text.push_str(",hash=");
        text.push_str(self.hash);
        if self.distribution != Distribution::Modula && self.weighted != Weighted::ByCall {
            if self.ring_hash != self.hash && !self.servers.is_empty() {
                text.push_str(",point-hash=");
                text.push_str(self.ring_hash);
            }
            if self.weighted == Weighted::Off && self.chosen_after {
                text.push_str(",order=after");
            }
        }
        if self.hash_prefix && !self.prefix.is_empty() {
            text.push_str(",prefix=");
            text.push_str(&Value::Text(self.prefix.clone()).to_string());
        }
        match text.parse() {
            Ok(scheme) => scheme,
            Err(error) => unreachable!("words of the scheme's own: {error}"),
        }
    }

    /// Whether SORT_HOSTS is on, so that [`servers`](Self::servers) are in another
    /// order than they came.
    #[must_use]
    pub fn sorts_hosts(&self) -> bool {
        self.sort_hosts
    }

    /// The servers in the client's own order, which decides ties, and everything
    /// in modula: SORT_HOSTS sorts them.
    #[must_use]
    pub fn servers(&self) -> &[Server] {
        &self.servers
    }
}

impl Default for Behaviors {
    fn default() -> Self {
        Self::new()
    }
}

/// Lower-case, without these beginnings.
fn word(text: &str, beginnings: &[&str]) -> String {
    let lower = text.trim().to_ascii_lowercase().replace('-', "_");
    let mut rest = lower.as_str();
    for beginning in beginnings {
        rest = rest.strip_prefix(beginning).unwrap_or(rest);
    }
    rest.to_owned()
}

/// A hash by its word, or by libmemcached's number for it.
fn hash(text: &str) -> Option<&'static str> {
    let word = word(text, &["memcached_", "hash_"]);
    let by_number = word.parse::<usize>().ok().and_then(|number| HASHES.get(number));
    HASHES.iter().find(|hash| **hash == word).or(by_number).copied()
}

#[cfg(test)]
mod tests {
    use super::{Behaviors, Server};

    fn server(port: u16, weight: u32) -> Server {
        Server::new("10.0.0.1", port).with_capacity(weight)
    }

    fn text(client: &Behaviors) -> String {
        client.scheme().to_string()
    }

    #[test]
    fn the_flag_follows_the_calls() {
        let mut client = Behaviors::new();
        client.push_servers([server(1, 2)]).set("distribution", "spy").unwrap();
        assert_eq!(text(&client), "libmemcached:distribution=spy");
        let mut client = Behaviors::new();
        client.add_server(server(1, 2)).set("distribution", "spy").unwrap();
        assert_eq!(text(&client), "libmemcached:distribution=spy,order=after");
        client.add_server(server(2, 2));
        assert_eq!(text(&client), "libmemcached:distribution=spy");
        let mut client = Behaviors::new();
        client.set("ketama_weighted", "1").unwrap().set("distribution", "spy").unwrap();
        assert_eq!(text(&client), "libmemcached:distribution=spy-weighted,hash=md5");
        client.set("ketama", "1").unwrap();
        assert_eq!(text(&client), "libmemcached:distribution=ketama,hash=md5");
        client.set("ketama", "0").unwrap();
        assert_eq!(text(&client), "libmemcached:hash=md5");
    }

    #[test]
    fn a_ring_keeps_the_hash_it_was_built_with() {
        let mut client = Behaviors::new();
        client.set("ketama", "1").unwrap().add_server(server(1, 1));
        client.set("hash", "MEMCACHED_HASH_MD5").unwrap();
        assert_eq!(text(&client), "libmemcached:distribution=ketama,hash=md5,point-hash=default");
        client.add_server(server(2, 1));
        assert_eq!(text(&client), "libmemcached:distribution=ketama,hash=md5");
    }

    #[test]
    fn pylibmc_sets_in_its_own_order() {
        let client = Behaviors::pylibmc([
            ("distribution", "consistent"),
            ("ketama_weighted", "True"),
            ("hash", "crc"),
            ("tcp_nodelay", "True"),
        ]);
        assert_eq!(text(&client.unwrap()), "libmemcached:distribution=ketama,hash=md5");
    }

    #[test]
    fn php_s_option_resets() {
        let mut client = Behaviors::new();
        client.set("OPT_LIBKETAMA_COMPATIBLE", "1").unwrap();
        client.set("OPT_LIBKETAMA_COMPATIBLE", "0").unwrap();
        assert_eq!(text(&client), "libmemcached");
    }

    #[test]
    fn hosts_are_sorted_from_then_on() {
        let mut client = Behaviors::new();
        client.add_server(Server::new("b", 1)).add_server(Server::new("a", 2));
        client.set("sort_hosts", "1").unwrap().add_server(Server::new("a", 1));
        let hosts: Vec<String> = client.servers().iter().map(|s| s.to_string()).collect();
        assert_eq!(hosts, ["a:1", "a:2", "b:1"]);
    }

    #[test]
    fn a_prefix_counts_only_when_hashed() {
        let mut client = Behaviors::new();
        client.set("OPT_PREFIX_KEY", "é,:").unwrap();
        assert_eq!(text(&client), "libmemcached");
        client.set("HASH_WITH_PREFIX_KEY", "on").unwrap();
        assert_eq!(text(&client), "libmemcached:prefix=é%2C:");
    }

    #[test]
    fn refuses_what_is_no_map() {
        for (name, value, says) in [
            ("distribution", "random", "'random', but takes modula"),
            ("hash", "sha1", "'sha1', but takes default, md5"),
            ("hash", "11", "'11', but takes"),
            ("ketama", "maybe", "takes on or off"),
            ("namespace", &"n".repeat(251), "takes at most 250 bytes"),
            ("tcp_nodelay", "1", "decides no map"),
        ] {
            let error = Behaviors::new().set(name, value).unwrap_err();
            assert!(error.is_invalid_scheme() && error.to_string().contains(says), "{error}");
        }
    }
}
