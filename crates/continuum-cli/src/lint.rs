//! The rules of `continuum lint`: each looks at one pool.

use std::net::IpAddr;

use continuum::ownership::Basis;
use continuum::scheme::{Capacities, Topic};
use continuum::{Continuum, Server};
use continuum_config::{Note, Pool, Topic as Noted};

use crate::report::Finding;
use crate::words::printable;

/// Weights from here on are worth a word; a sum of this many is not built.
const LARGE: f64 = 10_000.0;
const BUILT: f64 = 200_000.0;
/// A busiest server above this many times its share is not bad luck.
const UNEVEN: f64 = 1.5;

/// Everything that the rules find, the file's order kept.
pub(crate) fn findings(pool: &Pool) -> Vec<Finding> {
    let mut all = Vec::new();
    all.extend(noted(pool));
    all.extend(addresses(pool));
    let large = large(pool);
    all.extend(large_weights(pool, large.as_deref()));
    all.extend(counted_as_one(pool));
    all.extend(modula(pool));
    let sum: f64 = pool.servers().iter().map(|server| server.capacity().get()).sum();
    if sum <= BUILT || large.is_none() {
        match Continuum::with_servers(pool.scheme().clone(), pool.servers().clone()) {
            Ok(continuum) => all.extend(built(pool, &continuum)),
            Err(error) => all.push(finding(pool, "refused", error.to_string(), None)),
        }
    }
    all
}

fn finding(pool: &Pool, topic: &'static str, finding: String, instead: Option<&str>) -> Finding {
    Finding {
        file: pool.place().file().to_owned(),
        line: pool.place().line(),
        pool: pool.name().to_owned(),
        topic,
        finding,
        instead: instead.map(str::to_owned),
    }
}

/// Notes of the reader that are about the future.
fn noted(pool: &Pool) -> impl Iterator<Item = Finding> {
    pool.notes().iter().filter_map(|note| {
        let topic = match note.topic() {
            Noted::Positional => Topic::Positional,
            Noted::Ejection => Topic::Churn,
            Noted::Identity => return Some(addressed(pool, note)),
            _ => return None,
        };
        let instead = pool.remedy(note.topic());
        let mut finding = finding(pool, topic.word(), note.sentence().to_owned(), instead);
        finding.line = note.place().line();
        Some(finding)
    })
}

/// What the reader says of identities that will change.
fn addressed(pool: &Pool, note: &Note) -> Finding {
    let sentence = note.sentence().to_owned();
    let mut finding = finding(pool, "address", sentence, pool.remedy(note.topic()));
    finding.line = note.place().line();
    finding
}

/// Identity is an IP address, which will change; of servers with an id, that is hashed.
fn addresses(pool: &Pool) -> Option<Finding> {
    let positional = pool.scheme().order() == continuum::scheme::Order::Positional;
    let told = |note: &Note| note.topic() == Noted::Identity;
    if positional || pool.notes().iter().any(told) {
        return None;
    }
    let hashed_by_address = |server: &&Server| {
        let plain = server.hash_key().is_none() && server.id().is_none();
        plain && server.identity() == server.address() && server.host().parse::<IpAddr>().is_ok()
    };
    let number = pool.servers().iter().filter(hashed_by_address).count();
    // One server owns every key under any address.
    if number == 0 || pool.servers().len() == 1 {
        return None;
    }
    let sentence = format!(
        "{number} of {} servers are hashed by IP address: one that comes back under another \
         address owns other keys",
        pool.servers().len()
    );
    let instead = pool.remedy(Noted::Identity);
    Some(finding(pool, "address", sentence, instead))
}

/// What the scheme says of a map that takes far more memory than its servers need.
fn large(pool: &Pool) -> Option<String> {
    let mut advice = pool.scheme().advice_on(pool.servers()).into_iter();
    let large = advice.find(|advice| advice.topic() == Topic::Large)?;
    Some(printable(large.message()))
}

