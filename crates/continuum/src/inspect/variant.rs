//! Variants: other forms in which a program may have been given its servers.

use std::collections::BTreeSet;

use crate::error::Error;
use crate::scheme::{Capacities, Order, Scheme};
use crate::server::{Capacity, Server, Servers};

/// How the servers were handed to a scheme that was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Variant {
    /// As given.
    AsGiven,
    /// Every capacity set to 1.
    Unweighted,
    /// Sorted by identity.
    Sorted,
    /// In the reverse order.
    Reversed,
    /// By address, the names left out.
    ByAddress,
    /// By host alone, the ports left out.
    ByHost,
    /// By `host:port`, a port that the scheme would leave out kept.
    WithPort,
}

impl Variant {
    /// The variant in words, for people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::AsGiven => "as given",
            Self::Unweighted => "capacities off",
            Self::Sorted => "servers sorted",
            Self::Reversed => "servers in reverse",
            Self::ByAddress => "names left out",
            Self::ByHost => "ports left out",
            Self::WithPort => "ports kept",
        }
    }

    /// The servers in this form.
    ///
    /// # Errors
    /// Two servers that the form leaves nothing to tell apart by.
    ///
    /// ```
    /// use continuum::Servers;
    /// use continuum::identify::Variant;
    /// let servers = Servers::from_texts(["10.0.0.1:11211", "10.0.0.2:11211"])?;
    /// let hosts = Variant::ByHost.apply(&servers)?;
    /// assert_eq!(hosts.as_slice()[1].identity(), "10.0.0.2");
    /// # Ok::<(), continuum::Error>(())
    /// ```
    pub fn apply(self, servers: &Servers) -> Result<Servers, Error> {
        Ok(self.numbered(servers)?.0)
    }

    /// The servers in this form, and each one's number in the list given.
    pub(crate) fn numbered(self, servers: &Servers) -> Result<(Servers, Vec<u32>), Error> {
        let mut list: Vec<(u32, &Server)> = (0..).zip(servers.as_slice()).collect();
        match self {
            Self::Sorted => list.sort_by(|a, b| a.1.identity().cmp(&b.1.identity())),
            Self::Reversed => list.reverse(),
            _ => {}
        }
        let mut set = Servers::new();
        let mut numbers = Vec::with_capacity(list.len());
        for (number, server) in list {
            set.add(self.of(server))?;
            numbers.push(number);
        }
        Ok((set, numbers))
    }

    fn of(self, server: &Server) -> Server {
        let unnamed = server.name().is_none();
        match (self, server.port()) {
            (Self::Unweighted, _) => server.clone().with_capacity(Capacity::ONE),
            (Self::ByAddress, _) => server.clone().without_name(),
            (Self::ByHost, _) => server.clone().with_name(server.host()),
            (Self::WithPort, Some(port)) if unnamed => {
                server.clone().with_name(format!("{}:{port}", server.host()))
            }
            _ => server.clone(),
        }
    }

    /// The forms of the servers that may make a difference to a scheme, as given
    /// first.
    pub(crate) fn all(scheme: &Scheme, servers: &Servers) -> Vec<Self> {
        let list = servers.as_slice();
        let mut variants = vec![Self::AsGiven];
        let weighted = list.windows(2).any(|pair| pair[0].capacity() != pair[1].capacity());
        if weighted && scheme.capacities() != Capacities::Ignored {
            variants.push(Self::Unweighted);
        }
        if scheme.order() == Order::Positional {
            variants.extend([Self::Sorted, Self::Reversed]);
        }
        if list.iter().any(|server| server.name().is_some()) {
            variants.push(Self::ByAddress);
        }
        let hosts: BTreeSet<&str> = list.iter().map(Server::host).collect();
        if hosts.len() == list.len() && list.iter().any(|server| server.port().is_some()) {
            variants.push(Self::ByHost);
        }
        // Some programs leave a well-known port out by themselves.
        if list.iter().any(|server| server.name().is_none() && server.port().is_some()) {
            variants.push(Self::WithPort);
        }
        variants
    }
}
