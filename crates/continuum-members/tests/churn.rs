//! Ten thousand changes of members, empty answers, half answers and flapping among them,
//! from a file and from a configuration endpoint, while eight threads read: no map is
//! wrong, and none is there that nobody asked for.
//!
//! The clock is the test's own, so that nothing depends on how fast the machine is; a
//! model of a few lines says after each step which map must be in force.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use continuum::plan::Matching;
use continuum::{Continuum, Plan, Scheme, Servers};
use continuum_config::Options;
use continuum_members::{Limits, Members, Set, Source, Verdict, source};

#[path = "churn/endpoint.rs"]
mod endpoint;

use endpoint::Endpoint;

const CHANGES: usize = 10_000;
const READERS: usize = 8;
const MAX_MOVE: f64 = 0.3;
const SETTLE: Duration = Duration::from_secs(3);

/// Numbers that are the same in every run.
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// Something that holds members, and can be asked for them.
trait World {
    /// Whether a set without servers cannot be said.
    const EMPTY_IS_NONE: bool;
    /// Says this, whole.
    fn say(&mut self, servers: &[String]);
    /// Says half of it.
    fn say_half(&mut self, servers: &[String], draw: &mut Draw);
}

struct ListFile(PathBuf);

impl World for ListFile {
    const EMPTY_IS_NONE: bool = true;

    fn say(&mut self, servers: &[String]) {
        let next = self.0.with_extension("next");
        let text: String = servers.iter().map(|server| format!("{server}\n")).collect();
        fs::write(&next, text).unwrap();
        fs::rename(&next, &self.0).unwrap();
    }

    /// As a writer leaves it that writes in place and is not done.
    fn say_half(&mut self, servers: &[String], draw: &mut Draw) {
        let text: String = servers.iter().map(|server| format!("{server}\n")).collect();
        let length = u64::try_from(text.len()).unwrap();
        let mut cut = usize::try_from(1 + draw.below(length - 1)).unwrap();
        // Behind a whole line it would be a list as good as any.
        if text.as_bytes()[cut - 1] == b'\n' {
            cut -= 1;
        }
        fs::write(&self.0, &text[..cut]).unwrap();
    }
}

impl World for Endpoint {
    const EMPTY_IS_NONE: bool = false;

    fn say(&mut self, servers: &[String]) {
        self.answer(servers, usize::MAX);
    }

    fn say_half(&mut self, servers: &[String], draw: &mut Draw) {
        self.answer(servers, usize::try_from(draw.below(60)).unwrap());
    }
}

/// What must be in force, by the rules alone.
struct Model {
    scheme: Scheme,
    /// The map, the answer that stands and since when.
    map: Option<Continuum>,
    stands: Option<(Vec<String>, Duration)>,
}

impl Model {
    fn heard(&mut self, answer: Option<&[String]>, now: Duration) {
        match (answer, &self.stands) {
            (None, _) => self.stands = None,
            (Some(answer), Some((same, _))) if same == answer => {}
            (Some(answer), _) => self.stands = Some((answer.to_vec(), now)),
        }
    }

    /// The map after what has stood long enough was judged.
    fn judge(&mut self, now: Duration) {
        let Some((servers, since)) = &self.stands else { return };
        if now - *since < SETTLE || servers.is_empty() {
            return;
        }
        let servers = Servers::from_texts(servers.iter().map(String::as_str)).unwrap();
        let new = Continuum::with_servers(self.scheme.clone(), servers).unwrap();
        let small = self.map.as_ref().is_none_or(|old| {
            Plan::between(old, &new, Matching::suggest(old, &new)).moved() <= MAX_MOVE
        });
        if small && self.map.as_ref().map(Continuum::servers) != Some(new.servers()) {
            self.map = Some(new);
        }
    }
}

/// What readers may see, and what they have seen.
#[derive(Default)]
struct Seen {
    allowed: Mutex<BTreeMap<u64, Continuum>>,
    looked: AtomicU64,
    wrong: AtomicU64,
    ended: AtomicBool,
}

