//! Reading a pipe or a device, which may block or never end.

use std::fs::{FileType, OpenOptions};
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;
use std::time::{Duration, Instant};

/// How long nobody may write before a pipe is given up.
const SILENT: Duration = Duration::from_secs(2);
/// How long a writer that has the pipe open may take.
const SLOW: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(5);

/// At most `most` bytes.
pub(super) fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut options = OpenOptions::new();
    options.read(true);
    without_blocking(&mut options);
    let mut pipe = options.open(path)?;
    let waits = is_pipe(&pipe.metadata()?.file_type());
    let mut bytes = Vec::new();
    let mut block = vec![0; 64 << 10];
    let mut since = Instant::now();
    while (bytes.len() as u64) < most {
        let patience = match pipe.read(&mut block) {
            // Nobody has it open for writing: not yet, or no more.
            Ok(0) if bytes.is_empty() && waits => SILENT,
            Ok(0) => break,
            Ok(read) => {
                bytes.extend_from_slice(&block[..read]);
                since = Instant::now();
                continue;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) if error.kind() == ErrorKind::WouldBlock => SLOW,
            Err(error) => return Err(error),
        };
        if since.elapsed() >= patience {
            let why = if patience == SILENT { "nobody writes to it" } else { "nothing comes" };
            return Err(io::Error::new(ErrorKind::TimedOut, why));
        }
        std::thread::sleep(PAUSE);
    }
    Ok(bytes)
}

#[cfg(unix)]
fn is_pipe(kind: &FileType) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(kind)
}

#[cfg(not(unix))]
fn is_pipe(_: &FileType) -> bool {
    true
}

/// Has a pipe without a writer open at once, and a read say that nothing is there.
#[cfg(target_os = "linux")]
fn without_blocking(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt as _;
    const O_NONBLOCK: i32 = 0o4000;
    options.custom_flags(O_NONBLOCK);
}

#[cfg(not(target_os = "linux"))]
fn without_blocking(_: &mut OpenOptions) {}
