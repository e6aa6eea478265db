//! Keys counted by server.

use std::io::{BufWriter, Write};

use continuum::{Continuum, NO_OWNER};

use super::json::write_line;
use super::screen::Screen;
use super::table::{Cell, Table};
use super::{Answered, Text};
use crate::failure::Failure;

/// Counts, and writes the result at the end.
pub(crate) struct Counts<'a> {
    out: &'a mut dyn Write,
    continuum: &'a Continuum,
    json: bool,
    keys: Vec<u64>,
    /// Keys that nobody owns.
    unowned: u64,
}

#[derive(serde::Serialize)]
struct Row<'a> {
    server: Option<&'a str>,
    keys: u64,
    /// Of the keys read; null when there were none.
    share: Option<f64>,
    fair_share: f64,
}

impl<'a> Counts<'a> {
    pub(crate) fn new(out: &'a mut dyn Write, continuum: &'a Continuum, json: bool) -> Self {
        Self { out, continuum, json, keys: vec![0; continuum.servers().len()], unowned: 0 }
    }
}

impl Answered for Counts<'_> {
    fn block(&mut self, _keys: &[&[u8]], owners: &[u32]) -> Result<(), Failure> {
        for owner in owners {
            match self.keys.get_mut(*owner as usize) {
                Some(keys) => *keys += 1,
                None => {
                    debug_assert_eq!(*owner, NO_OWNER);
                    self.unowned += 1;
                }
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Failure> {
        let total = self.keys.iter().sum::<u64>() + self.unowned;
        #[expect(clippy::cast_precision_loss, reason = "a share is shown to a few digits")]
        let share = |keys: u64| (total > 0).then(|| keys as f64 / total as f64);
        let names: Vec<_> = self.continuum.servers().iter().map(|s| s.identity()).collect();
        let fair_shares = self.continuum.fair_shares();
        let counted = names.iter().map(|name| Some(&**name)).zip(&self.keys).zip(fair_shares);
        let rows = counted
            .map(|((server, keys), fair)| (server, *keys, *fair))
            .chain((self.unowned > 0).then_some((None, self.unowned, 0.0)))
            .map(|(server, keys, fair_share)| Row { server, keys, share: share(keys), fair_share });
        let mut out = BufWriter::new(&mut *self.out);
        if self.json {
            for row in rows {
                write_line(&mut out, &row)?;
            }
        } else {
            let mut table = Table::new(&["~server", ">keys", ">share", "?>fair share"]);
            for row in rows {
                let name = row.server.unwrap_or("(nobody)").to_owned();
                let [share, fair_share] = [row.share, Some(row.fair_share)].map(percent);
                table.row([name, row.keys.to_string(), share, fair_share].map(Cell::from));
            }
            let [share, fair_share] = [share(total), Some(fair_shares.iter().sum())].map(percent);
            table.row(["total".to_owned(), total.to_string(), share, fair_share].map(Cell::from));
            Text::new(&mut out, Screen::of_stdout()).table(table, 0)?;
        }
        Ok(out.flush()?)
    }
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), |share| format!("{:.3}%", share * 100.0))
}
