//! An assignment as fields, for JSON and the like; the checksum is among them.

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, Serializer};

use super::assignment::{Assignment, check_size};
use super::file::{VERSION, damaged};
use crate::error::{Error, Kind};
use crate::placement::NO_OWNER;
use crate::serde::strict_servers;
use crate::server::Servers;

/// The order of the fields is that of formats that have no names.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    /// The version.
    continuum_assignment: u32,
    /// That of the binary form, 16 hexadecimal digits.
    checksum: String,
    slots: u32,
    copies: u32,
    #[serde(deserialize_with = "strict_servers")]
    servers: Servers,
    /// Numbers of servers to be removed.
    leaving: Vec<u32>,
    /// Slot and server.
    pins: Vec<(u32, u32)>,
    /// A list for each copy, the owners first: the server of each slot, or null.
    table: Vec<Vec<Option<u32>>>,
}

impl Serialize for Assignment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let width = self.copies as usize;
        let numbers = (0_u32..).zip(&self.leaving);
        Fields {
            continuum_assignment: VERSION,
            checksum: format!("{:016x}", self.checksum()),
            slots: self.slots,
            copies: self.copies,
            servers: self.servers.clone(),
            leaving: numbers.filter(|(_, leaves)| **leaves).map(|(number, _)| number).collect(),
            pins: self.pins().collect(),
            table: (0..width)
                .map(|copy| {
                    let column = self.table.iter().skip(copy).step_by(width);
                    column.map(|server| (*server != NO_OWNER).then_some(*server)).collect()
                })
                .collect(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Assignment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Fields::deserialize(deserializer)?.read().map_err(D::Error::custom)
    }
}

impl Fields {
    fn read(self) -> Result<Assignment, Error> {
        if self.continuum_assignment != VERSION {
            return Err(Error::new(
                Kind::Assignment,
                format!(
                    "an assignment of version {}: this release reads version {VERSION}",
                    self.continuum_assignment
                ),
            ));
        }
        check_size(self.slots, self.copies)?;
        let (slots, width) = (self.slots as usize, self.copies as usize);
        if self.table.len() != width || self.table.iter().any(|column| column.len() != slots) {
            return Err(damaged("its table is not of the size that it says"));
        }
        let mut leaving = vec![false; self.servers.len()];
        for number in self.leaving {
            *leaving.get_mut(number as usize).ok_or_else(|| {
                damaged(format!("server {number} is to be removed, but there is none"))
            })? = true;
        }
        let table = (0..slots)
            .flat_map(|slot| self.table.iter().map(move |column| column[slot].unwrap_or(NO_OWNER)))
            .collect();
        let pins = self.pins.into_iter().collect();
        let read = Assignment {
            slots: self.slots,
            copies: self.copies,
            servers: self.servers,
            leaving,
            pins,
            table,
        }
        .checked()?;
        if format!("{:016x}", read.checksum()) != self.checksum {
            return Err(damaged("its checksum is not that of its content"));
        }
        Ok(read)
    }
}
