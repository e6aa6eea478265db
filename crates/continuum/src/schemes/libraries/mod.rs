//! Libraries for consistent hashing, in whatever language, that belong to no one
//! server program.

pub(crate) mod buraksezer;
pub(crate) mod clandestined;
pub(crate) mod dubbo;
pub(crate) mod go_redis;
pub(crate) mod groupcache;
pub(crate) mod hash_ring;
pub(crate) mod python_continuum;
pub(crate) mod serialx;
pub(crate) mod stathat;
pub(crate) mod tooz;
pub(crate) mod uhashring;
