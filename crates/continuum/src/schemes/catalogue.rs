//! The catalogue: one line a scheme, in the order in which they are listed.

use super::{buckets, libraries, memcached, own, proxies, stores};
use crate::scheme::SchemeEntry;

/// Every scheme there is.
pub(crate) static CATALOGUE: &[&SchemeEntry] = &[
    &libraries::python_continuum::SCHEME,
    &memcached::libmemcached::SCHEME,
    &memcached::libketama::SCHEME,
    &memcached::spymemcached::SCHEME,
    &memcached::twemproxy::SCHEME,
    &memcached::cache_memcached_fast::SCHEME,
    &memcached::memcached_proxy::SCHEME,
    &libraries::uhashring::SCHEME,
    &libraries::hash_ring::SCHEME,
    &libraries::clandestined::SCHEME,
    &libraries::clandestined::CLUSTER,
    &memcached::pymemcache::SCHEME,
    &buckets::jump::JUMP,
    &buckets::jump::GUAVA,
    &buckets::jumpback::SCHEME,
    &libraries::stathat::SCHEME,
    &libraries::groupcache::SCHEME,
    &libraries::serialx::SCHEME,
    &libraries::buraksezer::SCHEME,
    &stores::redis_cluster::SCHEME,
    &stores::kafka::SCHEME,
    &stores::cassandra::SCHEME,
    &stores::ceph_straw2::SCHEME,
    &proxies::nginx::SCHEME,
    &proxies::haproxy::SCHEME,
    &proxies::varnish::SCHEME,
    &proxies::ring_hash::ENVOY,
    &proxies::envoy_maglev::SCHEME,
    &proxies::ring_hash::GRPC,
    &memcached::mcrouter::SCHEME,
    &own::slots_1::SCHEME,
    &own::rendezvous_1::SCHEME,
    &own::ring_1::SCHEME,
    &buckets::jumpback::HOLES,
];
