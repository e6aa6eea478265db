//! A service over mocks, and a discovery that the test feeds.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use continuum::{Continuum, Servers};
use continuum_tower::{Affinity, Response};
use continuum_upstream::Rules;
use futures_core::Stream;
use futures_util::FutureExt;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio_test::task::Spawn;
use tower::discover::Change;
use tower::{BoxError, Service};
use tower_test::mock::{Handle, Mock, SendResponse, future::ResponseFuture, pair};

/// A mock whose readiness can be taken back.
pub(crate) struct Shaky {
    mock: Mock<String, String>,
    hold: Arc<Hold>,
}

#[derive(Default)]
struct Hold {
    held: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl Service<String> for Shaky {
    type Response = String;
    type Error = BoxError;
    type Future = ResponseFuture<String>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        if self.hold.held.load(SeqCst) {
            *self.hold.waker.lock().unwrap() = Some(context.waker().clone());
            return Poll::Pending;
        }
        self.mock.poll_ready(context)
    }

    fn call(&mut self, request: String) -> Self::Future {
        self.mock.call(request)
    }
}

type Changes = Pin<Box<dyn Stream<Item = Result<Change<String, Shaky>, Infallible>>>>;
type Key = fn(&String) -> Cow<'_, [u8]>;
pub(crate) type Answer = Spawn<Response<ResponseFuture<String>, String>>;

pub(crate) const THREE: [&str; 3] = ["10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"];

/// The service, and the other end of each mock.
pub(crate) struct Rig {
    pub(crate) service: Spawn<Affinity<Changes, Key, String>>,
    changes: Option<UnboundedSender<Change<String, Shaky>>>,
    handles: BTreeMap<String, Handle<String, String>>,
    holds: BTreeMap<String, Arc<Hold>>,
}

impl Rig {
    /// Servers that are ready.
    pub(crate) fn new(servers: &[&str]) -> Self {
        Self::with_rules(Rules::new(), servers)
    }

    pub(crate) fn with_rules(rules: Rules, servers: &[&str]) -> Self {
        let (changes, mut received) = unbounded_channel();
        let discover: Changes = Box::pin(futures_util::stream::poll_fn(move |context| {
            received.poll_recv(context).map(|change| change.map(Ok))
        }));
        let key: Key = |request| request.as_bytes().into();
        let scheme = "slots-1".parse().unwrap();
        let service = Affinity::with_rules("test", scheme, rules, discover, key)
            .with_failed(|answer| answer.starts_with("503"));
        let service = tokio_test::task::spawn(service);
        let mut rig = Self {
            service,
            changes: Some(changes),
            handles: BTreeMap::new(),
            holds: BTreeMap::new(),
        };
        for server in servers {
            rig.insert(server);
        }
        rig
    }

    /// A server comes, or comes with a new connection.
    pub(crate) fn insert(&mut self, server: &str) {
        let (mock, handle) = pair();
        self.handles.insert(server.to_owned(), handle);
        let hold = Arc::<Hold>::default();
        self.holds.insert(server.to_owned(), Arc::clone(&hold));
        self.change(Change::Insert(server.to_owned(), Shaky { mock, hold }));
    }

    /// Takes readiness from a server, or gives it back.
    pub(crate) fn hold(&mut self, server: &str, held: bool) {
        let hold = &self.holds[server];
        hold.held.store(held, SeqCst);
        if let Some(waker) = hold.waker.lock().unwrap().take() {
            waker.wake();
        }
    }

    pub(crate) fn remove(&mut self, server: &str) {
        self.change(Change::Remove(server.to_owned()));
    }

    fn change(&mut self, change: Change<String, Shaky>) {
        assert!(self.changes.as_ref().unwrap().send(change).is_ok());
    }

    /// Nothing is discovered any more.
    pub(crate) fn end(&mut self) {
        self.changes = None;
    }

    /// How many requests a server is ready for.
    pub(crate) fn allow(&mut self, server: &str, requests: u64) {
        self.handles.get_mut(server).unwrap().allow(requests);
    }

    /// The connection to a server breaks.
    pub(crate) fn fail(&mut self, server: &str) {
        self.handles.get_mut(server).unwrap().send_error("broken");
    }

    pub(crate) fn poll(&mut self) -> Poll<Result<(), BoxError>> {
        self.service.enter(|context, mut service| service.poll_ready(context))
    }

    /// Waits until ready, which it must be, and calls.
    pub(crate) fn call(&mut self, key: &str) -> Answer {
        assert!(matches!(self.poll(), Poll::Ready(Ok(()))), "not ready");
        self.call_without_poll(key)
    }

    pub(crate) fn call_without_poll(&mut self, key: &str) -> Answer {
        let request = key.to_owned();
        tokio_test::task::spawn(self.service.enter(|_, mut service| service.call(request)))
    }

    /// Which server got a request, and how it answers.
    pub(crate) fn received(&mut self) -> Option<(String, SendResponse<String>)> {
        let mut received = None;
        for (server, handle) in &mut self.handles {
            if let Some(Some((_, answer))) = handle.next_request().now_or_never() {
                assert!(received.is_none(), "two servers got a request");
                received = Some((server.clone(), answer));
            }
        }
        received
    }

    /// Sends a request and has it answered; gives who answered.
    pub(crate) fn ask(&mut self, key: &str) -> String {
        self.ask_for(key, "200")
    }

    pub(crate) fn ask_for(&mut self, key: &str, status: &str) -> String {
        let mut answer = self.call(key);
        let (server, send) = self.received().expect("a server got the request");
        assert!(answer.poll().is_pending());
        send.send_response(status.to_owned());
        let Poll::Ready(Ok(answer)) = answer.poll() else { panic!("no answer") };
        assert_eq!(answer, status);
        server
    }
}

pub(crate) fn keys() -> Vec<String> {
    (0..200).map(|number| format!("key-{number}")).collect()
}

/// A key's servers in order.
pub(crate) fn order(servers: &[&str], key: &str) -> Vec<String> {
    static BUILT: Mutex<BTreeMap<String, Continuum>> = Mutex::new(BTreeMap::new());
    let mut built = BUILT.lock().unwrap();
    let continuum = built.entry(servers.join(" ")).or_insert_with(|| {
        let servers = Servers::from_texts(servers.iter().copied()).unwrap();
        Continuum::with_servers("slots-1".parse().unwrap(), servers).unwrap()
    });
    continuum.candidates(key).map(ToString::to_string).collect()
}

/// A key that a server owns.
pub(crate) fn key_of(servers: &[&str], server: &str) -> String {
    keys().into_iter().find(|key| order(servers, key)[0] == server).unwrap()
}
