//! A row of fields, one of which is the key: CSV and TSV.

use std::io::{ErrorKind, Read};
use std::path::PathBuf;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::batch::Batch;
use super::{KeyReader, LONGEST_ROW, no_column};
use crate::args::InputForm;
use crate::failure::Failure;
use crate::input::BLOCK;

/// The most fields of a row.
const MOST_FIELDS: usize = 1 << 16;

/// Reads one column. Every row has as many fields as the first.
pub(crate) struct Csv<R> {
    name: PathBuf,
    reader: R,
    parser: Reader,
    block: Vec<u8>,
    /// Bytes of the block that the parser took.
    parsed: usize,
    /// Bytes of the block that were read.
    filled: usize,
    ended: bool,
    taken: u64,
    /// The line where the row begins.
    line: u64,
    /// Whether all that was parsed since the last row is blank lines.
    between_rows: bool,
    /// The last byte that the parser took.
    last: u8,
    /// The first of the blank lines since the last row.
    blank: Option<u64>,
    row: Vec<u8>,
    ends: Vec<usize>,
    /// Bytes and fields of the row that are there so far.
    there: (usize, usize),
    /// The key's place among the fields, counted from 0.
    column: usize,
    /// Fields of the first row.
    fields: usize,
    /// Whether the first row is a key's and stands in `row` already.
    waiting: bool,
    batch: Batch,
}

enum Row {
    Whole,
    /// The rest has not come in yet.
    Partial,
    End,
}

impl<R: Read> Csv<R> {
    /// Reads the first row and finds the column: by name, else by number. An
    /// empty file has no row, and no keys.
    pub(crate) fn open(
        name: PathBuf,
        reader: R,
        form: InputForm,
        column: Option<&str>,
        header: bool,
    ) -> Result<Self, Failure> {
        let tabs = form == InputForm::Tsv;
        let delimiter = if tabs { b'\t' } else { b',' };
        let mut csv = Self {
            name,
            reader,
            parser: ReaderBuilder::new().delimiter(delimiter).quoting(!tabs).build(),
            block: vec![0; BLOCK],
            parsed: 0,
            filled: 0,
            ended: false,
            taken: 0,
            line: 1,
            between_rows: true,
            last: 0,
            blank: None,
            row: vec![0; 4 << 10],
            ends: vec![0; 64],
            there: (0, 0),
            column: 0,
            fields: 0,
            waiting: false,
            batch: Batch::default(),
        };
        if let Row::End = csv.read_row(true)? {
            return Ok(csv);
        }
        csv.fields = csv.there.1;
        csv.column = if header { csv.named(column)? } else { csv.numbered(column)? };
        csv.waiting = !header;
        if header {
            csv.there = (0, 0);
            csv.blank = None;
        }
        Ok(csv)
    }

    fn named(&self, column: Option<&str>) -> Result<usize, Failure> {
        let wanted = column.unwrap_or("key");
        let names = || (0..self.fields).map(|index| self.field(index));
        let mut found = (0..).zip(names()).filter(|(_, name)| *name == wanted.as_bytes());
        match (found.next(), found.next()) {
            (Some((index, _)), None) => return Ok(index),
            (Some(_), Some(_)) => {
                let wanted = wanted.escape_debug();
                let why = format!("the column '{wanted}' is there twice: give its number");
                return Err(self.refuse(why));
            }
            (None, _) => {}
        }
        if let Some(index) = column.and_then(|column| self.number(column)) {
            return Ok(index);
        }
        if column.is_none() && self.fields == 1 {
            let only = self.field(0);
            return match only.iter().find(|byte| b";\t|".contains(byte)) {
                Some(other) => {
                    let (only, other) = (only.escape_ascii(), [*other]);
                    let why = format!(
                        "the only column is '{only}': are fields separated by '{}'? Commas are \
                         expected here; if it is one column, name it with --column",
                        other.escape_ascii()
                    );
                    Err(self.refuse(why))
                }
                None => Ok(0),
            };
        }
        Err(self.refuse(no_column(wanted, "the first row has", names())))
    }

    fn numbered(&self, column: Option<&str>) -> Result<usize, Failure> {
        let wanted = column.unwrap_or("1");
        self.number(wanted).ok_or_else(|| {
            let wanted = wanted.escape_debug();
            self.refuse(format!(
                "there is no column '{wanted}'; without a header --column is a number from 1 to {}",
                self.fields
            ))
        })
    }

    fn number(&self, column: &str) -> Option<usize> {
        let digits = column.bytes().all(|byte| byte.is_ascii_digit());
        let number: usize = column.parse().ok().filter(|_| digits)?;
        (1..=self.fields).contains(&number).then(|| number - 1)
    }

