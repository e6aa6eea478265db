//! Selection: pingora's `BackendSelection` under any scheme.

use std::collections::BTreeSet;
use std::sync::Arc;

use continuum::{Continuum, Scheme};
use pingora_load_balancing::Backend;
use pingora_load_balancing::selection::BackendSelection;

use crate::candidates::Candidates;
use crate::config::Config;
use crate::map::Map;
use crate::refusal::Refusal;

/// Which backend owns a key, under the scheme of a [`Config`]; without one, under
/// `slots-1`.
///
/// Each backend comes once, the owner first, then the end: no number of iterations has
/// to be guessed. A backend of weight 0 is never offered. Building never panics; what
/// the scheme cannot place is left out and logged, and
/// [`check`](Self::check) asks beforehand. A set that is refused as a whole, such as one
/// of too many points, leaves the map of the configuration as it was.
///
/// ```
/// use continuum_pingora::{Config, Selection};
/// use pingora_load_balancing::{Backend, Backends, LoadBalancer, discovery::Static};
/// let set = ["10.0.0.1:80", "10.0.0.2:80"].map(|text| Backend::new(text).unwrap());
/// let backends = Backends::new(Static::new(set.into()));
/// let config = Config::new("images", "pingora-ketama".parse()?);
/// let balancer = LoadBalancer::<Selection>::from_backends_with_config(backends, Some(config));
/// # futures_util_block(balancer.update());
/// assert!(balancer.select(b"/a.png", usize::MAX).is_some());
/// # fn futures_util_block(update: impl Future) {
/// #     let waker = std::task::Waker::noop();
/// #     assert!(std::pin::pin!(update).poll(&mut std::task::Context::from_waker(waker)).is_ready());
/// # }
/// # Ok::<(), continuum::Error>(())
/// ```
#[derive(Debug)]
pub struct Selection {
    pub(crate) map: Arc<Map>,
}

impl Selection {
    /// Whether a set can be placed as it is: what a service asks when it starts, and a
    /// discovery before it hands a set on.
    ///
    /// # Errors
    /// The first backend that would be left out, or why no map can be made.
    pub fn check(backends: &BTreeSet<Backend>, scheme: &Scheme) -> Result<(), Refusal> {
        match Map::of(backends, scheme).refusals.into_iter().next() {
            Some(refusal) => Err(refusal),
            None => Ok(()),
        }
    }

    /// What was left out when this was built.
    #[must_use]
    pub fn refusals(&self) -> &[Refusal] {
        &self.map.refusals
    }

    /// The map; `None` when the set was refused as a whole.
    #[must_use]
    pub fn continuum(&self) -> Option<&Continuum> {
        self.map.continuum.as_ref()
    }
}

impl BackendSelection for Selection {
    type Iter = Candidates;
    type Config = Config;

    fn build_with_config(backends: &BTreeSet<Backend>, config: &Config) -> Self {
        Self { map: config.take(Map::of(backends, config.scheme())) }
    }

    fn build(backends: &BTreeSet<Backend>) -> Self {
        let scheme = "slots-1".parse().unwrap_or_default();
        let map = Map::of(backends, &scheme);
        for refusal in &map.refusals {
            log::error!("{refusal}");
        }
        Self { map: Arc::new(map) }
    }

    fn iter(self: &Arc<Self>, key: &[u8]) -> Candidates {
        Candidates::new(Arc::clone(&self.map), key)
    }
}
