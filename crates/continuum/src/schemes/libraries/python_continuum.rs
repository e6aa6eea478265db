//! python-continuum 0.1.1 (2010), the module that this project succeeds.
//! Rule, quirks, versions and limits: `docs/schemes/python-continuum.md`.

use crate::schemes::prelude::*;
use crate::schemes::shared::plain::Plain32;
use crate::schemes::shared::points::{Label, Points};

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    aliases: &["continuum-2010"],
    program: "python-continuum",
    versions: "0.1.1",
    about: "MD5 ring of a fixed number of points in all, shared out by capacity",
    options: &[OptionSpec::new(
        "points",
        Accepts::Whole(1, 1 << 25),
        "1000",
        "points of all servers together (the module's totaldots)",
    )
    .trying(&[
        "100", "128", "160", "256", "500", "512", "1024", "1600", "2000", "5000", "10000", "16000",
    ])],
    capacities: |_| Capacities::Any,
    minimal: |_| Minimal::NEVER,
    proven: 160_522,
    advice,
    numbers: true,
    ..SchemeEntry::new("python-continuum", build)
};

/// All capacities together, as Python adds them.
fn sum(servers: &[Server]) -> f64 {
    servers.iter().map(|server| server.capacity().get()).sum()
}

/// How many points each server gets, true and left over.
fn dots(options: &Options<'_>, servers: &[Server]) -> Vec<u64> {
    let points = options.whole32("points");
    let sum = sum(servers);
    servers
        .iter()
        .map(|server| {
            let dots = f64::from(points) * (server.capacity().get() / sum);
            // 0/0 is no number: a set without capacity has no points. The
            // module raises ZeroDivisionError there.
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "Python's int() truncates too; the value is from 0 to `points`"
            )]
            if dots.is_nan() { 0 } else { dots as u64 }
        })
        .collect()
}

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let mut points = Points::new(options);
    for ((owner, server), dots) in (0_u32..).zip(servers).zip(dots(options, servers)) {
        let Some(port) = server.port().or(server.is_unix_socket().then_some(0)) else {
            return Err(Error::new(
                Kind::Server,
                format!(
                    "server {} has no port, which scheme '{}' hashes",
                    quoted(&server.identity()),
                    SCHEME.name
                ),
            ));
        };
        let mut label = Label::new(format!("{}-{port}-", server.host()));
        label.md5_all(dots / 4, |label, words| points.add_words(owner, words, label));
        for left in (0_u32..).take_while(|left| u64::from(*left) < dots % 4) {
            points.add_named(owner, left, || format!("{}-{port} leftover {left}", server.host()));
        }
    }
    let rules = Rules::new(Seek::After, Shared::Keep);
    Ok(Box::new(Hashed { hash: Plain32(Hash32::Md5), place: points.ring(rules) }))
}

fn advice(options: &Options<'_>, servers: &[Server]) -> Vec<Advice> {
    let points = options.whole("points");
    let dots = dots(options, servers);
    let active: Vec<u64> = servers
        .iter()
        .zip(&dots)
        .filter(|(server, _)| server.capacity().get() > 0.0)
        .map(|(_, dots)| *dots)
        .collect();
    let starved = active.iter().filter(|dots| **dots < 4).count();
    let enough = servers.len() as u64 * 160;
    if active.is_empty() || starved == 0 {
        return Vec::new();
    }
    let advice = if sum(servers).is_infinite() {
        Advice::new(
            Topic::Unresolvable,
            "no key can be resolved: the sum of the capacities is more than a 64-bit float holds; \
             divide all of them by one number",
        )
    } else if active.iter().all(|dots| *dots == 0) {
        Advice::new(
            Topic::Unresolvable,
            format!(
                "no key can be resolved: {points} points over {} servers leave each without one; \
                 use points={enough} or more",
                active.len()
            ),
        )
    } else if starved == active.len() {
        Advice::new(
            Topic::Starved,
            format!(
                "one server owns nearly every key: {points} points over {} servers leave each fewer \
                 than 4, which python-continuum places at the ring's start; use points={enough} or more",
                active.len()
            ),
        )
    } else {
        Advice::new(
            Topic::Starved,
            format!(
                "{starved} of {} servers own nearly nothing: of {points} points they get fewer than \
                 4 each; use points={enough} or more",
                active.len()
            ),
        )
    };
    vec![advice]
}
