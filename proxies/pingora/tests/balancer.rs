//! In pingora's load balancer: health, discovery, groups.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use async_trait::async_trait;
use continuum_pingora::{Config, Selection};
use pingora_core::{Error, ErrorType, Result};
use pingora_load_balancing::discovery::{ServiceDiscovery, Static};
use pingora_load_balancing::health_check::HealthCheck;
use pingora_load_balancing::{Backend, Backends, LoadBalancer, LoadBalancerGroup};

use crate::support::{Draw, config, inet, three};

/// A discovery whose answer the test sets.
#[derive(Clone)]
pub(crate) struct Settable(pub(crate) Arc<Mutex<BTreeSet<Backend>>>);

#[expect(clippy::disallowed_types, reason = "pingora's trait asks for it")]
type Enabled = std::collections::HashMap<u64, bool>;

#[async_trait]
impl ServiceDiscovery for Settable {
    async fn discover(&self) -> Result<(BTreeSet<Backend>, Enabled)> {
        Ok((self.0.lock().unwrap().clone(), Enabled::new()))
    }
}

/// A health check whose answer the test sets, for one address.
struct Switch {
    address: String,
    up: Arc<AtomicBool>,
}

#[async_trait]
impl HealthCheck for Switch {
    async fn check(&self, target: &Backend) -> Result<()> {
        if target.addr.to_string() == self.address && !self.up.load(SeqCst) {
            return Err(Error::new(ErrorType::ConnectTimedout));
        }
        Ok(())
    }

    fn health_threshold(&self, _: bool) -> usize {
        1
    }
}

pub(crate) async fn balancer(config: Config, backends: Backends) -> LoadBalancer<Selection> {
    let balancer = LoadBalancer::from_backends_with_config(backends, Some(config));
    balancer.update().await.unwrap();
    balancer
}

fn owners(balancer: &LoadBalancer<Selection>) -> BTreeMap<Vec<u8>, String> {
    let mut draw = Draw(10);
    (0..2_000)
        .map(|_| draw.key())
        .map(|key| {
            let backend = balancer.select(&key, usize::MAX).unwrap();
            (key, backend.addr.to_string())
        })
        .collect()
}

#[tokio::test]
async fn health_passes_over_and_comes_back() {
    for scheme in ["pingora-ketama", "slots-1", "jump"] {
        let up = Arc::new(AtomicBool::new(true));
        let mut backends = Backends::new(Static::new(three()));
        backends.set_health_check(Box::new(Switch {
            address: "10.0.0.2:80".to_owned(),
            up: Arc::clone(&up),
        }));
        let config = config(scheme);
        let balancer = balancer(config.clone(), backends).await;
        let (before, fingerprint) = (owners(&balancer), config.fingerprint());
        for _ in 0..5 {
            up.store(false, SeqCst);
            balancer.backends().run_health_check(false).await;
            let mut moved = 0;
            for (key, owner) in owners(&balancer) {
                if before[&key] == "10.0.0.2:80" {
                    assert_ne!(owner, "10.0.0.2:80");
                    moved += 1;
                } else {
                    assert_eq!(owner, before[&key]);
                }
            }
            assert!(moved > 400, "{scheme}: {moved}");
            up.store(true, SeqCst);
            balancer.backends().run_health_check(false).await;
            assert_eq!(owners(&balancer), before);
        }
        assert_eq!(config.fingerprint(), fingerprint, "the map is untouched");
    }
}

#[tokio::test]
async fn all_down_is_no_backend_and_no_panic() {
    let balancer = balancer(config("slots-1"), Backends::new(Static::new(three()))).await;
    for backend in three() {
        balancer.backends().set_enable(&backend, false);
    }
    assert!(balancer.select(b"key", usize::MAX).is_none());
}

#[tokio::test]
async fn discovery_that_flaps_through_every_kind_of_set() {
    let set = Settable(Arc::new(Mutex::new(three())));
    let balancer = balancer(config("pingora-ketama"), Backends::new(Box::new(set.clone()))).await;
    let before = owners(&balancer);
    let zero = BTreeSet::from([inet("10.0.0.1:80", 0)]);
    for odd in [BTreeSet::new(), zero, BTreeSet::from([inet("10.0.0.1:80", usize::MAX)])] {
        *set.0.lock().unwrap() = odd;
        balancer.update().await.unwrap();
        assert!(balancer.select(b"key", usize::MAX).is_none());
        *set.0.lock().unwrap() = three();
        balancer.update().await.unwrap();
        assert_eq!(owners(&balancer), before);
    }
}

#[tokio::test]
async fn a_group_has_a_scheme_for_each_selector() {
    let backends = Backends::new(Static::new(three()));
    let schemes = ["pingora-ketama", "slots-1"];
    let group: LoadBalancerGroup<Selection> = LoadBalancerGroup::from_backends_with_configs(
        backends,
        schemes.map(|scheme| Some(config(scheme))),
    );
    group.update().await.unwrap();
    while !group.selectors_ready_for(group.backend_generation()) {
        tokio::task::yield_now().await;
    }
    for (place, scheme) in schemes.iter().enumerate() {
        let single = balancer(config(scheme), Backends::new(Static::new(three()))).await;
        for (key, owner) in owners(&single) {
            let found = group.select(place, &key, usize::MAX).unwrap();
            assert_eq!(found.addr.to_string(), owner);
        }
    }
}
