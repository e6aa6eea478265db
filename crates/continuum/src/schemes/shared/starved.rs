//! Advice for rings on which a small share of the capacities rounds to no point.

use crate::error::quoted;
use crate::scheme::{Advice, Topic};
use crate::server::{Capacity, Server};

/// Says which servers have capacity, but no point.
pub(crate) fn starved(servers: &[Server], points: impl Fn(&Server) -> u64) -> Vec<Advice> {
    let without = |server: &&Server| server.capacity() != Capacity::ZERO && points(server) == 0;
    let mut starved = servers.iter().filter(without);
    let Some(first) = starved.next() else { return Vec::new() };
    let others = match starved.count() {
        0 => String::new(),
        1 => " and one other server".to_owned(),
        many => format!(" and {many} other servers"),
    };
    vec![Advice::new(
        Topic::Starved,
        format!(
            "{}{others} own nothing: the share of the capacities rounds down to no point",
            quoted(&first.identity())
        ),
    )]
}
