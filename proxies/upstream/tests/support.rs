//! Maps and keys.

use std::time::{Duration, Instant};

use continuum::{Continuum, Servers};
use continuum_upstream::{Pool, Rules, State, View};

pub(crate) fn view(rules: Rules, servers: &[&str]) -> View {
    view_of("slots-1", rules, servers)
}

pub(crate) fn view_of(scheme: &str, rules: Rules, servers: &[&str]) -> View {
    Pool::new("test", rules).view(continuum(scheme, servers))
}

pub(crate) fn continuum(scheme: &str, servers: &[&str]) -> Continuum {
    let servers = Servers::from_texts(servers.iter().copied()).unwrap();
    Continuum::with_servers(scheme.parse().unwrap(), servers).unwrap()
}

pub(crate) fn keys() -> impl Iterator<Item = Vec<u8>> {
    (0..4_000).map(|number| format!("key-{number}").into_bytes())
}

/// The keys that a server owns.
pub(crate) fn keys_of(view: &View, server: u32) -> Vec<Vec<u8>> {
    keys().filter(|key| view.continuum().resolve_index(key) == Some(server)).collect()
}

pub(crate) fn picked(view: &View, key: &[u8], now: Instant, down: Option<u32>) -> u32 {
    let state = |server| if Some(server) == down { State::Down } else { State::Ready };
    view.pick_at(key, now, state).unwrap().index()
}

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
