//! A plain list: one server a line, as `host:port`, `host:port=capacity` or
//! `host:port capacity`. A line `scheme NAME` names the scheme, else the caller
//! does. What stands behind `#` is left out.

use continuum::{Capacity, Server};

use crate::draft::{Chosen, Draft, Found};
use crate::error::Error;
use crate::limits;
use crate::options::Options;
use crate::quote::quoted;
use crate::source::File;

pub(crate) fn read(text: &str, file: &File, options: &Options) -> Result<Vec<Found>, Error> {
    let mut scheme = options.scheme.clone().map(|scheme| (Chosen::from(scheme), file.at(1)));
    let mut named = None;
    let mut servers = Vec::new();
    for (number, line) in (1_u32..).zip(text.lines()) {
        let place = file.at(number);
        let refuse = |sentence: String| Error::new(place.clone(), sentence);
        let line = line.split('#').next().unwrap_or_default();
        let mut words = line.split_whitespace();
        let Some(first) = words.next() else { continue };
        let second = words.next();
        if let Some(third) = words.next() {
            return Err(refuse(format!("{} is more than a server and its weight", quoted(third))));
        }
        if first == "scheme" || first == "scheme:" {
            let name = second.ok_or_else(|| refuse("scheme without a name".to_owned()))?;
            if let Some(line) = named.replace(number) {
                return Err(refuse(format!("a second scheme, the first is on line {line}")));
            }
            scheme = Some((Chosen::new(name), place));
            continue;
        }
        if servers.len() >= limits::SERVERS {
            return Err(refuse(format!("more than {} servers", limits::SERVERS)));
        }
        let mut server = first.parse::<Server>().map_err(|error| refuse(error.to_string()))?;
        if let Some(weight) = second {
            let capacity = weight.parse::<Capacity>().map_err(|error| refuse(error.to_string()))?;
            server = server.with_capacity(capacity);
        }
        servers.push((server, place));
    }
    let name = file.stem();
    let place = servers.first().map_or_else(|| file.at(1), |(_, place)| place.clone());
    let Some((scheme, at)) = scheme else {
        let error = Error::new(place, "no scheme given: use --scheme, or scheme= in Python");
        return Ok(vec![Found::Refused(name.into(), error)]);
    };
    let mut draft = Draft::new(name, place, scheme, at);
    draft.servers = servers;
    Ok(vec![draft.into()])
}

#[cfg(test)]
mod tests;
