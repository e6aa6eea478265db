//! SRV records of DNS.

mod exchange;

use std::fs;
use std::net::{IpAddr, SocketAddr};

use continuum::{Scheme, Server, Servers};
use simple_dns::rdata::RData;
use simple_dns::{Name, Packet, PacketFlag, RCODE};

use self::exchange::exchange;
use super::{Fault, Source};
use crate::set::Set;

/// The servers that SRV records name, as `srv:_memcache._tcp.example.com`; with a DNS
/// server of its own, `srv://10.0.0.2:53/_memcache._tcp.example.com`.
///
/// Only the records of the lowest priority are members, in the order of host and port,
/// whatever the order of the answer. Their weights say how requests are spread, where
/// this is about keys, and are not looked at. A name that does not exist is an empty
/// set; a server that fails gives no answer. The name servers are those of
/// `/etc/resolv.conf`, one after the other; the name is taken as it is, without the
/// domains that are searched there.
#[derive(Debug)]
pub struct Srv {
    name: String,
    record: String,
    server: Option<SocketAddr>,
    scheme: Scheme,
}

impl Srv {
    /// The records' name, and the scheme, which they do not say.
    ///
    /// # Errors
    /// The text is no name of records.
    pub fn open(text: &str, scheme: Scheme) -> Result<Self, Fault> {
        let expected = || Fault::new(text, "expected srv:NAME or srv://DNS-SERVER[:PORT]/NAME");
        let rest = text.strip_prefix("srv:").ok_or_else(expected)?;
        let (server, record) = match rest.strip_prefix("//") {
            Some(rest) => {
                let (server, record) = rest.split_once('/').ok_or_else(expected)?;
                (Some(address(server).ok_or_else(expected)?), record)
            }
            None => (None, rest),
        };
        let record = record.trim_end_matches('.').to_owned();
        if record.is_empty() || Name::new(&record).is_err() {
            return Err(expected());
        }
        Ok(Self { name: text.to_owned(), record, server, scheme })
    }

    fn servers(&self) -> Result<Vec<SocketAddr>, Fault> {
        if let Some(server) = self.server {
            return Ok(vec![server]);
        }
        let text = fs::read_to_string("/etc/resolv.conf")
            .map_err(|error| Fault::io("/etc/resolv.conf", &error))?;
        let named = text.lines().filter_map(|line| {
            let mut words = line.split_whitespace();
            (words.next() == Some("nameserver")).then(|| address(words.next()?)).flatten()
        });
        let named: Vec<SocketAddr> = named.collect();
        if named.is_empty() {
            return Err(Fault::new("/etc/resolv.conf", "names no name server"));
        }
        Ok(named)
    }
}

impl Source for Srv {
    fn name(&self) -> &str {
        &self.name
    }

    fn ask(&mut self) -> Result<Set, Fault> {
        let mut failed = Fault::new(&self.name, "no name server");
        for server in self.servers()? {
            let answer = exchange(server, &self.record).map_err(|why| format!("{server} {why}"));
            match answer.and_then(|answer| read(&answer, &self.record)) {
                Ok(servers) => return Ok(Set::new(self.scheme.clone(), servers)),
                Err(why) => failed = Fault::new(&self.name, why),
            }
        }
        Err(failed)
    }
}

fn address(text: &str) -> Option<SocketAddr> {
    let alone = |text: &str| text.trim_matches(['[', ']']).parse::<IpAddr>().ok();
    text.parse().ok().or_else(|| alone(text).map(|ip| SocketAddr::new(ip, 53)))
}

/// The members of a whole answer.
fn read(answer: &[u8], record: &str) -> Result<Servers, String> {
    let packet = Packet::parse(answer).map_err(|_| "half an answer".to_owned())?;
    if packet.has_flags(PacketFlag::TRUNCATION) {
        return Err("half an answer".to_owned());
    }
    match packet.rcode() {
        RCODE::NoError => {}
        RCODE::NameError => return Ok(Servers::new()),
        other => return Err(format!("the name server answers {other:?}")),
    }
    // Records of the name itself, or of what an alias leads to.
    let mut found = Vec::new();
    for answer in &packet.answers {
        if let RData::SRV(srv) = &answer.rdata {
            let host = srv.target.to_string().to_ascii_lowercase();
            found.push((srv.priority, host, srv.port));
        }
    }
    found.sort();
    found.dedup();
    let lowest = found.first().map(|(priority, _, _)| *priority);
    let mut servers = Servers::new();
    for (priority, host, port) in found {
        // RFC 2782: the root as target says that the service is not there.
        if Some(priority) == lowest && !host.is_empty() {
            let refuse = |error: continuum::Error| format!("{record}: {error}");
            servers.add(Server::new(host, port)).map_err(refuse)?;
        }
    }
    Ok(servers)
}

#[cfg(test)]
mod tests;
