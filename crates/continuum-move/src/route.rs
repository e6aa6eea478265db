//! The two maps over the machines that hold the keys.

use std::borrow::Cow;
use std::collections::BTreeMap;

use continuum::{Continuum, Server};
use continuum_config::{KeyRule, Pool};

use crate::dial::Endpoint;
use crate::error::Error;

/// One map, and what of a key it is asked for.
#[derive(Clone, Debug)]
pub struct Side {
    name: String,
    continuum: Continuum,
    rule: KeyRule,
}

impl Side {
    /// The map of a pool.
    ///
    /// # Errors
    /// Its scheme refuses its servers, or what it hashes is no key of a store.
    pub fn of(pool: &Pool) -> Result<Self, Error> {
        let continuum = Continuum::with_servers(pool.scheme().clone(), pool.servers().clone())
            .map_err(|error| Error::new(format!("pool '{}': {error}", pool.name())))?;
        if pool.key().is_of_request() {
            return Err(Error::new(format!(
                "pool '{}' hashes {}, which is no key of memcached or Redis: there is nothing to move",
                pool.name(),
                pool.key()
            )));
        }
        Ok(Self { name: pool.name().to_owned(), continuum, rule: pool.key().clone() })
    }

    /// The map.
    #[must_use]
    pub fn continuum(&self) -> &Continuum {
        &self.continuum
    }

    /// The pool's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The server that the map gives a key.
    #[must_use]
    pub fn owner(&self, key: &[u8]) -> Option<&Server> {
        self.continuum.resolve(&*self.part(key))
    }

    /// What of a key is hashed, in words.
    pub(crate) fn rule(&self) -> String {
        self.rule.as_text().unwrap_or("the whole key").to_owned()
    }

    pub(crate) fn part<'k>(&self, key: &'k [u8]) -> Cow<'k, [u8]> {
        self.rule.part(key)
    }
}

/// A machine, which may be several servers of a map.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Machine {
    /// Its name in the maps.
    pub name: String,
    /// How it is reached.
    pub endpoint: Endpoint,
    /// What other machines dial, where that is known: its address in the maps.
    pub(crate) known_as: Option<(String, u16)>,
    /// Whether the old map, and the new one, has it.
    pub(crate) sides: [bool; 2],
    /// The number of the machine that it is, under another address.
    pub(crate) same_as: Option<u32>,
}

/// Where a key lies that was found on a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lies {
    /// Where the new map puts it.
    InPlace,
    /// Where the old map puts it; the new one puts it on the machine of this number.
    Moving(u32),
    /// Where neither puts it; the new map puts it on the machine of this number.
    Stray(u32),
    /// The new map gives it to nobody.
    Unowned,
}

/// A key that does not lie where the new map puts it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listing {
    /// The key.
    pub key: Vec<u8>,
    /// The number of the machine on which it lies.
    pub from: u32,
    /// The number of the machine that owns it; none where no server does.
    pub to: Option<u32>,
    /// Whether the old map puts it elsewhere too.
    pub stray: bool,
    /// Its Redis database.
    pub database: Option<u32>,
    /// Bytes: of memcached's item, of Redis' memory.
    pub bytes: Option<u64>,
    /// Seconds that it has left; none if it does not expire.
    pub expires: Option<u64>,
}

impl Listing {
    /// A key of which no more is known than perhaps its size.
    #[must_use]
    pub fn of_key(key: Vec<u8>, bytes: Option<u64>) -> Self {
        Self { key, from: 0, to: None, stray: false, database: None, bytes, expires: None }
    }
}

/// Two maps over one set of machines. A machine is what is dialled: servers of one
/// address are one. Which addresses are one server is asked when they are dialled.
#[derive(Clone, Debug)]
pub struct Route {
    sides: [Side; 2],
    machines: Vec<Machine>,
    /// By number of the server in each map.
    numbers: [Vec<u32>; 2],
}

impl Route {
    /// From the old map to the new one. `dial` says how servers are reached that are
    /// not at their address, by what a map calls them.
    ///
    /// # Errors
    /// `dial` names a server that neither map has, or one has nothing to dial.
    pub fn between(old: Side, new: Side, dial: &BTreeMap<String, Endpoint>) -> Result<Self, Error> {
        let mut machines: Vec<Machine> = Vec::new();
        let mut numbers = [Vec::new(), Vec::new()];
        let mut used = Vec::new();
        for (at, side) in [&old, &new].into_iter().enumerate() {
            for server in side.continuum.servers() {
                let machine = machine(server, dial, &mut used)?;
                let same = machines
                    .iter()
                    .position(|other| other.endpoint.address == machine.endpoint.address);
                let number = same.unwrap_or_else(|| {
                    machines.push(named_apart(machine, &machines));
                    machines.len() - 1
                });
                machines[number].sides[at] = true;
                numbers[at]
                    .push(u32::try_from(number).map_err(|_| Error::new("too many servers"))?);
            }
        }
        if let Some(name) = dial.keys().find(|name| !used.contains(*name)) {
            return Err(Error::new(format!(
                "--dial: no server '{}' in either map",
                name.escape_debug()
            )));
        }
        Ok(Self { sides: [old, new], machines, numbers })
    }

