//! A thread that lists the slices of a Service and watches them.

use std::convert::Infallible;
use std::io;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use futures_util::future::select;
use tokio::runtime;
use tokio::sync::oneshot;
use tokio::time::{self, Instant};

use super::board::Board;
use super::cluster::Cluster;
use super::service::{End, Service};
use super::slices::check_order;

/// A watch is begun at most this often.
const PACE: Duration = Duration::from_secs(1);
/// How long the pauses become while the cluster gives no answer.
const LONGEST: Duration = Duration::from_secs(30);
/// So many watches in a row that said nothing may hide something.
const SILENT: u32 = 3;

/// The thread; it ends soon after this is dropped.
#[derive(Debug)]
pub(super) struct Watch {
    board: Arc<Board>,
    thread: JoinHandle<()>,
    /// Ends the thread by being dropped.
    _stop: oneshot::Sender<()>,
}

impl Watch {
    pub(super) fn start(
        namespace: &str,
        service: &str,
        kubeconfig: Option<PathBuf>,
    ) -> io::Result<Self> {
        let board = Arc::new(Board::default());
        let (stop, stopped) = oneshot::channel::<()>();
        let work = Work {
            namespace: namespace.to_owned(),
            service: service.to_owned(),
            cluster: Cluster::new(kubeconfig),
            newest: None,
            pause: PACE,
            board: Arc::clone(&board),
        };
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let run = move || {
            let follow = pin!(work.follow());
            runtime.block_on(select(stopped, follow));
        };
        let thread = thread::Builder::new().name("continuum-kube".to_owned()).spawn(run)?;
        Ok(Self { board, thread, _stop: stop })
    }

    pub(super) fn board(&self) -> &Board {
        &self.board
    }

    pub(super) fn has_ended(&self) -> bool {
        self.thread.is_finished()
    }
}

struct Work {
    namespace: String,
    service: String,
    cluster: Cluster,
    /// The version of the last list.
    newest: Option<String>,
    pause: Duration,
    board: Arc<Board>,
}

impl Work {
    /// Lists and watches until something fails; then anew, so that what is known never
    /// stands on a watch of which nobody knows whether it goes on.
    async fn follow(mut self) {
        loop {
            let Err(why) = self.watch().await;
            self.board.write(Err(why));
            // Not all who have lost a cluster come back to it at the same moment.
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
            let part = now.map_or(0, |now| now.subsec_micros() % 1000);
            time::sleep(self.pause / 2 + self.pause / 2000 * part).await;
            self.pause = (self.pause * 2).min(LONGEST);
        }
    }

    async fn watch(&mut self) -> Result<Infallible, String> {
        let client = self.cluster.client().await?;
        let service = Service::new(client, &self.namespace, &self.service);
        loop {
            let mut slices = service.list().await?;
            check_order(self.newest.as_deref().unwrap_or_default(), slices.version())?;
            let mut silent = 0;
            while silent < SILENT {
                let begun = Instant::now();
                let end = service.watch(&mut slices, |slices| self.board.write(Ok(slices.json())));
                let end = end.await;
                self.newest = Some(slices.version().to_owned());
                let end = end?;
                self.pause = PACE;
                time::sleep_until(begun + PACE).await;
                match end {
                    End::Resumable { said: true } => silent = 0,
                    End::Resumable { said: false } => silent += 1,
                    End::Forgotten => break,
                }
            }
        }
    }
}
