//! Bounded load: caps that no race exceeds, requests that nobody refuses.

use std::collections::VecDeque;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Instant;

use continuum::load::{Bounded, Guard, InFlight, Overflow};
use continuum::{Continuum, Scheme, Server, Servers};
use proptest::prelude::*;

use crate::fixtures::{Random, build, keys, schemes, server, servers};

fn equal(scheme: &str, count: u32) -> Continuum {
    let mut set = Servers::new();
    for number in 0..count {
        set.add(Server::new(format!("10.0.0.{number}"), 80).with_id(number + 1)).unwrap();
    }
    build(&scheme.parse().unwrap(), &set)
}

#[test]
fn a_factor_below_one_is_refused() {
    for factor in [0.999, 0.0, -1.0, f64::NAN, f64::INFINITY] {
        let error = Bounded::new(factor).unwrap_err();
        assert!(error.is_invalid_argument() && error.to_string().contains("from 1 up"), "{error}");
    }
    assert!(Bounded::new(1.0).is_ok());
}

#[test]
fn the_order_is_the_owner_then_the_one_told() {
    let rendezvous: Scheme = "rendezvous-1".parse().unwrap();
    for scheme in schemes() {
        let set = servers(&scheme, 12, true);
        let continuum = build(&scheme, &set);
        // The capacities as the scheme counts them, for rendezvous to count.
        let mut counted = Servers::new();
        for (server, fair) in set.iter().zip(continuum.fair_shares()) {
            let fair = continuum::Capacity::try_from(*fair).unwrap();
            counted.add(server.clone().with_capacity(fair)).unwrap();
        }
        let rendezvous = build(&rendezvous, &counted);
        for key in keys(40) {
            for overflow in [Overflow::Rendezvous, Overflow::Scheme] {
                let order = if overflow == Overflow::Scheme { &continuum } else { &rendezvous };
                let owner = continuum.resolve_index(&key).unwrap();
                let mut walk = order.candidates(&key);
                let others = std::iter::from_fn(|| walk.next_index()).filter(|s| *s != owner);
                let wanted: Vec<u32> = std::iter::once(owner).chain(others).collect();
                let bounded = Bounded::new(1.0).unwrap().with_overflow(overflow);
                // Full servers one after the other: the walk is seen whole.
                let mut load = [0_u64; 12];
                let mut seen = Vec::new();
                for _ in 0..12 {
                    let pick = bounded
                        .pick_of(&continuum, &key, 0, |server| load[server as usize])
                        .unwrap();
                    load[pick as usize] = 1_000_000;
                    seen.push(pick);
                }
                assert_eq!(seen, wanted, "{scheme}: {key} {overflow:?}");
            }
        }
    }
}

/// Over every scheme: fill up with requests, one after the other, none ending.
#[test]
fn caps_hold_and_nobody_is_refused() {
    for scheme in schemes() {
        for overflow in [Overflow::Rendezvous, Overflow::Scheme] {
            let continuum = build(&scheme, &servers(&scheme, 12, true));
            let bounded = Bounded::new(1.0).unwrap().with_overflow(overflow);
            let in_flight = InFlight::new(continuum.clone(), bounded);
            let fair = continuum.fair_shares();
            let mut guards = Vec::new();
            for number in 0..200_u64 {
                // A key that all ask for, and some others.
                let key = format!("key-{}", if number % 3 == 0 { number } else { 0 });
                let picked = bounded.pick(&continuum, &key, |server| in_flight.load(server));
                let guard = in_flight.acquire(&key).unwrap();
                assert_eq!(Some(guard.index()), picked, "{scheme}");
                let cap = bounded.cap(number, fair[guard.index() as usize]);
                assert_eq!(guard.cap(), cap, "{scheme}");
                assert!(guard.load() <= cap && in_flight.load(guard.index()) <= cap, "{scheme}");
                guards.push(guard);
            }
            assert_eq!(in_flight.total(), 200, "{scheme}");
            drop(guards);
            assert_eq!(in_flight.total(), 0, "{scheme}");
        }
        let nobody = InFlight::new(build(&scheme, &Servers::new()), Bounded::new(1.25).unwrap());
        assert!(nobody.acquire("key").is_none(), "{scheme}");
        assert_eq!(nobody.total(), 0, "{scheme}: who is refused does not count");
    }
}

