//! A configuration endpoint of forty lines.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread;

/// It speaks `config get cluster`; the thread ends with the test's process.
pub(crate) struct Endpoint {
    address: SocketAddr,
    answer: Arc<Mutex<Vec<u8>>>,
    version: u64,
}

impl Endpoint {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let answer = Arc::new(Mutex::new(Vec::new()));
        let says = Arc::clone(&answer);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = BufReader::new(stream.unwrap());
                let mut line = String::new();
                stream.read_line(&mut line).unwrap();
                let known = line == "config get cluster\r\n";
                let answer =
                    if known { says.lock().unwrap().clone() } else { b"ERROR\r\n".to_vec() };
                stream.get_mut().write_all(&answer).unwrap();
            }
        });
        Self { address, answer, version: 0 }
    }

    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    /// Answers with these servers under the next version, cut off behind so many bytes.
    pub(crate) fn answer(&mut self, servers: &[String], most: usize) {
        self.version += 1;
        let node = |(at, server): (usize, &String)| {
            let (host, port) = server.split_once(':').unwrap();
            format!("{host}|10.0.0.{at}|{port}")
        };
        let nodes: Vec<String> = servers.iter().enumerate().map(node).collect();
        let body = format!("{}\n{}\n", self.version, nodes.join(" "));
        let mut answer =
            format!("CONFIG cluster 0 {}\r\n{body}\r\nEND\r\n", body.len()).into_bytes();
        // Half an answer lacks at least a byte.
        answer.truncate(most.min(answer.len() - usize::from(most < usize::MAX)));
        *self.answer.lock().unwrap() = answer;
    }
}
