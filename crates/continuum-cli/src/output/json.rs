//! Answers as JSON, one object a line.

use std::fmt::Write as _;
use std::io::{self, Write};

use continuum::Servers;
use serde::Serialize;

use super::{GATHERED, Report};
use crate::failure::Failure;

/// Writes a value on a line of its own.
pub(crate) fn write_line(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}

/// Writes an object for each key.
pub(crate) struct JsonAnswers<'a> {
    out: &'a mut dyn Write,
    /// What follows a key, by owner; the last one stands for nobody.
    endings: Vec<Box<str>>,
    gathered: Vec<u8>,
}

impl<'a> JsonAnswers<'a> {
    pub(crate) fn new(out: &'a mut dyn Write, servers: &Servers) -> Self {
        let ending = |(index, server): (usize, &continuum::Server)| {
            let name = serde_json::Value::from(server.identity());
            format!(",\"server\":{name},\"index\":{index}}}\n").into()
        };
        let mut endings: Vec<Box<str>> = servers.iter().enumerate().map(ending).collect();
        endings.push(",\"server\":null,\"index\":null}\n".into());
        Self { out, endings, gathered: Vec::with_capacity(GATHERED) }
    }

    fn key(&mut self, key: &[u8]) -> Result<(), Failure> {
        match std::str::from_utf8(key) {
            Ok(text) => {
                self.gathered.extend_from_slice(b"{\"key\":");
                serde_json::to_writer(&mut self.gathered, text).map_err(io::Error::from)?;
            }
            Err(_) => {
                let mut hex = String::with_capacity(key.len() * 2);
                for byte in key {
                    // Writing to a String cannot fail.
                    let _ = write!(hex, "{byte:02x}");
                }
                self.gathered.extend_from_slice(b"{\"key_hex\":\"");
                self.gathered.extend_from_slice(hex.as_bytes());
                self.gathered.push(b'"');
            }
        }
        Ok(())
    }

    fn write(&mut self) -> Result<(), Failure> {
        self.out.write_all(&self.gathered)?;
        self.gathered.clear();
        Ok(())
    }
}

impl Report for JsonAnswers<'_> {
    fn block(&mut self, keys: &[&[u8]], owners: &[u32]) -> Result<(), Failure> {
        let nobody = self.endings.len() - 1;
        for (key, owner) in keys.iter().zip(owners) {
            self.key(key)?;
            self.gathered.extend_from_slice(self.endings[nobody.min(*owner as usize)].as_bytes());
            if self.gathered.len() >= GATHERED {
                self.write()?;
            }
        }
        self.write()?;
        Ok(self.out.flush()?)
    }
}
