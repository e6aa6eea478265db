//! Every scheme of the catalogue with each value of its options that people use, and sets
//! of servers for them. Tables and rings are as small as options make them: what is
//! fuzzed is not how many points there are.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use continuum::scheme::Capacities;
use continuum::{Capacity, Continuum, Scheme, Server, Servers};

/// No number of an option is above it, for the same reason.
const MOST: u64 = 4200;

/// Points a server, where an option says how many.
const FEW: u64 = 3;

/// The schemes.
pub static SCHEMES: LazyLock<Vec<Scheme>> = LazyLock::new(|| {
    let mut schemes: Vec<Scheme> = Vec::new();
    for entry in Scheme::catalogue() {
        let mut plain = entry.scheme();
        for option in entry.options() {
            let few =
                [FEW, 64, 521, 1021].map(|few| plain.with_option(option.name(), &few.to_string()));
            let large = option.default().parse::<u64>().is_ok_and(|number| number > FEW);
            if let (true, Some(few)) = (large, few.into_iter().find_map(Result::ok)) {
                plain = few;
            }
        }
        for option in entry.options() {
            let tried = option.tried().map(|value| plain.with_option(option.name(), value));
            schemes.extend(tried.filter_map(Result::ok));
        }
        schemes.push(plain);
    }
    let large = |(_, value): (_, String)| value.parse::<u64>().is_ok_and(|number| number > MOST);
    schemes.retain(|scheme| !scheme.options().any(large));
    schemes
});

/// How many servers a set has, by a byte.
const COUNTS: [u32; 8] = [1, 2, 3, 3, 5, 5, 9, 40];

/// Server number so-and-so, of a capacity that the scheme holds.
#[must_use]
pub fn server(scheme: &Scheme, number: u32, capacity: u8) -> Server {
    let capacities = match scheme.capacities() {
        Capacities::Any => [1.0, 2.0, 3.7, 0.5],
        Capacities::Whole(1) | Capacities::Ignored => [1.0; 4],
        Capacities::UpTo(1) => [1.0, 0.5, 0.25, 0.1],
        _ => [1.0, 2.0, 3.0, 9.0],
    };
    let capacity = Capacity::try_from(capacities[usize::from(capacity % 4)]).unwrap();
    let server = Server::new(format!("10.0.{}.{}", number / 200, number % 200 + 1), 11211)
        .with_capacity(capacity)
        .with_zone(format!("zone-{}", number % 3))
        .with_id(number + 1);
    if scheme.name() == "cassandra" {
        server.with_hash_key((u64::from(number) << 55).to_string())
    } else {
        server
    }
}

thread_local! {
    /// Built once: what is done with them is what varies.
    static BUILT: RefCell<BTreeMap<(usize, u8), Option<Continuum>>> = const { RefCell::new(BTreeMap::new()) };
}

/// A continuum, by a scheme's number and a shape: how many servers, and whether their
/// capacities differ. None where the scheme refuses these servers.
#[must_use]
pub fn continuum(scheme: u16, shape: u8) -> Option<Continuum> {
    let scheme = usize::from(scheme) % SCHEMES.len();
    let shape = shape % 16;
    BUILT.with_borrow_mut(|built| {
        built.entry((scheme, shape)).or_insert_with(|| build(&SCHEMES[scheme], shape)).clone()
    })
}

fn build(scheme: &Scheme, shape: u8) -> Option<Continuum> {
    let mut servers = Servers::new();
    for number in 0..COUNTS[usize::from(shape % 8)] {
        let capacity = if shape < 8 { 0 } else { u8::try_from(number % 4).unwrap() };
        servers.add(server(scheme, number, capacity)).unwrap();
    }
    Continuum::with_servers(scheme.clone(), servers).ok()
}
