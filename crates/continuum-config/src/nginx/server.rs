//! One `server` line of an upstream.

use std::net::IpAddr;

use continuum::Server;

use crate::address::whole32;
use crate::quote::quoted;

/// Parameters that change no key's server, beside `resolve`. `id=`, `sid=` and `srun_id=`
/// are of Tengine, Angie and the modules that send a session to the server it names.
const PARAMETERS: &[&str] = &[
    "max_fails=",
    "fail_timeout=",
    "max_conns=",
    "slow_start=",
    "route=",
    "id=",
    "sid=",
    "srun_id=",
];

/// What a line says.
pub(super) struct Line {
    pub(super) server: Server,
    pub(super) down: bool,
    pub(super) backup: bool,
}

/// Reads the words behind `server`.
pub(super) fn read(arguments: &[String]) -> Result<Line, String> {
    let (text, parameters) = arguments.split_first().ok_or("server without an address")?;
    let mut line = Line { server: server(text)?, down: false, backup: false };
    for parameter in parameters {
        match parameter.as_str() {
            "down" => line.down = true,
            "backup" => line.backup = true,
            "resolve" => {}
            "drain" => {
                return Err("drain sends new keys elsewhere; which, nginx does not say".into());
            }
            other if PARAMETERS.iter().any(|known| other.starts_with(known)) => {}
            other if other.starts_with("service=") => {
                return Err(format!(
                    "server {} {other}: its servers are those of DNS SRV records, and stand in no \
                     file",
                    quoted(text)
                ));
            }
            other => match other.strip_prefix("weight=") {
                Some(digits) => {
                    let weight = whole32(digits).filter(|weight| *weight > 0);
                    let weight = weight.ok_or_else(|| {
                        format!(
                            "weight {} is not a whole number from 1 to 4294967295",
                            quoted(digits)
                        )
                    })?;
                    line.server = line.server.with_capacity(weight);
                }
                None => return Err(format!("unknown server parameter {}", quoted(other))),
            },
        }
    }
    Ok(line)
}

/// Whether DNS says where it is, which may be at several addresses.
pub(super) fn is_name(server: &Server) -> bool {
    server.host().parse::<IpAddr>().is_err() && !server.is_unix_socket()
}

/// The server of a `server` line: its identity is the text, to the letter.
fn server(text: &str) -> Result<Server, String> {
    if text.contains('$') {
        return Err(format!(
            "server {}: nginx fills in no variable here: give the file that is made of this one",
            quoted(text)
        ));
    }
    let path = text.get(..5).filter(|head| head.eq_ignore_ascii_case("unix:"));
    let server = if path.is_some() {
        match &text[5..] {
            "" => return Err("unix: without a path".to_owned()),
            path => Server::without_port(path),
        }
    } else if text.is_empty() {
        return Err("server without an address".to_owned());
    } else {
        if text.contains('/') {
            return Err(format!("server {}: nginx takes no URL here, but a host", quoted(text)));
        }
        // What is dialled when the port is left out is 80; what is hashed is not.
        crate::address::server(text)?
    };
    Ok(if server.address() == text { server } else { server.with_name(text) })
}
