//! A Service that changes, who follows it, and every map that a reader saw.

use std::collections::BTreeSet;
use std::fs;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use continuum::Continuum;
use continuum::plan::{Matching, Plan};
use continuum_members::{Follower, Limits, Members, Verdict, follow, source};
use tempfile::TempDir;

use super::api::Api;

const MAX_MOVE: f64 = 0.34;
pub(super) const SLICES: u8 = 5;
const PODS: u8 = 3;

/// The Service, and who follows it.
pub(super) struct World {
    pub(super) api: Api,
    pub(super) members: Arc<Members>,
    /// Every map that a reader saw.
    maps: Arc<Mutex<Vec<Arc<Continuum>>>>,
    refusals: Arc<Mutex<Vec<String>>>,
    /// Pods of each slice.
    now: Vec<BTreeSet<u8>>,
    /// Every set of servers that there ever was.
    ever: BTreeSet<Vec<String>>,
    next: u8,
    _follower: Follower,
    _folder: TempDir,
}

/// Reads the Service by a kubeconfig in a folder.
pub(super) fn source(api: &Api, folder: &TempDir) -> source::Kubernetes {
    let file = folder.path().join("config");
    fs::write(&file, api.kubeconfig()).unwrap();
    source::Kubernetes::open("kubernetes:cache/memcached", "twemproxy".parse().unwrap())
        .unwrap()
        .with_kubeconfig(file)
}

impl World {
    pub(super) fn start() -> Self {
        let api = Api::start();
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let limits = Limits::new().with_max_move(MAX_MOVE).with_settle(Duration::from_millis(60));
        let members = Arc::new(Members::new(limits));
        let refusals = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&refusals);
        let source = source(&api, &folder);
        let now = (0..SLICES).map(|slice| (0..PODS).map(|pod| slice * PODS + pod + 1).collect());
        let mut world = Self {
            members: Arc::clone(&members),
            maps: Arc::default(),
            refusals,
            now: now.collect(),
            ever: BTreeSet::new(),
            next: 100,
            _follower: {
                for slice in 0..SLICES {
                    let pods: Vec<_> =
                        (0..PODS).map(|pod| (slice * PODS + pod + 1, true)).collect();
                    api.put(&format!("memcached-{slice}"), Some(&pods));
                }
                let interval = Duration::from_millis(20);
                follow(members, source, interval, move |verdict| {
                    if let Verdict::Refused { refusal, .. } = verdict {
                        told.lock().unwrap().push(refusal.to_string());
                    }
                })
                .unwrap()
            },
            _folder: folder,
            api,
        };
        world.ever.insert(world.servers());
        world.read();
        world
    }

    /// A thread that reads the map as long as there is one to read.
    fn read(&self) {
        let (members, maps) = (Arc::downgrade(&self.members), Arc::clone(&self.maps));
        thread::spawn(move || {
            while let Some(members) = members.upgrade() {
                if let Some(map) = members.get() {
                    let mut maps = maps.lock().unwrap();
                    if maps.last().is_none_or(|last: &Arc<Continuum>| !Arc::ptr_eq(last, &map)) {
                        maps.push(map);
                    }
                }
                drop(members);
                thread::sleep(Duration::from_micros(200));
            }
        });
    }

    fn servers(&self) -> Vec<String> {
        let hosts = self.now.iter().flatten().map(|host| format!("10.0.0.{host}:11211"));
        let mut all: Vec<String> = hosts.collect();
        all.sort();
        all
    }

    /// A slice as it is now, in the cluster and in what there ever was.
    fn publish(&mut self, slice: u8) {
        let pods: Vec<_> = self.now[usize::from(slice)].iter().map(|pod| (*pod, true)).collect();
        self.ever.insert(self.servers());
        self.api.put(&format!("memcached-{slice}"), Some(&pods));
    }

    /// Takes a slice away, and puts it back.
    pub(super) fn flap(&mut self, slice: u8) {
        let pods = std::mem::take(&mut self.now[usize::from(slice)]);
        self.ever.insert(self.servers());
        self.api.put(&format!("memcached-{slice}"), None);
        self.now[usize::from(slice)] = pods;
        self.publish(slice);
    }

    /// A pod is replaced: the old one is not ready, then another one is.
    pub(super) fn replace(&mut self, slice: u8) {
        let at = usize::from(slice);
        let gone = *self.now[at].first().unwrap();
        self.now[at].remove(&gone);
        self.ever.insert(self.servers());
        let mut pods: Vec<_> = self.now[at].iter().map(|pod| (*pod, true)).collect();
        pods.push((gone, false));
        self.api.put(&format!("memcached-{slice}"), Some(&pods));
        self.now[at].insert(self.next);
        self.next += 1;
        self.publish(slice);
    }

    /// Waits for the map of the servers that there are.
    pub(super) fn arrives(&self, why: &str) {
        let wanted = self.servers();
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            let map = self.members.get();
            if map.as_ref().is_some_and(|map| texts(map) == wanted) {
                return;
            }
            let has = map.as_ref().map(|map| texts(map));
            let standing = self.members.standing();
            assert!(Instant::now() < end, "{why}: {has:?} and not {wanted:?}: {standing:?}");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// The Service is as it was before somebody turned it into something else.
    pub(super) fn turn_back(&self) {
        let slices = self.now.iter().enumerate().map(|(slice, pods)| {
            (format!("memcached-{slice}"), pods.iter().map(|pod| (*pod, true)).collect())
        });
        let slices: Vec<(String, Vec<(u8, bool)>)> = slices.collect();
        self.api.turn_into(&slices);
    }

    /// These are all pods from one moment on, which must be refused.
    pub(super) fn refuses(&self, pods: &[(u8, bool)], sentence: &str) {
        self.refusals.lock().unwrap().clear();
        self.api.turn_into(&[("memcached-0".to_owned(), pods.to_vec())]);
        let end = Instant::now() + Duration::from_secs(60);
        while !self.refusals.lock().unwrap().iter().any(|told| told.contains(sentence)) {
            assert!(Instant::now() < end, "{sentence}: {:?}", self.members.standing());
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Every map is one that there was, and none moved more than it may.
    pub(super) fn check(&self) {
        let maps = self.maps.lock().unwrap();
        assert!(maps.len() > 9, "{} maps", maps.len());
        for map in maps.iter() {
            assert!(self.ever.contains(&texts(map)), "nobody asked for {:?}", texts(map));
        }
        for (old, new) in maps.iter().zip(maps.iter().skip(1)) {
            let plan = Plan::between(old, new, Matching::suggest(old, new));
            assert!(plan.moved() <= MAX_MOVE, "{} of the keys moved", plan.moved());
        }
    }
}

fn texts(map: &Continuum) -> Vec<String> {
    let mut all: Vec<String> = map.servers().iter().map(ToString::to_string).collect();
    all.sort();
    all
}
