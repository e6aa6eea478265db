//! A connection: TCP, a Unix socket, or TLS; with a deadline for every read and write.

use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use crate::dial::{Address, Endpoint, Protocol};
use crate::error::{Error, reason};

/// Bytes of a line; a dumped key takes three for each of its 250.
const LINE: usize = 8192;
/// How a memcached answers everything that wants a user and a password, and got none.
pub(super) const UNAUTHENTICATED: &[u8] = b"CLIENT_ERROR unauth";

enum Stream {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(std::os::unix::net::UnixStream),
    #[cfg(feature = "tls")]
    Tls(Box<rustls::StreamOwned<rustls::ClientConnection, TcpStream>>),
}

impl Read for Stream {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(bytes),
            #[cfg(unix)]
            Self::Unix(stream) => stream.read(bytes),
            #[cfg(feature = "tls")]
            Self::Tls(stream) => stream.read(bytes),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write(bytes),
            #[cfg(unix)]
            Self::Unix(stream) => stream.write(bytes),
            #[cfg(feature = "tls")]
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.flush(),
            #[cfg(unix)]
            Self::Unix(stream) => stream.flush(),
            #[cfg(feature = "tls")]
            Self::Tls(stream) => stream.flush(),
        }
    }
}

/// Lines and blocks of bytes, in both directions.
pub(super) struct Link {
    stream: BufReader<Stream>,
}

impl Link {
    pub(super) fn open(endpoint: &Endpoint, timeout: Duration) -> io::Result<Self> {
        let stream = match &endpoint.address {
            Address::Tcp(host, port) => {
                let stream = dial(host, *port, timeout)?;
                if endpoint.tls { secure(stream, host, endpoint)? } else { Stream::Tcp(stream) }
            }
            #[cfg(unix)]
            Address::Unix(path) => {
                let stream = std::os::unix::net::UnixStream::connect(path)?;
                stream.set_read_timeout(Some(timeout))?;
                stream.set_write_timeout(Some(timeout))?;
                Stream::Unix(stream)
            }
            #[cfg(not(unix))]
            Address::Unix(_) => return Err(io::Error::other("there are no Unix sockets here")),
        };
        Ok(Self { stream: BufReader::with_capacity(1 << 16, stream) })
    }

    pub(super) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let stream = self.stream.get_mut();
        stream.write_all(bytes)?;
        stream.flush()
    }

    /// A line without its end. Neither it nor a block may be endless.
    pub(super) fn line(&mut self, line: &mut Vec<u8>) -> io::Result<()> {
        line.clear();
        loop {
            let buffer = self.stream.fill_buf()?;
            if buffer.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let end = memchr::memchr(b'\n', buffer);
            let taken = end.map_or(buffer.len(), |end| end + 1);
            line.extend_from_slice(&buffer[..taken]);
            self.stream.consume(taken);
            if line.len() > LINE {
                return Err(invalid("a line without an end"));
            }
            if end.is_some() {
                line.pop();
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(());
            }
        }
    }

    /// So many bytes, and the end of a line behind them.
    pub(super) fn block(&mut self, length: usize) -> io::Result<Vec<u8>> {
        let mut block = Vec::new();
        let wanted = u64::try_from(length).map_err(io::Error::other)? + 2;
        (&mut self.stream).take(wanted).read_to_end(&mut block)?;
        if block.len() < length + 2 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if !block.ends_with(b"\r\n") {
            return Err(invalid("a value that does not end where it says"));
        }
        block.truncate(length);
        Ok(block)
    }
}

pub(super) fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("it answered {what}"))
}

fn dial(host: &str, port: u16, timeout: Duration) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in (host, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, timeout) {
            Ok(stream) => {
                stream.set_read_timeout(Some(timeout))?;
                stream.set_write_timeout(Some(timeout))?;
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

#[cfg(feature = "tls")]
fn secure(stream: TcpStream, host: &str, endpoint: &Endpoint) -> io::Result<Stream> {
    use rustls::pki_types::pem::PemObject as _;
    use rustls::pki_types::{CertificateDer, ServerName};

    let mut roots = rustls::RootCertStore::empty();
    match &endpoint.authority {
        Some(text) => {
            for certificate in CertificateDer::pem_slice_iter(text) {
                let certificate = certificate.map_err(io::Error::other)?;
                roots.add(certificate).map_err(io::Error::other)?;
            }
        }
        None => {
            let system = rustls_native_certs::load_native_certs();
            roots.add_parsable_certificates(system.certs);
        }
    }
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    let client = rustls::ClientConnection::new(std::sync::Arc::new(config), name);
    let client = client.map_err(io::Error::other)?;
    Ok(Stream::Tls(Box::new(rustls::StreamOwned::new(client, stream))))
}

#[cfg(not(feature = "tls"))]
fn secure(_: TcpStream, _: &str, _: &Endpoint) -> io::Result<Stream> {
    Err(io::Error::other("this program was built without the feature 'tls'"))
}

/// What a machine speaks, by how it answers a word that both take.
pub(crate) fn speaks(
    name: &str,
    endpoint: &Endpoint,
    timeout: Duration,
) -> Result<Protocol, Error> {
    if let Some(protocol) = endpoint.protocol {
        return Ok(protocol);
    }
    let unreachable =
        |error: &io::Error| Error::new(format!("{name} does not answer: {}", reason(error)));
    let mut link = Link::open(endpoint, timeout).map_err(|error| unreachable(&error))?;
    let mut line = Vec::new();
    link.send(b"version\r\n")
        .and_then(|()| link.line(&mut line))
        .map_err(|error| unreachable(&error))?;
    if line.starts_with(b"VERSION ") || line.starts_with(UNAUTHENTICATED) {
        return Ok(Protocol::Memcached);
    }
    if line.starts_with(b"-") {
        return Ok(Protocol::Redis);
    }
    let told = crate::escape::escaped(&line[..line.len().min(60)]);
    Err(Error::new(format!(
        "{name} speaks neither memcached's text protocol nor Redis': it answered '{told}'"
    )))
}
