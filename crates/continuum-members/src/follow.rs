//! Following a source in a thread.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::members::Members;
use crate::source::Source;
use crate::verdict::Verdict;
use crate::watcher::Watcher;

/// How soon a thread that waits notices that it is to end.
const PATIENCE: Duration = Duration::from_millis(100);

/// A thread that follows a source; it ends when this is dropped.
#[derive(Debug)]
pub struct Follower {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// Follows a source in a thread: every change within the limits is made. `tell` is
/// called with each change before it is made, with each refusal and with each failure of
/// the source, once until it ends or becomes another.
///
/// # Errors
/// The system gives no thread.
///
/// ```no_run
/// use std::sync::Arc;
/// use std::time::Duration;
/// use continuum_members::{Limits, Members, Verdict, follow, source};
///
/// let members = Arc::new(Members::new(Limits::new()));
/// let source = source::File::new("nutcracker.yml");
/// let _follower = follow(Arc::clone(&members), source, Duration::from_secs(1), |verdict| {
///     if let Verdict::Refused { refusal, .. } = verdict {
///         eprintln!("{refusal}");
///     }
/// })?;
/// let map = members.wait(Duration::from_secs(10)).ok_or("no servers")?;
/// println!("{:?}", map.resolve("my-key"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn follow<S: Source + 'static>(
    members: Arc<Members>,
    source: S,
    interval: Duration,
    mut tell: impl FnMut(&Verdict) + Send + 'static,
) -> io::Result<Follower> {
    let stop = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&stop);
    let work = move || {
        let mut watcher = Watcher::new(members, source, interval);
        while !asked.load(Ordering::Relaxed) {
            let Some(verdict) = watcher.step(PATIENCE) else { continue };
            tell(&verdict);
            if let Verdict::Change(change) = verdict {
                watcher.members().take(change);
            }
        }
    };
    let thread = thread::Builder::new().name("continuum-members".to_owned()).spawn(work)?;
    Ok(Follower { stop, thread: Some(thread) })
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // It panicked only if `tell` or the source did, which has been printed.
            let _ = thread.join();
        }
    }
}
