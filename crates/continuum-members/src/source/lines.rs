//! Servers as values hold them.

use continuum::{Server, Servers};

/// The servers of a text: one a line as `host:port[=capacity]`; what stands behind `#`
/// is left out.
pub(super) fn servers(text: &str) -> Result<Servers, String> {
    let mut servers = Servers::new();
    for line in text.lines() {
        let text = line.split('#').next().unwrap_or_default().trim();
        if !text.is_empty() {
            servers.add(server(text)?).map_err(|error| error.to_string())?;
        }
    }
    Ok(servers)
}

/// A server with its port, or a Unix socket: without one any word would be a server.
pub(super) fn server(text: &str) -> Result<Server, String> {
    let server = text.parse::<Server>().map_err(|error| error.to_string())?;
    if server.port().is_none() && !server.is_unix_socket() {
        return Err(format!("'{}' has no port: expected host:port", text.escape_debug()));
    }
    Ok(server)
}
