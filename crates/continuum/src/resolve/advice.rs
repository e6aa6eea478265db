//! Advice on a continuum: what its scheme says, and what holds for any scheme.

use super::continuum::Continuum;
use crate::scheme::{Advice, Capacities, Order, Scheme, Topic};
use crate::server::Server;

impl Continuum {
    /// What a person should know about this continuum: defects of the scheme
    /// that this set runs into, capacities without effect, and the like. Empty
    /// is good news.
    ///
    /// ```
    /// use continuum::{Continuum, Server, Servers};
    /// use continuum::scheme::Topic;
    /// let mut servers = Servers::new();
    /// for number in 0..251 {
    ///     servers.add(Server::new(format!("10.0.0.{number}"), 11211))?;
    /// }
    /// let continuum = Continuum::with_servers("python-continuum".parse()?, servers)?;
    /// assert_eq!(continuum.advice()[0].topic(), Topic::Starved);
    /// # Ok::<(), continuum::Error>(())
    /// ```
    #[must_use]
    pub fn advice(&self) -> Vec<Advice> {
        let servers = self.servers().as_slice();
        let mut all = self.scheme().advice(servers);
        all.extend(general(self.scheme(), servers, self.placement().order_matters()));
        all
    }
}

/// What holds for any scheme.
/// `ordered`: another order of these very servers gives another map.
fn general(scheme: &Scheme, servers: &[Server], ordered: bool) -> Vec<Advice> {
    let mut all = Vec::new();
    if scheme.order() == Order::Positional && ordered {
        all.push(Advice::new(
            Topic::Positional,
            format!(
                "'{}' numbers servers by their place in the list: adding or removing one anywhere \
                 but at the end renumbers all behind it, and clients must list them in one order",
                scheme.name()
            ),
        ));
    }
    let differ = servers.windows(2).any(|pair| pair[0].capacity() != pair[1].capacity());
    if scheme.capacities() == Capacities::Ignored && differ {
        all.push(Advice::new(
            Topic::Capacity,
            format!("'{}' knows no capacities: every server counts the same", scheme.name()),
        ));
    }
    all
}
