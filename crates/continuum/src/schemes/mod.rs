//! The schemes, one file a program or family: how it names points, hashes keys
//! and breaks ties, with its quirks in the head comment.

pub(crate) mod buraksezer;
pub(crate) mod cache_memcached_fast;
pub(crate) mod cassandra;
pub(crate) mod ceph_straw2;
pub(crate) mod clandestined;
mod envoy_maglev;
mod furc;
pub(crate) mod groupcache;
pub(crate) mod haproxy;
pub(crate) mod haproxy_input;
pub(crate) mod hash_ring;
pub(crate) mod jump;
mod jumpback;
pub(crate) mod kafka;
pub(crate) mod libketama;
pub(crate) mod libmemcached;
mod mcrouter;
pub(crate) mod memcached_proxy;
mod nginx;
pub(crate) mod pymemcache;
pub(crate) mod python_continuum;
#[cfg(test)]
pub(crate) mod recorded;
pub(crate) mod redis_cluster;
mod rendezvous_1;
mod ring_1;
mod ring_hash;
pub(crate) mod serialx;
mod slots_1;
pub(crate) mod spymemcached;
pub(crate) mod stathat;
pub(crate) mod twemproxy;
pub(crate) mod uhashring;
mod varnish;

mod catalogue;
mod crush_ln;
mod ketama;
mod number_key;
mod own;
mod plain;
mod points;
#[cfg(test)]
mod spaces;

pub(crate) use catalogue::CATALOGUE;
