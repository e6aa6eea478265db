//! Keys out of a stream: blocks of whole lines, in constant memory.

use std::io::{self, ErrorKind, Read};

use super::BLOCK;

/// The longest key that is taken: beyond it, this is hardly a list of keys.
pub(super) const LONGEST: usize = 16 << 20;

/// Reads a stream in blocks that end where a key ends. The memory is one block,
/// or the longest key.
pub(crate) struct Blocks<R> {
    reader: R,
    separator: u8,
    /// What a separator ends, for people.
    noun: &'static str,
    longest: usize,
    buffer: Vec<u8>,
    /// Bytes of the buffer that were given out.
    given: usize,
    /// Bytes of the buffer that were read.
    filled: usize,
    ended: bool,
}

impl<R: Read> Blocks<R> {
    pub(crate) fn new(reader: R, separator: u8, noun: &'static str, longest: usize) -> Self {
        let buffer = vec![0; BLOCK];
        Self { reader, separator, noun, longest, buffer, given: 0, filled: 0, ended: false }
    }

    /// The next bytes up to the end of a key, as many as one read gives: what
    /// comes in slowly is answered at once. None at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<&[u8]>> {
        self.buffer.copy_within(self.given..self.filled, 0);
        self.filled -= self.given;
        self.given = 0;
        while !self.ended {
            if self.filled == self.buffer.len() {
                self.grow()?;
            }
            let read = match self.reader.read(&mut self.buffer[self.filled..]) {
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let fresh = self.filled;
            self.filled += read;
            self.ended = read == 0;
            if let Some(last) = memchr::memrchr(self.separator, &self.buffer[fresh..self.filled]) {
                self.given = fresh + last + 1;
                return Ok(Some(&self.buffer[..self.given]));
            }
        }
        self.given = self.filled;
        Ok((self.filled > 0).then_some(&self.buffer[..self.filled]))
    }

    fn grow(&mut self) -> io::Result<()> {
        if self.filled >= self.longest {
            let (noun, longest) = (self.noun, self.longest);
            let sentence = format!("a {noun} is longer than {longest} bytes");
            return Err(io::Error::new(ErrorKind::InvalidData, sentence));
        }
        self.buffer.resize(self.buffer.len() * 2, 0);
        Ok(())
    }
}

/// The keys of a block. The end of the last one may be missing.
pub(crate) fn keys(block: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let block = block.strip_suffix(&[separator]).unwrap_or(block);
    let mut from = 0;
    memchr::memchr_iter(separator, block).chain([block.len()]).map(move |end| {
        let key = &block[from..end];
        from = end + 1;
        key
    })
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read};

    use super::{Blocks, keys};

    /// Gives a few bytes at a time, and is interrupted now and then.
    struct Trickle<'a>(&'a [u8], usize);

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 += 1;
            if self.1.is_multiple_of(3) {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let most = buffer.len().min(self.1 % 7 + 1);
            self.0.read(&mut buffer[..most])
        }
    }

    fn split(text: &[u8], block: usize, longest: usize) -> io::Result<Vec<Vec<u8>>> {
        let mut blocks = Blocks::new(Trickle(text, 0), b'\n', "key", longest);
        blocks.buffer.resize(block, 0);
        let mut all = Vec::new();
        while let Some(block) = blocks.next()? {
            all.extend(keys(block, b'\n').map(<[u8]>::to_vec));
        }
        Ok(all)
    }

    #[test]
    fn splits_as_lines_whatever_the_reads() {
        for text in ["", "\n", "a", "a\n", "\n\na\n", "one\r\ntwo\nthree and more\n\nfour", "\n\n"]
        {
            let mut lines: Vec<Vec<u8>> = text.split('\n').map(|l| l.as_bytes().to_vec()).collect();
            // What ends in a line break has no key behind it.
            lines.pop_if(|last| last.is_empty());
            for block in 1..20 {
                assert_eq!(split(text.as_bytes(), block, 100).unwrap(), lines, "{text:?} {block}");
            }
        }
    }

    #[test]
    fn refuses_a_key_without_end() {
        let error = split(&[b'x'; 1000], 8, 64).unwrap_err();
        assert_eq!(error.to_string(), "a key is longer than 64 bytes");
        assert_eq!(split(&[b'x'; 60], 8, 64).unwrap().len(), 1);
    }
}
