//! What goes out. A command returns what it found as data (`report/`); it is
//! printed here and nowhere else, a file for each form: `text/` for people,
//! `json.rs`, `markdown.rs`, `page/`, `picture.rs`. Answers to keys stream
//! ([`Answered`]): `answers.rs`, `columns.rs`, `counts.rs`, `explanation.rs`.
//! Imports `report` and `words`.

mod answers;
#[cfg(feature = "parquet")]
mod columns;
mod counts;
mod explanation;
mod guard;
mod json;
#[cfg(feature = "move")]
mod key_rows;
mod markdown;
mod moved;
mod page;
#[cfg_attr(not(feature = "pictures"), path = "no_picture.rs")]
mod picture;
mod progress;
mod screen;
mod sink;
mod stdout;
mod table;
mod text;

use std::io::{self, BufWriter, IsTerminal as _, Write};

use serde::Serialize;

use crate::failure::Failure;

pub(crate) use answers::Answers;
#[cfg(feature = "parquet")]
pub(crate) use columns::Columns;
pub(crate) use counts::Counts;
pub(crate) use explanation::Explanations;
pub(crate) use guard::Guard;
#[cfg(feature = "move")]
pub(crate) use key_rows::KeyRows;
pub(crate) use markdown::markdown;
pub(crate) use moved::MovedKeys;
pub(crate) use page::{File, Given, PoolRow, explorer, page};
pub(crate) use picture::picture;
pub(crate) use progress::Progress;
pub(crate) use screen::Screen;
pub(crate) use sink::{Sink, write_behind};
pub(crate) use stdout::Output;
pub(crate) use text::Text;

/// What a command found, to be printed.
pub(crate) trait Report: Serialize {
    /// For people.
    fn text(&self, out: &mut Text<'_>) -> io::Result<()>;

    /// One object; or a line for each row of a list.
    fn json(&self, out: &mut dyn Write) -> io::Result<()> {
        json::write_line(out, self)
    }

    /// What the exit status says once it is printed.
    fn outcome(&self) -> Result<(), Failure> {
        Ok(())
    }
}

/// Prints a report, as JSON if asked.
pub(crate) fn print(report: &impl Report, json: bool, out: &mut dyn Write) -> Result<(), Failure> {
    let mut out = BufWriter::new(out);
    if json && io::stdout().is_terminal() {
        report.json(&mut Guard::new(&mut out))?;
    } else if json {
        report.json(&mut out)?;
    } else {
        report.text(&mut Text::new(&mut out, Screen::of_stdout()))?;
    }
    out.flush()?;
    report.outcome()
}

/// Takes resolved keys, block by block.
pub(crate) trait Answered {
    /// Keys and the numbers of their owners.
    fn block(&mut self, keys: &[&[u8]], owners: &[u32]) -> Result<(), Failure>;

    /// After the last block.
    fn finish(&mut self) -> Result<(), Failure> {
        Ok(())
    }
}
