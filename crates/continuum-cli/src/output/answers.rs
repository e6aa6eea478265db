//! Answers as text: key, tab, server.

use std::io::Write;

use continuum::Servers;

use super::{GATHERED, Report};
use crate::failure::Failure;

/// Writes a record for each key.
pub(crate) struct Answers<'a> {
    out: &'a mut dyn Write,
    /// What follows a key, by owner; the last one stands for nobody.
    endings: Vec<Box<[u8]>>,
    gathered: Vec<u8>,
}

impl<'a> Answers<'a> {
    /// Refuses servers whose names would break a record apart.
    pub(crate) fn new(
        out: &'a mut dyn Write,
        servers: &Servers,
        separator: u8,
    ) -> Result<Self, Failure> {
        let mut endings = Vec::with_capacity(servers.len() + 1);
        for server in servers {
            let identity = server.identity();
            if identity.bytes().any(|byte| byte == b'\t' || byte == separator) {
                return Err(Failure::refused(format!(
                    "server '{}': its name holds a tab or a line's end, which only --json can show",
                    identity.escape_debug()
                )));
            }
            endings.push(ending(identity.as_bytes(), separator));
        }
        endings.push(ending(b"", separator));
        Ok(Self { out, endings, gathered: Vec::with_capacity(GATHERED) })
    }

    fn write(&mut self) -> Result<(), Failure> {
        self.out.write_all(&self.gathered)?;
        self.gathered.clear();
        Ok(())
    }
}

fn ending(identity: &[u8], separator: u8) -> Box<[u8]> {
    [b"\t", identity, &[separator]].concat().into()
}

impl Report for Answers<'_> {
    fn block(&mut self, keys: &[&[u8]], owners: &[u32]) -> Result<(), Failure> {
        let nobody = self.endings.len() - 1;
        for (key, owner) in keys.iter().zip(owners) {
            self.gathered.extend_from_slice(key);
            self.gathered.extend_from_slice(&self.endings[nobody.min(*owner as usize)]);
            if self.gathered.len() >= GATHERED {
                self.write()?;
            }
        }
        self.write()?;
        // Keys may come in slowly: whoever reads the answers shall not wait.
        Ok(self.out.flush()?)
    }
}
