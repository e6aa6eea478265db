//! The schemes, one file a program or family: how it names points, hashes keys
//! and breaks ties, with its quirks in the head comment.

pub(crate) mod buraksezer;
pub(crate) mod cassandra;
pub(crate) mod ceph_straw2;
pub(crate) mod clandestined;
pub(crate) mod groupcache;
pub(crate) mod jump;
pub(crate) mod kafka;
pub(crate) mod pymemcache;
pub(crate) mod python_continuum;
pub(crate) mod redis_cluster;
pub(crate) mod serialx;
pub(crate) mod stathat;

mod catalogue;
mod crush_ln;
mod number_key;
mod plain;
mod points;

pub(crate) use catalogue::CATALOGUE;
