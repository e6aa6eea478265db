//! An API server that knows EndpointSlices: lists in pages, watches in lines, and all that
//! goes wrong with both.

use std::collections::{BTreeMap, VecDeque};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

mod wire;

/// What goes wrong next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The watch ends as it does after its time.
    Ended,
    /// The connection breaks in the middle of a line.
    Cut,
    /// The watch says that it cannot go on.
    Gone,
    /// The next watch is refused at its start.
    Refused,
    /// After `Gone`: the second page of the list does not come.
    HalfList,
    /// After `Gone`: a list breaks off in the middle.
    CutList,
    /// After `Gone`: a list without an item.
    EmptyList,
    /// After `Gone`: the server has something else to do.
    Unavailable,
    /// After `Gone`: a page of the list comes twice.
    SamePage,
    /// After `Gone`: the second page is of a later list.
    OtherPage,
}

#[derive(Default)]
pub(crate) struct State {
    version: u64,
    /// As they are now, with the version of their last change.
    slices: BTreeMap<String, Value>,
    /// What happened, with its version.
    events: VecDeque<(u64, Value)>,
    /// What happened before this is forgotten.
    oldest: u64,
    /// The version of the last event that went to somebody who watches.
    said: u64,
    troubles: VecDeque<Trouble>,
    pub(crate) lists: u64,
    pub(crate) watches: u64,
    pub(crate) bookmarks: u64,
    /// What is still to be given of a list, by its token.
    pages: BTreeMap<String, (u64, Vec<Value>)>,
}

impl State {
    fn next_is(&mut self, among: &[Trouble]) -> Option<Trouble> {
        let trouble = self.troubles.front().copied().filter(|trouble| among.contains(trouble))?;
        self.troubles.pop_front();
        Some(trouble)
    }
}

/// It listens on loopback; its threads end with the test's process.
pub(crate) struct Api {
    pub(crate) address: SocketAddr,
    shared: Arc<(Mutex<State>, Condvar)>,
}

impl Api {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        // The versions of a cluster are those of all that is in it.
        let state = State { version: 1000, ..State::default() };
        let shared = Arc::new((Mutex::new(state), Condvar::new()));
        let theirs = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&theirs);
                // Whoever asks may go away at any moment.
                thread::spawn(move || drop(wire::serve(&stream, &shared)));
            }
        });
        Self { address, shared }
    }

    pub(crate) fn kubeconfig(&self) -> String {
        format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: stub\n\
             clusters:\n- name: stub\n  cluster:\n    server: http://{}\n\
             contexts:\n- name: stub\n  context:\n    cluster: stub\n    user: me\n\
             users:\n- name: me\n  user:\n    token: open-sesame\n",
            self.address
        )
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.0.lock().unwrap()
    }

    /// A slice has these endpoints from now on; none where they are none.
    pub(crate) fn put(&self, name: &str, hosts: Option<&[(u8, bool)]>) {
        let mut state = self.lock();
        state.version += 1;
        let version = state.version;
        let (kind, slice) = match hosts {
            Some(hosts) => {
                let slice = slice(name, hosts, version);
                let known = state.slices.insert(name.to_owned(), slice.clone()).is_some();
                (if known { "MODIFIED" } else { "ADDED" }, slice)
            }
            None => {
                let Some(mut slice) = state.slices.remove(name) else { return };
                slice["metadata"]["resourceVersion"] = version.to_string().into();
                ("DELETED", slice)
            }
        };
        state.events.push_back((version, json!({ "type": kind, "object": slice })));
        self.shared.1.notify_all();
    }

    /// Something else in the cluster changes: a bookmark says that nothing here has.
    pub(crate) fn pass(&self) {
        let mut state = self.lock();
        state.version += 1;
        let version = state.version;
        let bookmark = json!({ "type": "BOOKMARK", "object": {
            "kind": "EndpointSlice", "apiVersion": "discovery.k8s.io/v1",
            "metadata": { "resourceVersion": version.to_string(), "creationTimestamp": null },
            "endpoints": null, "ports": null, "addressType": "",
        }});
        state.bookmarks += 1;
        state.events.push_back((version, bookmark));
        self.shared.1.notify_all();
    }

    /// These are the slices from one moment on, and whoever watches must list them.
    pub(crate) fn turn_into(&self, slices: &[(String, Vec<(u8, bool)>)]) {
        let mut state = self.lock();
        state.version += 1;
        let version = state.version;
        let slices = slices.iter();
        let slices = slices.map(|(name, hosts)| (name.clone(), slice(name, hosts, version)));
        state.slices = slices.collect();
        state.oldest = version;
        state.events.clear();
        self.shared.1.notify_all();
    }

    /// Waits until all that has happened was said, and what it left is known by a mark.
    pub(crate) fn said(&self) {
        self.pass();
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            let state = self.lock();
            if state.said >= state.version {
                break;
            }
            drop(state);
            assert!(Instant::now() < end, "nobody watches");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// The cluster is as a copy of it was, and whoever watches must list it.
    pub(crate) fn restore(&self, version: u64) {
        let mut state = self.lock();
        state.version = version;
        state.events.clear();
        state.troubles.push_back(Trouble::Gone);
        self.shared.1.notify_all();
    }

    /// All that has happened until now is forgotten.
    pub(crate) fn compact(&self) {
        let mut state = self.lock();
        state.oldest = state.version;
        let oldest = state.oldest;
        state.events.retain(|(version, _)| *version > oldest);
    }

    pub(crate) fn trouble(&self, troubles: &[Trouble]) {
        self.lock().troubles.extend(troubles);
        self.shared.1.notify_all();
    }

    /// Waits until nothing more is to go wrong.
    pub(crate) fn settle(&self) {
        let end = Instant::now() + Duration::from_secs(60);
        while !self.lock().troubles.is_empty() {
            assert!(Instant::now() < end, "nobody asks: {:?}", self.lock().troubles);
            thread::sleep(Duration::from_millis(5));
        }
    }
}

fn slice(name: &str, hosts: &[(u8, bool)], version: u64) -> Value {
    let endpoint = |(host, ready): &(u8, bool)| {
        json!({
            "addresses": [format!("10.0.0.{host}")],
            "conditions": { "ready": ready, "serving": ready, "terminating": false },
            "hostname": format!("memcached-{host}"),
            "targetRef": { "kind": "Pod", "namespace": "cache", "name": format!("memcached-{host}") },
        })
    };
    json!({
        "kind": "EndpointSlice", "apiVersion": "discovery.k8s.io/v1",
        "metadata": {
            "name": name, "namespace": "cache", "resourceVersion": version.to_string(),
            "labels": { "kubernetes.io/service-name": "memcached" },
        },
        "addressType": "IPv4",
        "endpoints": hosts.iter().map(endpoint).collect::<Vec<_>>(),
        "ports": [{ "name": "memcache", "port": 11211, "protocol": "TCP" }],
    })
}
