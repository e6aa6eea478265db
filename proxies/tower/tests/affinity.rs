//! Owners, readiness, failure, and servers that come and go.

use std::collections::BTreeSet;
use std::task::Poll;

use continuum_tower::{Affinity, NoReady};

use crate::rig::{Rig, THREE, key_of, keys, order};

#[test]
fn each_request_goes_to_the_owner_of_its_key() {
    let mut rig = Rig::new(&THREE);
    let mut seen = BTreeSet::new();
    for key in keys() {
        let server = rig.ask(&key);
        assert_eq!(server, order(&THREE, &key)[0]);
        seen.insert(server);
    }
    assert_eq!(seen.len(), 3);
}

#[test]
fn not_ready_until_some_service_is() {
    let mut rig = Rig::new(&[]);
    assert!(rig.poll().is_pending());
    rig.insert(THREE[0]);
    rig.allow(THREE[0], 0);
    assert!(rig.service.is_woken());
    assert!(rig.poll().is_pending());
    rig.allow(THREE[0], 1);
    assert!(rig.service.is_woken(), "a service that becomes ready wakes the task");
    assert!(matches!(rig.poll(), Poll::Ready(Ok(()))));
    assert_eq!(rig.ask("key"), THREE[0]);
    assert!(rig.poll().is_pending(), "it was ready for one request");
}

#[test]
fn an_owner_that_is_not_ready_is_passed_over_for_the_next_candidate() {
    let mut rig = Rig::new(&THREE);
    for key in keys() {
        let order = order(&THREE, &key);
        rig.hold(&order[0], true);
        assert_eq!(rig.ask(&key), order[1]);
        rig.hold(&order[1], true);
        assert_eq!(rig.ask(&key), order[2]);
        rig.hold(&order[1], false);
        assert_eq!(rig.ask(&key), order[1]);
        rig.hold(&order[0], false);
        assert_eq!(rig.ask(&key), order[0]);
    }
}

#[test]
fn an_owner_that_was_ready_when_polled_but_is_no_longer() {
    let mut rig = Rig::new(&THREE);
    let key = key_of(&THREE, THREE[1]);
    assert!(matches!(rig.poll(), Poll::Ready(Ok(()))));
    rig.hold(THREE[1], true);
    let _answer = rig.call_without_poll(&key);
    assert_eq!(rig.received().unwrap().0, order(&THREE, &key)[1]);
    rig.hold(THREE[1], false);
    assert_eq!(rig.ask(&key), THREE[1], "it is polled again");
}

#[test]
fn nobody_ready_at_the_call_is_an_error_and_no_panic() {
    let mut rig = Rig::new(&THREE);
    assert!(matches!(rig.poll(), Poll::Ready(Ok(()))));
    for server in THREE {
        rig.hold(server, true);
    }
    let mut answer = rig.call_without_poll("key");
    let Poll::Ready(Err(error)) = answer.poll() else { panic!("no error") };
    assert!(error.is::<NoReady>());
    assert_eq!(error.to_string(), "map 'test': no candidate was ready, of 3 servers");
    assert!(rig.poll().is_pending());
    rig.hold(THREE[2], false);
    assert!(rig.service.is_woken(), "each is polled again");
    assert_eq!(rig.ask("key"), THREE[2]);
}

#[test]
fn it_can_be_sent_to_a_task_of_its_own() {
    // As `tower::buffer` asks for.
    fn sent<T: Send + 'static>(_: T) {}
    type Change = tower::discover::Change<&'static str, tower_test::mock::Mock<String, ()>>;
    let (mock, _handle) = tower_test::mock::pair();
    let changes = [Ok::<Change, std::io::Error>(Change::Insert(THREE[0], mock))];
    let discover = futures_util::stream::iter(changes);
    let scheme = "slots-1".parse().unwrap();
    sent(Affinity::new("test", scheme, discover, |key: &String| key.as_bytes().into()));
}

#[test]
fn a_call_without_any_server_is_an_error_and_no_panic() {
    let mut rig = Rig::new(&[]);
    let mut answer = rig.call_without_poll("key");
    assert!(matches!(answer.poll(), Poll::Ready(Err(error)) if error.is::<NoReady>()));
}

