//! The catalogue: one line a scheme, in the order in which they are listed.

use super::{
    buraksezer, cache_memcached_fast, cassandra, ceph_straw2, clandestined, envoy_maglev,
    groupcache, haproxy, hash_ring, jump, jumpback, kafka, libketama, libmemcached, mcrouter,
    memcached_proxy, nginx, pymemcache, python_continuum, redis_cluster, rendezvous_1, ring_1,
    ring_hash, serialx, slots_1, spymemcached, stathat, twemproxy, uhashring, varnish,
};
use crate::scheme::SchemeEntry;

/// Every scheme there is.
pub(crate) static CATALOGUE: &[&SchemeEntry] = &[
    &python_continuum::SCHEME,
    &libmemcached::SCHEME,
    &libketama::SCHEME,
    &spymemcached::SCHEME,
    &twemproxy::SCHEME,
    &cache_memcached_fast::SCHEME,
    &memcached_proxy::SCHEME,
    &uhashring::SCHEME,
    &hash_ring::SCHEME,
    &clandestined::SCHEME,
    &clandestined::CLUSTER,
    &pymemcache::SCHEME,
    &jump::JUMP,
    &jump::GUAVA,
    &jumpback::SCHEME,
    &stathat::SCHEME,
    &groupcache::SCHEME,
    &serialx::SCHEME,
    &buraksezer::SCHEME,
    &redis_cluster::SCHEME,
    &kafka::SCHEME,
    &cassandra::SCHEME,
    &ceph_straw2::SCHEME,
    &nginx::SCHEME,
    &haproxy::SCHEME,
    &varnish::SCHEME,
    &ring_hash::ENVOY,
    &envoy_maglev::SCHEME,
    &ring_hash::GRPC,
    &mcrouter::SCHEME,
    &slots_1::SCHEME,
    &rendezvous_1::SCHEME,
    &ring_1::SCHEME,
    &jumpback::HOLES,
];
