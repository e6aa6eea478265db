//! Member: the server that a key of a discovery names.

use std::net::SocketAddr;
use std::sync::Arc;

use continuum::{Error, Server};

/// A key of `tower::discover::Discover` that names a server.
///
/// A text is read as `host:port=capacity`, where port and capacity may be left out.
///
/// ```
/// use continuum_tower::Member;
/// assert_eq!("10.0.0.3:80=2".server()?.capacity().get(), 2.0);
/// assert_eq!(std::net::SocketAddr::from(([10, 0, 0, 3], 80)).server()?.identity(), "10.0.0.3:80");
/// # Ok::<(), continuum::Error>(())
/// ```
pub trait Member {
    /// The server.
    ///
    /// # Errors
    /// The key names none.
    fn server(&self) -> Result<Server, Error>;
}

impl Member for str {
    fn server(&self) -> Result<Server, Error> {
        self.parse()
    }
}

impl Member for String {
    fn server(&self) -> Result<Server, Error> {
        self.parse()
    }
}

impl<T: Member + ?Sized> Member for &T {
    fn server(&self) -> Result<Server, Error> {
        (**self).server()
    }
}

impl<T: Member + ?Sized> Member for Arc<T> {
    fn server(&self) -> Result<Server, Error> {
        (**self).server()
    }
}

impl Member for SocketAddr {
    fn server(&self) -> Result<Server, Error> {
        Ok(Server::new(self.ip().to_string(), self.port()))
    }
}
