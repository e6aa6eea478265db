//! The catalogue: one line a scheme, in the order in which they are listed.

use super::{
    buraksezer, cassandra, ceph_straw2, clandestined, groupcache, jump, kafka, pymemcache,
    python_continuum, redis_cluster, serialx, stathat,
};
use crate::scheme::SchemeEntry;

/// Every scheme there is.
pub(crate) static CATALOGUE: &[&SchemeEntry] = &[
    &python_continuum::SCHEME,
    &clandestined::SCHEME,
    &clandestined::CLUSTER,
    &pymemcache::SCHEME,
    &jump::JUMP,
    &jump::GUAVA,
    &stathat::SCHEME,
    &groupcache::SCHEME,
    &serialx::SCHEME,
    &buraksezer::SCHEME,
    &redis_cluster::SCHEME,
    &kafka::SCHEME,
    &cassandra::SCHEME,
    &ceph_straw2::SCHEME,
];
