//! A watch, which says that there is news.

use std::io::{self, BufRead as _, BufReader, Read as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::gateway::Gateway;

/// How soon a watch that failed is begun anew.
const PAUSE: Duration = Duration::from_secs(1);
/// Bytes of one watch.
const MOST: u64 = 1 << 30;

/// A thread that waits for etcd.
#[derive(Debug)]
pub(super) struct Watch {
    news: Receiver<()>,
    stop: Arc<AtomicBool>,
}

impl Watch {
    pub(super) fn start<'a>(
        gateway: &Arc<Gateway>,
        ranges: impl Iterator<Item = &'a Value>,
    ) -> io::Result<Self> {
        // One notice stands for all: whoever is told reads everything.
        let (tell, news) = mpsc::sync_channel(1);
        let stop = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&stop);
        let gateway = Arc::clone(gateway);
        // One stream takes many watches, each made by an object of its own.
        let request: String =
            ranges.map(|range| format!("{}\n", json!({ "create_request": range }))).collect();
        let work = move || {
            while !ended.load(Ordering::Relaxed) {
                if once(&gateway, &request, &tell).is_err() {
                    thread::sleep(PAUSE);
                }
            }
        };
        thread::Builder::new().name("continuum-etcd".to_owned()).spawn(work)?;
        Ok(Self { news, stop })
    }

    /// Waits for news, at most so long.
    pub(super) fn wait(&self, most: Duration) -> bool {
        self.news.recv_timeout(most).is_ok()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// One watch to its end. Its first line says that it has begun, which is news as well:
/// what changed before it was not watched.
fn once(gateway: &Gateway, request: &str, tell: &SyncSender<()>) -> Result<(), ()> {
    let body = gateway.stream("/v3/watch", request).map_err(drop)?;
    let body = body.into_reader().take(MOST);
    let mut lines = BufReader::new(body).split(b'\n');
    // It ends by its timeout, or because etcd ended it.
    while let Some(Ok(_)) = lines.next() {
        if tell.try_send(()) == Err(TrySendError::Disconnected(())) {
            return Ok(());
        }
    }
    Ok(())
}
