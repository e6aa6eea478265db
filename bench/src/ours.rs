//! Our continuums.

use continuum::{Continuum, NO_OWNER, Server, Servers};

/// A continuum over named servers of capacity 1.
pub fn continuum(scheme: &str, servers: &[&str]) -> Continuum {
    let scheme = scheme.parse().unwrap_or_else(|error| panic!("{scheme}: {error}"));
    Continuum::with_servers(scheme, set(servers)).unwrap_or_else(|error| panic!("{error}"))
}

pub fn set(servers: &[&str]) -> Servers {
    Servers::from_texts(servers.iter().copied()).unwrap_or_else(|error| panic!("{error}"))
}

pub fn server(text: &str) -> Server {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

/// The owner's number of one key, as the other engines give it.
#[inline]
pub fn owner(continuum: &Continuum, key: &str) -> u32 {
    continuum.resolve_index(key).unwrap_or(NO_OWNER)
}
