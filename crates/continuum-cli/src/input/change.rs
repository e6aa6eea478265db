//! A change of servers, given on the command line.

use continuum::{Capacity, Server, Servers};

use crate::args::Plan;
use crate::failure::Failure;

/// The servers after what the arguments add, remove and re-weigh.
pub(crate) fn change(servers: &Servers, args: &Plan) -> Result<Servers, Failure> {
    let mut servers = servers.clone();
    for text in &args.remove {
        let identity = find(&servers, text)?;
        servers.remove(&identity)?;
    }
    for text in &args.weight {
        let (name, weight) = text.rsplit_once('=').ok_or_else(|| {
            Failure::refused(format!("--weight '{}': SERVER=WEIGHT is wanted", text.escape_debug()))
        })?;
        let identity = find(&servers, name)?;
        servers.set_capacity(&identity, weight.parse::<Capacity>()?)?;
    }
    for text in &args.add {
        let server = match text.split_once('@') {
            Some((name, address)) => address.parse::<Server>()?.with_name(name),
            None => text.parse::<Server>()?,
        };
        servers.add(server)?;
    }
    Ok(servers)
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
        [] => Err(Failure::refused(format!("no server '{}' in the pool", text.escape_debug()))),
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
