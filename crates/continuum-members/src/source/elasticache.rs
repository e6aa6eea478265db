//! The configuration endpoint of ElastiCache for memcached.

mod stream;

use std::io;
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::{Duration, Instant};

use continuum::{Scheme, Server, Servers};

use self::stream::{Stream, Tls};
use super::{Fault, Source};
use crate::access::Access;
use crate::set::Set;

/// Bytes of an answer: a thousand for each node that a cluster may have.
const MOST: usize = 1 << 20;

/// `config get cluster`, asked of a configuration endpoint; also of others that speak
/// memcached's text protocol and know the command.
///
/// A node is known by its host name and port: a node that is replaced keeps its name and
/// gets another address. The answer is taken where it is as long as it says it is and
/// ends as it should; its version must not go back, and other nodes need another version.
/// (A cluster that is made anew under the old name begins at version 1: start the
/// program again.) Clusters with encryption in transit are asked [over
/// TLS](Self::over_tls).
#[derive(Debug)]
pub struct ElastiCache {
    address: Box<str>,
    name: String,
    scheme: Scheme,
    timeout: Duration,
    tls: Option<Tls>,
    last: Option<(u64, Servers)>,
}

impl ElastiCache {
    /// The endpoint, as `host:port`, and the scheme, which it does not say.
    pub fn new(address: impl Into<Box<str>>, scheme: Scheme) -> Self {
        let address = address.into();
        let name = format!("elasticache://{address}");
        Self { address, name, scheme, timeout: Duration::from_secs(5), tls: None, last: None }
    }

    /// How long an answer may take: five seconds unless said.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Over TLS, with these certificates; its name begins with `elasticaches://` then.
    ///
    /// # Errors
    /// A certificate or the host's name cannot be used; this was built without the feature
    /// `tls`.
    pub fn over_tls(mut self, access: &Access) -> Result<Self, Fault> {
        self.name = format!("elasticaches://{}", self.address);
        let tls = Tls::new(&self.address, access).map_err(|why| Fault::new(&self.name, why))?;
        self.tls = Some(tls);
        Ok(self)
    }

    fn fetch(&self) -> Result<Vec<u8>, Fault> {
        let failed = |error: io::Error| {
            #[cfg(feature = "tls")]
            if let Some(words) = super::tls::words(&error) {
                return Fault::new(&self.name, words);
            }
            Fault::io(&self.name, &error)
        };
        let end = Instant::now() + self.timeout;
        let stream = self.connect().map_err(failed)?;
        stream.set_write_timeout(Some(self.timeout)).map_err(failed)?;
        // What TLS says before it is asked is read at once.
        stream.set_read_timeout(Some(self.timeout)).map_err(failed)?;
        let mut stream = Stream::new(stream, self.tls.as_ref()).map_err(failed)?;
        stream.send(b"config get cluster\r\n").map_err(failed)?;
        let mut answer = Vec::new();
        let mut block = [0; 4096];
        loop {
            // One byte an hour is no answer either.
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Fault::new(&self.name, "no answer in time"));
            }
            stream.tcp().set_read_timeout(Some(left)).map_err(failed)?;
            let read = match stream.read(&mut block) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read.map_err(failed)?,
            };
            answer.extend_from_slice(block.get(..read).unwrap_or_default());
            if read == 0 || answer.ends_with(b"END\r\n") || is_error(&answer) {
                return Ok(answer);
            }
            if answer.len() > MOST {
                return Err(Fault::new(&self.name, "an answer of more than 1 MiB"));
            }
        }
    }

    fn connect(&self) -> io::Result<TcpStream> {
        let mut failed = io::Error::new(io::ErrorKind::NotFound, "no address for this name");
        for address in self.address.to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, self.timeout) {
                Ok(stream) => return Ok(stream),
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }
}

impl Source for ElastiCache {
    fn name(&self) -> &str {
        &self.name
    }

    fn ask(&mut self) -> Result<Set, Fault> {
        let answer = self.fetch()?;
        let (version, servers) = read(&answer).map_err(|why| Fault::new(&self.name, why))?;
        if let Some((last, known)) = &self.last {
            let sentence = if version < *last {
                format!("its version went back from {last} to {version}")
            } else if version == *last && servers != *known {
                format!("has other nodes than before under the same version, {version}")
            } else {
                String::new()
            };
            if !sentence.is_empty() {
                return Err(Fault::new(&self.name, sentence));
            }
        }
        self.last = Some((version, servers.clone()));
        Ok(Set::new(self.scheme.clone(), servers))
    }
}