fn read(members: &Members, seen: &Seen) {
    while !seen.ended.load(Ordering::Relaxed) {
        let Some(map) = members.get() else {
            thread::yield_now();
            continue;
        };
        let key = seen.looked.fetch_add(1, Ordering::Relaxed).to_le_bytes();
        let owner = map.resolve(key).unwrap();
        // The model has built the same map by itself, before this one was there.
        let allowed = seen.allowed.lock().unwrap();
        let model = allowed.get(&map.fingerprint());
        if model.and_then(|model| model.resolve(key)) != Some(owner) {
            seen.wrong.fetch_add(1, Ordering::Relaxed);
        }
        drop(allowed);
        thread::sleep(Duration::from_millis(1));
    }
}

/// The next set of servers: mostly one more or less, at times half of them or none.
fn next(servers: &[String], named: &mut u32, draw: &mut Draw) -> Vec<String> {
    let mut servers = servers.to_vec();
    let place = |draw: &mut Draw, servers: &[String]| {
        usize::try_from(draw.below(u64::try_from(servers.len().max(1)).unwrap())).unwrap()
    };
    match draw.below(20) {
        0 => servers.clear(),
        1 => servers.truncate(servers.len() / 2),
        2..=8 if servers.len() > 6 => {
            servers.remove(place(draw, &servers));
        }
        _ => {
            *named += 1;
            let at = place(draw, &servers);
            servers.insert(at, format!("node-{named}.cache:11211"));
        }
    }
    if servers.len() > 16 {
        servers.truncate(14);
    }
    servers
}

/// Drives one world through all changes; how many maps, refusals and faults there were.
fn churn<W: World>(mut world: W, mut source: impl Source, seed: u64) -> [u64; 3] {
    let scheme: Scheme = "twemproxy".parse().unwrap();
    let members = Arc::new(Members::new(Limits::new().with_max_move(MAX_MOVE).with_settle(SETTLE)));
    let seen = Arc::new(Seen::default());
    let readers: Vec<_> = (0..READERS)
        .map(|_| {
            let (members, seen) = (Arc::clone(&members), Arc::clone(&seen));
            thread::spawn(move || read(&members, &seen))
        })
        .collect();

    let mut draw = Draw(seed);
    let mut model = Model { scheme, map: None, stands: None };
    let (start, mut now, mut named) = (Instant::now(), Duration::ZERO, 8);
    let mut servers: Vec<String> = (1..=8).map(|n| format!("node-{n}.cache:11211")).collect();
    let mut before = servers.clone();
    for change in 0..CHANGES {
        let half = change > 0 && draw.below(10) == 0 && !servers.is_empty();
        if half {
            world.say_half(&servers, &mut draw);
        } else {
            // Flapping: back to what was before.
            let flaps = draw.below(5) == 0;
            // Away from the map in force more and more, or from it anew.
            if draw.below(3) > 0
                && let Some(map) = &model.map
            {
                servers = map.servers().iter().map(ToString::to_string).collect();
            }
            let said = if flaps { before.clone() } else { next(&servers, &mut named, &mut draw) };
            before = std::mem::replace(&mut servers, said);
            world.say(&servers);
        }
        // Asked at once, and again some seconds later unless the next change is sooner.
        let quiet = draw.below(2) == 0;
        // A file without servers is refused by who reads it.
        let none = half || W::EMPTY_IS_NONE && servers.is_empty();
        for _ in 0..1 + 2 * u8::from(quiet) {
            match source.ask() {
                Ok(set) => {
                    assert!(!none, "half an answer was taken for a whole one: {set:?}");
                    members.offer(set, start + now);
                    model.heard(Some(&servers), now);
                }
                Err(fault) => {
                    assert!(none, "{fault}");
                    members.fail(&fault);
                    model.heard(None, now);
                }
            }
            model.judge(now);
            if let Some(map) = &model.map {
                let mut allowed = seen.allowed.lock().unwrap();
                allowed.entry(map.fingerprint()).or_insert_with(|| map.clone());
            }
            if let Some(Verdict::Change(change)) = members.judge(start + now) {
                assert!(members.take(change));
            }
            let force = members.get().map(|map| map.servers().clone());
            let should = model.map.as_ref().map(|map| map.servers().clone());
            assert_eq!(force, should, "after change {change}");
            now += Duration::from_millis(500 + draw.below(2500));
        }
    }
    seen.ended.store(true, Ordering::Relaxed);
    readers.into_iter().for_each(|reader| reader.join().unwrap());
    assert_eq!(seen.wrong.load(Ordering::Relaxed), 0);
    assert!(seen.looked.load(Ordering::Relaxed) > 1000);
    let counts = members.standing().counts;
    [counts.changes, counts.refusals(), counts.faults]
}

