//! Servers as a value holds them: one a line.

use continuum::{Error, Server, Servers};

/// The servers of a text: one a line as `host:port[=capacity]`; what stands behind `#`
/// is left out.
pub(super) fn servers(text: &str) -> Result<Servers, Error> {
    let mut servers = Servers::new();
    for line in text.lines() {
        let server = line.split('#').next().unwrap_or_default().trim();
        if !server.is_empty() {
            servers.add(server.parse::<Server>()?)?;
        }
    }
    Ok(servers)
}
