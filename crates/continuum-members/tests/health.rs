//! Servers that fail are passed over, come back where they were, and may do so by and by.

use std::time::{Duration, Instant};

use continuum::{Continuum, Scheme, Servers};
use continuum_members::{Limits, Members, Set, Verdict};

const KEYS: usize = 2000;

fn keys() -> impl Iterator<Item = String> {
    (0..KEYS).map(|number| format!("key-{number}"))
}

fn set(texts: &[&str]) -> Set {
    Set::new(Scheme::default(), Servers::from_texts(texts.iter().copied()).unwrap())
}

fn members(texts: &[&str]) -> Members {
    let set = set(texts);
    Members::with_map(
        Limits::new().with_max_move(1.0),
        Continuum::with_servers(set.scheme, set.servers).unwrap(),
    )
}

fn owners(members: &Members, now: Instant) -> Vec<String> {
    let view = members.view_at(now).unwrap();
    keys().map(|key| view.resolve(key).unwrap().identity().into_owned()).collect()
}

#[test]
fn who_failed_is_passed_over_and_comes_back() {
    let members = members(&["a:1", "b:1", "c:1", "d:1"]);
    let start = Instant::now();
    let before = owners(&members, start);
    members.mark_failed_at("b:1", None, start);
    members.mark_failed_at("c:1", Some(Duration::from_secs(30)), start);
    assert_eq!(members.failed(), ["b:1", "c:1"]);
    assert_eq!(members.standing().failed, ["b:1", "c:1"]);
    let text = members.standing().prometheus("m");
    assert!(text.contains("continuum_server_failed{map=\"m\",server=\"b:1\"} 1\n"), "{text}");
    assert!(text.contains("continuum_server_failed{map=\"m\",server=\"a:1\"} 0\n"), "{text}");
    let view = members.view_at(start).unwrap();
    for (key, before) in keys().zip(&before) {
        // The next candidate that is up; nobody else's keys move.
        let all: Vec<String> =
            view.map().candidates(&key).map(|server| server.identity().into_owned()).collect();
        let up: Vec<&String> =
            all.iter().filter(|name| !matches!(&***name, "b:1" | "c:1")).collect();
        let now = view.resolve(&key).unwrap().identity();
        assert_eq!(&now, up[0]);
        assert!(now == **before || matches!(&**before, "b:1" | "c:1"));
        let left: Vec<_> = view.candidates(&key).map(|server| server.identity()).collect();
        assert!(left.iter().eq(up.iter().map(|name| name.as_str()).collect::<Vec<_>>().iter()));
    }
    // One by its time, the other when it is said.
    let later = start + Duration::from_secs(30);
    let half = owners(&members, later);
    assert!(half.iter().zip(&before).all(|(now, was)| now == was || was == "b:1"));
    members.mark_ok_at("b:1", later);
    assert_eq!(owners(&members, later), before);
    assert!(members.failed().is_empty());
    // An older view is what it was.
    assert!(keys().all(|key| view.resolve(key).unwrap().identity() != "b:1"));
}

#[test]
fn nobody_is_up() {
    let members = members(&["a:1", "b:1"]);
    members.mark_failed("a:1", None);
    members.mark_failed("b:1", Some(Duration::MAX));
    let view = members.view().unwrap();
    assert!(view.resolve("key").is_none() && view.candidates("key").next().is_none());
    assert!(Members::new(Limits::new()).view().is_none());
}

#[test]
fn a_server_that_comes_back_takes_its_keys_by_and_by() {
    let members = members(&["a:1", "b:1", "c:1"]).with_ramp(Duration::from_secs(100));
    let start = Instant::now();
    let whole = owners(&members, start).iter().filter(|owner| *owner == "b:1").count();
    // Of one that never failed nothing is taken away.
    members.mark_ok_at("b:1", start);
    let has = |seconds| {
        let owners = owners(&members, start + Duration::from_secs(seconds));
        owners.iter().map(|owner| owner == "b:1").collect::<Vec<bool>>()
    };
    assert_eq!(has(0).iter().filter(|has| **has).count(), whole);
    members.mark_failed_at("b:1", None, start);
    members.mark_ok_at("b:1", start + Duration::from_secs(10));
    // Said again, it does not begin again.
    members.mark_ok_at("b:1", start + Duration::from_secs(60));
    let mut before = has(10);
    assert!(before.iter().all(|has| !has));
    for seconds in [35, 60, 85, 110] {
        let now = has(seconds);
        // A key that has come back stays.
        assert!(before.iter().zip(&now).all(|(before, now)| *now || !before));
        let count = now.iter().filter(|has| **has).count();
        let wanted = whole * usize::try_from(seconds - 10).unwrap() / 100;
        assert!(count.abs_diff(wanted) < whole / 8, "{count} of {whole} at {seconds} s");
        before = now;
    }
    assert_eq!(before.iter().filter(|has| **has).count(), whole);
    // Where nobody else is up it takes all.
    members.mark_failed_at("b:1", None, start);
    members.mark_ok_at("b:1", start);
    members.mark_failed_at("a:1", None, start);
    members.mark_failed_at("c:1", None, start);
    assert!(owners(&members, start).iter().all(|owner| owner == "b:1"));
}

#[test]
fn marks_are_of_members_alone() {
    let members = members(&["a:1", "b:1", "c:1", "d:1"]);
    members.mark_failed("x:1", None);
    members.mark_failed("d:1", None);
    assert_eq!(members.failed(), ["d:1"]);
    let mut now = Instant::now();
    let mut become_map = |texts: &[&str]| {
        members.offer(set(texts), now);
        now += Duration::from_secs(3);
        let Some(Verdict::Change(change)) = members.judge(now) else { panic!("{texts:?}") };
        assert!(members.take(change));
    };
    become_map(&["a:1", "b:1", "c:1"]);
    become_map(&["a:1", "b:1", "c:1", "d:1"]);
    assert!(members.failed().is_empty());
}