    fn field(&self, index: usize) -> &[u8] {
        let from = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.row[from..self.ends[index]]
    }

    fn refuse(&self, why: String) -> Failure {
        Failure::refused(format!("{}:{}: {why}", self.name.display(), self.line))
    }

    /// Goes on with a row until it is whole. Reads what is not there yet if it
    /// may wait.
    fn read_row(&mut self, may_wait: bool) -> Result<Row, Failure> {
        loop {
            if self.parsed == self.filled && !self.ended {
                if !may_wait {
                    return Ok(Row::Partial);
                }
                self.read()?;
            }
            let (bytes, fields) = self.there;
            let input = &self.block[self.parsed..self.filled];
            if self.between_rows {
                // The parser passes over blank lines in front of the row.
                let blank = input.iter().take_while(|byte| b"\r\n".contains(byte)).count();
                let (blank, _) = input.split_at(blank);
                // A row ends at its CR already.
                let ended = usize::from(self.last == b'\r' && blank.first() == Some(&b'\n'));
                if blank.len() > ended {
                    self.blank.get_or_insert(self.parser.line() + ended as u64);
                }
                let passed = blank.iter().filter(|byte| **byte == b'\n').count() as u64;
                self.line = self.parser.line() + passed;
            }
            let (result, taken, written, ended) =
                self.parser.read_record(input, &mut self.row[bytes..], &mut self.ends[fields..]);
            if let Some(last) = taken.checked_sub(1).map(|last| input[last]) {
                self.last = last;
                self.between_rows = self.there == (0, 0) && written == 0 && b"\r\n".contains(&last);
            }
            self.parsed += taken;
            self.there = (bytes + written, fields + ended);
            match result {
                // The line end that closes the file ends no row within quotes.
                ReadRecordResult::InputEmpty if self.ended && self.there != (0, 0) => {
                    return Err(
                        self.refuse("a quote opens in this row and never closes".to_owned())
                    );
                }
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull if self.row.len() < LONGEST_ROW => {
                    self.row.resize(self.row.len() * 2, 0);
                }
                ReadRecordResult::OutputFull => {
                    let why = format!("a row is longer than {LONGEST_ROW} bytes: is a quote open?");
                    return Err(self.refuse(why));
                }
                ReadRecordResult::OutputEndsFull if self.ends.len() < MOST_FIELDS => {
                    self.ends.resize(self.ends.len() * 2, 0);
                }
                ReadRecordResult::OutputEndsFull => {
                    return Err(self.refuse(format!("a row has more than {MOST_FIELDS} fields")));
                }
                ReadRecordResult::Record => {
                    self.between_rows = true;
                    return Ok(Row::Whole);
                }
                ReadRecordResult::End => return Ok(Row::End),
            }
        }
    }

    fn read(&mut self) -> Result<(), Failure> {
        (self.parsed, self.filled) = (0, 0);
        let read = loop {
            match self.reader.read(&mut self.block) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => break read.map_err(|error| Failure::unreadable(&self.name, &error))?,
            }
        };
        self.taken += read as u64;
        (self.filled, self.ended) = (read, read == 0);
        if self.ended {
            (self.block[0], self.filled) = (b'\n', 1);
        }
        Ok(())
    }

    /// Puts the row's key into the batch.
    fn take_row(&mut self) -> Result<(), Failure> {
        // Of one column it may be the empty key.
        if let Some(line) = self.blank.take().filter(|_| self.fields == 1) {
            self.line = line;
            let why = "a blank line: is it the empty key, or none? Delete it, write \"\" in CSV, or \
                       say --input-format lines";
            return Err(self.refuse(why.to_owned()));
        }
        let fields = self.there.1;
        if fields != self.fields {
            let first = self.fields;
            return Err(self.refuse(format!("this row has {fields} fields, the first has {first}")));
        }
        let from = self.column.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.batch.push(&self.row[from..self.ends[self.column]]);
        self.there = (0, 0);
        Ok(())
    }
}

impl<R: Read> KeyReader for Csv<R> {
    fn next(&mut self) -> Result<Option<Vec<&[u8]>>, Failure> {
        self.batch.clear();
        if std::mem::take(&mut self.waiting) {
            self.take_row()?;
        }
        while !self.batch.is_full() {
            match self.read_row(self.batch.is_empty())? {
                Row::Whole => self.take_row()?,
                Row::Partial | Row::End => break,
            }
        }
        Ok(self.batch.keys())
    }

    fn taken(&self) -> u64 {
        self.taken
    }
}
