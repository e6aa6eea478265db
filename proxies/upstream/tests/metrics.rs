//! What is counted.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use continuum_upstream::{Pool, Rules, State, names};
use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};

use crate::support::{continuum, keys};

/// Values by name and labels, as text.
#[derive(Default)]
struct Recorded {
    cells: Mutex<BTreeMap<String, Arc<AtomicU64>>>,
    described: Mutex<Vec<String>>,
}

impl Recorded {
    fn cell(&self, key: &Key) -> Arc<AtomicU64> {
        let labels = key.labels().map(|label| format!(" {}={}", label.key(), label.value()));
        let name = key.name().to_owned() + &labels.collect::<String>();
        Arc::clone(self.cells.lock().unwrap().entry(name).or_default())
    }

    fn counter(&self, name: &str) -> u64 {
        self.cells.lock().unwrap()[name].load(SeqCst)
    }

    fn gauge(&self, name: &str) -> f64 {
        f64::from_bits(self.counter(name))
    }
}

impl Recorder for Recorded {
    fn describe_counter(&self, key: KeyName, _: Option<Unit>, _: SharedString) {
        self.described.lock().unwrap().push(key.as_str().to_owned());
    }

    fn describe_gauge(&self, key: KeyName, _: Option<Unit>, _: SharedString) {
        self.described.lock().unwrap().push(key.as_str().to_owned());
    }

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.cell(key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.cell(key))
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

#[test]
fn requests_overflow_refusals_shares_and_the_fingerprint() {
    let recorded = Recorded::default();
    metrics::with_local_recorder(&recorded, || {
        names::describe();
        let map = continuum("nginx", &["10.0.0.1:80", "10.0.0.2:80=3"]);
        let pool = Pool::new("images", Rules::new());
        let view = pool.view(map.clone());
        let gauge = |name: &str| recorded.gauge(name);
        let fingerprint = gauge("continuum_map_fingerprint map=images");
        assert_eq!(fingerprint, (map.fingerprint() % (1_u64 << 48)) as f64);
        assert_eq!(gauge("continuum_map_servers map=images"), 2.0);
        let info = format!(
            "continuum_map_info map=images fingerprint={:016x} scheme=nginx",
            map.fingerprint()
        );
        assert_eq!(gauge(&info), 1.0);
        let shares = map.ownership();
        for (server, share) in ["10.0.0.1:80", "10.0.0.2:80"].iter().zip(shares.shares()) {
            let name = format!("continuum_owner_share map=images server={server}");
            assert_eq!(gauge(&name), *share);
        }

        let own = keys().filter(|key| map.resolve_index(key) == Some(1)).count() as u64;
        let all = keys().count() as u64;
        for key in keys() {
            let pick = view.pick(&key, |_| State::Ready).unwrap();
            let name = format!(
                "continuum_in_flight map=images server={}",
                pick.request().upstream().identity()
            );
            assert_eq!(gauge(&name), 1.0);
        }
        for key in keys() {
            let down = |server| if server == 1 { State::Down } else { State::Ready };
            let pick = view.pick(&key, down).unwrap();
            pick.request().failed();
        }
        assert!(view.pick(b"key", |_| State::Down).is_none());
        let counter =
            |name: &str, labels: &str| recorded.counter(&format!("{name} map=images{labels}"));
        assert_eq!(counter(names::REQUESTS, " server=10.0.0.2:80"), own);
        assert_eq!(counter(names::REQUESTS, " server=10.0.0.1:80"), 2 * all - own);
        assert_eq!(counter(names::OVERFLOW, " server=10.0.0.2:80 reason=down"), own);
        assert_eq!(counter(names::OVERFLOW, " server=10.0.0.1:80 reason=down"), 0);
        assert_eq!(counter(names::FAILURES, " server=10.0.0.1:80"), all);
        assert_eq!(counter(names::UNSERVED, ""), 1);
        assert_eq!(gauge("continuum_in_flight map=images server=10.0.0.1:80"), 0.0);

        pool.refused(&"server 'x' has no port");
        assert_eq!(counter(names::REFUSALS, ""), 1);
        assert_eq!(pool.last_refusal().as_deref(), Some("server 'x' has no port"));

        let after = pool.view(continuum("nginx", &["10.0.0.1:80"]));
        assert_ne!(gauge("continuum_map_fingerprint map=images"), fingerprint);
        assert_eq!(gauge("continuum_owner_share map=images server=10.0.0.1:80"), 1.0);
        assert_eq!(gauge("continuum_owner_share map=images server=10.0.0.2:80"), 0.0);
        assert_eq!(counter(names::CHANGES, ""), 2);
        assert_eq!(gauge(&info), 0.0);
        drop(after);
    });
    // Every name that is recorded is described, and the other way round.
    let mut named: Vec<String> = recorded
        .cells
        .lock()
        .unwrap()
        .keys()
        .map(|name| name.split(' ').next().unwrap().to_owned())
        .collect();
    named.dedup();
    let mut described = recorded.described.into_inner().unwrap();
    described.sort();
    assert_eq!(named, described);
}
