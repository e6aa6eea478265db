//! Identity: the server that a backend is in the map.

use continuum::{Capacity, Server};
use pingora_core::protocols::l4::socket::SocketAddr;
use pingora_load_balancing::Backend;

use crate::refusal::Refusal;

/// A backend's name, in its extensions: its identity in the map instead of its
/// address, so that it can move to another address and keep its keys.
///
/// Backends that differ in nothing but their extensions are equal for pingora, which
/// then builds no new selection.
///
/// ```
/// use continuum_pingora::Name;
/// use pingora_load_balancing::Backend;
/// let mut backend = Backend::new("10.0.0.7:80")?;
/// backend.ext.insert(Name::new("cache-a"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(Box<str>);

impl Name {
    /// A name.
    pub fn new(name: impl Into<Box<str>>) -> Self {
        Self(name.into())
    }
}

/// A backend as a server: identity, and capacity from its weight.
pub(crate) fn server(backend: &Backend) -> Result<Server, Refusal> {
    let server = match &backend.addr {
        SocketAddr::Inet(address) => {
            let server = Server::new(address.ip().to_string(), address.port());
            match address {
                std::net::SocketAddr::V6(v6) if v6.scope_id() != 0 => {
                    server.with_name(address.to_string())
                }
                _ => server,
            }
        }
        SocketAddr::Unix(address) => match address.as_pathname().map(std::path::Path::to_str) {
            Some(Some(path)) => Server::without_port(path),
            Some(None) => return Err(Refusal::backend(backend, "its path is not UTF-8")),
            None => return Err(Refusal::backend(backend, "a Unix socket without a path")),
        },
    };
    let server = match backend.ext.get::<Name>() {
        Some(Name(name)) if name.is_empty() => {
            return Err(Refusal::backend(backend, "its name is empty"));
        }
        Some(Name(name)) => server.with_name(name.clone()),
        None => server,
    };
    let Ok(weight) = u32::try_from(backend.weight) else {
        let why = format!("its weight, {}, is above {}", backend.weight, u32::MAX);
        return Err(Refusal::backend(backend, why));
    };
    let capacity =
        Capacity::try_from(f64::from(weight)).map_err(|error| Refusal::backend(backend, error))?;
    Ok(server.with_capacity(capacity))
}
