//! Eight threads read a map that follows a source, and every map that one of them sees is
//! printed: its fingerprint, its servers, and who owns the keys `key-0` to `key-63`.
//!
//! `readers SOURCE SCHEME MAX_MOVE SETTLE INTERVAL`, the last two in seconds; it ends with
//! its stdin.

use std::io::{self, Read as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use continuum::{Continuum, Scheme};
use continuum_config::Options;
use continuum_members::{Access, Limits, Members, Verdict, follow, source};

const READERS: usize = 8;
const KEYS: u64 = 64;

#[derive(Default)]
struct Seen {
    last: AtomicU64,
    looked: AtomicU64,
    ended: AtomicBool,
}

impl Seen {
    fn look(&self, members: &Members) -> io::Result<()> {
        while !self.ended.load(Ordering::Relaxed) {
            if let Some(map) = members.get() {
                self.looked.fetch_add(1, Ordering::Relaxed);
                let fingerprint = map.fingerprint();
                if self.last.swap(fingerprint, Ordering::Relaxed) != fingerprint {
                    writeln!(io::stdout(), "{}", line(&map))?;
                }
            }
            thread::sleep(Duration::from_micros(500));
        }
        Ok(())
    }
}

fn line(map: &Continuum) -> String {
    let servers: Vec<String> = map.servers().iter().map(ToString::to_string).collect();
    let owners = (0..KEYS).map(|key| map.resolve_index(format!("key-{key}")));
    let owners: Vec<String> =
        owners.map(|owner| owner.map_or("-".to_owned(), |number| number.to_string())).collect();
    format!("map {:016x} {} {}", map.fingerprint(), servers.join(","), owners.join(","))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [place, scheme, max_move, settle, interval] = args.as_slice() else {
        return Err("readers SOURCE SCHEME MAX_MOVE SETTLE INTERVAL".into());
    };
    let scheme: Scheme = scheme.parse()?;
    let seconds = |text: &str| Duration::try_from_secs_f64(text.parse().unwrap_or(-1.0));
    let source = source::open(place, Some(&scheme), &Options::new(), None, &Access::new())?;
    let limits = Limits::new().with_max_move(max_move.parse()?).with_settle(seconds(settle)?);
    let members = Arc::new(Members::new(limits));
    let told = |verdict: &Verdict| {
        let _ = match verdict {
            Verdict::Refused { refusal, .. } => writeln!(io::stdout(), "refused {refusal}"),
            Verdict::Failed(fault) => writeln!(io::stdout(), "failed {fault}"),
            _ => Ok(()),
        };
    };
    let follower = follow(Arc::clone(&members), source, seconds(interval)?, told)?;
    let seen = Arc::new(Seen::default());
    let readers: Vec<_> = (0..READERS)
        .map(|_| {
            let (seen, members) = (Arc::clone(&seen), Arc::clone(&members));
            thread::spawn(move || seen.look(&members))
        })
        .collect();
    io::stdin().read_to_end(&mut Vec::new())?;
    seen.ended.store(true, Ordering::Relaxed);
    for reader in readers {
        reader.join().map_err(|_| "a reader panicked")??;
    }
    drop(follower);
    let counts = members.standing().counts;
    writeln!(
        io::stdout(),
        "end {} {} {} {} {}",
        seen.looked.load(Ordering::Relaxed),
        counts.changes,
        counts.refusals(),
        counts.faults,
        counts.answers,
    )?;
    Ok(())
}
