//! From the arguments to a continuum, all checks made.

use std::path::Path;

use continuum::scheme::Topic;
use continuum::{Continuum, Scheme, Server, Servers};
use continuum_config::{Place, ServerList};

use super::origin::Origin;
use super::{server_lines, source};
use crate::args::Set;
use crate::failure::Failure;

/// Bytes of a list of servers: a hundred for each that a scheme could hold.
const LARGEST: u64 = 64 << 20;

/// Servers with where each was said, and the scheme likewise.
type Listed<'a> = (Vec<(Origin<'a>, Server)>, Option<(Origin<'a>, String)>);

/// The continuum that the arguments describe, able to resolve keys.
pub(crate) fn build(set: &Set) -> Result<Continuum, Failure> {
    let (listed, scheme) = list(set)?;
    let scheme = match scheme {
        Some((Origin::CommandLine, text)) => super::scheme(&text)?,
        Some((origin, text)) => text.parse().map_err(|error| origin.refuse(error))?,
        None => Scheme::default(),
    };
    refuse_empty(set, &listed)?;
    let continuum = join(scheme, &listed)?;
    refuse_without_owners(&continuum)?;
    Ok(continuum)
}

/// The servers alone, whatever a scheme would say to them.
pub(crate) fn servers(set: &Set) -> Result<Servers, Failure> {
    let (listed, _) = list(set)?;
    refuse_empty(set, &listed)?;
    gather(&listed)
}

fn list(set: &Set) -> Result<Listed<'_>, Failure> {
    let mut listed = Vec::new();
    let mut scheme = None;
    if let Some(file) = &set.servers_file {
        let text = source::read(file, LARGEST).map_err(|refused| hint(file, refused))?;
        let named = file.extension().is_some_and(|it| it.eq_ignore_ascii_case("toml"));
        if named || is_toml(&text) {
            let read = ServerList::parse_toml(&text, &file.display().to_string())?;
            let line = |place: &Place| Origin::Line(file, place.line() as usize);
            listed.extend(read.servers().iter().map(|(server, at)| (line(at), server.clone())));
            scheme = read.scheme().map(|(text, place)| (line(place), text.to_owned()));
        } else {
            listed = server_lines::read(file, &text)?;
        }
    }
    for text in &set.server {
        listed.push((Origin::CommandLine, text.parse::<Server>()?));
    }
    listed.iter().try_for_each(|(origin, server)| check_host(origin, server))?;
    if let Some(text) = &set.scheme {
        scheme = Some((Origin::CommandLine, text.clone()));
    }
    Ok((listed, scheme))
}

/// Refuses a host that is a host and something else by the look of it: it would be hashed whole.
fn check_host(origin: &Origin<'_>, server: &Server) -> Result<(), Failure> {
    let host = server.host();
    if server.is_unix_socket() {
        return Ok(());
    }
    if let Some((before, last)) = host.rsplit_once(char::is_whitespace)
        && (server.port().is_some() || last.parse::<f64>().is_ok())
    {
        let (before, last) = (before.escape_debug(), last.escape_debug());
        return Err((*origin).refuse(format!(
            "'{before} {last}': a host has no blank in it; a capacity is written '{before}={last}'"
        )));
    }
    if let (Some(_), Some((name, _))) = (server.port(), host.split_once('@')) {
        return Err((*origin).refuse(format!(
            "'{}': a host has no '@' in it; a name beside an address is given in TOML: name = \"{}\"",
            host.escape_debug(),
            name.escape_debug()
        )));
    }
    Ok(())
}

/// Whether the first line that says something is one of a list in TOML.
fn is_toml(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let first = lines.find(|line| !line.is_empty() && !line.starts_with(b"#"));
    first.is_some_and(|line| {
        let assigns = |name: &[u8]| {
            line.strip_prefix(name).is_some_and(|rest| rest.trim_ascii_start().starts_with(b"="))
        };
        assigns(b"servers") || assigns(b"scheme") || line == b"[[servers]]"
    })
}

fn refuse_empty(set: &Set, listed: &[(Origin<'_>, Server)]) -> Result<(), Failure> {
    if !listed.is_empty() {
        return Ok(());
    }
    Err(Failure::refused(match &set.servers_file {
        Some(file) => format!("{}: there is no server in it", file.display()),
        None => "no server: give each with -s HOST:PORT, or a file with --servers".to_owned(),
    }))
}

fn gather(listed: &[(Origin<'_>, Server)]) -> Result<Servers, Failure> {
    let mut servers = Servers::new();
    for (origin, server) in listed {
        servers.add(server.clone()).map_err(|error| origin.refuse(error))?;
    }
    Ok(servers)
}

fn hint(file: &Path, refused: Failure) -> Failure {
    let is_server =
        file.to_str().is_some_and(|text| text.parse::<Server>().is_ok_and(|s| s.port().is_some()));
    match refused {
        Failure::Refused(sentence) if is_server && !file.exists() => {
            Failure::Refused(format!("{sentence}; a single server is given with -s"))
        }
        other => other,
    }
}

fn join(scheme: Scheme, listed: &[(Origin<'_>, Server)]) -> Result<Continuum, Failure> {
    Continuum::with_servers(scheme.clone(), gather(listed)?)
        .map_err(|error| culprit(&scheme, listed, &error).refuse(error))
}

/// Where the server stands that a scheme refuses: the first one that it refuses
/// alone in the same words.
fn culprit<'a>(
    scheme: &Scheme,
    listed: &[(Origin<'a>, Server)],
    error: &continuum::Error,
) -> Origin<'a> {
    let refused_alone = |server: &Server| {
        let mut alone = Servers::new();
        alone.add(server.clone())?;
        Continuum::with_servers(scheme.clone(), alone).map(|_| ())
    };
    if error.is_over_limit() {
        return Origin::CommandLine;
    }
    listed
        .iter()
        .find(|(_, server)| refused_alone(server).as_ref() == Err(error))
        .map_or(Origin::CommandLine, |(origin, _)| *origin)
}

/// Why nothing owns a key.
pub(super) const NO_CAPACITY: &str = "no key can be resolved: every server has capacity 0";

/// A set that owns nothing would answer every key with nothing: say why once.
pub(crate) fn refuse_without_owners(continuum: &Continuum) -> Result<(), Failure> {
    if continuum.fair_shares().iter().all(|share| *share == 0.0) {
        return Err(Failure::refused(NO_CAPACITY));
    }
    match continuum.advice().iter().find(|advice| advice.topic() == Topic::Unresolvable) {
        Some(advice) => Err(Failure::refused(advice)),
        None => Ok(()),
    }
}
