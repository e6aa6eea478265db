use std::io::{Read as _, Write as _};
use std::net::{TcpListener, UdpSocket};
use std::thread;

use simple_dns::rdata::{RData, SRV};
use simple_dns::{CLASS, Name, Packet, PacketFlag, RCODE, ResourceRecord};

use super::Srv;
use crate::source::Source as _;

const RECORD: &str = "_memcache._tcp.example.com";

/// An answer to this query with these records of priority, port and target.
fn reply(query: &[u8], records: &[(u16, u16, &str)], rcode: RCODE, cut: bool) -> Vec<u8> {
    let mut packet = Packet::parse(query).unwrap().into_reply();
    packet.set_flags(PacketFlag::RESPONSE);
    *packet.rcode_mut() = rcode;
    if cut {
        packet.set_flags(PacketFlag::TRUNCATION);
    }
    for (priority, port, target) in records {
        let target = Name::new_unchecked(target);
        let srv = SRV { priority: *priority, weight: 7, port: *port, target };
        let name = Name::new_unchecked(RECORD);
        packet.answers.push(ResourceRecord::new(name, CLASS::IN, 5, RData::SRV(srv)));
    }
    packet.build_bytes_vec_compressed().unwrap()
}

/// Asks a name server that answers one datagram with what is made of it.
fn asked(answer: impl FnOnce(&[u8]) -> Vec<u8> + Send + 'static) -> Result<String, String> {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let server = thread::spawn(move || {
        let mut block = [0; 512];
        let (read, from) = socket.recv_from(&mut block).unwrap();
        socket.send_to(&answer(&block[..read]), from).unwrap();
    });
    let place = format!("srv://{address}/{RECORD}.");
    let set = Srv::open(&place, "rendezvous-1".parse().unwrap()).unwrap().ask();
    server.join().unwrap();
    let set = set.map_err(|fault| fault.to_string())?;
    let texts: Vec<String> = set.servers.iter().map(ToString::to_string).collect();
    Ok(texts.join(" "))
}

#[test]
fn the_lowest_priority_in_order() {
    let records =
        [(1, 11212, "b.example.com"), (2, 1, "c.example.com"), (1, 11211, "B.example.com")];
    let answer = asked(move |query| reply(query, &records, RCODE::NoError, false));
    assert_eq!(answer.unwrap(), "b.example.com:11211 b.example.com:11212");
}

#[test]
fn nothing_and_failures() {
    let absent = asked(|query| reply(query, &[], RCODE::NameError, false));
    assert_eq!(absent.unwrap(), "");
    let failed = asked(|query| reply(query, &[], RCODE::ServerFailure, false)).unwrap_err();
    assert!(failed.contains("the name server answers ServerFailure"), "{failed}");
    let half = asked(|query| {
        let whole = reply(query, &[(1, 1, "a.example.com")], RCODE::NoError, false);
        whole[..whole.len() - 3].to_vec()
    });
    assert!(half.unwrap_err().ends_with("half an answer"));
}

#[test]
fn a_long_answer_comes_by_tcp() {
    // Both protocols on one port, which UDP is given by the system.
    let (socket, listener) = loop {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        if let Ok(listener) = TcpListener::bind(socket.local_addr().unwrap()) {
            break (socket, listener);
        }
    };
    let address = socket.local_addr().unwrap();
    let server = thread::spawn(move || {
        let mut block = [0; 512];
        let (read, from) = socket.recv_from(&mut block).unwrap();
        socket.send_to(&reply(&block[..read], &[], RCODE::NoError, true), from).unwrap();
        let (mut stream, _) = listener.accept().unwrap();
        let mut length = [0; 2];
        stream.read_exact(&mut length).unwrap();
        let mut query = vec![0; u16::from_be_bytes(length).into()];
        stream.read_exact(&mut query).unwrap();
        let names: Vec<String> = (0..200).map(|n| format!("node-{n:03}.example.com")).collect();
        let records: Vec<_> = names.iter().map(|name| (1, 11211, name.as_str())).collect();
        let answer = reply(&query, &records, RCODE::NoError, false);
        let length = u16::try_from(answer.len()).unwrap();
        stream.write_all(&length.to_be_bytes()).unwrap();
        stream.write_all(&answer).unwrap();
    });
    let place = format!("srv://{address}/{RECORD}");
    let set = Srv::open(&place, "rendezvous-1".parse().unwrap()).unwrap().ask().unwrap();
    server.join().unwrap();
    assert_eq!(set.servers.len(), 200);
}

#[test]
fn places() {
    for text in ["srv:", "srv:.", "srv://10.0.0.1", "srv://nobody/a", "srv://10.0.0.1/"] {
        let refusal = Srv::open(text, "rendezvous-1".parse().unwrap()).unwrap_err();
        assert!(refusal.to_string().contains("expected srv:NAME"), "{refusal}");
    }
    let own = Srv::open("srv://[::1]/a", "rendezvous-1".parse().unwrap()).unwrap();
    assert_eq!(own.server.unwrap().to_string(), "[::1]:53");
}
