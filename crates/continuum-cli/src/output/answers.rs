//! Answers: a record for each key.

use std::io::Write;

use continuum::{Server, Servers};

use super::{Report, json};
use crate::failure::Failure;

/// Bytes gathered before they are written.
const GATHERED: usize = 256 << 10;

/// Writes the key and what follows it, for each key.
pub(crate) struct Answers<'a> {
    out: &'a mut dyn Write,
    /// Appends a key, as its form wants it.
    key: fn(&mut Vec<u8>, &[u8]),
    /// What follows a key, by owner; the last one stands for nobody.
    endings: Vec<Box<[u8]>>,
    gathered: Vec<u8>,
}

impl<'a> Answers<'a> {
    /// Key, tab, server. Refuses servers whose names would break a record apart.
    pub(crate) fn text(
        out: &'a mut dyn Write,
        servers: &Servers,
        separator: u8,
    ) -> Result<Self, Failure> {
        let breaks = |name: &str| name.bytes().any(|byte| byte == b'\t' || byte == separator);
        if let Some(server) = servers.iter().find(|server| breaks(&server.identity())) {
            return Err(Failure::refused(format!(
                "server '{}': its name holds a tab or a line's end, which only --json can show",
                server.identity().escape_debug()
            )));
        }
        let ending = |owner: Option<(usize, &Server)>| {
            let name = owner.map(|(_, server)| server.identity()).unwrap_or_default();
            [b"\t", name.as_bytes(), &[separator]].concat()
        };
        Ok(Self::new(out, servers, |record, key| record.extend_from_slice(key), ending))
    }

    /// An object for each key, on a line of its own.
    pub(crate) fn json(out: &'a mut dyn Write, servers: &Servers) -> Self {
        Self::new(out, servers, json::begin, json::ending)
    }

    fn new(
        out: &'a mut dyn Write,
        servers: &Servers,
        key: fn(&mut Vec<u8>, &[u8]),
        ending: impl Fn(Option<(usize, &Server)>) -> Vec<u8>,
    ) -> Self {
        let owners = servers.iter().enumerate().map(Some).chain([None]);
        let endings = owners.map(|owner| ending(owner).into()).collect();
        Self { out, key, endings, gathered: Vec::with_capacity(GATHERED) }
    }

    fn write(&mut self) -> Result<(), Failure> {
        self.out.write_all(&self.gathered)?;
        self.gathered.clear();
        Ok(())
    }
}

impl Report for Answers<'_> {
    fn block(&mut self, keys: &[&[u8]], owners: &[u32]) -> Result<(), Failure> {
        let nobody = self.endings.len() - 1;
        for (key, owner) in keys.iter().zip(owners) {
            (self.key)(&mut self.gathered, key);
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
