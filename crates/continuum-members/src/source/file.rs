//! A configuration file, or a list of servers.

use std::fs::{self, Metadata};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use continuum_config::{Config, Options, Pool};

use super::{Fault, Source};
use crate::set::Set;

/// A file in any format that [`continuum_config`] reads: nginx's, twemproxy's, an
/// EndpointSlice, a list of servers.
///
/// It is read whole each time it is asked, so that a file that is put in its place by
/// `rename`, behind a link or on a file system without notices is seen like any other.
/// A file that changes while it is read is no answer, nor is one whose last line does
/// not end: whoever writes it may not have done so yet. A file that was cut off behind a
/// line cannot be told from a whole one; [`Limits::settle`](crate::Limits::settle) gives
/// its writer the time to end.
#[derive(Debug)]
pub struct File {
    path: PathBuf,
    name: String,
    options: Options,
    pool: Option<Box<str>>,
}

impl File {
    /// The file of one pool.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let name = path.display().to_string();
        Self { path, name, options: Options::new(), pool: None }
    }

    /// What the file does not say: its format, the scheme.
    #[must_use]
    pub fn with_options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// The pool, in a file of several.
    #[must_use]
    pub fn with_pool(mut self, name: impl Into<Box<str>>) -> Self {
        self.pool = Some(name.into());
        self
    }

    fn chosen(&self, config: Config) -> Result<Pool, Fault> {
        if let Some(name) = &self.pool {
            return config.pool(name).cloned().map_err(Fault::whole);
        }
        let mut pools = config.into_pools().map_err(Fault::whole)?;
        if pools.len() > 1 {
            let names: Vec<&str> = pools.iter().map(Pool::name).collect();
            let sentence = format!("has the pools {}: say which", names.join(", "));
            return Err(Fault::new(&self.name, sentence));
        }
        // A file without pools was refused.
        Ok(pools.remove(0))
    }
}

impl Source for File {
    fn name(&self) -> &str {
        &self.name
    }

    fn ask(&mut self) -> Result<Set, Fault> {
        let unreadable = |error: io::Error| Fault::io(&self.name, &error);
        let about = || fs::metadata(&self.path).map_err(unreadable);
        let before = about()?;
        // A pipe without a writer would wait as it is opened.
        if !before.is_file() {
            return Err(Fault::new(&self.name, "is no regular file, and only those are followed"));
        }
        let ends = ends(&self.path).map_err(unreadable)?;
        let config = Config::read(&self.path, &self.options);
        if Stamp::of(&about()?) != Stamp::of(&before) {
            return Err(Fault::new(&self.name, "changed while it was read"));
        }
        if !ends {
            let sentence = "its last line does not end, so it may be written still";
            return Err(Fault::new(&self.name, sentence));
        }
        let pool = self.chosen(config.map_err(Fault::whole)?)?;
        let set = Set::new(pool.scheme().clone(), pool.servers().clone());
        Ok(set.with_key(pool.key().clone()))
    }
}

/// What differs where a file has been written or replaced.
#[derive(PartialEq)]
struct Stamp {
    length: u64,
    written: Option<SystemTime>,
    #[cfg(unix)]
    file: (u64, u64, i64, i64),
}

impl Stamp {
    fn of(about: &Metadata) -> Self {
        Self {
            length: about.len(),
            written: about.modified().ok(),
            #[cfg(unix)]
            file: {
                use std::os::unix::fs::MetadataExt as _;
                (about.dev(), about.ino(), about.ctime(), about.ctime_nsec())
            },
        }
    }
}

/// Whether the last line ends, or a bracket closes the file.
fn ends(path: &Path) -> io::Result<bool> {
    let mut file = fs::File::open(path)?;
    let length = file.metadata()?.len();
    if length == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(matches!(last[0], b'\n' | b'}' | b']'))
}