fn is_error(answer: &[u8]) -> bool {
    let kinds: [&[u8]; 3] = [b"ERROR", b"CLIENT_ERROR", b"SERVER_ERROR"];
    answer.ends_with(b"\r\n") && kinds.iter().any(|kind| answer.starts_with(kind))
}

/// `CONFIG cluster FLAGS LENGTH`, then as many bytes: the version on a line, the nodes
/// as `name|address|port` on another; then `END`.
fn read(answer: &[u8]) -> Result<(u64, Servers), String> {
    let half = || "half an answer".to_owned();
    let text = std::str::from_utf8(answer).map_err(|_| "an answer that is no text".to_owned())?;
    let (head, rest) = text.split_once("\r\n").ok_or_else(half)?;
    if is_error(answer) {
        let head = head.escape_debug();
        return Err(format!("answers '{head}': this is no configuration endpoint"));
    }
    if head == "END" {
        return Err("knows no cluster".to_owned());
    }
    let words: Vec<&str> = head.split(' ').collect();
    let ["CONFIG", "cluster", _, length] = words.as_slice() else {
        return Err(format!("an answer that begins with '{}'", head.escape_debug()));
    };
    let length: usize = length.parse().map_err(|_| half())?;
    let (body, end) = rest.split_at_checked(length).ok_or_else(half)?;
    // Servers differ in whether the length counts the line's end before `END`.
    if end.trim_start_matches(['\r', '\n']) != "END\r\n" {
        return Err(half());
    }
    let (version, nodes) = body.split_once('\n').ok_or_else(half)?;
    let version = version.trim_end_matches('\r');
    let version = version
        .parse()
        .map_err(|_| format!("a version that is no number: '{}'", version.escape_debug()))?;
    let mut servers = Servers::new();
    for node in nodes.trim_end_matches(['\r', '\n']).split(' ').filter(|node| !node.is_empty()) {
        let fields: Vec<&str> = node.split('|').collect();
        let refuse = || format!("a node that is no name|address|port: '{}'", node.escape_debug());
        let [name, address, port] = fields.as_slice() else { return Err(refuse()) };
        let host = if name.is_empty() { address } else { name };
        let port = port.parse().map_err(|_| refuse())?;
        if host.is_empty() || port == 0 {
            return Err(refuse());
        }
        servers.add(Server::new(*host, port)).map_err(|error| error.to_string())?;
    }
    Ok((version, servers))
}

#[cfg(test)]
mod tests {
    use super::read;

    fn answer(body: &str) -> String {
        format!("CONFIG cluster 0 {}\r\n{body}\r\nEND\r\n", body.len())
    }

    #[test]
    fn whole_answers() {
        let (version, servers) =
            read(answer("12\na.cache|10.0.0.1|11211 b.cache||11212\n").as_bytes()).unwrap();
        assert_eq!(version, 12);
        let all: Vec<String> = servers.iter().map(ToString::to_string).collect();
        assert_eq!(all, ["a.cache:11211", "b.cache:11212"]);
        assert_eq!(read(answer("3\n|10.0.0.9|1\n").as_bytes()).unwrap().1.len(), 1);
        assert!(read(answer("4\n\n").as_bytes()).unwrap().1.is_empty());
    }

    #[test]
    fn every_beginning_of_an_answer_is_refused() {
        let whole = answer("12\na|10.0.0.1|11211 b|10.0.0.2|11211\n");
        for end in 0..whole.len() {
            let refusal = read(&whole.as_bytes()[..end]).unwrap_err();
            assert!(refusal == "half an answer" || refusal.contains("begins with"), "{refusal}");
        }
        assert!(read(whole.as_bytes()).is_ok());
    }

    #[test]
    fn refusals_name_the_thing() {
        for (text, sentence) in [
            ("ERROR\r\n".to_owned(), "this is no configuration endpoint"),
            ("END\r\n".to_owned(), "knows no cluster"),
            ("VALUE a 0 1\r\nx\r\nEND\r\n".to_owned(), "begins with 'VALUE a 0 1'"),
            (answer("x\na|b|1\n"), "a version that is no number: 'x'"),
            (answer("1\na|b\n"), "no name|address|port: 'a|b'"),
            (answer("1\na|b|0\n"), "no name|address|port: 'a|b|0'"),
            (answer("1\n||7\n"), "no name|address|port: '||7'"),
            (answer("1\na|b|1 a|c|1\n"), "'a:1'"),
            (answer("1"), "half an answer"),
            ("CONFIG cluster 0 5\r\n1\na|b|1\n\r\nEND\r\n".to_owned(), "half an answer"),
        ] {
            let refusal = read(text.as_bytes()).unwrap_err();
            assert!(refusal.contains(sentence), "{text:?}: {refusal}");
        }
    }
}
