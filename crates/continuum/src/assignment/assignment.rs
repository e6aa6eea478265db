//! Assignment: a stored table of slots, for people who own data rather than
//! cache it.

use std::collections::BTreeMap;

use crate::error::{Error, Kind, quoted};
use crate::hash::xxh3::xxh3_64;
use crate::placement::NO_OWNER;
use crate::resolve::Continuum;
use crate::server::{Capacity, Server, Servers};

/// A table of slots, each with its owner and, if asked, further copies in other
/// zones. Unlike a [`Continuum`] it is not a function of the set of servers: it
/// is stored, and changes step by step with the fewest moves to an exact balance.
///
/// * Each server owns its share of the slots, rounded down or up.
/// * A change moves as few slots from one owner to another as any table that is
///   so balanced allows.
/// * A slot pinned to a server stays there.
/// * With `copies` above 1 no two copies of a slot share a server, and none share
///   a zone as far as there are zones. Further copies are balanced as far as that
///   rule allows.
///
/// Servers to be removed keep what they have until a [`change`](Self::change) has
/// moved it. The rules in full are in `docs/ASSIGNMENT.md`.
///
/// ```
/// use continuum::{Continuum, Server, Servers};
/// use continuum::assignment::Assignment;
/// let servers = Servers::from_texts(["a:80", "b:80", "c:80"])?;
/// let continuum = Continuum::with_servers("slots-1".parse()?, servers)?;
/// let mut assignment = Assignment::from_continuum(&continuum, 1024)?;
/// assignment.add_server(Server::new("d", 80))?;
/// let change = assignment.change(None)?;
/// assert_eq!(change.moves().len(), 256);
/// assert_eq!(change.least(), 256);
/// assert_eq!(Assignment::from_bytes(&assignment.to_bytes())?, assignment);
/// # Ok::<(), continuum::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    pub(super) slots: u32,
    pub(super) copies: u32,
    pub(super) servers: Servers,
    /// For each server whether it is to be removed.
    pub(super) leaving: Vec<bool>,
    /// Slot to server: the slots that never move.
    pub(super) pins: BTreeMap<u32, u32>,
    /// `copies` servers a slot, the owner first; what is missing stands at the
    /// end as `NO_OWNER`.
    pub(super) table: Vec<u32>,
}

impl Assignment {
    /// A table has at most so many slots.
    pub const MOST_SLOTS: u32 = 1 << 24;
    /// A slot has at most so many copies, its owner among them.
    pub const MOST_COPIES: u32 = 15;

    /// A table of `slots` slots, each first given to the server that owns it in
    /// the continuum, then balanced with the fewest moves. Servers of capacity 0
    /// own nothing.
    ///
    /// Where the continuum places keys by XXH3, as `slots-1` and `ring-1` do,
    /// a slot begins with the owner of its first position, so that most keys
    /// stay where they are; elsewhere with the owner of the key `slot-0`,
    /// `slot-1` and so on.
    ///
    /// # Errors
    /// Fewer than one or more than [`MOST_SLOTS`](Self::MOST_SLOTS) slots; no
    /// server with capacity.
    pub fn from_continuum(continuum: &Continuum, slots: u32) -> Result<Self, Error> {
        Self::with_copies(continuum, slots, 1)
    }

    /// As [`from_continuum`](Self::from_continuum), each slot on so many servers.
    ///
    /// # Errors
    /// As there; copies not from 1 to [`MOST_COPIES`](Self::MOST_COPIES).
    pub fn with_copies(continuum: &Continuum, slots: u32, copies: u32) -> Result<Self, Error> {
        check_size(slots, copies)?;
        let by_position =
            continuum.regions().is_some_and(|regions| regions.space().hash == "xxh3-64");
        let width = copies as usize;
        let mut table = vec![NO_OWNER; slots as usize * width];
        for (slot, row) in (0..slots).zip(table.chunks_mut(width)) {
            let owner = if by_position {
                let high = (u64::from(slot) << 32).div_ceil(u64::from(slots));
                continuum.resolve_position(u128::from(high << 32))
            } else {
                continuum.resolve_index(format!("slot-{slot}"))
            };
            row[0] = owner.unwrap_or(NO_OWNER);
        }
        let servers = continuum.servers().clone();
        let leaving = vec![false; servers.len()];
        let mut new = Self { slots, copies, servers, leaving, pins: BTreeMap::new(), table };
        new.change(None)?;
        Ok(new)
    }

