//! One question and its answer: by UDP, and by TCP where it is too long for that.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use simple_dns::{CLASS, Name, Packet, PacketFlag, QCLASS, QTYPE, Question, TYPE};

/// How long one attempt may take, and how many there are: datagrams get lost.
const PATIENCE: Duration = Duration::from_secs(2);
const ATTEMPTS: usize = 2;

/// The answer of a name server, or how it failed, to be put behind its name.
pub(super) fn exchange(server: SocketAddr, record: &str) -> Result<Vec<u8>, String> {
    let id = number();
    let mut query = Packet::new_query(id);
    query.set_flags(PacketFlag::RECURSION_DESIRED);
    let name = Name::new(record).map_err(|error| format!("cannot be asked: {error}"))?;
    let (kind, class) = (QTYPE::TYPE(TYPE::SRV), QCLASS::CLASS(CLASS::IN));
    query.questions.push(Question::new(name, kind, class, false));
    let query = query.build_bytes_vec().map_err(|error| format!("cannot be asked: {error}"))?;
    let mut last = Err(io::ErrorKind::TimedOut.into());
    for _ in 0..ATTEMPTS {
        last = datagram(server, &query, id, record);
        if last.is_ok() {
            break;
        }
    }
    let answer = last.map_err(|error| words(&error))?;
    let parsed = Packet::parse(&answer);
    if !parsed.is_ok_and(|packet| packet.has_flags(PacketFlag::TRUNCATION)) {
        return Ok(answer);
    }
    let answer = stream(server, &query).map_err(|error| words(&error))?;
    if belongs(&answer, id, record) { Ok(answer) } else { Err("gives half an answer".to_owned()) }
}

fn datagram(server: SocketAddr, query: &[u8], id: u16, record: &str) -> io::Result<Vec<u8>> {
    let any = match server {
        SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
        SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
    };
    let socket = UdpSocket::bind(any)?;
    // Nobody else's datagrams come in.
    socket.connect(server)?;
    socket.send(query)?;
    let end = Instant::now() + PATIENCE;
    let mut block = [0; 4096];
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        socket.set_read_timeout(Some(left))?;
        let read = socket.recv(&mut block)?;
        let answer = block.get(..read).unwrap_or_default();
        // What belongs to an earlier question is waited past.
        if belongs(answer, id, record) {
            return Ok(answer.to_vec());
        }
    }
}

fn stream(server: SocketAddr, query: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&server, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let length = u16::try_from(query.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    stream.write_all(&[&length.to_be_bytes(), query].concat())?;
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut answer)?;
    Ok(answer)
}

/// Whether this answers the question. What cannot be read as a whole is told from its
/// head, so that a half answer is not waited past.
fn belongs(answer: &[u8], id: u16, record: &str) -> bool {
    let Ok(packet) = Packet::parse(answer) else {
        return answer.get(..2) == Some(&id.to_be_bytes());
    };
    let asked = |question: &Question<'_>| {
        question.qname.to_string().eq_ignore_ascii_case(record)
            && question.qtype == QTYPE::TYPE(TYPE::SRV)
    };
    packet.id() == id
        && packet.has_flags(PacketFlag::RESPONSE)
        && packet.questions.first().is_none_or(asked)
}

/// A number that somebody who does not see the question does not know: the system's
/// port of each question is the other half.
fn number() -> u16 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let [a, b, c, d] = now.subsec_nanos().to_le_bytes();
    u16::from_le_bytes([a ^ c, b ^ d])
}

fn words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => "does not answer in time".to_owned(),
        io::ErrorKind::UnexpectedEof => "gives half an answer".to_owned(),
        _ => {
            let text = error.to_string();
            let words = text.split_once(" (os error").map_or(&*text, |(words, _)| words);
            format!("cannot be asked: {words}")
        }
    }
}
