//! Addresses that are one server: a name for an address, another interface, a socket. A
//! key that "moves" between two of them would be found on its owner, and deleted there.

use std::time::Duration;

use super::run::{all, each};
use crate::dial::Protocol;
use crate::error::Error;
use crate::memcached::Memcached;
use crate::redis::Redis;
use crate::route::{Machine, Route};

/// The route with machines that are one server taken for one, and a sentence for each.
///
/// # Errors
/// A machine does not answer, or two of them do not let it be told.
pub(super) fn joined(
    route: &Route,
    protocol: Protocol,
    timeout: Duration,
) -> Result<(Route, Vec<String>), Error> {
    let pairs = match protocol {
        Protocol::Redis => pairs(route, |machine| Redis::open(machine, timeout), Redis::is),
        Protocol::Memcached => {
            pairs(route, |machine| Memcached::open(machine, timeout), Memcached::is)
        }
    }?;
    let mut route = route.clone();
    route.join(&pairs);
    let name = |number: u32| {
        let machine = &route.machines()[usize::try_from(number).unwrap_or(usize::MAX)];
        let (name, address) = (&machine.name, machine.endpoint.address.to_string());
        if name.contains(&address) { name.clone() } else { format!("{name} at {address}") }
    };
    let told = pairs.iter().map(|(first, second)| {
        let (first, second) = (name(*first), name(*second));
        format!("{second} is the same server as {first}: nothing moves between the two")
    });
    let told = told.collect();
    Ok((route, told))
}

/// The number of each machine that is an earlier one, behind the earlier one's.
fn pairs<S: Send>(
    route: &Route,
    open: impl Fn(&Machine) -> Result<S, Error> + Sync,
    is: impl Fn(&mut S, &mut S) -> Result<bool, Error>,
) -> Result<Vec<(u32, u32)>, Error> {
    let machines = (0_u32..).zip(route.machines());
    let numbers: Vec<u32> = machines
        .filter(|(_, machine)| machine.same_as.is_none())
        .map(|(number, _)| number)
        .collect();
    let machine = |number: u32| &route.machines()[usize::try_from(number).unwrap_or(usize::MAX)];
    let opened = all(each(&numbers, |number| open(machine(number))))?;
    let (mut apart, mut pairs): (Vec<(u32, S)>, _) = (Vec::new(), Vec::new());
    for (number, mut server) in numbers.into_iter().zip(opened) {
        let mut same = None;
        for (first, other) in &mut apart {
            if is(other, &mut server)? {
                same = Some(*first);
                break;
            }
        }
        match same {
            Some(first) => pairs.push((first, number)),
            None => apart.push((number, server)),
        }
    }
    Ok(pairs)
}
