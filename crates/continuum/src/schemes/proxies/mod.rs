//! Proxies and load balancers for HTTP, gRPC and TCP.

pub(crate) mod caddy;
mod envoy_keys;
pub(crate) mod envoy_maglev;
pub(crate) mod haproxy;
pub(crate) mod nginx;
pub(crate) mod nginx_ip_hash;
pub(crate) mod nginx_split_clients;
pub(crate) mod pingora_ketama;
pub(crate) mod ray_serve;
pub(crate) mod resty_chash;
pub(crate) mod ring_hash;
pub(crate) mod sglang_router;
pub(crate) mod traefik;
pub(crate) mod varnish;
pub(crate) mod varnish_hash;
pub(crate) mod vllm_router;
