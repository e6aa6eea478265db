//! The selection beside pingora's own, on all schemes, in a load balancer, and in a
//! proxy that really runs.

mod balancer;
mod consistent;
mod proxy;
mod selection;
mod support;
mod upstreams;
