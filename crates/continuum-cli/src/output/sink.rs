//! Where answers go: written by this thread, or by another while this one works.

use std::io::{self, Write};
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::thread;

use crate::failure::Failure;

/// Bytes gathered before they are written.
pub(crate) const GATHERED: usize = 256 << 10;

/// Buffers that wait for their turn at most.
const WAITING: usize = 2;

/// Takes large pieces of output, in order.
pub(crate) enum Sink<'a> {
    Here(&'a mut (dyn Write + Send)),
    /// Full buffers go to the writing thread, empty ones come back.
    Behind {
        full: SyncSender<Vec<u8>>,
        empty: Receiver<Vec<u8>>,
        small: Vec<u8>,
    },
}

impl Sink<'_> {
    /// Writes what was gathered and leaves an empty buffer behind. What comes in
    /// slowly is answered at once: nothing is held back.
    pub(crate) fn hand_over(&mut self, gathered: &mut Vec<u8>) -> io::Result<()> {
        match self {
            Self::Here(out) => {
                out.write_all(gathered)?;
                gathered.clear();
                out.flush()
            }
            Self::Behind { .. } if gathered.is_empty() => Ok(()),
            Self::Behind { full, empty, .. } => {
                let next = empty.try_recv().unwrap_or_else(|_| Vec::with_capacity(GATHERED));
                // The thread ends early only by an error, which it tells itself.
                full.send(std::mem::replace(gathered, next)).map_err(|_| stopped())
            }
        }
    }
}

fn stopped() -> io::Error {
    io::ErrorKind::BrokenPipe.into()
}

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Here(out) => out.write(bytes),
            Self::Behind { small, .. } => {
                small.extend_from_slice(bytes);
                if small.len() >= GATHERED {
                    self.flush()?;
                }
                Ok(bytes.len())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Here(out) => out.flush(),
            Self::Behind { small, .. } => {
                let mut gathered = std::mem::take(small);
                self.hand_over(&mut gathered)?;
                if let Self::Behind { small, .. } = self {
                    *small = gathered;
                }
                Ok(())
            }
        }
    }
}

/// Works while another thread writes, if one can be made. What went wrong in writing
/// comes first: it is what ended the work.
pub(crate) fn write_behind(
    out: &mut (dyn Write + Send),
    work: impl FnOnce(&mut Sink<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    if thread::available_parallelism().is_ok_and(|threads| threads.get() == 1) {
        return work(&mut Sink::Here(out));
    }
    let (full, to_write) = mpsc::sync_channel(WAITING);
    let (written, empty) = mpsc::channel();
    // It is given the output when it is there.
    let (give, given) = mpsc::channel::<&mut (dyn Write + Send)>();
    thread::scope(|scope| {
        let write = move || match given.recv() {
            Ok(out) => write_all(out, to_write, &written),
            Err(_) => Ok(()),
        };
        let Ok(writer) = thread::Builder::new().spawn_scoped(scope, write) else {
            return work(&mut Sink::Here(out));
        };
        // Only a thread that has ended would not take it.
        let _ = give.send(out);
        let mut sink = Sink::Behind { full, empty, small: Vec::new() };
        let mut done = work(&mut sink);
        if done.is_ok() {
            done = sink.flush().map_err(Failure::from);
        }
        drop(sink);
        match writer.join() {
            Ok(wrote) => wrote.map_err(Failure::from).and(done),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

fn write_all(
    out: &mut dyn Write,
    to_write: Receiver<Vec<u8>>,
    written: &Sender<Vec<u8>>,
) -> io::Result<()> {
    for mut buffer in to_write {
        out.write_all(&buffer)?;
        out.flush()?;
        buffer.clear();
        // Behind the last buffer nobody wants it back.
        let _ = written.send(buffer);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};

    use super::{Sink, write_behind};
    use crate::failure::Failure;

    fn write(sink: &mut Sink<'_>, pieces: u32) -> Result<(), Failure> {
        let mut gathered = Vec::new();
        for piece in 0..pieces {
            gathered.extend_from_slice(&[b'a'; 1000]);
            gathered.extend_from_slice(&piece.to_le_bytes());
            if piece % 3 == 0 {
                sink.hand_over(&mut gathered)?;
                write!(sink, "between {piece}")?;
                sink.flush()?;
            }
        }
        Ok(sink.hand_over(&mut gathered)?)
    }

    #[test]
    fn both_ways_write_the_same() {
        for pieces in [0, 1, 2, 500] {
            let (mut here, mut behind) = (Vec::new(), Vec::new());
            write(&mut Sink::Here(&mut here), pieces).unwrap();
            write_behind(&mut behind, |sink| write(sink, pieces)).unwrap();
            assert!(here == behind, "{pieces}");
        }
    }

    struct Full(usize);

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.checked_sub(1).ok_or(io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_error_of_the_other_thread_is_told() {
        for pieces in [1, 500] {
            let failed = write_behind(&mut Full(pieces as usize / 10), |sink| write(sink, pieces));
            let Err(Failure::Refused(sentence)) = failed else { panic!("{failed:?}") };
            assert!(sentence.starts_with("cannot write the output: "), "{sentence}");
        }
    }
}
