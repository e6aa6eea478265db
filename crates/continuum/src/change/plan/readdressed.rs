//! Servers that keep their names at other addresses: no key has another owner, and every key of
//! theirs is looked for elsewhere.

use std::collections::BTreeMap;

use super::plan::Plan;
use crate::resolve::Continuum;

/// A server that keeps its name at another address. From [`Plan::readdressed`] and
/// [`Readdressed::between`].
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Readdressed {
    /// Its identity, on both sides.
    pub server: Box<str>,
    /// Its address before.
    pub before: Box<str>,
    /// Its address after.
    pub after: Box<str>,
    /// What it owns after the change; 0 where no plan says.
    pub share: f64,
}

impl Readdressed {
    /// All of them, in the order of the new servers, without what they own.
    ///
    /// ```
    /// use continuum::plan::Readdressed;
    /// use continuum::{Continuum, Server, Servers};
    /// let build = |host: &str| {
    ///     let mut servers = Servers::new();
    ///     servers.add(Server::new(host, 80).with_name("a"))?;
    ///     Continuum::with_servers(Default::default(), servers)
    /// };
    /// let (old, new) = (build("10.0.0.1")?, build("10.0.0.2")?);
    /// let moved = Readdressed::between(&old, &new);
    /// assert_eq!((&*moved[0].before, &*moved[0].after), ("10.0.0.1:80", "10.0.0.2:80"));
    /// assert!(Readdressed::between(&old, &old).is_empty());
    /// # Ok::<(), continuum::Error>(())
    /// ```
    #[must_use]
    pub fn between(old: &Continuum, new: &Continuum) -> Vec<Self> {
        let before: BTreeMap<_, _> =
            old.servers().iter().map(|server| (server.identity(), server.address())).collect();
        let elsewhere = |server: &crate::Server| {
            let (identity, after) = (server.identity(), server.address());
            let before = before.get(&identity).filter(|before| **before != after)?;
            let [server, before, after] = [&identity, before, &after].map(|text| (**text).into());
            Some(Self { server, before, after, share: 0.0 })
        };
        new.servers().iter().filter_map(elsewhere).collect()
    }
}

impl Plan {
    /// The servers of the two continuums of this plan that keep their names at other addresses:
    /// what hashes names sends their keys to another machine, and nothing else in a plan tells.
    ///
    /// ```
    /// use continuum::plan::Matching;
    /// use continuum::{Continuum, Plan, Server, Servers};
    /// let build = |host: &str| {
    ///     let mut servers = Servers::new();
    ///     servers.add(Server::new(host, 80).with_name("a"))?;
    ///     Continuum::with_servers(Default::default(), servers)
    /// };
    /// let (old, new) = (build("10.0.0.1")?, build("10.0.0.2")?);
    /// let plan = Plan::between(&old, &new, Matching::Identity);
    /// assert_eq!(plan.moved(), 0.0);
    /// assert_eq!(plan.readdressed(&old, &new)[0].share, 1.0);
    /// # Ok::<(), continuum::Error>(())
    /// ```
    #[must_use]
    pub fn readdressed(&self, old: &Continuum, new: &Continuum) -> Vec<Readdressed> {
        let mut all = Readdressed::between(old, new);
        if !all.is_empty() {
            let shares = self.servers().iter().map(|server| (&server.identity, server.shares().1));
            let shares: BTreeMap<_, _> = shares.collect();
            for server in &mut all {
                server.share = shares.get(&server.server).copied().unwrap_or_default();
            }
        }
        all
    }
}
