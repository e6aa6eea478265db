//! The example proxy, run as a process of its own, before upstreams that flip.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::{Duration, Instant};

use continuum::{Continuum, Servers};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream, UnixListener};
use tokio::sync::watch;

use crate::support::Draw;

/// How an upstream is at the moment.
#[derive(Clone, Copy, PartialEq)]
enum Standing {
    Up,
    /// Its check fails, though it still answers.
    Unwell,
    /// Nobody listens.
    Gone,
}

/// A small HTTP server that answers with its own name.
struct Upstream {
    name: String,
    standing: watch::Sender<Standing>,
    answered: AtomicU64,
}

impl Upstream {
    fn new(name: String) -> Arc<Self> {
        let standing = watch::Sender::new(Standing::Up);
        Arc::new(Self { name, standing, answered: AtomicU64::new(0) })
    }

    /// Of an address that no connection of this machine starts from, so that the port
    /// is free again after a time without a listener.
    async fn tcp(host: &str) -> Arc<Self> {
        let listener = TcpListener::bind((host, 0)).await.unwrap();
        let upstream = Self::new(listener.local_addr().unwrap().to_string());
        tokio::spawn(Arc::clone(&upstream).listen(listener));
        upstream
    }

    async fn listen(self: Arc<Self>, mut listener: TcpListener) {
        let mut standing = self.standing.subscribe();
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => Some(accepted.unwrap().0),
                () = becomes(&mut standing, true) => None,
            };
            if let Some(stream) = accepted {
                stream.set_nodelay(true).unwrap();
                tokio::spawn(Arc::clone(&self).answer(stream));
                continue;
            }
            drop(listener);
            becomes(&mut standing, false).await;
            listener = TcpListener::bind(&self.name).await.unwrap();
        }
    }

    async fn answer(self: Arc<Self>, stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite) {
        let mut standing = self.standing.subscribe();
        let (read, mut write) = tokio::io::split(stream);
        let mut read = BufReader::new(read);
        loop {
            let request = tokio::select! {
                request = header(&mut read) => request,
                () = becomes(&mut standing, true) => return,
            };
            let Some(request) = request else { return };
            let health = request.starts_with("GET /health ");
            let status = match *self.standing.borrow() {
                Standing::Unwell if health => "503 Service Unavailable",
                _ => "200 OK",
            };
            self.answered.fetch_add(u64::from(!health), SeqCst);
            let (name, length) = (&self.name, self.name.len());
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{name}");
            if write.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    }
}

/// Waits until an upstream is gone, or is no longer.
async fn becomes(standing: &mut watch::Receiver<Standing>, gone: bool) {
    let _ = standing.wait_for(|now| (*now == Standing::Gone) == gone).await.unwrap();
}

/// A request's or a response's header, as text.
async fn header(read: &mut (impl tokio::io::AsyncBufRead + Unpin)) -> Option<String> {
    let mut text = String::new();
    while !text.ends_with("\r\n\r\n") {
        if read.read_line(&mut text).await.ok()? == 0 {
            return None;
        }
    }
    Some(text)
}

/// A connection to the proxy.
struct Client {
    stream: BufReader<TcpStream>,
}

impl Client {
    async fn new(address: &str) -> Option<Self> {
        let stream = TcpStream::connect(address).await.ok()?;
        stream.set_nodelay(true).ok()?;
        Some(Self { stream: BufReader::new(stream) })
    }

    /// The status and who answered.
    async fn get(&mut self, path: &str) -> Option<(String, String)> {
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        self.stream.get_mut().write_all(request.as_bytes()).await.ok()?;
        let header = header(&mut self.stream).await?;
        let field =
            |line: &str| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok();
        let length: usize = header.lines().find_map(field).unwrap_or(0);
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await.ok()?;
        Some((header.split(' ').nth(1)?.to_owned(), String::from_utf8(body).ok()?))
    }
}

