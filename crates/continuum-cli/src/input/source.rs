//! Files, pipes and stdin: what is read whole is read within a bound, and a source
//! that gives nothing is named while it is waited for.

use std::fs::{self, File};
use std::io::{self, Cursor, Read};
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::failure::Failure;
use crate::talk;

/// How long a source may be silent before a person is told what is waited for.
const PATIENCE: Duration = Duration::from_millis(1500);

/// Runs something that may wait for others, and says so if it does.
fn patiently<T>(name: &Path, wait: impl FnOnce() -> T) -> T {
    let (done, waiting) = mpsc::channel::<()>();
    let name = name.display().to_string();
    let watch = move || {
        if waiting.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
            talk::note(&format!("waiting for input from {name}"));
        }
    };
    // Where no thread can be made nobody is told, and the wait is the same.
    drop(thread::Builder::new().spawn(watch));
    let got = wait();
    drop(done);
    got
}

/// A reader whose first bytes are waited for patiently.
pub(crate) struct Patient<R> {
    name: Option<Box<Path>>,
    reader: R,
}

impl<R> Patient<R> {
    pub(crate) fn new(name: &Path, reader: R) -> Self {
        Self { name: Some(name.into()), reader }
    }
}

impl<R: Read> Read for Patient<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.name.take() {
            Some(name) => patiently(&name, || self.reader.read(buffer)),
            None => self.reader.read(buffer),
        }
    }
}

/// Opens a file, or what gives bytes like one.
pub(crate) fn open(file: &Path) -> Result<(Box<dyn Read>, Option<u64>), Failure> {
    let unreadable = |error: &io::Error| Failure::unreadable(file, error);
    let about = fs::metadata(file).map_err(|error| unreadable(&error))?;
    if about.is_dir() {
        return Err(unreadable(&io::ErrorKind::IsADirectory.into()));
    }
    if about.is_file() {
        let opened = File::open(file).map_err(|error| unreadable(&error))?;
        return match Packing::of(file) {
            // How long the text is nobody knows.
            Some(packing) => Ok((unpacked(packing, opened, file)?, None)),
            None => Ok((Box::new(opened), Some(about.len()))),
        };
    }
    // A pipe without a writer waits as it is opened.
    let opened = patiently(file, || File::open(file)).map_err(|error| unreadable(&error))?;
    Ok((Box::new(Patient::new(file, opened)), None))
}

/// What a text is packed with.
#[derive(Clone, Copy)]
pub(crate) enum Packing {
    Gzip,
    Zstd,
}

impl Packing {
    /// What a file's name says.
    pub(crate) fn of(file: &Path) -> Option<Self> {
        match file.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "gz" => Some(Self::Gzip),
            "zst" | "zstd" => Some(Self::Zstd),
            _ => None,
        }
    }
}

/// The extension that says a file's form, in small letters: of `A.CSV.GZ` it is `csv`.
pub(crate) fn extension(file: &Path) -> Option<String> {
    let plain = if Packing::of(file).is_some() { Path::new(file.file_stem()?) } else { file };
    Some(plain.extension()?.to_str()?.to_ascii_lowercase())
}

/// What is no text, by its first bytes, and what to do with it. None of these is the start of
/// a key in UTF-8.
const NO_TEXT: [(&[u8], &str); 4] = [
    (&[0x1f, 0x8b, 0x08], "is packed by gzip: unpack it, or name a file that ends in .gz"),
    (&[0x28, 0xb5, 0x2f, 0xfd], "is packed by zstd: unpack it, or name a file that ends in .zst"),
    (b"PAR1\x15", "is Parquet: name a file that ends in .parquet, or say --input-format parquet"),
    (b"ARROW1\0\0", "is a file of Arrow's IPC, which --append reads"),
];

/// A text, which is refused where its first bytes are those of something else.
pub(crate) struct Text<R> {
    reader: R,
    /// The first bytes, which are handed on before the others.
    first: Cursor<Vec<u8>>,
    checked: bool,
}

impl<R: Read> Text<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self { reader, first: Cursor::default(), checked: false }
    }
}

impl<R: Read> Read for Text<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.checked {
            let first = self.first.get_mut();
            // No more than it takes to tell: a key may come long before the next.
            let unclear = |first: &[u8]| NO_TEXT.iter().any(|(start, _)| start.starts_with(first));
            while first.len() < 8 && unclear(first) {
                let mut some = [0; 8];
                let got = self.reader.read(&mut some[first.len()..])?;
                if got == 0 {
                    break;
                }
                first.extend(&some[first.len()..][..got]);
            }
            self.checked = true;
            if let Some((_, what)) = NO_TEXT.iter().find(|(start, _)| first.starts_with(start)) {
                return Err(io::Error::new(io::ErrorKind::InvalidData, format!("it {what}")));
            }
        }
        match self.first.read(buffer)? {
            0 => self.reader.read(buffer),
            given => Ok(given),
        }
    }
}

#[cfg(feature = "parquet")]
fn unpacked(packing: Packing, packed: File, name: &Path) -> Result<Box<dyn Read>, Failure> {
    Ok(match packing {
        Packing::Gzip => Box::new(flate2::read::MultiGzDecoder::new(packed)),
        Packing::Zstd => {
            Box::new(zstd::Decoder::new(packed).map_err(|error| Failure::unreadable(name, &error))?)
        }
    })
}

#[cfg(not(feature = "parquet"))]
fn unpacked(_: Packing, _: File, _: &Path) -> Result<Box<dyn Read>, Failure> {
    Err(Failure::refused(
        "to read what gzip or zstd packed takes the feature 'parquet', without which this program was built",
    ))
}

/// The bytes of a file, or of stdin for `-`: at most so many.
pub(crate) fn read(file: &Path, most: u64) -> Result<Vec<u8>, Failure> {
    Ok(read_if(file, most, |_| true)?.unwrap_or_default())
}

/// As [`read`], unless its first bytes say that it is something else.
pub(crate) fn read_if(
    file: &Path,
    most: u64,
    begins: impl FnOnce(&[u8]) -> bool,
) -> Result<Option<Vec<u8>>, Failure> {
    let (name, mut reader) = if file == Path::new("-") {
        let name = Path::new("stdin");
        (name, Box::new(Patient::new(name, io::stdin())) as Box<dyn Read>)
    } else {
        (file, open(file)?.0)
    };
    let unreadable = |error: &io::Error| Failure::unreadable(name, error);
    let mut bytes = Vec::new();
    (&mut reader).take(4096).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    if !begins(&bytes) {
        return Ok(None);
    }
    let rest = most.saturating_add(1).saturating_sub(bytes.len() as u64);
    reader.take(rest).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 > most {
        let mib = most >> 20;
        return Err(Failure::refused(format!("{}: more than {mib} MiB", name.display())));
    }
    Ok(Some(bytes))
}