#[test]
fn a_service_that_fails_leaves_the_map_as_it_is() {
    let mut rig = Rig::new(&THREE);
    assert!(matches!(rig.poll(), Poll::Ready(Ok(()))));
    let fingerprint = rig.service.continuum().unwrap().fingerprint();
    for _ in 0..5 {
        rig.fail(THREE[1]);
        for key in keys() {
            let order = order(&THREE, &key);
            let first = order.iter().find(|server| *server != THREE[1]).unwrap();
            assert_eq!(rig.ask(&key), *first);
        }
        rig.insert(THREE[1]);
        for key in keys() {
            assert_eq!(rig.ask(&key), order(&THREE, &key)[0], "back where it was");
        }
        assert_eq!(rig.service.continuum().unwrap().fingerprint(), fingerprint);
    }
}

#[test]
fn a_failure_between_poll_and_call_goes_to_the_next_candidate() {
    let mut rig = Rig::new(&THREE);
    let key = key_of(&THREE, THREE[2]);
    assert!(matches!(rig.poll(), Poll::Ready(Ok(()))));
    rig.fail(THREE[2]);
    let _answer = rig.call_without_poll(&key);
    assert_eq!(rig.received().unwrap().0, order(&THREE, &key)[1]);
}

#[test]
fn servers_come_and_go() {
    let mut rig = Rig::new(&THREE);
    let four = [THREE[0], THREE[1], THREE[2], "10.0.0.4:80=2"];
    rig.insert(four[3]);
    for key in keys() {
        assert_eq!(rig.ask(&key), order(&four, &key)[0]);
    }
    rig.remove(four[1]);
    let left = [four[0], four[2], four[3]];
    for key in keys() {
        assert_eq!(rig.ask(&key), order(&left, &key)[0]);
    }
    rig.remove("10.9.9.9:80");
    rig.remove(four[1]);
    assert!(matches!(rig.poll(), Poll::Ready(Ok(()))));
    for server in left {
        rig.remove(server);
    }
    assert!(rig.poll().is_pending());
    assert_eq!(rig.service.continuum().unwrap().servers().len(), 0);
    rig.insert(four[0]);
    assert_eq!(rig.ask("key"), four[0]);
}

#[test]
fn a_server_that_flaps_in_the_discovery() {
    let mut rig = Rig::new(&THREE);
    for round in 0..50 {
        rig.remove(THREE[0]);
        if round % 2 == 0 {
            assert!(matches!(rig.poll(), Poll::Ready(Ok(()))));
        }
        rig.insert(THREE[0]);
        let key = format!("key-{round}");
        let owner = order(&[THREE[1], THREE[2], THREE[0]], &key).remove(0);
        assert_eq!(rig.ask(&key), owner);
    }
}

#[test]
fn an_answer_outlives_its_server() {
    let mut rig = Rig::new(&THREE);
    let key = key_of(&THREE, THREE[0]);
    let mut answer = rig.call(&key);
    let (server, send) = rig.received().unwrap();
    rig.remove(&server);
    assert!(matches!(rig.poll(), Poll::Ready(Ok(()))));
    send.send_response("200".to_owned());
    assert!(matches!(answer.poll(), Poll::Ready(Ok(text)) if text == "200"));
}

#[test]
fn a_new_capacity_replaces_the_server() {
    let mut rig = Rig::new(&THREE);
    let _ = rig.poll();
    rig.insert("10.0.0.3:80=4");
    let heavy = [THREE[0], THREE[1], "10.0.0.3:80=4"];
    for key in keys() {
        assert_eq!(rig.ask(&key), order(&heavy, &key)[0]);
    }
    rig.insert("10.0.0.2:80=0");
    for key in keys() {
        assert_ne!(rig.ask(&key), "10.0.0.2:80=0", "a server of capacity 0 is draining");
    }
}

#[test]
fn a_key_that_names_no_server_is_refused_and_the_others_serve() {
    let mut rig = Rig::new(&THREE);
    rig.insert("10.0.0.4:port");
    for key in keys() {
        assert_eq!(rig.ask(&key), order(&THREE, &key)[0]);
    }
    let refusal = rig.service.pool().last_refusal().unwrap();
    assert!(refusal.contains("'10.0.0.4:port'"), "{refusal}");
}

#[test]
fn the_end_of_discovery_is_an_error_when_no_service_is_left() {
    let mut rig = Rig::new(&THREE);
    rig.end();
    assert_eq!(rig.ask(&key_of(&THREE, THREE[0])), THREE[0]);
    for server in THREE {
        rig.fail(server);
    }
    // The first call finds that all are broken.
    assert!(matches!(rig.call("key").poll(), Poll::Ready(Err(_))));
    assert!(matches!(rig.poll(), Poll::Ready(Err(error)) if error.is::<NoReady>()));
}
