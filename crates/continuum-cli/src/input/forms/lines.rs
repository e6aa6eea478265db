//! A key a line, or up to a NUL.

use std::io::Read;
use std::path::PathBuf;

use super::KeyReader;
use crate::failure::Failure;
use crate::input::blocks::{Blocks, LONGEST, keys};

/// Every byte up to the separator is the key's.
pub(crate) struct Lines<R> {
    name: PathBuf,
    blocks: Blocks<R>,
    separator: u8,
    taken: u64,
    /// Keys of the block before, which is about as many as come next.
    usual: usize,
}

impl<R: Read> Lines<R> {
    pub(crate) fn new(name: PathBuf, reader: R, separator: u8) -> Self {
        let blocks = Blocks::new(reader, separator, "key", LONGEST);
        Self { name, blocks, separator, taken: 0, usual: 0 }
    }
}

impl<R: Read> KeyReader for Lines<R> {
    fn next(&mut self) -> Result<Option<Vec<&[u8]>>, Failure> {
        let block = self.blocks.next().map_err(|e| Failure::unreadable(&self.name, &e))?;
        let Some(block) = block else { return Ok(None) };
        self.taken += block.len() as u64;
        let mut all = Vec::with_capacity(self.usual + self.usual / 8);
        all.extend(keys(block, self.separator));
        self.usual = all.len();
        Ok(Some(all))
    }

    fn taken(&self) -> u64 {
        self.taken
    }
}
