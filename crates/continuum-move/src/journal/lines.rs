//! Everything that the lines say, and what it means for the next run.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use serde::Deserialize;

use super::base::{Base, Marks, Written};
use super::record::{Batch, Done, FORM, Head, Record, Round, State};
use crate::error::{Error, reason};

/// Bytes of a line: no run writes as many.
const LONGEST: u64 = 64 << 20;

/// Of a first line of any form.
#[derive(Deserialize)]
struct First {
    head: Form,
}

#[derive(Deserialize)]
struct Form {
    continuum_move: u32,
}

/// Everything that the lines say.
#[derive(Clone, Debug, Default)]
pub(super) struct Lines {
    pub(super) head: Option<Head>,
    pub(super) round: Option<Round>,
    pub(super) done: Option<Done>,
    states: BTreeMap<String, State>,
    open: BTreeMap<String, Batch>,
}

/// What a journal knows already.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) states: BTreeMap<String, State>,
    pub(crate) open: BTreeMap<String, Batch>,
    /// A round was begun and not done: it goes on.
    pub(crate) resumed: bool,
    /// The marks at the start of the round that goes on.
    pub(crate) marks: Marks,
    /// What the round starts from.
    pub(crate) base: Option<Base>,
    /// The last round before the switch ended without a base.
    pub(crate) baseless: bool,
    /// What could not be told when the round began that goes on.
    pub(crate) doubts: Vec<String>,
    /// The copy after the switch was done before; nothing is left to do.
    pub(crate) done: Option<Done>,
    /// Redis: what was last done with keys that are on both sides, by the machine.
    pub(crate) choices: BTreeMap<String, String>,
}

impl Lines {
    pub(super) fn take(&mut self, record: Record) {
        match record {
            Record::Head(head) => self.head = Some(head),
            Record::Round(round) => {
                self.states.clear();
                self.open.clear();
                self.done = None;
                self.round = Some(round);
            }
            Record::Begin(batch) => {
                self.open.insert(batch.machine.clone(), batch);
            }
            Record::State { machine, state } => {
                self.open.remove(&machine);
                self.states.insert(machine, *state);
            }
            Record::Done(done) => self.done = Some(done),
        }
    }

    /// Whether the last run is done, and the next would follow nothing of it.
    pub(super) fn is_over(&self) -> bool {
        let followed = |round: &Round| round.switched || !round.marks.is_empty();
        self.done.is_some() && !self.round.as_ref().is_some_and(followed)
    }

    /// What of it still counts where other keys are picked.
    pub(super) fn renewed(self) -> Self {
        let choices = self.choices();
        if choices.is_empty() {
            return Self::default();
        }
        let round = Some(Round { choices, ..Round::default() });
        Self { round, done: Some(Done::default()), ..Self::default() }
    }

    fn choices(&self) -> BTreeMap<String, String> {
        let mut choices = self.round.as_ref().map_or_else(BTreeMap::new, |r| r.choices.clone());
        let made = self.states.iter();
        choices
            .extend(made.filter_map(|(name, state)| Some((name.clone(), state.choice.clone()?))));
        choices
    }

    /// What it means for the next run.
    pub(super) fn found(self, switched: bool) -> Found {
        let none = Found { choices: self.choices(), ..Found::default() };
        let Self { round, done, states, open, .. } = self;
        let Some(Round { switched: was, marks, base, doubts, .. }) = round else { return none };
        match done {
            // The same round goes on.
            None if was == switched => {
                let base = if was { base } else { Base::of_cut(base, &marks, &wrote(&states)) };
                Found { states, open, resumed: true, marks, base, doubts, ..none }
            }
            // Cut off before the switch: what it followed still holds, and what it wrote
            // is ours.
            None => {
                let base = Base::of_cut(base, &marks, &wrote(&states));
                Found { open, base, doubts, ..none }
            }
            Some(done) if was => Found { states, done: Some(done), ..none },
            Some(Done { base, .. }) => Found { baseless: switched && base.is_none(), base, ..none },
        }
    }

    /// The records that say the same.
    pub(super) fn records(&self) -> Vec<Record> {
        let mut records: Vec<Record> = self.head.iter().cloned().map(Record::Head).collect();
        records.extend(self.round.iter().cloned().map(Record::Round));
        let states = self.states.iter();
        records.extend(states.map(|(machine, state)| Record::State {
            machine: machine.clone(),
            state: Box::new(state.clone()),
        }));
        records.extend(self.open.values().cloned().map(Record::Begin));
        records.extend(self.done.iter().cloned().map(Record::Done));
        records
    }
}

/// The last writes of ours that these states know.
fn wrote(states: &BTreeMap<String, State>) -> Written {
    let mut last = Written::new();
    for (name, cas) in states.values().flat_map(|state| &state.wrote) {
        let known = last.entry(name.clone()).or_default();
        *known = (*known).max(*cas);
    }
    last
}

/// What the lines say, and where the last whole one ends.
pub(super) fn read(file: &File, path: &Path) -> Result<(Lines, u64), Error> {
    let name = path.display();
    let mut lines = BufReader::new(file);
    let (mut read, mut length, mut line) = (Lines::default(), 0_u64, Vec::new());
    for number in 1_u64.. {
        line.clear();
        lines
            .by_ref()
            .take(LONGEST)
            .read_until(b'\n', &mut line)
            .map_err(|error| Error::new(format!("cannot read {name}: {}", reason(&error))))?;
        let whole = line.last() == Some(&b'\n');
        if line.len() as u64 == LONGEST {
            return Err(Error::new(format!("{name}:{number}: this line is damaged")));
        }
        // Nothing is written behind a line that was cut off.
        if !whole && (number > 1 || line.is_empty()) {
            break;
        }
        if let (1, Ok(First { head: Form { continuum_move: form } })) =
            (number, serde_json::from_slice(&line))
            && form != FORM
        {
            return Err(Error::new(format!(
                "{name} is a journal of form {form}, and this program writes form {FORM}"
            )));
        }
        let record = serde_json::from_slice::<Record>(&line);
        match (record, &read.head) {
            (Ok(record @ Record::Head(_)), None) if whole => read.take(record),
            (_, None) => {
                return Err(Error::new(format!(
                    "{name} is there and no journal of continuum move"
                )));
            }
            (Ok(Record::Head(_)) | Err(_), Some(_)) => {
                return Err(Error::new(format!("{name}:{number}: this line is damaged")));
            }
            (Ok(record), Some(_)) => read.take(record),
        }
        length += u64::try_from(line.len()).unwrap_or(u64::MAX);
    }
    Ok((read, length))
}
