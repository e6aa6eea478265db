//! Upstreams: a load balancer, with what its own `select` does not know.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use continuum_upstream::{Pick, State};
use pingora_core::Result;
use pingora_core::protocols::l4::socket::SocketAddr;
use pingora_core::upstreams::peer::HttpPeer;
use pingora_load_balancing::{Backend, LoadBalancer};

use crate::config::{Config, Current};
use crate::selection::Selection;

/// A load balancer together with the rules and metrics of its configuration: bounded
/// load, rest after failures, ramps. Health is the load balancer's own.
///
/// ```
/// use continuum_pingora::{Config, Selection, Upstreams};
/// use pingora_core::services::background::background_service;
/// use pingora_load_balancing::{Backends, LoadBalancer, discovery::Static};
/// let backends = Backends::new(Static::try_from_iter(["10.0.0.1:80", "10.0.0.2:80"])?);
/// let config = Config::new("images", "slots-1".parse()?);
/// let balancer = LoadBalancer::<Selection>::from_backends_with_config(backends, Some(config.clone()));
/// let service = background_service("health", balancer);
/// let upstreams = Upstreams::new(service.task(), config);
/// assert!(upstreams.pick(b"/a.png").is_none()); // the service does not run yet
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Upstreams {
    balancer: Arc<LoadBalancer<Selection>>,
    config: Config,
}

impl Upstreams {
    /// A load balancer and the configuration that it was made with.
    #[must_use]
    pub fn new(balancer: Arc<LoadBalancer<Selection>>, config: Config) -> Self {
        Self { balancer, config }
    }

    /// A backend for a request: see [`View::pick`](continuum_upstream::View::pick). The
    /// request is in flight until what is returned is dropped.
    #[must_use]
    pub fn pick(&self, key: &[u8]) -> Option<Picked> {
        let current = self.config.current()?;
        let backends = self.balancer.backends();
        let state = |index: u32| match current.map.backends.get(index as usize) {
            Some(backend) if backends.ready(backend) => State::Ready,
            _ => State::Down,
        };
        let pick = current.view.pick(key, state)?;
        Some(Picked { current, pick })
    }

    /// The load balancer.
    #[must_use]
    pub fn balancer(&self) -> &Arc<LoadBalancer<Selection>> {
        &self.balancer
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }
}

impl fmt::Debug for Upstreams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upstreams").field("config", &self.config).finish_non_exhaustive()
    }
}

/// A backend picked for a request, which is in flight there until this is dropped.
#[must_use = "dropped at once, the request counts as ended"]
pub struct Picked {
    current: Arc<Current>,
    pick: Pick,
}

impl Picked {
    /// The backend.
    #[must_use]
    pub fn backend(&self) -> &Backend {
        // The number came from this very map.
        &self.current.map.backends[self.pick.index() as usize]
    }

    /// The backend as the peer of an HTTP request, at its address or its Unix socket.
    ///
    /// # Errors
    /// The backend is no longer one that can be dialled, which a map holds none of.
    pub fn peer(&self, tls: bool, sni: String) -> Result<HttpPeer> {
        match &self.backend().addr {
            SocketAddr::Inet(address) => Ok(HttpPeer::new(*address, tls, sni)),
            SocketAddr::Unix(address) => {
                let path = address.as_pathname().and_then(Path::to_str).unwrap_or_default();
                HttpPeer::new_uds(path, tls, sni)
            }
        }
    }

    /// The pick: who owns the key, why the owner was passed over, how the request went.
    pub fn pick(&self) -> &Pick {
        &self.pick
    }
}

impl fmt::Debug for Picked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Picked")
            .field("backend", &self.backend().addr)
            .field("pick", &self.pick)
            .finish()
    }
}