/// More servers than requests: the bare product is below one everywhere.
#[test]
fn a_cap_is_never_below_one_request() {
    let continuum = equal("slots-1", 500);
    let bounded = Bounded::new(1.25).unwrap();
    let in_flight = InFlight::new(continuum.clone(), bounded);
    for key in keys(2000) {
        assert_eq!(
            in_flight.acquire(&key).map(|guard| guard.index()),
            continuum.resolve_index(&key)
        );
    }
    let roomy = InFlight::new(continuum.clone(), bounded.with_min_cap(3));
    let guards: Vec<Guard> = (0..4).map(|_| roomy.acquire("popular").unwrap()).collect();
    let owner = continuum.resolve_index("popular").unwrap();
    let at: Vec<bool> = guards.iter().map(|guard| guard.index() == owner).collect();
    assert_eq!(at, [true, true, true, false]);
    assert_eq!(bounded.with_min_cap(0), bounded);
}

/// Loads that contradict each other still get an answer.
#[test]
fn a_stale_total_picks_the_least_loaded() {
    let continuum = equal("slots-1", 4);
    let bounded = Bounded::new(1.25).unwrap();
    let load = [90, 80, 70, 60];
    let pick = bounded.pick_of(&continuum, "key", 0, |server| load[server as usize]);
    assert_eq!(pick, Some(3));
    assert_eq!(bounded.pick(&continuum, "key", |_| u64::MAX).map(|_| ()), Some(()));
}

#[test]
fn counts_follow_a_change_of_servers() {
    let mut continuum = equal("slots-1", 3);
    let before = InFlight::new(continuum.clone(), Bounded::new(1.25).unwrap());
    let guards: Vec<Guard> = keys(30).iter().map(|key| before.acquire(key).unwrap()).collect();
    let gone = continuum.servers().as_slice()[0].identity().into_owned();
    let stays: u64 = (1..3).map(|server| before.load(server)).sum();
    continuum
        .update(|servers| {
            servers.remove(&gone)?;
            servers.add(Server::new("new", 80))
        })
        .unwrap();
    let after = before.with_continuum(continuum);
    assert_eq!(after.total(), 30);
    assert_eq!((0..2).map(|server| after.load(server)).sum::<u64>(), stays);
    assert_eq!(after.load(2), 0);
    let more = after.acquire("key").unwrap();
    assert!(more.load() <= more.cap());
    drop(guards);
    assert_eq!((after.total(), before.total()), (1, 1));
    drop(more);
    assert_eq!(after.total(), 0);
}

