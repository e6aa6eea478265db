//! Config: the scheme of a load balancer, and the map that it came to have.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use continuum::Scheme;
use continuum_upstream::{Pool, Rules, View};

use crate::map::Map;

/// What a [`Selection`](crate::Selection) is built with: a scheme, the name of the map
/// in metrics, and rules for [`Upstreams`](crate::Upstreams).
///
/// Clones are one configuration. Each load balancer needs a configuration of its own:
/// what the load balancer builds is kept here, where `Upstreams` finds it.
///
/// ```
/// use continuum_pingora::Config;
/// let config = Config::new("images", "pingora-ketama".parse()?);
/// assert_eq!(config.scheme().name(), "pingora-ketama");
/// # Ok::<(), continuum::Error>(())
/// ```
#[derive(Clone)]
pub struct Config {
    shared: Arc<Shared>,
}

struct Shared {
    scheme: Scheme,
    pool: Arc<Pool>,
    current: ArcSwapOption<Current>,
}

/// The map that is in use.
pub(crate) struct Current {
    pub(crate) map: Arc<Map>,
    pub(crate) view: View,
}

impl Config {
    /// A scheme, and the name by which metrics tell this map from others.
    #[must_use]
    pub fn new(name: &str, scheme: Scheme) -> Self {
        Self::with_rules(name, scheme, Rules::new())
    }

    /// As [`new`](Self::new), with rules for what [`Upstreams`](crate::Upstreams) picks.
    #[must_use]
    pub fn with_rules(name: &str, scheme: Scheme, rules: Rules) -> Self {
        let pool = Pool::new(name, rules);
        Self { shared: Arc::new(Shared { scheme, pool, current: ArcSwapOption::empty() }) }
    }

    /// The scheme.
    #[must_use]
    pub fn scheme(&self) -> &Scheme {
        &self.shared.scheme
    }

    /// What is known of the servers: rules, the last refusal.
    #[must_use]
    pub fn pool(&self) -> &Arc<Pool> {
        &self.shared.pool
    }

    /// The fingerprint of the map in use; `None` before there is one.
    #[must_use]
    pub fn fingerprint(&self) -> Option<u64> {
        self.current().map(|current| current.view.continuum().fingerprint())
    }

    pub(crate) fn current(&self) -> Option<Arc<Current>> {
        self.shared.current.load_full()
    }

    /// Takes a map into use. Of a set that was refused as a whole nothing can be
    /// used: the map stays as it was.
    pub(crate) fn take(&self, map: Map) -> Arc<Map> {
        for refusal in &map.refusals {
            self.pool().refused(refusal);
        }
        let map = Arc::new(map);
        match (&map.continuum, self.current()) {
            (None, Some(current)) => Arc::clone(&current.map),
            (None, None) => map,
            (Some(continuum), _) => {
                let view = self.pool().view(continuum.clone());
                self.shared.current.store(Some(Arc::new(Current { map: Arc::clone(&map), view })));
                map
            }
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("scheme", &self.shared.scheme)
            .field("pool", &self.shared.pool)
            .finish_non_exhaustive()
    }
}
