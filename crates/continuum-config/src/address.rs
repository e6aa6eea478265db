//! Addresses as the programs write them.

use continuum::Server;

use crate::quote::quoted;

/// A port of 1 to 65535, in digits and nothing else.
pub(crate) fn port(text: &str) -> Result<u16, String> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse::<u16>()
        .ok()
        .filter(|port| digits && *port > 0)
        .ok_or_else(|| format!("port {} is not a number from 1 to 65535", quoted(text)))
}

/// A whole number in digits and nothing else.
pub(crate) fn whole(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

/// A whole number that fits 32 bits.
pub(crate) fn whole32(text: &str) -> Option<u32> {
    whole(text).and_then(|number| u32::try_from(number).ok())
}

/// A server at `host:port`, `[v6]:port`, a bare host or a path; the last colon
/// stands before the port.
pub(crate) fn server(text: &str) -> Result<Server, String> {
    if text.starts_with('/') {
        return Ok(Server::without_port(text));
    }
    if let Some(rest) = text.strip_prefix('[') {
        let (host, after) =
            rest.split_once(']').ok_or_else(|| format!("{}: '[' has no ']'", quoted(text)))?;
        return match after.strip_prefix(':') {
            Some(digits) => Ok(Server::new(host, port(digits)?)),
            None if after.is_empty() => Ok(Server::without_port(host)),
            None => Err(format!("{}: {} after ']' is no port", quoted(text), quoted(after))),
        };
    }
    match text.rsplit_once(':') {
        Some(("", _)) => Err(format!("{}: the host is empty", quoted(text))),
        Some((host, digits)) => Ok(Server::new(host, port(digits)?)),
        None if text.is_empty() => Err("the host is empty".to_owned()),
        None => Ok(Server::without_port(text)),
    }
}
