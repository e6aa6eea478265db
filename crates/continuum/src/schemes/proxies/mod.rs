//! Proxies and load balancers for HTTP, gRPC and TCP.

pub(crate) mod envoy_maglev;
pub(crate) mod haproxy;
pub(crate) mod nginx;
pub(crate) mod ring_hash;
pub(crate) mod varnish;
