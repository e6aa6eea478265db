//! The rules beside the load balancer.

use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;

use continuum::load::Bounded;
use continuum_pingora::{Config, Upstreams};
use continuum_upstream::Rules;
use pingora_load_balancing::Backends;
use pingora_load_balancing::discovery::Static;

use crate::balancer::{Settable, balancer};
use crate::support::{Draw, three};

async fn upstreams(rules: Rules) -> Upstreams {
    let config = Config::with_rules("test", "slots-1".parse().unwrap(), rules);
    let balancer = balancer(config.clone(), Backends::new(Static::new(three()))).await;
    Upstreams::new(Arc::new(balancer), config)
}

#[tokio::test]
async fn picks_what_the_load_balancer_selects() {
    let upstreams = upstreams(Rules::new()).await;
    let mut draw = Draw(11);
    for down in [None, three().first().cloned()] {
        if let Some(down) = &down {
            upstreams.balancer().backends().set_enable(down, false);
        }
        for _ in 0..500 {
            let key = draw.key();
            let picked = upstreams.pick(&key).unwrap();
            assert_eq!(Some(picked.backend()), upstreams.balancer().select(&key, 9).as_ref());
            assert_eq!(
                picked.pick().overflow().is_some(),
                picked.pick().owner() != picked.pick().index()
            );
        }
    }
}

#[tokio::test]
async fn a_failure_that_is_reported_makes_the_next_pick_go_on() {
    let rest = Rules::new().with_rest(NonZero::new(1).unwrap(), Duration::from_secs(60));
    let upstreams = upstreams(rest).await;
    let first = upstreams.pick(b"key").unwrap();
    first.pick().request().failed();
    let second = upstreams.pick(b"key").unwrap();
    assert_ne!(first.backend(), second.backend());
    assert_eq!(second.pick().overflow(), Some("resting"));
}

#[tokio::test]
async fn load_is_bounded() {
    let upstreams = upstreams(Rules::new().with_bounded(Bounded::new(1.0).unwrap())).await;
    let picks: Vec<_> = (0..30).map(|_| upstreams.pick(b"popular").unwrap()).collect();
    for backend in three() {
        let load = picks.iter().filter(|picked| *picked.backend() == backend).count();
        assert!((9..=11).contains(&load), "{load} of 30 at one of three");
    }
}

#[tokio::test]
async fn follows_the_discovery() {
    let set = Settable(Arc::default());
    let config = Config::new("test", "slots-1".parse().unwrap());
    let balancer = balancer(config.clone(), Backends::new(Box::new(set.clone()))).await;
    let upstreams = Upstreams::new(Arc::new(balancer), config);
    assert!(upstreams.pick(b"key").is_none());
    *set.0.lock().unwrap() = three();
    upstreams.balancer().update().await.unwrap();
    let picked = upstreams.pick(b"key").unwrap();
    assert!(three().contains(picked.backend()));
    *set.0.lock().unwrap() = three().into_iter().filter(|it| it != picked.backend()).collect();
    upstreams.balancer().update().await.unwrap();
    assert_ne!(upstreams.pick(b"key").unwrap().backend(), picked.backend());
}