    /// Takes machines for one that are one server under two addresses: the second of each
    /// pair is the first, and no key moves between them.
    pub(crate) fn join(&mut self, pairs: &[(u32, u32)]) {
        for (first, second) in pairs {
            let at = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
            let sides = self.machines[at(*second)].sides;
            self.machines[at(*second)].same_as = Some(*first);
            for (side, has) in self.machines[at(*first)].sides.iter_mut().zip(sides) {
                *side |= has;
            }
            for number in self.numbers.iter_mut().flatten().filter(|number| *number == second) {
                *number = *first;
            }
        }
    }

    /// The machines, those of the old map first.
    #[must_use]
    pub fn machines(&self) -> &[Machine] {
        &self.machines
    }

    /// How each machine is reached, changed by the caller: a password of its own.
    pub fn endpoints_mut(&mut self) -> impl Iterator<Item = &mut Endpoint> {
        self.machines.iter_mut().map(|machine| &mut machine.endpoint)
    }

    /// The old map and the new one.
    #[must_use]
    pub fn sides(&self) -> &[Side; 2] {
        &self.sides
    }

    /// The machine that the old map gives a key.
    #[must_use]
    pub fn old_owner(&self, key: &[u8]) -> Option<u32> {
        self.owner(0, key)
    }

    /// The machine that the new map gives a key.
    #[must_use]
    pub fn new_owner(&self, key: &[u8]) -> Option<u32> {
        self.owner(1, key)
    }

    fn owner(&self, side: usize, key: &[u8]) -> Option<u32> {
        let at = &self.sides[side];
        let server = at.continuum.resolve_index(&*at.part(key))?;
        self.numbers[side].get(usize::try_from(server).ok()?).copied()
    }

    /// What a key that was found on a machine is there.
    #[must_use]
    pub fn lies(&self, key: &[u8], on: u32) -> Lies {
        match self.new_owner(key) {
            None => Lies::Unowned,
            Some(owner) if owner == on => Lies::InPlace,
            Some(owner) if self.old_owner(key) == Some(on) => Lies::Moving(owner),
            Some(owner) => Lies::Stray(owner),
        }
    }

    /// The machine of a server that the old map calls so.
    #[must_use]
    pub fn old_machine(&self, identity: &str) -> Option<u32> {
        let server = self.sides[0].continuum.servers().index_of(identity)?;
        self.numbers[0].get(usize::try_from(server).ok()?).copied()
    }

    /// The number in the old map of a server of a machine.
    pub(crate) fn server_of_old(&self, machine: u32) -> Option<u32> {
        let at = self.numbers[0].iter().position(|number| *number == machine)?;
        u32::try_from(at).ok()
    }

    /// The fingerprints of both maps, to which a journal is bound.
    #[must_use]
    pub fn fingerprints(&self) -> [u64; 2] {
        self.sides.each_ref().map(|side| side.continuum.fingerprint())
    }
}

/// Two maps may call two machines alike.
fn named_apart(mut machine: Machine, others: &[Machine]) -> Machine {
    if others.iter().any(|other| other.name == machine.name) {
        machine.name = format!("{} at {}", machine.name, machine.endpoint.address);
    }
    machine
}

fn machine(
    server: &Server,
    dial: &BTreeMap<String, Endpoint>,
    used: &mut Vec<String>,
) -> Result<Machine, Error> {
    let identity = server.identity();
    let address = server.address();
    let called = [&*identity, &*address, server.host()];
    let given = called.into_iter().find_map(|name| dial.get_key_value(name));
    let known_as = server.port().filter(|port| *port > 0 && !server.is_unix_socket());
    let endpoint = match given {
        Some((name, endpoint)) => {
            used.push(name.clone());
            endpoint.clone()
        }
        None => Endpoint::of(server)?,
    };
    Ok(Machine {
        name: identity.into_owned(),
        known_as: known_as.map(|port| (server.host().to_owned(), port)),
        endpoint,
        sides: [false; 2],
        same_as: None,
    })
}

#[cfg(test)]
mod tests;
