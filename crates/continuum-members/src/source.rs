//! Where the members are read: a file, ElastiCache, etcd, Kubernetes, DNS, or what a
//! program brings.

mod elasticache;
#[cfg(feature = "etcd")]
mod etcd;
mod fault;
mod file;
#[cfg(feature = "kube")]
mod kubernetes;
#[cfg(feature = "etcd")]
mod lines;
mod open;
mod place;
#[cfg(feature = "dns")]
mod srv;
#[cfg(feature = "tls")]
mod tls;

use std::thread;
use std::time::Duration;

pub use elasticache::ElastiCache;
#[cfg(feature = "etcd")]
pub use etcd::Etcd;
pub use fault::Fault;
pub use file::File;
#[cfg(feature = "kube")]
pub use kubernetes::Kubernetes;
pub use open::open;
#[cfg(feature = "dns")]
pub use srv::Srv;

use crate::set::Set;

/// Where the members are read.
///
/// Every answer is whole: what has changed since the last one is not asked. Where a
/// source cannot know that its answer is whole it must fail, not guess.
pub trait Source: Send {
    /// How people call it: a path, an address.
    fn name(&self) -> &str;

    /// All members as they are now.
    ///
    /// # Errors
    /// The source does not answer, or what it answers is not whole or cannot be read.
    fn ask(&mut self) -> Result<Set, Fault>;

    /// Waits at most so long, and says whether the source has news. A source that must
    /// be asked to know just waits.
    fn wait(&mut self, most: Duration) -> bool {
        thread::sleep(most);
        false
    }
}

impl Source for Box<dyn Source> {
    fn name(&self) -> &str {
        (**self).name()
    }

    fn ask(&mut self) -> Result<Set, Fault> {
        (**self).ask()
    }

    fn wait(&mut self, most: Duration) -> bool {
        (**self).wait(most)
    }
}
