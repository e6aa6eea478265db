//! Identification names the scheme that gave the answers, or says that none did.

use std::env;
use std::num::NonZero;
use std::process::Command;
use std::thread;
use std::time::Instant;

use continuum::identify::identify;
use continuum::{Scheme, Server, Servers};

use crate::fixtures::{Random, SMALL_TABLES, build, keys, schemes, servers};

const TWO: NonZero<usize> = NonZero::new(2).unwrap();

fn pairs_of(scheme: &Scheme, set: &Servers, keys: &[String]) -> Vec<(Vec<u8>, String)> {
    let continuum = build(scheme, set);
    keys.iter()
        .map(|key| {
            let owner = continuum.resolve(key).unwrap().identity().into_owned();
            (key.as_bytes().to_vec(), owner)
        })
        .collect()
}

/// Schemes are found among all: what is named may have other options only
/// where the maps are the same for these keys.
#[test]
fn every_scheme_is_named() {
    let keys = keys(300);
    let began = Instant::now();
    let schemes = schemes();
    // Of numbers only the usual ones are tried. Each scheme at its defaults, and
    // every fortieth of the others: all of them would take minutes.
    let defaults: Vec<Scheme> = Scheme::catalogue().iter().map(|entry| entry.scheme()).collect();
    let usual = |scheme: &&Scheme| {
        let mut values = scheme.entry().options().iter().zip(scheme.options());
        values.all(|(option, (_, value))| option.tried().any(|tried| *tried == *value))
    };
    let some = schemes.iter().filter(usual).step_by(40).filter(|scheme| {
        !SMALL_TABLES.contains(&&*scheme.to_string()) && !defaults.contains(scheme)
    });
    for scheme in defaults.iter().chain(some) {
        // Few: a trial takes as long as its points are many.
        let set = servers(scheme, 5, true);
        let pairs = pairs_of(scheme, &set, &keys);
        let found = identify(&pairs, &set, TWO).unwrap();
        let best = &found.candidates()[0];
        assert!(best.is_match(), "{scheme}: best is {} with {}", best.scheme(), best.agreed());
        assert!(
            found.matches().any(|candidate| candidate.scheme().name() == scheme.name()),
            "{scheme} is not among the matches"
        );
    }
    println!("identified in {:?}", began.elapsed());
}

#[test]
fn a_random_mapping_is_none_of_these() {
    let scheme = Scheme::default();
    let set = servers(&scheme, 9, false);
    let mut random = Random(5);
    let pairs: Vec<(String, String)> = keys(1000)
        .into_iter()
        .map(|key| (key, set.as_slice()[random.index(9)].identity().into_owned()))
        .collect();
    let found = identify(&pairs, &set, TWO).unwrap();
    assert_eq!(found.matches().count(), 0);
    assert!(found.candidates()[0].agreed() < 200, "chance is a ninth of 1000");
    assert!(found.candidates()[0].wrong().is_some());
}

/// One server owns everything under nearly every scheme: all are counted, a few
/// kept. Two pairs tell few apart.
#[test]
fn all_that_agree_are_counted() {
    let set = Servers::from_texts(["a:1"]).unwrap();
    let pairs: Vec<(String, &str)> = keys(300).into_iter().map(|key| (key, "a:1")).collect();
    let found = identify(&pairs, &set, TWO).unwrap();
    let listed = found.matches().count();
    assert!((1..100).contains(&listed), "{listed}");
    assert!(found.unlisted() > found.tried() / 2, "{} of {}", found.unlisted(), found.tried());

    let scheme: Scheme = "nginx".parse().unwrap();
    let set = servers(&scheme, 9, false);
    let pairs = pairs_of(&scheme, &set, &keys(2000));
    assert_eq!(identify(&pairs, &set, TWO).unwrap().unlisted(), 0);
    // A ninth of the others, and a ninth of those.
    let few = identify(&pairs[..2], &set, TWO).unwrap();
    assert!(few.unlisted() > 0, "{} listed", few.matches().count());
    assert!(few.unlisted() < few.tried() / 9, "{}", few.unlisted());
}

#[test]
fn a_stranger_is_named() {
    let set = Servers::from_texts(["a:1", "b:1"]).unwrap();
    let error = identify(&[("key", "a:1"), ("key", "c:1")], &set, TWO).unwrap_err();
    assert!(
        error.is_unknown_server() && error.to_string().contains("pair 2 names server 'c:1'"),
        "{error}"
    );
    assert!(identify::<&str, &str>(&[], &set, TWO).is_err());
}

/// Backends of Varnish are told apart by their names alone.
#[test]
fn servers_of_one_address_are_told_apart() {
    let scheme: Scheme = "varnish-hash".parse().unwrap();
    let mut set = Servers::new();
    for number in 0..6 {
        let server = Server::new("127.0.0.1", 9_u16).with_name(format!("b{number}"));
        set.add(server).unwrap();
    }
    let found = identify(&pairs_of(&scheme, &set, &keys(300)), &set, TWO).unwrap();
    assert_eq!(found.candidates()[0].scheme(), &scheme);
    assert!(found.unlisted() == 0 && found.matches().count() < 3);
}

/// A stack that no machine has room for: threads cannot be made.
const STACK: &str = "1000000000000000";

#[test]
fn threads_that_cannot_be_made_are_done_without() {
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["identification::alone", "--exact", "--ignored", "--nocapture"]);
    let output = child.arg("--test-threads=1").env("RUST_MIN_STACK", STACK).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let talk = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && told.contains("1 passed"), "{told}{talk}");
}

/// The child's work.
#[test]
#[ignore = "threads_that_cannot_be_made_are_done_without runs it"]
fn alone() {
    assert!(thread::Builder::new().spawn(|| ()).is_err(), "a thread was made");
    let set = servers(&Scheme::default(), 9, false);
    let pairs = pairs_of(&Scheme::default(), &set, &keys(100));
    let found = identify(&pairs, &set, TWO).unwrap();
    assert!(found.matches().any(|candidate| *candidate.scheme() == Scheme::default()));
}
