//! An assignment as fields, for JSON and the like; the checksum is among them.

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, Serializer};

use super::assignment::{Assignment, check_size, present};
use super::file::{VERSION, damaged};
use crate::error::{Error, Kind};
use crate::placement::NO_OWNER;
use crate::server::Servers;

/// The order of the fields is that of formats that have no names.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields<T> {
    /// The version.
    continuum_assignment: u32,
    /// That of the binary form, 16 hexadecimal digits.
    checksum: String,
    slots: u32,
    copies: u32,
    servers: Servers,
    /// Numbers of servers to be removed.
    leaving: Vec<u32>,
    /// Slot and server.
    pins: Vec<(u32, u32)>,
    /// Who holds which slot.
    table: T,
}

/// A list for each copy, the owners first: the server of each slot, or null.
type Columns = Vec<Vec<Option<u32>>>;

/// A table as people read it: `["0-127", "a:80", "b:80"]` for slots that follow one
/// another and have the same holders, the owner first. Tables written as columns
/// are still read.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
enum Table {
    Ranges(Vec<Vec<String>>),
    Columns(Columns),
}

impl Serialize for Assignment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            self.fields(self.ranges()).serialize(serializer)
        } else {
            self.fields(self.columns()).serialize(serializer)
        }
    }
}

impl Assignment {
    fn fields<T>(&self, table: T) -> Fields<T> {
        let numbers = (0_u32..).zip(&self.leaving);
        Fields {
            continuum_assignment: VERSION,
            checksum: format!("{:016x}", self.checksum()),
            slots: self.slots,
            copies: self.copies,
            servers: self.servers.clone(),
            leaving: numbers.filter(|(_, leaves)| **leaves).map(|(number, _)| number).collect(),
            pins: self.pins().collect(),
            table,
        }
    }

    fn columns(&self) -> Columns {
        let width = self.copies as usize;
        let column = |copy| {
            let column = self.table.iter().skip(copy).step_by(width);
            column.map(|server| (*server != NO_OWNER).then_some(*server)).collect()
        };
        (0..width).map(column).collect()
    }

    fn ranges(&self) -> Vec<Vec<String>> {
        let rows: Vec<&[u32]> = self.table.chunks(self.copies as usize).collect();
        let mut first = 0;
        let range = |same: &[&[u32]]| {
            let last = first + same.len() - 1;
            let slots = if same.len() == 1 { last.to_string() } else { format!("{first}-{last}") };
            first = last + 1;
            let name = |number: &u32| self.servers.as_slice()[*number as usize].identity();
            let holders = present(same[0]).iter().map(|number| name(number).into_owned());
            std::iter::once(slots).chain(holders).collect()
        };
        rows.chunk_by(|one, other| one == other).map(range).collect()
    }
}

impl<'de> Deserialize<'de> for Assignment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = if deserializer.is_human_readable() {
            let fields = Fields::<Table>::deserialize(deserializer)?;
            fields.read(|table, fields| match table {
                Table::Ranges(ranges) => rows_of_ranges(&ranges, fields),
                Table::Columns(columns) => rows_of_columns(&columns, fields),
            })
        } else {
            let fields = Fields::<Columns>::deserialize(deserializer)?;
            fields.read(|columns, fields| rows_of_columns(&columns, fields))
        };
        read.map_err(D::Error::custom)
    }
}

fn wrong_size() -> Error {
    damaged("its table is not of the size that it says")
}

fn rows_of_columns(columns: &Columns, fields: &Fields<()>) -> Result<Vec<u32>, Error> {
    let (slots, width) = (fields.slots as usize, fields.copies as usize);
    if columns.len() != width || columns.iter().any(|column| column.len() != slots) {
        return Err(wrong_size());
    }
    let row = |slot: usize| columns.iter().map(move |column| column[slot].unwrap_or(NO_OWNER));
    Ok((0..slots).flat_map(row).collect())
}

fn rows_of_ranges(ranges: &[Vec<String>], fields: &Fields<()>) -> Result<Vec<u32>, Error> {
    let width = fields.copies as usize;
    let mut table = Vec::new();
    let mut next = 0;
    for range in ranges {
        let (slots, holders) = range.split_first().ok_or_else(wrong_size)?;
        let number = |text: &str| text.parse::<u32>().ok().filter(|n| n.to_string() == text);
        let (first, last) = slots.split_once('-').unwrap_or((slots, slots));
        let bounds = number(first).zip(number(last));
        let follows = |(first, last): &(u32, u32)| *first == next && first <= last;
        let (first, last) =
            bounds.filter(follows).filter(|(_, last)| *last < fields.slots).ok_or_else(|| {
                damaged(format!(
                    "slots '{slots}' do not follow those before, up to {}",
                    fields.slots
                ))
            })?;
        let mut row = Vec::with_capacity(width);
        for name in holders {
            let server = fields.servers.index_of(name);
            let unknown =
                || damaged(format!("slots '{slots}' are on '{name}', which is no server"));
            row.push(server.ok_or_else(unknown)?);
        }
        if row.len() > width {
            return Err(wrong_size());
        }
        row.resize(width, NO_OWNER);
        (first..=last).for_each(|_| table.extend_from_slice(&row));
        next = last + 1;
    }
    if next == fields.slots { Ok(table) } else { Err(wrong_size()) }
}

impl<T> Fields<T> {
    fn read(
        self,
        rows: impl FnOnce(T, &Fields<()>) -> Result<Vec<u32>, Error>,
    ) -> Result<Assignment, Error> {
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
        let Self { continuum_assignment, checksum, slots, copies, servers, leaving, pins, table } =
            self;
        let fields = Fields {
            continuum_assignment,
            checksum,
            slots,
            copies,
            servers,
            leaving,
            pins,
            table: (),
        };
        let table = rows(table, &fields)?;
        let Fields { servers, pins, checksum, .. } = fields;
        let mut leaves = vec![false; servers.len()];
        for number in fields.leaving {
            *leaves.get_mut(number as usize).ok_or_else(|| {
                damaged(format!("server {number} is to be removed, but there is none"))
            })? = true;
        }
        let pins = pins.into_iter().collect();
        let read = Assignment { slots, copies, servers, leaving: leaves, pins, table }.checked()?;
        if format!("{:016x}", read.checksum()) != checksum {
            return Err(damaged("its checksum is not that of its content"));
        }
        Ok(read)
    }
}