/// The example, running.
struct Proxy {
    child: Child,
    address: String,
}

impl Proxy {
    fn program() -> PathBuf {
        let test = std::env::current_exe().unwrap();
        test.ancestors().nth(2).unwrap().join("examples/proxy")
    }

    async fn start(scheme: &str, upstreams: &[String]) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = free.local_addr().unwrap().to_string();
        drop(free);
        let child = Command::new(Self::program())
            .args([address.as_str(), scheme])
            .args(upstreams)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let proxy = Self { child, address };
        let late = Instant::now() + Duration::from_secs(60);
        loop {
            if let Some(mut client) = Client::new(&proxy.address).await
                && client.get("/").await.is_some_and(|(status, _)| status == "200")
            {
                return proxy;
            }
            assert!(Instant::now() < late, "the proxy does not answer");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Ends it, if it runs still, and gives what it said.
    fn stop(mut self) -> String {
        assert!(self.child.try_wait().unwrap().is_none(), "the proxy has ended by itself");
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        said
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where a key goes: its upstreams in order.
fn candidates(scheme: &str, upstreams: &[String], path: &str) -> Vec<String> {
    let servers = Servers::from_texts(upstreams.iter().map(String::as_str)).unwrap();
    let continuum = Continuum::with_servers(scheme.parse().unwrap(), servers).unwrap();
    continuum.candidates(path).map(|server| server.address().into_owned()).collect()
}

/// How much is asked while upstreams flip: as long as it takes, on a busy machine too.
struct Load {
    begun: Instant,
    answers: AtomicU64,
}

impl Load {
    fn goes_on(&self) -> bool {
        assert!(self.begun.elapsed() < Duration::from_secs(300), "too few answers");
        self.answers.load(SeqCst) < 2_000 || self.begun.elapsed() < Duration::from_secs(6)
    }
}

/// Takes an upstream out and back in, in one way and the other, while there is load.
async fn flip(upstream: Arc<Upstream>, seed: u64, load: Arc<Load>) -> u64 {
    let mut draw = Draw(seed);
    let mut flips = 0;
    while load.goes_on() {
        let down = if draw.below(2) == 0 { Standing::Unwell } else { Standing::Gone };
        for standing in [down, Standing::Up] {
            upstream.standing.send_replace(standing);
            tokio::time::sleep(Duration::from_millis(100 + draw.below(400))).await;
        }
        flips += 1;
    }
    flips
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_of_healthy_upstreams_never_move() {
    let scheme = "pingora-ketama";
    let [steady, one, two] = [
        Upstream::tcp("127.0.1.1").await,
        Upstream::tcp("127.0.1.2").await,
        Upstream::tcp("127.0.1.3").await,
    ];
    let names = [&steady, &one, &two].map(|upstream| upstream.name.clone());
    let proxy = Proxy::start(scheme, &names).await;
    let paths: Vec<String> = (0..300).map(|number| format!("/{number}")).collect();
    let orders: Vec<_> = paths.iter().map(|path| candidates(scheme, &names, path)).collect();

    let load = Arc::new(Load { begun: Instant::now(), answers: AtomicU64::new(0) });
    let flips = [
        flip(Arc::clone(&one), 1, Arc::clone(&load)),
        flip(Arc::clone(&two), 2, Arc::clone(&load)),
    ]
    .map(tokio::spawn);
    let plan: Arc<Vec<_>> = Arc::new(paths.into_iter().zip(orders).collect());
    let clients = (0..8).map(|seed| {
        let (plan, load) = (Arc::clone(&plan), Arc::clone(&load));
        let address = proxy.address.clone();
        tokio::spawn(async move {
            let mut draw = Draw(seed);
            let mut client = Client::new(&address).await.unwrap();
            // Requests by owner and by who answered.
            let mut seen: BTreeMap<(String, String), u64> = BTreeMap::new();
            while load.goes_on() {
                let (path, order) = &plan[draw.index(plan.len())];
                let (status, from) = client.get(path).await.expect("the connection stays");
                assert_eq!(status, "200", "{path}");
                let steady = order.iter().position(|name| name.starts_with("127.0.1.1:"));
                let place = order.iter().position(|name| *name == from);
                assert!(place <= steady, "{path} went to {from}, past a healthy one: {order:?}");
                *seen.entry((order[0].clone(), from)).or_default() += 1;
                load.answers.fetch_add(1, SeqCst);
            }
            seen
        })
    });
    let mut seen: BTreeMap<(String, String), u64> = BTreeMap::new();
    for task in clients.collect::<Vec<_>>() {
        for (pair, count) in task.await.unwrap() {
            *seen.entry(pair).or_default() += count;
        }
    }
    for flips in flips {
        let flips = flips.await.unwrap();
        assert!(flips >= 5, "{flips} flips");
    }
    let count = |owner: &Upstream, from: &Upstream| {
        seen.get(&(owner.name.clone(), from.name.clone())).copied().unwrap_or(0)
    };
    assert!(count(&steady, &steady) > 300, "{seen:?}");
    assert_eq!(count(&steady, &one) + count(&steady, &two), 0, "{seen:?}");
    for flipping in [&one, &two] {
        // Its keys were with it, and with others while it was away.
        assert!(count(flipping, flipping) > 100, "{seen:?}");
        assert!(count(flipping, &steady) > 50, "{seen:?}");
    }
    // Everybody is back, and every key is where it was.
    let mut client = Client::new(&proxy.address).await.unwrap();
    let late = Instant::now() + Duration::from_secs(30);
    for (path, order) in plan.iter() {
        while client.get(path).await.unwrap() != ("200".to_owned(), order[0].clone()) {
            assert!(Instant::now() < late, "{path} did not come back to {}", order[0]);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    let said = proxy.stop();
    assert!(!said.contains("panicked"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn weights_and_unix_sockets() {
    let path = format!("{}/{}.sock", env!("CARGO_TARGET_TMPDIR"), std::process::id());
    let socket = Upstream::new(path.clone());
    let listener = UnixListener::bind(&path).unwrap();
    let serve = Arc::clone(&socket);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(Arc::clone(&serve).answer(stream));
        }
    });
    let (tcp, draining) = (Upstream::tcp("127.0.1.4").await, Upstream::tcp("127.0.1.5").await);
    let names = [format!("{}=2", socket.name), tcp.name.clone(), format!("{}=0", draining.name)];
    let proxy = Proxy::start("slots-1", &names).await;
    let mut client = Client::new(&proxy.address).await.unwrap();
    for number in 0..300 {
        let path = format!("/{number}");
        let (status, from) = client.get(&path).await.unwrap();
        assert_eq!((status.as_str(), &from), ("200", &candidates("slots-1", &names, &path)[0]));
    }
    assert!(socket.answered.load(SeqCst) > 150);
    assert!(tcp.answered.load(SeqCst) > 50);
    assert_eq!(draining.answered.load(SeqCst), 0);
    let said = proxy.stop();
    assert!(!said.contains("panicked"), "{said}");
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn refuses_what_it_cannot_place() {
    for (arguments, says) in [
        (&["127.0.0.1:0"][..], "usage: proxy LISTEN SCHEME UPSTREAM…"),
        (&["127.0.0.1:0", "ketema", "10.0.0.1:80"], "'ketema'"),
        (&["127.0.0.1:0", "pingora-ketama", "/run/app.sock"], "'/run/app.sock' is left out"),
        (&["127.0.0.1:0", "slots-1", "10.0.0.1:80=x"], "upstream '10.0.0.1:80=x': weight 'x'"),
    ] {
        let ended = Command::new(Proxy::program()).args(arguments).output().unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert!(!ended.status.success() && said.contains(says), "{arguments:?}: {said}");
    }
}
