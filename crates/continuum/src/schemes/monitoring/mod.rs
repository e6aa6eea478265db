//! Relays and scrapers of metrics. May import what every scheme may: hashes,
//! placements, points; nothing of another program's.

pub(crate) mod carbon;
pub(crate) mod carbon_c_relay;
pub(crate) mod hashmod;
pub(crate) mod vmagent_cluster;
