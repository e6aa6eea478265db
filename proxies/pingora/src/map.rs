//! Map: backends under a scheme, by number.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use continuum::{Capacity, Continuum, Error, Scheme, Server, Servers};
use pingora_load_balancing::Backend;

use crate::identity;
use crate::refusal::Refusal;

/// The continuum of a set of backends, and the backends by the numbers of its servers.
pub(crate) struct Map {
    pub(crate) continuum: Option<Continuum>,
    pub(crate) backends: Vec<Backend>,
    pub(crate) refusals: Vec<Refusal>,
}

impl Map {
    /// What the scheme cannot place is left out, one backend at a time.
    pub(crate) fn of(backends: &BTreeSet<Backend>, scheme: &Scheme) -> Self {
        let mut refusals = Vec::new();
        let mut listed = listed(backends, &mut refusals);
        let mut built = build(scheme, &listed);
        // Whether it is one backend that is refused, and not their sum.
        let of_one = |why: &Error| why.is_invalid_server() || why.is_invalid_capacity();
        if built.as_ref().is_err_and(of_one) {
            listed.retain(|(backend, server)| {
                let alone = build(scheme, &[(backend.clone(), server.clone())]);
                let Err(why) = alone else { return true };
                refusals.push(Refusal::backend(backend, why));
                false
            });
            built = build(scheme, &listed);
        }
        let continuum = match built {
            Ok(continuum) => Some(continuum),
            Err(why) => {
                refusals.push(Refusal::set(scheme, why));
                None
            }
        };
        let backends = listed.into_iter().map(|(backend, _)| backend).collect();
        Self { continuum, backends, refusals }
    }

    /// The backend of that number, unless its weight is 0.
    pub(crate) fn offered(&self, index: u32) -> Option<&Backend> {
        let server = self.continuum.as_ref()?.servers().get(index)?;
        if server.capacity() == Capacity::ZERO {
            return None;
        }
        self.backends.get(index as usize)
    }
}

impl fmt::Debug for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Map")
            .field("continuum", &self.continuum)
            .field("refusals", &self.refusals)
            .finish_non_exhaustive()
    }
}

fn build(scheme: &Scheme, listed: &[(Backend, Server)]) -> Result<Continuum, Error> {
    let mut servers = Servers::new();
    for (_, server) in listed {
        servers.add(server.clone())?;
    }
    Continuum::with_servers(scheme.clone(), servers)
}

/// The backends as servers, in the order of the set. Of an address that stands there
/// with several weights the largest counts, as in pingora's own `Consistent`.
fn listed(backends: &BTreeSet<Backend>, refusals: &mut Vec<Refusal>) -> Vec<(Backend, Server)> {
    let mut listed: Vec<(Backend, Server)> = Vec::with_capacity(backends.len());
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for backend in backends {
        let server = match identity::server(backend) {
            Ok(server) => server,
            Err(refusal) => {
                refusals.push(refusal);
                continue;
            }
        };
        let identity = server.identity().into_owned();
        match places.get(&identity).and_then(|place| listed.get_mut(*place)) {
            // The set is ordered by address, then by weight.
            Some(before) if before.0.addr == backend.addr => *before = (backend.clone(), server),
            Some(before) => {
                let why = format!("'{identity}' is the name of '{}' already", before.0.addr);
                refusals.push(Refusal::backend(backend, why));
            }
            None => {
                places.insert(identity, listed.len());
                listed.push((backend.clone(), server));
            }
        }
    }
    listed
}
