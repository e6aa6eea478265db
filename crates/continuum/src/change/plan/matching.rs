//! Which server of one continuum is which of another.

use std::collections::{BTreeMap, BTreeSet};

use super::records::{Part, ServerChange};
use crate::placement::NO_OWNER;
use crate::resolve::Continuum;
use crate::server::Server;

/// By what servers of two continuums are held to be the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum Matching {
    /// By identity: what tells servers apart within a set.
    #[default]
    Identity,
    /// By address, whatever their names. Servers of one set that share an
    /// address count as one.
    Address,
}

impl Matching {
    /// By identity, unless that matches none of the servers and addresses match
    /// some: two programs may know the same machines under other names.
    ///
    /// ```
    /// use continuum::{Continuum, Servers};
    /// use continuum::plan::Matching;
    /// let set = |text| Servers::from_texts([text]);
    /// let a = Continuum::with_servers(Default::default(), set("a:1")?)?;
    /// let b = Continuum::with_servers(Default::default(), set("b:1")?)?;
    /// assert_eq!(Matching::suggest(&a, &b), Matching::Identity);
    /// # Ok::<(), continuum::Error>(())
    /// ```
    #[must_use]
    pub fn suggest(old: &Continuum, new: &Continuum) -> Self {
        let common = |matching: Self| {
            let olds: BTreeSet<_> = old.servers().iter().map(|s| matching.text(s)).collect();
            new.servers().iter().any(|server| olds.contains(&matching.text(server)))
        };
        if !common(Self::Identity) && common(Self::Address) {
            Self::Address
        } else {
            Self::Identity
        }
    }

    fn text(self, server: &Server) -> Box<str> {
        match self {
            Self::Identity => server.identity(),
            Self::Address => server.address(),
        }
        .into()
    }
}

/// The servers of both sides, those that match once.
pub(super) struct Union {
    pub(super) matching: Matching,
    pub(super) servers: Vec<ServerChange>,
    /// From a number in the old list to one in the union; likewise for the new.
    olds: Vec<u32>,
    news: Vec<u32>,
}

impl Union {
    pub(super) fn of(old: &Continuum, new: &Continuum, matching: Matching) -> Self {
        let mut servers: Vec<ServerChange> = Vec::new();
        let mut numbers: BTreeMap<Box<str>, u32> = BTreeMap::new();
        let mut side = |continuum: &Continuum, after: bool| {
            let list = continuum.servers().as_slice();
            let fair = continuum.fair_shares();
            list.iter()
                .zip(fair)
                .map(|(server, fair)| {
                    let identity = matching.text(server);
                    let next = u32::try_from(servers.len()).unwrap_or(NO_OWNER);
                    let number = *numbers.entry(identity.clone()).or_insert(next);
                    if number == next {
                        servers.push(ServerChange { identity, before: None, after: None });
                    }
                    let change = &mut servers[number as usize];
                    let part = if after { &mut change.after } else { &mut change.before };
                    let part = part.get_or_insert(Part { capacity: 0.0, share: 0.0, fair: 0.0 });
                    part.capacity += server.capacity().get();
                    part.fair += fair;
                    number
                })
                .collect()
        };
        let olds = side(old, false);
        let news = side(new, true);
        Self { matching, servers, olds, news }
    }

    pub(super) fn number_of_old(&self, index: u32) -> Option<u32> {
        self.olds.get(index as usize).copied()
    }

    pub(super) fn number_of_new(&self, index: u32) -> Option<u32> {
        self.news.get(index as usize).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::Matching;
    use crate::{Continuum, Plan, Server, Servers};

    fn continuum(servers: &[Server]) -> Continuum {
        let mut set = Servers::new();
        servers.iter().for_each(|server| set.add(server.clone()).unwrap());
        Continuum::with_servers("slots-1".parse().unwrap(), set).unwrap()
    }

    fn named(number: u16, name: &str) -> Server {
        Server::new("10.0.0.1", number).with_name(name)
    }

    #[test]
    fn addresses_match_where_no_identity_does() {
        let plain = continuum(&[Server::new("10.0.0.1", 1), Server::new("10.0.0.1", 2)]);
        let other = continuum(&[named(1, "a"), named(2, "b")]);
        let mixed = continuum(&[named(1, "a"), Server::new("10.0.0.1", 2)]);
        let apart = continuum(&[Server::new("10.0.0.9", 1)]);
        assert_eq!(Matching::suggest(&plain, &plain), Matching::Identity);
        assert_eq!(Matching::suggest(&plain, &other), Matching::Address);
        assert_eq!(Matching::suggest(&plain, &mixed), Matching::Identity);
        assert_eq!(Matching::suggest(&plain, &apart), Matching::Identity);
    }

    #[test]
    fn servers_of_one_address_count_as_one() {
        let plain = continuum(&[Server::new("10.0.0.1", 1), Server::new("10.0.0.1", 2)]);
        let split = continuum(&[named(1, "a"), named(1, "b"), named(2, "c")]);
        let plan = Plan::between(&plain, &split, Matching::Address);
        assert_eq!(plan.servers().len(), 2);
        let after = plan.servers()[0].after.unwrap();
        assert_eq!(after.capacity, 2.0);
        assert!((after.fair - 2.0 / 3.0).abs() < 1e-12 && (after.share - after.fair).abs() < 0.01);
        for example in Plan::examples(&plain, &split, 5, Matching::Address) {
            let address =
                |all: &Continuum| all.resolve(&example.key).unwrap().address().into_owned();
            assert_eq!(example.from.as_deref(), Some(&*address(&plain)));
            assert_eq!(example.to.as_deref(), Some(&*address(&split)));
        }
    }
}
