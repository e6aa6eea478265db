//! Bounded load, rest after failures, hops.

use std::num::NonZero;
use std::task::Poll;
use std::time::Duration;

use continuum::load::{Bounded, Overflow};
use continuum_tower::NoReady;
use continuum_upstream::Rules;

use crate::rig::{Rig, THREE, key_of, keys, order};

fn rest(failures: u32) -> Rules {
    Rules::new().with_rest(NonZero::new(failures).unwrap(), Duration::from_secs(600))
}

#[test]
fn load_is_bounded_while_requests_are_in_flight() {
    let bounded = Bounded::new(1.25).unwrap().with_overflow(Overflow::Scheme);
    let mut rig = Rig::with_rules(Rules::new().with_bounded(bounded), &THREE);
    let mut flying = Vec::new();
    let mut counts = [0_u64; 3];
    for total in 0..60_u64 {
        let answer = rig.call("popular");
        let (server, send) = rig.received().unwrap();
        let place = THREE.iter().position(|name| *name == server).unwrap();
        counts[place] += 1;
        assert!(counts[place] <= bounded.cap(total, 1.0 / 3.0), "{counts:?}");
        flying.push((answer, send));
    }
    assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
    assert!(counts.iter().max() <= Some(&25), "{counts:?}");
    for (mut answer, send) in flying {
        send.send_response("200".to_owned());
        assert!(answer.poll().is_ready());
    }
    // All have ended: the owner has room.
    assert_eq!(rig.ask("popular"), order(&THREE, "popular")[0]);
}

#[test]
fn a_request_that_is_dropped_is_in_flight_no_longer() {
    let rules = Rules::new().with_bounded(Bounded::new(1.0).unwrap());
    let mut rig = Rig::with_rules(rules, &THREE);
    for _ in 0..20 {
        let answer = rig.call("popular");
        assert_eq!(rig.received().unwrap().0, order(&THREE, "popular")[0]);
        drop(answer);
    }
}

#[test]
fn bounded_load_passes_over_who_is_not_ready() {
    let rules = Rules::new().with_bounded(Bounded::new(1.25).unwrap());
    let mut rig = Rig::with_rules(rules, &THREE);
    rig.allow(THREE[0], 0);
    let mut flying = Vec::new();
    for _ in 0..20 {
        let answer = rig.call("popular");
        let (server, send) = rig.received().unwrap();
        assert_ne!(server, THREE[0]);
        flying.push((server, answer, send));
    }
    let one = flying.iter().filter(|(server, ..)| server == THREE[1]).count();
    assert!((7..=13).contains(&one), "{one} of 20 at one of two");
}

#[test]
fn errors_and_bad_answers_make_a_server_rest() {
    for bad_answer in [true, false] {
        let mut rig = Rig::with_rules(rest(2), &THREE);
        let key = key_of(&THREE, THREE[1]);
        for _ in 0..2 {
            if bad_answer {
                assert_eq!(rig.ask_for(&key, "503"), THREE[1]);
                continue;
            }
            let mut answer = rig.call(&key);
            let (server, send) = rig.received().unwrap();
            assert_eq!(server, THREE[1]);
            send.send_error("reset");
            assert!(matches!(answer.poll(), Poll::Ready(Err(_))));
        }
        assert_eq!(rig.ask(&key), order(&THREE, &key)[1]);
        let other = key_of(&THREE, THREE[0]);
        assert_eq!(rig.ask(&other), THREE[0], "keys of the others stay");
    }
}

#[test]
fn a_ramp_gives_no_key_back_at_once_and_moves_no_other() {
    let rules = Rules::new().with_ramp(Duration::from_secs(100_000));
    let mut rig = Rig::with_rules(rules, &THREE);
    assert!(matches!(rig.poll(), Poll::Ready(Ok(()))));
    let map = rig.service.continuum().unwrap().fingerprint();
    rig.fail(THREE[1]);
    let key = key_of(&THREE, THREE[1]);
    assert_eq!(rig.ask(&key), order(&THREE, &key)[1]);
    rig.insert(THREE[1]);
    for key in keys() {
        let order = order(&THREE, &key);
        assert_eq!(rig.ask(&key), order[usize::from(order[0] == THREE[1])]);
    }
    assert_eq!(rig.service.continuum().unwrap().fingerprint(), map);
}

#[test]
fn a_good_answer_forgets_failures() {
    let mut rig = Rig::with_rules(rest(2), &THREE);
    let key = key_of(&THREE, THREE[1]);
    for _ in 0..10 {
        assert_eq!(rig.ask_for(&key, "503"), THREE[1]);
        assert_eq!(rig.ask(&key), THREE[1]);
    }
}

#[test]
fn hops_end_the_walk() {
    let mut rig = Rig::with_rules(Rules::new().with_hops(1), &THREE);
    let order = order(&THREE, "key");
    rig.allow(&order[0], 0);
    assert_eq!(rig.ask("key"), order[1]);
    rig.allow(&order[1], 0);
    let mut answer = rig.call("key");
    assert!(matches!(answer.poll(), Poll::Ready(Err(error)) if error.is::<NoReady>()));
}
