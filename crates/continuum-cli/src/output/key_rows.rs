//! Keys that do not lie where they belong, a row each.

use std::io::{BufWriter, Write};

use continuum_move::{Listing, escaped};
use serde::Serialize;

use super::json;
use crate::failure::Failure;
use crate::report::KeyRow;

/// Rows as text or JSON.
pub(crate) struct KeyRows<'o> {
    out: BufWriter<&'o mut (dyn Write + Send)>,
    json: bool,
}

#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    key: KeyRow,
    from: &'a str,
    to: Option<&'a str>,
    stray: bool,
    database: Option<u32>,
    bytes: Option<u64>,
    expires: Option<u64>,
}

impl<'o> KeyRows<'o> {
    pub(crate) fn new(out: &'o mut (dyn Write + Send), json: bool) -> Self {
        Self { out: BufWriter::new(out), json }
    }

    pub(crate) fn row(
        &mut self,
        of: &Listing,
        from: &str,
        to: Option<&str>,
    ) -> Result<(), Failure> {
        let Listing { key, stray, database, bytes, expires, .. } = of;
        if self.json {
            let (stray, database) = (*stray, *database);
            let (key, bytes, expires) = (KeyRow::from(&**key), *bytes, *expires);
            let row = Row { key, from, to, stray, database, bytes, expires };
            return Ok(json::write_line(&mut self.out, &row)?);
        }
        let number =
            |number: &Option<u64>| number.map_or("-".to_owned(), |number| number.to_string());
        let name = |name: &str| escaped(name.as_bytes());
        let (to, key) = (to.map_or("-".to_owned(), name), escaped(key));
        let (from, bytes, expires) = (name(from), number(bytes), number(expires));
        Ok(writeln!(self.out, "{key}\t{from}\t{to}\t{bytes}\t{expires}")?)
    }

    pub(crate) fn finish(&mut self) -> Result<(), Failure> {
        Ok(self.out.flush()?)
    }
}
