//! Standard output as the process was given it.
//!
//! Where it is closed (`>&-`), std opens `/dev/null` in its place before `main`: what is written is
//! lost, and no call says so. So it is looked at before that.

use std::io::{self, Stdout, Write};

/// Standard output, which refuses what is written where it is closed.
pub(crate) struct Output {
    stdout: Stdout,
    closed: bool,
}

impl Output {
    pub(crate) fn new() -> Self {
        Self { stdout: io::stdout(), closed: is_closed() }
    }

    /// # Errors
    /// It is closed.
    pub(crate) fn check(&self) -> io::Result<()> {
        if self.closed { Err(io::Error::other("it is closed")) } else { Ok(()) }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.check()?;
        self.stdout.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stdout.flush()
    }
}

#[cfg(unix)]
mod at_start {
    use std::path::Path;
    use std::sync::atomic::{AtomicBool, Ordering};

    pub(super) static CLOSED: AtomicBool = AtomicBool::new(false);

    ctor::declarative::ctor! {
        // SAFETY: it asks the system about two files, allocates and sets a flag, none of which
        // needs what std does before main.
        #[ctor(unsafe)]
        fn look() {
            let open_files = Path::new("/dev/fd");
            let closed = open_files.is_dir() && open_files.join("1").symlink_metadata().is_err();
            CLOSED.store(closed, Ordering::Relaxed);
        }
    }
}

#[cfg(unix)]
fn is_closed() -> bool {
    at_start::CLOSED.load(std::sync::atomic::Ordering::Relaxed)
}

#[cfg(not(unix))]
fn is_closed() -> bool {
    false
}
