//! A list of keys on disk: how many there are makes no difference to memory.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};

/// A key as a dump tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) key: Vec<u8>,
    /// The machine that gets it.
    pub(crate) to: u32,
    /// The number that each write of the value changes.
    pub(crate) cas: u64,
    /// Bytes of the item.
    pub(crate) size: u64,
}

/// Written once, then read once.
pub(crate) struct Spool {
    file: BufWriter<File>,
    entries: u64,
}

impl Spool {
    /// In a file without a name, which is gone when the process is.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { file: BufWriter::new(tempfile::tempfile()?), entries: 0 })
    }

    pub(crate) fn push(&mut self, entry: &Entry) -> io::Result<()> {
        let length = u32::try_from(entry.key.len()).map_err(io::Error::other)?;
        self.file.write_all(&length.to_le_bytes())?;
        self.file.write_all(&entry.to.to_le_bytes())?;
        self.file.write_all(&entry.cas.to_le_bytes())?;
        self.file.write_all(&entry.size.to_le_bytes())?;
        self.file.write_all(&entry.key)?;
        self.entries += 1;
        Ok(())
    }

    pub(crate) fn len(&self) -> u64 {
        self.entries
    }

    pub(crate) fn read(self) -> io::Result<Spooled> {
        let mut file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.seek(SeekFrom::Start(0))?;
        Ok(Spooled { file: BufReader::new(file), left: self.entries })
    }
}

/// The same entries in the same order.
pub(crate) struct Spooled {
    file: BufReader<File>,
    left: u64,
}

impl Spooled {
    pub(crate) fn next(&mut self) -> io::Result<Option<Entry>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let (mut four, mut eight) = ([0; 4], [0; 8]);
        self.file.read_exact(&mut four)?;
        let length = usize::try_from(u32::from_le_bytes(four)).map_err(io::Error::other)?;
        self.file.read_exact(&mut four)?;
        let to = u32::from_le_bytes(four);
        self.file.read_exact(&mut eight)?;
        let cas = u64::from_le_bytes(eight);
        self.file.read_exact(&mut eight)?;
        let size = u64::from_le_bytes(eight);
        let mut key = vec![0; length];
        self.file.read_exact(&mut key)?;
        Ok(Some(Entry { key, to, cas, size }))
    }

    /// The next few, of so many bytes together, but for a first that alone is more.
    pub(crate) fn batch(
        &mut self,
        held: &mut Option<Entry>,
        most: usize,
        bytes: u64,
    ) -> io::Result<Vec<Entry>> {
        let (mut batch, mut sum) = (Vec::new(), 0_u64);
        while batch.len() < most {
            let Some(entry) = held.take().map_or_else(|| self.next(), |entry| Ok(Some(entry)))?
            else {
                break;
            };
            if !batch.is_empty() && sum.saturating_add(entry.size) > bytes {
                *held = Some(entry);
                break;
            }
            sum = sum.saturating_add(entry.size);
            batch.push(entry);
        }
        Ok(batch)
    }
}

#[cfg(test)]
mod tests {
    use super::{Entry, Spool};

    fn entry(number: u32) -> Entry {
        let key = vec![0xff; usize::try_from(number).unwrap()];
        Entry { key, to: number, cas: u64::from(number) << 40, size: u64::from(number) * 10 }
    }

    #[test]
    fn what_goes_in_comes_out_in_batches() {
        let mut spool = Spool::new().unwrap();
        (0..10).for_each(|number| spool.push(&entry(number)).unwrap());
        assert_eq!(spool.len(), 10);
        let (mut read, mut held) = (spool.read().unwrap(), None);
        let mut next = |most, bytes| {
            let batch = read.batch(&mut held, most, bytes).unwrap();
            batch.into_iter().map(|entry| entry.to).collect::<Vec<_>>()
        };
        assert_eq!(next(3, 1000), [0, 1, 2]);
        assert_eq!(next(100, 75), [3, 4]);
        // One that is over the limit goes alone.
        assert_eq!(next(100, 20), [5]);
        assert_eq!(next(2, 20), [6]);
        assert_eq!(next(9, 1000), [7, 8, 9]);
        assert!(next(9, 1000).is_empty());
    }
}