    /// How many slots there are: it never changes.
    #[must_use]
    pub fn slots(&self) -> u32 {
        self.slots
    }

    /// On how many servers each slot is to be, the owner among them.
    #[must_use]
    pub fn copies(&self) -> u32 {
        self.copies
    }

    /// The servers, those to be removed among them.
    #[must_use]
    pub fn servers(&self) -> &Servers {
        &self.servers
    }

    /// The slot of a key: `(high half of XXH3-64 of the key × slots) >> 32`, as
    /// in `slots-1`.
    #[must_use]
    #[inline]
    pub fn slot_of(&self, key: impl AsRef<[u8]>) -> u32 {
        let high = xxh3_64(key.as_ref(), 0) >> 32;
        // Below `slots`, as `high` is below 2^32.
        u32::try_from((high * u64::from(self.slots)) >> 32).unwrap_or(0)
    }

    /// The server that owns a key.
    #[must_use]
    #[inline]
    pub fn resolve(&self, key: impl AsRef<[u8]>) -> Option<&Server> {
        self.owner(self.slot_of(key)).and_then(|owner| self.servers.get(owner))
    }

    /// The servers that hold a key, the owner first.
    pub fn resolve_copies(&self, key: impl AsRef<[u8]>) -> impl Iterator<Item = &Server> {
        self.holders(self.slot_of(key)).iter().filter_map(|number| self.servers.get(*number))
    }

    /// The number of a slot's owner; `None` beyond the last slot.
    #[must_use]
    #[inline]
    pub fn owner(&self, slot: u32) -> Option<u32> {
        self.holders(slot).first().copied()
    }

    /// The numbers of a slot's holders, the owner first: as many as `copies`,
    /// or fewer if there are fewer servers. Empty beyond the last slot.
    #[must_use]
    #[inline]
    pub fn holders(&self, slot: u32) -> &[u32] {
        let width = self.copies as usize;
        let at = slot as usize * width;
        present(self.table.get(at..at + width).unwrap_or(&[]))
    }

    /// Takes a server in. It holds nothing until [`change`](Self::change). One
    /// that was to be removed stays instead, with what is new about it.
    ///
    /// # Errors
    /// A server of that identity is in the table and not to be removed; or what
    /// [`Servers::add`] refuses.
    pub fn add_server(&mut self, server: impl Into<Server>) -> Result<(), Error> {
        let server = server.into();
        if let Some(number) = self.number_of(&server.identity())
            && self.leaving[number as usize]
        {
            self.replace(number, server)?;
            self.leaving[number as usize] = false;
            return Ok(());
        }
        self.servers.add(server)?;
        self.leaving.push(false);
        Ok(())
    }

    /// Marks a server to be removed: changes move everything off it, then it is
    /// dropped from the table.
    ///
    /// # Errors
    /// No server of that identity; slots are pinned to it.
    pub fn remove_server(&mut self, identity: &str) -> Result<(), Error> {
        let number = self.known(identity)?;
        let pinned = self.pins.values().filter(|server| **server == number).count();
        if pinned > 0 {
            return Err(Error::new(
                Kind::Assignment,
                format!(
                    "server {} cannot be removed: {pinned} slots are pinned to it; unpin them first",
                    quoted(identity)
                ),
            ));
        }
        self.leaving[number as usize] = true;
        Ok(())
    }

    /// Gives a server another capacity. 0 drains it: it stays in the table and
    /// holds only what is pinned to it.
    ///
    /// # Errors
    /// No server of that identity.
    pub fn set_capacity(
        &mut self,
        identity: &str,
        capacity: impl Into<Capacity>,
    ) -> Result<Capacity, Error> {
        self.servers.set_capacity(identity, capacity)
    }