/// 32 threads, ten million acquires and as many releases, each thread with up to
/// eight requests in flight.
#[test]
fn thirty_two_threads() {
    const THREADS: u64 = 32;
    const EACH: u64 = 10_000_000 / THREADS;
    const HELD: usize = 8;
    const SERVERS: u32 = 20;
    let continuum = equal("slots-1", SERVERS);
    let bounded = Bounded::new(1.25).unwrap();
    let in_flight = InFlight::new(continuum.clone(), bounded);
    // Counted outside, by who holds a guard: never ahead of the library's counts.
    let outside: Vec<AtomicU64> = (0..SERVERS).map(|_| AtomicU64::new(0)).collect();
    // No total is above all that threads hold, the one that looks for a place
    // included: no cap is above this.
    let most = bounded.cap(THREADS * HELD as u64 - 1, 1.0 / f64::from(SERVERS));
    let texts = keys(1000);
    let (barrier, over) = (Barrier::new(32), AtomicU64::new(0));
    let peak = AtomicU64::new(0);
    let overflowed = AtomicU64::new(0);
    let start = Instant::now();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (in_flight, outside, texts) = (in_flight.clone(), &outside, &texts);
            let (barrier, over, peak) = (&barrier, &over, &peak);
            let (continuum, overflowed) = (&continuum, &overflowed);
            scope.spawn(move || {
                let mut random = Random(thread);
                let mut held: VecDeque<Guard> = VecDeque::with_capacity(HELD);
                let (mut highest, mut wrong, mut elsewhere) = (0, 0, 0);
                let mut release = |guard: Guard| {
                    outside[guard.index() as usize].fetch_sub(1, SeqCst);
                    drop(guard);
                };
                barrier.wait();
                for _ in 0..EACH {
                    // Half of all ask for the same few keys.
                    let of = if random.below(2) == 0 { 3 } else { 1000 };
                    let key = &texts[random.index(of)];
                    let guard = in_flight.acquire(key).expect("nobody is refused");
                    let here = outside[guard.index() as usize].fetch_add(1, SeqCst) + 1;
                    highest = highest.max(here);
                    wrong +=
                        u64::from(guard.load() > guard.cap() || guard.cap() > most || here > most);
                    elsewhere += u64::from(continuum.resolve_index(key) != Some(guard.index()));
                    held.push_back(guard);
                    // Between one and eight are held, so the total goes up and down.
                    while held.len() >= HELD || random.below(4) == 0 && !held.is_empty() {
                        release(held.pop_front().unwrap());
                    }
                }
                // All at rest, then a rise without releases: the caps of the last
                // total, which is the largest, hold for all.
                held.drain(..).for_each(&mut release);
                barrier.wait();
                for at in 0..HELD {
                    held.push_back(in_flight.acquire(&texts[at % 2]).unwrap());
                }
                barrier.wait();
                for server in 0..SERVERS {
                    wrong += u64::from(in_flight.load(server) > most);
                }
                barrier.wait();
                over.fetch_add(wrong, SeqCst);
                peak.fetch_max(highest, SeqCst);
                overflowed.fetch_add(elsewhere, SeqCst);
            });
        }
    });
    println!(
        "{THREADS} threads, {} acquires and releases in {:.1} s; at most {} of a cap of {most}; {:.1} % overflowed",
        EACH * THREADS,
        start.elapsed().as_secs_f64(),
        peak.load(SeqCst),
        100.0 * f64::from(u32::try_from(overflowed.load(SeqCst)).unwrap()) / 1e7
    );
    assert_eq!(over.load(SeqCst), 0);
    assert_eq!(in_flight.total(), 0);
    assert!((0..SERVERS).all(|server| in_flight.load(server) == 0));
}

/// Keys drawn by Zipf's law of exponent 1.1 over a hundred thousand.
struct Zipf(Vec<f64>);

impl Zipf {
    #[expect(clippy::disallowed_methods, reason = "a test's workload, not an answer")]
    fn new() -> Self {
        let mut sum = 0.0;
        let sums = (1..=100_000_u32).map(|rank| {
            sum += f64::from(rank).powf(-1.1);
            sum
        });
        Self(sums.collect())
    }

    #[expect(clippy::cast_precision_loss, reason = "a draw")]
    fn draw(&self, random: &mut Random) -> usize {
        let at = (random.next() >> 11) as f64 / (1_u64 << 53) as f64 * self.0.last().unwrap();
        self.0.partition_point(|sum| *sum < at)
    }
}

