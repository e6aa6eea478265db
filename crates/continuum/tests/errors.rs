//! Error kinds: each means what it says, and no error is of two.

use std::num::NonZero;

use continuum::identify::identify;
use continuum::load::Bounded;
use continuum::plan::Matching;
use continuum::transition::{Transition, ramp};
use continuum::{Capacity, Continuum, Error, Keys, Plan, Scheme, Server, Servers};

type Kind = fn(&Error) -> bool;

const KINDS: [(&str, Kind); 9] = [
    ("duplicate", Error::is_duplicate),
    ("unknown server", Error::is_unknown_server),
    ("server", Error::is_invalid_server),
    ("capacity", Error::is_invalid_capacity),
    ("scheme", Error::is_invalid_scheme),
    ("limit", Error::is_over_limit),
    ("assignment", Error::is_invalid_assignment),
    ("keys", Error::is_invalid_keys),
    ("argument", Error::is_invalid_argument),
];

#[track_caller]
fn is_only<T>(kind: &str, result: Result<T, Error>) {
    let Err(error) = result else { panic!("refused by nobody") };
    let kinds: Vec<&str> =
        KINDS.iter().filter(|(_, is)| is(&error)).map(|(name, _)| *name).collect();
    assert_eq!(kinds, [kind], "{error}");
}

fn continuum(scheme: &str, servers: &[&str]) -> Continuum {
    let servers = Servers::from_texts(servers.iter().copied()).unwrap();
    Continuum::with_servers(scheme.parse().unwrap(), servers).unwrap()
}

#[test]
fn a_server_that_stands_twice_is_a_duplicate() {
    is_only("duplicate", Servers::from_texts(["a:1", "a:1"]));
}

#[test]
fn a_server_that_is_not_in_the_set_is_unknown() {
    is_only("unknown server", Servers::new().remove("a:1"));
    let (servers, one) = (Servers::from_texts(["a:1"]).unwrap(), NonZero::new(1).unwrap());
    is_only("unknown server", identify(&[("key", "b:1")], &servers, one));
}

#[test]
fn a_text_that_makes_no_server_is_an_invalid_server() {
    is_only("server", "a:70000".parse::<Server>());
}

#[test]
fn a_capacity_that_does_not_fit_is_an_invalid_capacity() {
    is_only("capacity", Capacity::try_from(-1.0));
    let half = Servers::from_texts(["a:1=0.5"]).unwrap();
    is_only("capacity", Continuum::with_servers("nginx".parse().unwrap(), half));
}

#[test]
fn an_unknown_name_or_option_is_an_invalid_scheme() {
    is_only("scheme", "no-such-scheme".parse::<Scheme>());
    is_only("scheme", Scheme::default().with_option("points", "many"));
}

#[test]
fn more_points_than_fit_are_over_the_limit() {
    let heavy = Servers::from_texts(["a:1=4294967295"]).unwrap();
    is_only("limit", Continuum::with_servers("ring-1".parse().unwrap(), heavy));
}

#[test]
fn bytes_that_are_no_assignment_are_an_invalid_assignment() {
    is_only("assignment", continuum::assignment::Assignment::from_bytes(b"no assignment"));
}

#[test]
fn a_batch_that_does_not_fit_its_layout_is_invalid_keys() {
    is_only("keys", Keys::packed(b"abc", &[0, 4]));
    is_only("keys", Keys::packed32(b"abc", &[2, 1]));
    is_only("keys", Keys::fixed(b"abc", 2));
}

#[test]
fn what_cannot_be_done_with_these_arguments_is_an_invalid_argument() {
    is_only("argument", Bounded::new(0.9));
    let (nginx, jump) = (continuum("nginx", &["a:1", "b:1"]), continuum("jump", &["a:1", "b:1"]));
    let two = NonZero::new(2).unwrap();
    is_only("argument", ramp(&nginx, &jump, two));
    is_only("argument", ramp(&jump, &jump, two));
    assert!(!Plan::between(&nginx, &jump, Matching::Identity).is_exact());
    is_only("argument", Transition::between(&nginx, &jump).finish(0..=1));
    is_only("argument", identify::<&str, &str>(&[], nginx.servers(), NonZero::new(1).unwrap()));
    is_only("argument", continuum::assignment::Assignment::from_continuum(&nginx, 0));
}