    /// Makes the set of servers that of a list: takes in those that are new,
    /// marks those that are missing to be removed, and takes over capacity,
    /// zone and address of the rest. All or nothing.
    ///
    /// # Errors
    /// A missing server has pinned slots.
    pub fn set_servers(&mut self, servers: &Servers) -> Result<(), Error> {
        let mut new = self.clone();
        for server in servers {
            match new.number_of(&server.identity()) {
                Some(number) => {
                    new.replace(number, server.clone())?;
                    new.leaving[number as usize] = false;
                }
                None => new.add_server(server.clone())?,
            }
        }
        let gone: Vec<String> = new
            .servers
            .iter()
            .map(|server| server.identity().into_owned())
            .filter(|identity| servers.index_of(identity).is_none())
            .collect();
        for identity in gone {
            new.remove_server(&identity)?;
        }
        *self = new;
        Ok(())
    }

    /// Pins a slot to a server: it will stay there, and if it is elsewhere, the
    /// next change moves it. Pins may give a server more than its share; it then
    /// holds its pins and nothing else.
    ///
    /// # Errors
    /// No such slot; no server of that identity, or one to be removed.
    pub fn pin(&mut self, slot: u32, identity: &str) -> Result<(), Error> {
        self.check_slot(slot)?;
        let number = self.known(identity)?;
        if self.leaving[number as usize] {
            return Err(Error::new(
                Kind::Assignment,
                format!(
                    "slot {slot} cannot be pinned to server {}, which is to be removed",
                    quoted(identity)
                ),
            ));
        }
        self.pins.insert(slot, number);
        Ok(())
    }

    /// Lets a slot move again.
    ///
    /// # Errors
    /// No such slot, or it is not pinned.
    pub fn unpin(&mut self, slot: u32) -> Result<(), Error> {
        self.check_slot(slot)?;
        match self.pins.remove(&slot) {
            Some(_) => Ok(()),
            None => Err(Error::new(Kind::Assignment, format!("slot {slot} is not pinned"))),
        }
    }

    /// The pinned slots, ascending, each with its server's number.
    pub fn pins(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.pins.iter().map(|(slot, server)| (*slot, *server))
    }

    fn number_of(&self, identity: &str) -> Option<u32> {
        self.servers.index_of(identity)
    }

    fn known(&self, identity: &str) -> Result<u32, Error> {
        self.number_of(identity).ok_or_else(|| Servers::unknown(identity))
    }

    fn check_slot(&self, slot: u32) -> Result<(), Error> {
        if slot < self.slots {
            return Ok(());
        }
        Err(Error::new(
            Kind::Assignment,
            format!("no slot {slot}: they are numbered from 0 to {}", self.slots - 1),
        ))
    }

    /// Another server of the same identity in a server's place.
    fn replace(&mut self, number: u32, server: Server) -> Result<(), Error> {
        let mut servers = Servers::new();
        for (at, old) in (0..).zip(&self.servers) {
            servers.add(if at == number { server.clone() } else { old.clone() })?;
        }
        self.servers = servers;
        Ok(())
    }
}

/// The servers of a row, without the missing at its end.
pub(super) fn present(row: &[u32]) -> &[u32] {
    let count = row.iter().position(|server| *server == NO_OWNER).unwrap_or(row.len());
    &row[..count]
}

pub(super) fn check_size(slots: u32, copies: u32) -> Result<(), Error> {
    let refuse = |what: &str, number: u32, most: u32| {
        Err(Error::new(
            Kind::Argument,
            format!("an assignment of {number} {what}: there are from 1 to {most}"),
        ))
    };
    if slots == 0 || slots > Assignment::MOST_SLOTS {
        return refuse("slots", slots, Assignment::MOST_SLOTS);
    }
    if copies == 0 || copies > Assignment::MOST_COPIES {
        return refuse("copies", copies, Assignment::MOST_COPIES);
    }
    Ok(())
}
