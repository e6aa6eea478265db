//! A connection, encrypted or not.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;

use crate::access::Access;

/// How a connection is encrypted, and to whom.
pub(super) struct Tls {
    #[cfg(feature = "tls")]
    config: std::sync::Arc<rustls::ClientConfig>,
    #[cfg(feature = "tls")]
    host: rustls::pki_types::ServerName<'static>,
}

impl Tls {
    #[cfg(feature = "tls")]
    pub(super) fn new(address: &str, access: &Access) -> Result<Self, String> {
        let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
        let host = host.trim_matches(['[', ']']);
        let name = rustls::pki_types::ServerName::try_from(host.to_owned());
        let host = name.map_err(|_| format!("no certificate can be for '{}'", host.escape_debug()));
        Ok(Self { config: crate::source::tls::config(access)?, host: host? })
    }

    #[cfg(not(feature = "tls"))]
    pub(super) fn new(_: &str, _: &Access) -> Result<Self, String> {
        Err("this was built without the feature 'tls'".to_owned())
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls")
    }
}

pub(super) enum Stream {
    Plain(TcpStream),
    #[cfg(feature = "tls")]
    Tls(Box<rustls::StreamOwned<rustls::ClientConnection, TcpStream>>),
}

impl Stream {
    pub(super) fn new(stream: TcpStream, tls: Option<&Tls>) -> io::Result<Self> {
        match tls {
            None => Ok(Self::Plain(stream)),
            #[cfg(feature = "tls")]
            Some(tls) => {
                let client = rustls::ClientConnection::new(tls.config.clone(), tls.host.clone());
                let client = client.map_err(io::Error::other)?;
                Ok(Self::Tls(Box::new(rustls::StreamOwned::new(client, stream))))
            }
            #[cfg(not(feature = "tls"))]
            Some(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    pub(super) fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(stream) => stream,
            #[cfg(feature = "tls")]
            Self::Tls(stream) => stream.get_ref(),
        }
    }

    pub(super) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.write_all(bytes),
            #[cfg(feature = "tls")]
            Self::Tls(stream) => stream.write_all(bytes).and_then(|()| stream.flush()),
        }
    }

    pub(super) fn read(&mut self, block: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(block),
            #[cfg(feature = "tls")]
            Self::Tls(stream) => stream.read(block),
        }
    }
}
