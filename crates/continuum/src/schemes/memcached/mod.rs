//! Memcached: its own proxy, other proxies that speak its protocol, and the
//! clients that were written for it.

pub(crate) mod cache_memcached_fast;
pub(crate) mod dalli;
pub(crate) mod enyim;
pub(crate) mod libketama;
pub(crate) mod libmemcached;
pub(crate) mod mcrouter;
pub(crate) mod memcached_proxy;
pub(crate) mod modulo;
pub(crate) mod npm_hashring;
pub(crate) mod pecl_memcache;
pub(crate) mod pymemcache;
pub(crate) mod spymemcached;
pub(crate) mod twemproxy;
pub(crate) mod xmemcached;
