//! Which server is picked.

use std::num::NonZero;
use std::time::Instant;

use continuum::load::{Bounded, Overflow};
use continuum_upstream::{Rules, State};

use crate::support::{continuum, keys, keys_of, picked, seconds, view, view_of};

const FOUR: [&str; 4] = ["10.0.0.1:80", "10.0.0.2:80=2", "10.0.0.3:80", "10.0.0.4:80"];

#[test]
fn a_server_that_is_down_is_passed_over_and_comes_back_where_it_was() {
    let now = Instant::now();
    for scheme in ["slots-1", "nginx", "pingora-ketama", "jump", "rendezvous-1"] {
        let view = view_of(scheme, Rules::new(), &FOUR);
        let mut moved = 0;
        for key in keys() {
            let owner = view.continuum().resolve_index(&key).unwrap();
            let instead = picked(&view, &key, now, Some(1));
            if owner == 1 {
                let next = view.continuum().candidates(&key).nth(1).unwrap();
                assert_eq!(&view.continuum().servers().as_slice()[instead as usize], next);
                moved += 1;
            } else {
                assert_eq!(instead, owner);
            }
            assert_eq!(picked(&view, &key, now, None), owner);
        }
        assert!(moved > 400, "{scheme}: {moved}");
    }
}

#[test]
fn a_ramp_gives_keys_back_one_after_the_other() {
    let view = view(Rules::new().with_ramp(seconds(100)), &FOUR);
    let (own, start) = (keys_of(&view, 2), Instant::now());
    let instead: Vec<u32> = own.iter().map(|key| picked(&view, key, start, Some(2))).collect();
    let mut back = vec![false; own.len()];
    for (gone, low, high) in [(0, 0.0, 0.0), (25, 0.2, 0.3), (60, 0.55, 0.65), (100, 1.0, 1.0)] {
        for ((key, instead), back) in own.iter().zip(&instead).zip(&mut back) {
            let now = picked(&view, key, start + seconds(gone), None);
            assert!(now == 2 || (!*back && now == *instead), "a key went elsewhere, or back again");
            *back = now == 2;
        }
        let share = back.iter().filter(|back| **back).count() as f64 / own.len() as f64;
        assert!((low..=high).contains(&share), "after {gone} s: {share}");
        for key in keys_of(&view, 0) {
            assert_eq!(picked(&view, &key, start + seconds(gone), None), 0);
        }
    }
}

#[test]
fn failures_in_a_row_make_a_server_rest() {
    let rules = Rules::new().with_rest(NonZero::new(3).unwrap(), seconds(10));
    let view = view(rules, &FOUR);
    let (key, start) = (&keys_of(&view, 1)[0], Instant::now());
    let ready = |_| State::Ready;
    for _ in 0..2 {
        view.pick_at(key, start, ready).unwrap().request().failed_at(start);
    }
    view.pick_at(key, start, ready).unwrap().request().succeeded();
    for _ in 0..3 {
        let pick = view.pick_at(key, start, ready).unwrap();
        assert_eq!(pick.index(), 1, "one success forgets the failures before it");
        pick.request().failed_at(start);
    }
    let pick = view.pick_at(key, start + seconds(9), ready).unwrap();
    assert_eq!((pick.overflow(), pick.owner()), (Some("resting"), 1));
    // After the rest one failure is enough, until one succeeds.
    let after = start + seconds(10);
    view.pick_at(key, after, ready).unwrap().request().failed_at(after);
    assert_ne!(picked(&view, key, after + seconds(9), None), 1);
    view.pick_at(key, after + seconds(10), ready).unwrap().request().succeeded();
    view.pick_at(key, after + seconds(10), ready).unwrap().request().failed_at(after + seconds(10));
    assert_eq!(picked(&view, key, after + seconds(10), None), 1);
}

#[test]
fn rest_and_ramp_never_leave_a_request_without_a_server() {
    let rest = Rules::new().with_rest(NonZero::new(1).unwrap(), seconds(10));
    let view = view(rest.with_ramp(seconds(10)), &["10.0.0.1:80"]);
    let now = Instant::now();
    view.pick_at(b"key", now, |_| State::Ready).unwrap().request().failed_at(now);
    assert_eq!(picked(&view, b"key", now + seconds(1), None), 0);
    assert!(view.pick_at(b"key", now, |_| State::Down).is_none());
    assert!(view.pick_at(b"key", now, |_| State::Busy).is_none());
}

