//! The binary form of an assignment: `docs/ASSIGNMENT.md` specifies it.

use std::collections::BTreeMap;

use super::assignment::{Assignment, check_size, present};
use crate::error::{Error, Kind};
use crate::hash::xxh64::xxh64;
use crate::placement::NO_OWNER;
use crate::server::{Capacity, Server, Servers, Text};

/// As PNG's: a byte that is no text, a name, and what a transfer as text damages.
pub(super) const MAGIC: [u8; 8] = *b"\x89CTA\r\n\x1a\n";
pub(super) const VERSION: u32 = 1;
/// Magic, version, length of all.
const HEAD: usize = 8 + 4 + 8;
const CHECKSUM: usize = 8;

/// Which optional fields follow, and whether the server is to be removed.
mod has {
    pub(super) const PORT: u8 = 1;
    pub(super) const NAME: u8 = 2;
    pub(super) const ID: u8 = 4;
    pub(super) const ZONE: u8 = 8;
    pub(super) const HASH_KEY: u8 = 16;
    pub(super) const GUID: u8 = 32;
    pub(super) const LEAVES: u8 = 64;
    /// A second byte of flags follows, which is not 0.
    pub(super) const MORE: u8 = 128;
    /// In the second byte.
    pub(super) const INSTANCE: u8 = 1;
    pub(super) const HOSTNAME: u8 = 2;
    pub(super) const LOCALITY: u8 = 4;
    pub(super) const LOCALITY_WEIGHT: u8 = 8;
}

pub(super) fn damaged(what: impl AsRef<str>) -> Error {
    Error::new(Kind::Assignment, format!("this assignment is damaged: {}", what.as_ref()))
}

impl Assignment {
    /// The binary form, for storing: everything, with a version and a checksum.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD + self.table.len() * 4 + self.servers.len() * 32);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&[0; 8]);
        let mut number = |number: u32| bytes.extend_from_slice(&number.to_le_bytes());
        number(self.slots);
        number(self.copies);
        number(count(self.servers.len()));
        for (server, leaving) in self.servers.iter().zip(&self.leaving) {
            write_server(&mut bytes, server, *leaving);
        }
        let mut number = |number: u32| bytes.extend_from_slice(&number.to_le_bytes());
        number(count(self.pins.len()));
        for (slot, server) in &self.pins {
            number(*slot);
            number(*server);
        }
        self.table.iter().copied().for_each(number);
        let length = (bytes.len() + CHECKSUM) as u64;
        bytes[12..HEAD].copy_from_slice(&length.to_le_bytes());
        let checksum = xxh64(&bytes, 0);
        bytes.extend_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// Reads the binary form.
    ///
    /// # Errors
    /// It is not an assignment, is of a version that this release does not know,
    /// or is damaged: cut short, or some bits of it changed.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let not_one = || Error::new(Kind::Assignment, "this is not an assignment's binary form");
        let start = &bytes[..bytes.len().min(MAGIC.len())];
        if start != &MAGIC[..start.len()] || bytes.is_empty() {
            return Err(not_one());
        }
        let mut reader = Reader { bytes, at: MAGIC.len() };
        let version = reader.u32()?;
        let length = reader.u64()?;
        // In every version the length and the checksum stand where they do now.
        if length != bytes.len() as u64 {
            return Err(damaged(format!(
                "it says that it has {length} bytes, but there are {}",
                bytes.len()
            )));
        }
        let Some((body, last)) = bytes.split_last_chunk::<CHECKSUM>() else {
            return Err(damaged("it is cut short"));
        };
        if xxh64(body, 0) != u64::from_le_bytes(*last) {
            return Err(damaged("its checksum is not that of its content"));
        }
        if version != VERSION {
            return Err(Error::new(
                Kind::Assignment,
                format!("an assignment of version {version}: this release reads version {VERSION}"),
            ));
        }
        reader.bytes = body;
        reader.assignment()
    }

    /// The checksum of the content: that of the binary form. Equal checksums
    /// mean equal assignments.
    #[must_use]
    pub fn checksum(&self) -> u64 {
        let bytes = self.to_bytes();
        bytes.last_chunk().map_or(0, |last| u64::from_le_bytes(*last))
    }

    /// An assignment of parts that were read, all rules checked.
    pub(super) fn checked(self) -> Result<Self, Error> {
        check_size(self.slots, self.copies)?;
        let known = |server: u32| (server as usize) < self.servers.len();
        if self.leaving.len() != self.servers.len()
            || self.table.len() != self.slots as usize * self.copies as usize
        {
            return Err(damaged("its parts are not of one size"));
        }
        for (slot, server) in &self.pins {
            if *slot >= self.slots || !known(*server) {
                return Err(damaged(format!("slot {slot} is pinned to server {server}")));
            }
            if self.leaving[*server as usize] {
                return Err(damaged(format!("slot {slot} is pinned to a server to be removed")));
            }
        }
        for (slot, row) in self.table.chunks(self.copies as usize).enumerate() {
            let holders = present(row);
            let distinct = (1..holders.len()).all(|at| !holders[..at].contains(&holders[at]));
            let gap = row[holders.len()..].iter().any(|server| *server != NO_OWNER);
            if holders.is_empty() || gap || !distinct || !holders.iter().all(|at| known(*at)) {
                return Err(damaged(format!("the holders of slot {slot} make no sense")));
            }
        }
        Ok(self)
    }
}