/// weight=1000000: points by the gigabyte, or a table that cannot hold it.
fn large_weights(pool: &Pool, large: Option<&str>) -> Option<Finding> {
    let weights = || pool.servers().iter().map(|server| server.capacity().get());
    let largest = weights().fold(0.0, f64::max);
    if largest < LARGE {
        return None;
    }
    let smallest = weights().filter(|weight| *weight > 0.0).fold(f64::INFINITY, f64::min);
    let whole = pool.servers().iter().map(|server| server.capacity().whole());
    let divisor = whole.collect::<Option<Vec<u64>>>().map_or(1, |all| all.into_iter().fold(0, gcd));
    let sentence = match large {
        Some(sentence) => sentence.to_owned(),
        None if smallest * 1000.0 < largest => format!(
            "weights from {smallest} to {largest}: the light servers get next to nothing, or \
             what rounding leaves them"
        ),
        None => {
            format!("weight {largest}: many programs round, cap or multiply weights this large")
        }
    };
    let instead = if divisor > 1 {
        format!("divide all weights by {divisor}, which changes no share")
    } else {
        "weights from 1 to 100 in the same proportion".to_owned()
    };
    Some(finding(pool, Topic::Capacity.word(), sentence, Some(&instead)))
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Weights that the program rounds up to 1.
fn counted_as_one(pool: &Pool) -> Option<Finding> {
    let below = |server: &&Server| server.capacity().get() < 1.0;
    let number = pool.servers().iter().filter(below).count();
    if number == 0 || !matches!(pool.scheme().capacities(), Capacities::BelowOneIsOne(_)) {
        return None;
    }
    let sentence = format!(
        "{number} of {} servers have a weight below 1, which '{}' counts as 1",
        pool.servers().len(),
        pool.scheme().name()
    );
    Some(finding(pool, Topic::Capacity.word(), sentence, Some("whole weights from 1 up")))
}

/// Modulo in the programs whose rows give no advice on it.
fn modula(pool: &Pool) -> Option<Finding> {
    let modula =
        pool.scheme().options().any(|(name, value)| name == "distribution" && value == "modula");
    modula.then(|| {
        let sentence = "distribution modula remaps most keys whenever a server comes or goes";
        let instead = pool.remedy(Noted::Churn);
        finding(pool, Topic::Churn.word(), sentence.to_owned(), instead)
    })
}

/// What the scheme itself says, and what its map shows.
fn built(pool: &Pool, continuum: &Continuum) -> Vec<Finding> {
    if continuum.fair_shares().iter().all(|share| *share == 0.0) {
        let sentence = "no key can be resolved: every server has capacity 0".to_owned();
        let instead = Some("a weight above 0 for each server that shall have keys");
        return vec![finding(pool, Topic::Unresolvable.word(), sentence, instead)];
    }
    let advice = continuum.advice();
    let mut all: Vec<Finding> = advice
        .iter()
        // Told with the weights.
        .filter(|advice| advice.topic() != Topic::Large)
        .map(|advice| {
            let instead = match advice.topic() {
                Topic::Positional => Some("a scheme that hashes names, or changes at the end only"),
                Topic::Churn => pool.remedy(Noted::Churn),
                Topic::Capacity => Some("a scheme with weights, or one server more for each unit"),
                _ => None,
            };
            finding(pool, advice.topic().word(), printable(advice.message()), instead)
        })
        .collect();
    let told = |topic: Topic| advice.iter().any(|advice| advice.topic() == topic);
    let ownership = continuum.ownership();
    if ownership.basis() == Basis::Exact && !told(Topic::Starved) && !told(Topic::Uneven) {
        let peak = ownership.peak();
        if peak > UNEVEN {
            let sentence = format!("the busiest server owns {peak:.2} times its fair share");
            let instead = "more points if the scheme takes them, or one without points";
            all.push(finding(pool, Topic::Uneven.word(), sentence, Some(instead)));
        }
        let starved = ownership.shares().iter().zip(continuum.fair_shares());
        let starved = starved.filter(|(share, fair)| **share < **fair / 2.0).count();
        if starved > 0 {
            let sentence = format!(
                "{starved} of {} servers own less than half of their fair share",
                pool.servers().len()
            );
            let instead = "weights that are closer together, or a scheme that does not round them";
            all.push(finding(pool, Topic::Starved.word(), sentence, Some(instead)));
        }
    }
    all
}