#[test]
fn a_server_of_capacity_0_is_never_picked() {
    for scheme in ["slots-1", "nginx", "jump", "twemproxy", "envoy-maglev"] {
        let capacity = |zero| if zero { "=0" } else { "" };
        let servers = [0, 1, 2].map(|n| format!("10.0.0.{n}:80{}", capacity(n == 1)));
        let servers = servers.each_ref().map(String::as_str);
        for bounded in [None, Some(Bounded::new(1.25).unwrap())] {
            let rules = bounded.map_or(Rules::new(), |bounded| Rules::new().with_bounded(bounded));
            let view = view_of(scheme, rules, &servers);
            for key in keys() {
                assert_ne!(picked(&view, &key, Instant::now(), None), 1, "{scheme}");
                assert_eq!(picked(&view, &key, Instant::now(), Some(0)), 2, "{scheme}");
            }
        }
    }
    let view = view(Rules::new(), &["10.0.0.1:80=0"]);
    assert!(view.pick(b"key", |_| State::Ready).is_none());
}

#[test]
fn hops_limit_who_is_asked() {
    let scheme = Bounded::new(1.25).unwrap().with_overflow(Overflow::Scheme);
    for rules in [Rules::new(), Rules::new().with_bounded(scheme)] {
        hops_limit(rules.with_hops(1));
    }
}

fn hops_limit(rules: Rules) {
    let view = view_of("nginx", rules, &FOUR);
    for key in keys().take(100) {
        let order: Vec<_> = view.continuum().candidates(&key).map(|s| s.identity()).collect();
        let down = |count: usize| {
            let order = &order[..count];
            let servers = view.continuum().servers().as_slice();
            move |server: u32| {
                let down = order.contains(&servers[server as usize].identity());
                if down { State::Down } else { State::Ready }
            }
        };
        assert!(view.pick(&key, down(1)).is_some());
        assert!(view.pick(&key, down(2)).is_none());
    }
}

#[test]
fn caps_hold_among_the_servers_that_are_up() {
    for overflow in [Overflow::Rendezvous, Overflow::Scheme] {
        let bounded = Bounded::new(1.25).unwrap().with_overflow(overflow);
        let view = view(Rules::new().with_bounded(bounded), &FOUR);
        let fair = view.continuum().fair_shares().to_vec();
        for down in [None, Some(0_u32), Some(1)] {
            let among = 1.0 - down.map_or(0.0, |server| fair[server as usize]);
            let state = |server| if Some(server) == down { State::Down } else { State::Ready };
            // One key for all, the worst case.
            let picks: Vec<_> = (0..200).map(|_| view.pick(b"popular", state).unwrap()).collect();
            for (server, fair) in (0..).zip(&fair) {
                // A cap is rounded up, of a total that is.
                let most = 1.25 * 200.0 * fair / among + 2.0;
                let load = view.upstreams()[server as usize].in_flight() as f64;
                assert!(load <= if Some(server) == down { 0.0 } else { most }, "{load} > {most}");
            }
            drop(picks);
            assert!(view.upstreams().iter().all(|upstream| upstream.in_flight() == 0));
        }
    }
}

#[test]
fn a_bound_keeps_keys_at_home_while_there_is_room() {
    let bounded = Bounded::new(1.25).unwrap();
    let view = view(Rules::new().with_bounded(bounded), &FOUR);
    for key in keys() {
        // Nothing else is in flight.
        assert_eq!(
            Some(picked(&view, &key, Instant::now(), None)),
            view.continuum().resolve_index(&key)
        );
    }
}

#[test]
fn threads_share_the_counts() {
    let bounded = Bounded::new(1.25).unwrap();
    let view = view(Rules::new().with_bounded(bounded), &FOUR);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let view = &view;
            scope.spawn(move || {
                for number in 0..2_000 {
                    let key = format!("{}", (number * thread) % 7);
                    let picks = [0; 5].map(|_| view.pick(key.as_bytes(), |_| State::Ready));
                    assert!(picks.iter().all(Option::is_some));
                }
            });
        }
    });
    assert!(view.upstreams().iter().all(|upstream| upstream.in_flight() == 0));
}

#[test]
fn a_change_of_the_map_keeps_load_and_health_of_who_stays() {
    let rules = Rules::new().with_rest(NonZero::new(1).unwrap(), seconds(10));
    let before = view(rules, &FOUR);
    let now = Instant::now();
    let key = &keys_of(&before, 3)[0];
    let pick = before.pick_at(key, now, |_| State::Ready).unwrap();
    pick.request().failed_at(now);
    let after = before.pool().view(continuum("slots-1", &["10.0.0.9:80", "10.0.0.4:80"]));
    assert_eq!(after.upstreams()[1].in_flight(), 1);
    assert_eq!(after.upstreams()[0].in_flight(), 0);
    for key in keys() {
        assert_eq!(picked(&after, &key, now, None), 0, "the other one rests");
    }
    drop(pick);
    assert_eq!(after.upstreams()[1].in_flight(), 0);
}