/// A thousand requests in flight over twenty servers, the oldest ending first.
#[test]
fn heavy_keys_with_and_without() {
    const IN_FLIGHT: usize = 1000;
    let zipf = Zipf::new();
    for scheme in ["slots-1", "ring-1", "ring-1:points=8"] {
        let continuum = equal(scheme, 20);
        for rule in [
            None,
            Some((1.25, Overflow::Rendezvous)),
            Some((1.25, Overflow::Scheme)),
            Some((2.0, Overflow::Rendezvous)),
            Some((2.0, Overflow::Scheme)),
        ] {
            let mut random = Random(11);
            let bounded = rule
                .map(|(factor, overflow)| Bounded::new(factor).unwrap().with_overflow(overflow));
            let mut load = [0_u64; 20];
            let mut running = VecDeque::new();
            let (mut highest, mut elsewhere, mut full) = (0, 0_u32, 0_u64);
            for step in 0..100_000 {
                if running.len() == IN_FLIGHT {
                    let ended: u32 = running.pop_front().unwrap();
                    load[ended as usize] -= 1;
                }
                let key = format!("key-{}", zipf.draw(&mut random));
                let owner = continuum.resolve_index(&key).unwrap();
                let server = match bounded {
                    None => owner,
                    Some(bounded) => {
                        let total = running.len() as u64;
                        bounded.pick_of(&continuum, &key, total, |s| load[s as usize]).unwrap()
                    }
                };
                load[server as usize] += 1;
                running.push_back(server);
                elsewhere += u32::from(server != owner);
                if step >= IN_FLIGHT {
                    highest = highest.max(load.into_iter().max().unwrap());
                    let cap = bounded.map_or(u64::MAX, |bounded| bounded.cap(999, 0.05));
                    full += load.iter().filter(|load| **load >= cap).count() as u64;
                }
            }
            #[expect(clippy::cast_precision_loss, reason = "counts of requests")]
            let over_mean = highest as f64 / (IN_FLIGHT as f64 / 20.0);
            #[expect(clippy::cast_precision_loss, reason = "counts of requests")]
            let full = full as f64 / 99_000.0;
            println!(
                "{scheme}, {rule:?}: peak over mean {over_mean:.2}, {:.1} % of requests elsewhere, {full:.2} servers full on average",
                f64::from(elsewhere) / 1000.0,
            );
            match rule {
                None => assert!(over_mean > 2.0, "{over_mean}"),
                Some((factor, _)) => assert!(over_mean <= factor + 0.02, "{over_mean}"),
            }
        }
    }
}

proptest! {
    #![proptest_config(crate::properties::cases(300))]

    /// Any capacities and loads: the pick has room, by the rule's own words.
    #[test]
    fn a_pick_has_room(
        list in prop::collection::vec(
            (prop_oneof![Just(0.0), Just(1.0), 0.0..9.0_f64, Just(1e300), Just(5e-324)], 0_u64..50),
            0..30,
        ),
        factor in prop_oneof![Just(1.0), 1.0..3.0_f64, Just(1e300)],
        key in "\\PC{0,20}",
        scheme in prop_oneof![Just(false), Just(true)],
        which in prop_oneof![Just("slots-1"), Just("rendezvous-1"), Just("ring-1"), Just("python-continuum"), Just("nginx"), Just("jump")],
    ) {
        let entry: Scheme = which.parse().unwrap();
        let mut set = Servers::new();
        for ((capacity, _), number) in list.iter().zip(0_u32..) {
            let capacity = if which == "nginx" { capacity.min(9.0).floor() } else { *capacity };
            let capacity = continuum::Capacity::try_from(capacity).unwrap();
            set.add(server(&entry, number).with_capacity(capacity)).unwrap();
        }
        // A ring may need more points than fit: another test's. Few may be left out so.
        let built = Continuum::with_servers(entry, set);
        prop_assume!(built.is_ok());
        let continuum = built.unwrap();
        let fair = continuum.fair_shares();
        // Servers without a share have nothing in flight.
        let load = |server: u32| {
            if fair[server as usize] > 0.0 { list[server as usize].1 } else { 0 }
        };
        let total = (0..u32::try_from(list.len()).unwrap()).map(load).sum();
        let overflow = if scheme { Overflow::Scheme } else { Overflow::Rendezvous };
        let bounded = Bounded::new(factor).unwrap().with_overflow(overflow);
        let pick = bounded.pick(&continuum, &key, load);
        prop_assert_eq!(pick.is_some(), continuum.resolve(&key).is_some());
        if let Some(pick) = pick {
            prop_assert!(load(pick) < bounded.cap(total, fair[pick as usize]), "{} {}", which, pick);
        }
    }
}