#[test]
fn a_file_changes_ten_thousand_times() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("servers.txt");
    let options = Options::new().with_scheme("twemproxy".parse().unwrap());
    let source = source::File::new(&path).with_options(options);
    let [changes, refusals, faults] = churn(ListFile(path), source, 0x2545_f491_4f6c_dd1d);
    assert!(changes > 300 && refusals > 100 && faults > 500, "{changes} {refusals} {faults}");
}

#[test]
fn an_endpoint_changes_ten_thousand_times() {
    let endpoint = Endpoint::start();
    let source = source::ElastiCache::new(endpoint.address(), "twemproxy".parse().unwrap());
    let [changes, refusals, faults] = churn(endpoint, source, 0x9e37_79b9_7f4a_7c15);
    assert!(changes > 300 && refusals > 100 && faults > 500, "{changes} {refusals} {faults}");
}

#[test]
fn refusals_are_told_once() {
    let members = Members::new(Limits::new().with_max_move(0.2).with_settle(SETTLE));
    let set = |texts: &[&str]| {
        let servers = Servers::from_texts(texts.iter().copied()).unwrap();
        Set::new("rendezvous-1".parse().unwrap(), servers)
    };
    let mut now = Instant::now();
    let mut stands = |texts: &[&str]| {
        members.offer(set(texts), now);
        now += SETTLE;
        members.offer(set(texts), now);
        let verdict = members.judge(now);
        match verdict {
            None => "nothing".to_owned(),
            Some(Verdict::Change(change)) => {
                let moved = format!("{:.2}", change.moved());
                assert!(members.take(change));
                moved
            }
            Some(Verdict::Refused { refusal, .. }) => refusal.to_string(),
            Some(other) => panic!("{other:?}"),
        }
    };
    let ten: Vec<String> = (0..10).map(|n| format!("10.0.0.{n}:80")).collect();
    let ten: Vec<&str> = ten.iter().map(String::as_str).collect();
    assert_eq!(stands(&[]), "there is no server in the answer");
    assert_eq!(stands(&ten), "0.00");
    assert_eq!(stands(&[]), "there is no server in the answer");
    assert_eq!(stands(&ten), "nothing");
    assert_eq!(stands(&[]), "nothing");
    let refusal = stands(&ten[..5]);
    assert!(refusal.contains("5 servers instead of 10") && refusal.contains("limit of 20%"));
    assert_eq!(stands(&ten), "nothing");
    assert_eq!(stands(&ten[..5]), "nothing");
    assert_eq!(stands(&ten[..9]), "0.10");
    // Against another map it is another refusal.
    assert!(stands(&ten[..5]).contains("5 servers instead of 9"));
    assert_eq!(stands(&["10.0.0.1:80=0"]), "every server has capacity 0");
    let standing = members.standing();
    assert_eq!((standing.counts.changes, standing.counts.moves, standing.counts.empty), (2, 3, 4));
    assert!(standing.refused);
    // A person says yes, once.
    members.offer(set(&ten[..5]), now);
    let five = Continuum::with_servers("rendezvous-1".parse().unwrap(), set(&ten[..5]).servers);
    members.approve(five.unwrap().fingerprint());
    assert_eq!(members.get().unwrap().servers().len(), 9);
    members.offer(set(&ten[..5]), now);
    let Some(Verdict::Change(change)) = members.judge(now + SETTLE) else { panic!("refused") };
    assert!(members.take(change));
    assert_eq!(members.get().unwrap().servers().len(), 5);
}
