//! Advice for distributions that take a hash modulo the number of servers.

use crate::scheme::{Advice, Topic};
use crate::server::Server;

/// Says that a change of this set moves most keys, where there is more than one server.
pub(crate) fn modula(servers: &[Server]) -> Option<Advice> {
    let sentence = "distribution modula remaps most keys whenever a server comes or goes";
    (servers.len() > 1).then(|| Advice::new(Topic::Churn, sentence))
}
