//! A change of servers, given on the command line.

use continuum::scheme::Capacities;
use continuum::{Capacity, Server, Servers};
use continuum_config::Pool;

use crate::args::Plan;
use crate::failure::Failure;
use crate::talk;

/// The servers after what the arguments add, remove and re-weigh.
pub(crate) fn change(pool: &Pool, args: &Plan) -> Result<Servers, Failure> {
    let mut servers = pool.servers().clone();
    let ignored = pool.scheme().capacities() == Capacities::Ignored;
    for text in &args.remove {
        let identity = find(&servers, text)?;
        servers.remove(&identity)?;
    }
    let mut weighed = Vec::new();
    for text in &args.weight {
        let (name, weight) = text.rsplit_once('=').ok_or_else(|| {
            Failure::refused(format!("--weight '{}': expected SERVER=WEIGHT", text.escape_debug()))
        })?;
        let identity = find(&servers, name)?;
        if weighed.contains(&identity) {
            let name = identity.escape_debug();
            return Err(Failure::refused(format!("--weight: server '{name}' is given twice")));
        }
        weighed.push(identity.clone());
        servers.set_capacity(&identity, weight.parse::<Capacity>()?)?;
    }
    for text in &args.add {
        let mut server = match text.split_once('@') {
            Some((name, address)) => address.parse::<Server>()?.with_name(name),
            None => text.parse::<Server>()?,
        };
        if !ignored && !weighted(text) {
            let (weight, why) = usual_weight(pool.servers());
            server = server.with_capacity(weight);
            if let (Some(why), false) = (why, args.report.quiet) {
                talk::note(&format!("--add '{text}': weight {weight}, {why}"));
            }
        }
        if !args.report.quiet {
            note_what_it_lacks(pool.servers(), &server, text);
        }
        servers.add(server)?;
    }
    Ok(servers)
}

/// Whether the text of a server says its weight.
fn weighted(text: &str) -> bool {
    text.rsplit_once('=').is_some_and(|(_, weight)| weight.parse::<Capacity>().is_ok())
}

/// The weight that the others share, else 1; and why, where that is worth a word.
fn usual_weight(servers: &Servers) -> (Capacity, Option<&'static str>) {
    let mut weights = servers.iter().map(Server::capacity);
    let first = weights.next().unwrap_or_default();
    match weights.all(|weight| weight == first) {
        true if first == Capacity::default() => (first, None),
        true if first.get() > 0.0 => (first, Some("which the others have; another with =WEIGHT")),
        _ => (Capacity::default(), Some("as the others have different ones; another with =WEIGHT")),
    }
}

/// A server without what all others are told by will not be hashed as they are.
fn note_what_it_lacks(others: &Servers, server: &Server, text: &str) {
    let all = |has: fn(&Server) -> bool| others.iter().all(has) && !has(server);
    if all(|server| server.name().is_some()) {
        talk::warning(format!(
            "--add '{text}' has no name, which the others have: give one as NAME@HOST:PORT"
        ));
    }
    if all(|server| server.id().is_some()) {
        talk::warning(format!(
            "--add '{text}' has no id, which the others have: edit a copy of the file and give \
             both to plan it with one"
        ));
    }
}

/// The identity of the one server that is called so: by name, else by address,
/// else by host.
pub(crate) fn find(servers: &Servers, text: &str) -> Result<String, Failure> {
    let by_address = |server: &&Server| server.address() == text;
    let by_host = |server: &&Server| server.host() == text;
    if servers.index_of(text).is_some() {
        return Ok(text.to_owned());
    }
    let mut found: Vec<&Server> = servers.iter().filter(by_address).collect();
    if found.is_empty() {
        found = servers.iter().filter(by_host).collect();
    }
    match found.as_slice() {
        [server] => Ok(server.identity().into_owned()),
        [] => Err(Failure::refused(format!("no server '{}'", text.escape_debug()))),
        several => {
            let names: Vec<_> = several.iter().map(|server| server.identity()).collect();
            Err(Failure::refused(format!(
                "'{}' is several servers: {}; name one",
                text.escape_debug(),
                names.join(", ")
            )))
        }
    }
}
