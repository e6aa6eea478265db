//! Asks a continuum from eight threads while another changes its servers, for as long as it
//! is told: every answer is that of a map built anew from the same servers, and the memory of
//! the process stays as it was. `scripts/soak` runs it.
//!
//! ```sh
//! cargo run --release -p continuum-hash --example soak -- MINUTES
//! ```
#![expect(clippy::print_stdout, reason = "a program that prints")]

use std::error::Error;
use std::fs;
use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use continuum::{Continuum, NO_OWNER, Plan, Scheme};

#[path = "../tests/fixtures.rs"]
#[allow(dead_code, unreachable_pub, reason = "other tests use more of it")]
mod fixtures;

use fixtures::{Random, build, key, server, servers};

const READERS: u64 = 8;

/// Each has its turn: rings changed in place and built anew, tables, and scores.
const SCHEMES: [&str; 10] = [
    "ring-1",
    "libketama",
    "nginx",
    "twemproxy",
    "haproxy",
    "rendezvous-1",
    "slots-1:slots=4096",
    "python-continuum:points=200",
    "graphite-carbon",
    "jump",
];

/// Servers at the beginning of a turn; they are never fewer than half of it or more than twice.
const SERVERS: u32 = 40;

/// How much memory may grow between the end of the first round of all schemes and the end:
/// what the allocator keeps for itself.
const SLACK_KIB: u64 = 16 << 10;

/// What was done, and what was wrong.
#[derive(Default)]
struct Tally {
    lookups: AtomicU64,
    batched: AtomicU64,
    explanations: AtomicU64,
    plans: AtomicU64,
    changes: AtomicU64,
    wrong: AtomicU64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let minutes: f64 = std::env::args().nth(1).ok_or("usage: soak MINUTES")?.parse()?;
    let all = Duration::from_secs_f64(minutes * 60.0);
    // Every scheme comes twice at least, and its turn is five seconds at most.
    let turn = (all / 20).min(Duration::from_secs(5));
    let tally = Tally::default();
    let began = Instant::now();
    let (mut first, mut turns) = (None, 0);
    while began.elapsed() < all || turns < 2 * SCHEMES.len() {
        let text = SCHEMES[turns % SCHEMES.len()];
        take_turn(&text.parse()?, turn, u64::try_from(turns)?, &tally);
        turns += 1;
        if turns % SCHEMES.len() == 0 {
            let kib = resident()?;
            println!("KiB after round {}\t{kib}", turns / SCHEMES.len());
            first.get_or_insert(kib);
        }
    }
    let (first, last) = (first.ok_or("no round")?, resident()?);
    let count = |number: &AtomicU64| number.load(Ordering::Relaxed);
    println!("minutes\t{:.1}", began.elapsed().as_secs_f64() / 60.0);
    println!("look-ups\t{}", count(&tally.lookups));
    println!("look-ups in batches\t{}", count(&tally.batched));
    println!("explanations\t{}", count(&tally.explanations));
    println!("plans\t{}", count(&tally.plans));
    println!("changes\t{}", count(&tally.changes));
    println!("wrong\t{}", count(&tally.wrong));
    println!("KiB at the end\t{last}");
    if count(&tally.wrong) > 0 {
        return Err("answers were wrong".into());
    }
    if last > first + SLACK_KIB {
        return Err("memory grew".into());
    }
    Ok(())
}

/// One scheme: readers, and one that changes.
fn take_turn(scheme: &Scheme, long: Duration, number: u64, tally: &Tally) {
    let shared = RwLock::new(build(scheme, &servers(scheme, SERVERS, false)));
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        for reader in 0..READERS {
            let (shared, over) = (&shared, &over);
            scope.spawn(move || read(shared, over, Random(number << 8 | reader), tally));
        }
        let mut random = Random(!number);
        let began = Instant::now();
        while began.elapsed() < long {
            change(&shared, scheme, &mut random, tally);
            thread::sleep(Duration::from_micros(500));
        }
        over.store(true, Ordering::Relaxed);
    });
}

/// Adds, removes, or changes the capacity of a server; what a scheme refuses is no change.
fn change(shared: &RwLock<Continuum>, scheme: &Scheme, random: &mut Random, tally: &Tally) {
    let mut continuum = shared.write().expect("no reader panics");
    let length = continuum.servers().len();
    let fresh = server(scheme, SERVERS + u32::try_from(random.below(1000)).unwrap_or_default());
    let some = continuum.servers().as_slice()[random.index(length)].identity().into_owned();
    let few = SERVERS as usize / 2;
    let done = match random.below(3) {
        0 if length < 4 * few => continuum.add_server(fresh).is_ok(),
        1 if length > few => continuum.remove_server(&some).is_ok(),
        _ => {
            let capacity = fixtures::capacity(scheme, u32::try_from(random.below(3)).unwrap_or(0));
            continuum.update(|servers| servers.set_capacity(&some, capacity).map(drop)).is_ok()
        }
    };
    tally.changes.fetch_add(u64::from(done), Ordering::Relaxed);
}

/// Takes what is there, builds it anew, and asks both.
fn read(shared: &RwLock<Continuum>, over: &AtomicBool, mut random: Random, tally: &Tally) {
    let mut before: Option<(Continuum, Continuum)> = None;
    while !over.load(Ordering::Relaxed) {
        // Held for as long as it takes to clone.
        let taken = shared.read().expect("nobody panics with the lock").clone();
        let anew = build(taken.scheme(), taken.servers());
        let mut wrong = u64::from(taken.fingerprint() != anew.fingerprint());
        let keys: Vec<String> = (0..1000).map(|_| key(random.next())).collect();
        let wanted: Vec<u32> =
            keys.iter().map(|key| anew.resolve_index(key).unwrap_or(NO_OWNER)).collect();
        for (key, wanted) in keys.iter().zip(&wanted) {
            wrong += u64::from(taken.resolve_index(key).unwrap_or(NO_OWNER) != *wanted);
        }
        let mut owners = vec![0; keys.len()];
        let slices: Vec<&str> = keys.iter().map(String::as_str).collect();
        taken.resolve_all(&slices, &mut owners);
        wrong +=
            owners.iter().zip(&wanted).filter(|(owner, wanted)| owner != wanted).count() as u64;
        for (key, wanted) in keys.iter().zip(&wanted).take(3) {
            let explained = taken.explain(key);
            wrong += u64::from(explained.owner_index().unwrap_or(NO_OWNER) != *wanted);
            wrong += u64::from(!taken.candidates(key).eq(anew.candidates(key)));
        }
        if let Some((old, old_anew)) = &before {
            let moved = Plan::exactly(old, &taken).map(|plan| plan.moved().to_bits());
            let wanted = Plan::exactly(old_anew, &anew).map(|plan| plan.moved().to_bits());
            wrong += u64::from(moved != wanted);
            tally.plans.fetch_add(u64::from(moved.is_some()), Ordering::Relaxed);
        }
        tally.lookups.fetch_add(1000, Ordering::Relaxed);
        tally.batched.fetch_add(1000, Ordering::Relaxed);
        tally.explanations.fetch_add(3, Ordering::Relaxed);
        tally.wrong.fetch_add(wrong, Ordering::Relaxed);
        before = Some((taken, anew));
    }
}

/// Memory of this process, as Linux tells.
fn resident() -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(number.ok_or("/proc/self/status has no VmRSS")?.parse()?)
}
