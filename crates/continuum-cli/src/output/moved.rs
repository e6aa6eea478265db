//! Keys that move: a row for each with its servers before and after.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use csv_core::Writer;

use super::answers::append_field;
use crate::failure::Failure;
use crate::report::KeyRow;

/// A file of rows, in the form that its name asks for.
pub(crate) struct MovedKeys<'n> {
    file: PathBuf,
    form: Form,
    names: [Vec<Cow<'n, str>>; 2],
    row: Vec<u8>,
}

enum Form {
    /// Key, tab, from, tab, to.
    Lines(BufWriter<File>),
    Csv(BufWriter<File>, Box<Writer>),
    Ndjson(BufWriter<File>),
    #[cfg(feature = "parquet")]
    Parquet(Box<super::Columns<BufWriter<File>>>),
}

#[derive(serde::Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    key: KeyRow,
    from: Option<&'a str>,
    to: Option<&'a str>,
}

impl<'n> MovedKeys<'n> {
    /// Creates the file. The names are those of the servers before and after.
    pub(crate) fn create(file: &Path, names: [Vec<Cow<'n, str>>; 2]) -> Result<Self, Failure> {
        let refuse = |why: &str| Failure::refused(format!("{}: {why}", file.display()));
        let extension = file.extension().and_then(|extension| extension.to_str());
        let breaks = |name: &Cow<'_, str>| name.contains(['\t', '\n']);
        if extension.is_none_or(|it| it == "tsv") && names.iter().flatten().any(breaks) {
            return Err(refuse("a server's name holds a tab or a line break: use .csv or .ndjson"));
        }
        let out = || File::create(file).map_err(|error| Failure::unwritable(file, &error));
        let form = match extension {
            None | Some("tsv" | "txt") => Form::Lines(BufWriter::new(out()?)),
            Some("ndjson" | "jsonl") => Form::Ndjson(BufWriter::new(out()?)),
            Some("csv") => Form::Csv(BufWriter::new(out()?), Box::new(Writer::new())),
            #[cfg(feature = "parquet")]
            Some("parquet") => {
                let columns = ["from", "to"].into_iter().zip(names.clone());
                Form::Parquet(Box::new(super::Columns::new(BufWriter::new(out()?), columns)))
            }
            Some(_) => return Err(refuse("expected a name in .tsv, .csv, .ndjson or .parquet")),
        };
        let mut rows = Self { file: file.to_owned(), form, names, row: Vec::new() };
        match rows.form {
            Form::Csv(..) => rows.row.extend_from_slice(b"key,from,to\n"),
            Form::Lines(_) => rows.row.extend_from_slice(b"key\tfrom\tto\n"),
            _ => {}
        }
        Ok(rows)
    }

    /// A key, if its servers are not the same.
    pub(crate) fn key(&mut self, key: &[u8], from: u32, to: u32) -> Result<(), Failure> {
        let name = |side: usize, number: u32| self.names[side].get(number as usize).map(|n| &**n);
        let names @ [before, after] = [name(0, from), name(1, to)];
        if before == after {
            return Ok(());
        }
        let [before, after] = [before, after].map(Option::unwrap_or_default);
        let written = match &mut self.form {
            Form::Lines(out) => {
                if memchr::memchr2(b'\t', b'\n', key).is_some() {
                    let start = key[..key.len().min(60)].escape_ascii();
                    return Err(Failure::refused(format!(
                        "key '{start}' holds a tab or a line break: use .csv or .ndjson"
                    )));
                }
                for part in [key, b"\t", before.as_bytes(), b"\t", after.as_bytes(), b"\n"] {
                    self.row.extend_from_slice(part);
                }
                out.write_all(&self.row)
            }
            Form::Csv(out, writer) => {
                append_field(writer, &mut self.row, key, true);
                append_field(writer, &mut self.row, before.as_bytes(), true);
                append_field(writer, &mut self.row, after.as_bytes(), false);
                out.write_all(&self.row)
            }
            Form::Ndjson(out) => {
                let [from, to] = names;
                let row = Row { key: KeyRow::from(key), from, to };
                super::json::write_line(out, &row)
            }
            #[cfg(feature = "parquet")]
            Form::Parquet(columns) => return columns.push(key, &[from, to]),
        };
        self.row.clear();
        written.map_err(|error| Failure::unwritable(&self.file, &error))
    }

    /// The last rows.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        let row = std::mem::take(&mut self.row);
        let finished = match &mut self.form {
            Form::Lines(out) | Form::Csv(out, _) | Form::Ndjson(out) => {
                out.write_all(&row).and_then(|()| out.flush())
            }
            #[cfg(feature = "parquet")]
            Form::Parquet(columns) => return columns.finish(),
        };
        finished.map_err(|error| Failure::unwritable(&self.file, &error))
    }
}