/// Neither servers nor pins reach 2^32.
fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn write_server(bytes: &mut Vec<u8>, server: &Server, leaving: bool) {
    let flag = |present: bool, flag: u8| if present { flag } else { 0 };
    let more = flag(server.instance().is_some(), has::INSTANCE)
        | flag(server.hostname().is_some(), has::HOSTNAME)
        | flag(server.locality().is_some(), has::LOCALITY)
        | flag(server.locality_weight().is_some(), has::LOCALITY_WEIGHT);
    bytes.push(
        flag(server.port().is_some(), has::PORT)
            | flag(server.name().is_some(), has::NAME)
            | flag(server.id().is_some(), has::ID)
            | flag(server.zone().is_some(), has::ZONE)
            | flag(server.hash_key().is_some(), has::HASH_KEY)
            | flag(server.guid().is_some(), has::GUID)
            | flag(leaving, has::LEAVES)
            | flag(more != 0, has::MORE),
    );
    bytes.extend((more != 0).then_some(more));
    bytes.extend_from_slice(&server.capacity().get().to_bits().to_le_bytes());
    if let Some(port) = server.port() {
        bytes.extend_from_slice(&port.to_le_bytes());
    }
    if let Some(id) = server.id() {
        bytes.extend_from_slice(&id.to_le_bytes());
    }
    if let Some(weight) = server.locality_weight() {
        bytes.extend_from_slice(&weight.to_le_bytes());
    }
    let texts = [
        Some(server.host()),
        server.name(),
        server.zone(),
        server.hash_key(),
        server.guid(),
        server.instance(),
        server.hostname(),
        server.locality(),
    ];
    for text in texts.into_iter().flatten() {
        bytes.extend_from_slice(&count(text.len()).to_le_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], Error> {
        let end = self.at.checked_add(length);
        let taken = end.and_then(|end| self.bytes.get(self.at..end));
        self.at = end.unwrap_or(usize::MAX);
        taken.ok_or_else(|| damaged("it is cut short"))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        self.take(N)?.try_into().map_err(|_| damaged("it is cut short"))
    }

    fn u32(&mut self) -> Result<u32, Error> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn u64(&mut self) -> Result<u64, Error> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    fn text(&mut self) -> Result<&'a str, Error> {
        let length = self.u32()?;
        let bytes = self.take(length as usize)?;
        std::str::from_utf8(bytes).map_err(|_| damaged("a server's text is not UTF-8"))
    }

    fn server(&mut self) -> Result<(Server, bool), Error> {
        let [flags] = self.array()?;
        let [more] = if flags & has::MORE == 0 { [0] } else { self.array()? };
        if more >= 16 || more == 0 && flags & has::MORE != 0 {
            return Err(damaged("a server has a field that this release does not know"));
        }
        let bits = self.u64()?;
        let capacity = Capacity::try_from(f64::from_bits(bits))?;
        let port = if flags & has::PORT == 0 { None } else { Some(self.array()?) };
        let id = if flags & has::ID == 0 { None } else { Some(self.u32()?) };
        let locality_weight =
            if more & has::LOCALITY_WEIGHT == 0 { None } else { Some(self.u32()?) };
        let host = self.text()?.into();
        let mut read = |flags: u8, flag: u8| {
            (flags & flag != 0).then(|| self.text().map(Into::into)).transpose()
        };
        let text = Text {
            host,
            port: port.map(u16::from_le_bytes),
            name: read(flags, has::NAME)?,
            id,
            zone: read(flags, has::ZONE)?,
            hash_key: read(flags, has::HASH_KEY)?,
            guid: read(flags, has::GUID)?,
            instance: read(more, has::INSTANCE)?,
            hostname: read(more, has::HOSTNAME)?,
            locality: read(more, has::LOCALITY)?,
            locality_weight,
        };
        Ok((Server::of(text, capacity), flags & has::LEAVES != 0))
    }

    fn assignment(mut self) -> Result<Assignment, Error> {
        let (slots, copies) = (self.u32()?, self.u32()?);
        check_size(slots, copies)?;
        let mut servers = Servers::new();
        let mut leaving = Vec::new();
        for _ in 0..self.u32()? {
            let (server, leaves) = self.server()?;
            servers.add(server)?;
            leaving.push(leaves);
        }
        let mut pins = BTreeMap::new();
        for _ in 0..self.u32()? {
            let (slot, server) = (self.u32()?, self.u32()?);
            if pins.last_key_value().is_some_and(|(last, _)| *last >= slot) {
                return Err(damaged("its pins are not in order"));
            }
            pins.insert(slot, server);
        }
        let rest = self.take(self.bytes.len().saturating_sub(self.at))?;
        let (words, tail) = rest.as_chunks::<4>();
        if !tail.is_empty() {
            return Err(damaged("its table is cut short"));
        }
        let table = words.iter().map(|word| u32::from_le_bytes(*word)).collect();
        Assignment { slots, copies, servers, leaving, pins, table }.checked()
    }
}
