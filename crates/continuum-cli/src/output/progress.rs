//! How far a long file is read, on a terminal.

use std::io::{self, IsTerminal as _};

use indicatif::{ProgressBar, ProgressStyle};

/// A file shorter than this is done before anyone looks.
const LONG: u64 = 32 << 20;

/// A bar on stderr, or nothing.
pub(crate) struct Progress(Option<ProgressBar>);

impl Progress {
    /// Shows a bar when the length is known and large, and a person watches
    /// stderr. Answers that stream over the same terminal show progress enough.
    pub(crate) fn new(length: Option<u64>, streams: bool) -> Self {
        let crossed = streams && io::stdout().is_terminal();
        let watched = io::stderr().is_terminal() && !crossed;
        let bar = length.filter(|length| *length >= LONG && watched).map(|length| {
            let bar = ProgressBar::new(length);
            let form = "{bar:40} {percent:>3}%  {binary_bytes_per_sec}  {eta} left";
            if let Ok(style) = ProgressStyle::with_template(form) {
                bar.set_style(style);
            }
            bar
        });
        Self(bar)
    }

    /// A bar for so many steps of seconds each.
    pub(crate) fn steps(count: u64) -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(count);
            if let Ok(style) = ProgressStyle::with_template("{bar:20} {pos} of {len}  {msg}") {
                bar.set_style(style);
            }
            bar
        });
        Self(bar)
    }

    /// A bar for keys, of which there may turn out to be more.
    #[cfg(feature = "move")]
    pub(crate) fn keys() -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(0);
            let form = "{bar:40} {percent:>3}%  {human_pos} keys  {per_sec}  {eta} left";
            if let Ok(style) = ProgressStyle::with_template(form) {
                bar.set_style(style);
            }
            bar
        });
        Self(bar)
    }

    /// So many of so many keys are done.
    #[cfg(feature = "move")]
    pub(crate) fn of(&self, total: u64, done: u64) {
        if let Some(bar) = &self.0 {
            bar.set_length(total.max(done));
            bar.set_position(done);
        }
    }

    /// The next step begins.
    pub(crate) fn step(&self, what: &str) {
        if let Some(bar) = &self.0 {
            bar.set_message(crate::words::printable(what));
            bar.inc(1);
        }
    }

    /// So many bytes are done.
    pub(crate) fn reached(&self, bytes: u64) {
        if let Some(bar) = &self.0 {
            bar.set_position(bytes);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
