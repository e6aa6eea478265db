//! Answers as Parquet: a column of keys, and columns of servers.

use std::borrow::Cow;
use std::io::Write;
use std::mem;
use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use super::Answered;
use crate::failure::Failure;

/// Bytes of keys in a group of rows. A group is gathered before it is written:
/// its columns stand one behind the other.
const GROUP_BYTES: usize = 8 << 20;

/// Rows of a group at most.
const GROUP_ROWS: usize = 1 << 19;

/// Values that are handed to the encoder at once.
const AT_ONCE: usize = 8 << 10;

/// Writes texts, compressed by Snappy, which every reader of Parquet knows: the
/// key, and columns of servers, null where nobody owns the key.
pub(crate) struct Columns<W: Write + Send> {
    /// None before the first group, so that what is refused leaves no output.
    writer: Option<SerializedFileWriter<W>>,
    out: Option<W>,
    columns: Vec<Column>,
    keys: Vec<u8>,
    ends: Vec<usize>,
    written: u64,
}

/// A column of servers, by number.
struct Column {
    title: &'static str,
    names: Vec<ByteArray>,
    numbers: Vec<u32>,
}

impl<W: Write + Send> Columns<W> {
    /// A column for each title, with the names of its servers.
    pub(crate) fn new<'n>(
        out: W,
        columns: impl IntoIterator<Item = (&'static str, Vec<Cow<'n, str>>)>,
    ) -> Self {
        let text = |name: Cow<'_, str>| ByteArray::from(name.into_owned().into_bytes());
        let column = |(title, names): (&'static str, Vec<Cow<'_, str>>)| Column {
            title,
            names: names.into_iter().map(text).collect(),
            numbers: Vec::new(),
        };
        Self {
            writer: None,
            out: Some(out),
            columns: columns.into_iter().map(column).collect(),
            keys: Vec::new(),
            ends: Vec::new(),
            written: 0,
        }
    }

    /// A row: the key, and a server's number for each column.
    pub(crate) fn push(&mut self, key: &[u8], numbers: &[u32]) -> Result<(), Failure> {
        if let Err(error) = std::str::from_utf8(key) {
            let number = self.written + self.ends.len() as u64 + 1;
            let start = &key[..key.len().min(60)];
            return Err(Failure::refused(format!(
                "key number {number}, '{}', is not UTF-8 ({error}), which a column of text must \
                 be: use csv or ndjson",
                start.escape_ascii()
            )));
        }
        self.keys.extend_from_slice(key);
        self.ends.push(self.keys.len());
        for (column, number) in self.columns.iter_mut().zip(numbers) {
            column.numbers.push(*number);
        }
        if self.keys.len() >= GROUP_BYTES || self.ends.len() == GROUP_ROWS {
            self.write_group().map_err(unwritten)?;
        }
        Ok(())
    }

    /// The last rows, and the file's end.
    pub(crate) fn finish(&mut self) -> Result<(), Failure> {
        self.write_group().map_err(unwritten)?;
        if let Some(mut writer) = self.writer.take() {
            writer.finish().map_err(unwritten)?;
            writer.inner_mut().flush()?;
        }
        Ok(())
    }

    /// The file's start, if it is not written yet.
    fn begin(&mut self) -> Result<(), ParquetError> {
        let Some(out) = self.out.take() else { return Ok(()) };
        let servers = self.columns.iter().map(|column| column.title);
        let servers: String =
            servers.map(|title| format!("optional binary {title} (STRING); ")).collect();
        let schema = parse_message_type(&format!(
            "message answers {{ required binary key (STRING); {servers}}}"
        ))?;
        let properties = WriterProperties::builder()
            .set_created_by(concat!("continuum ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_compression(Compression::SNAPPY)
            // Keys hardly repeat: a dictionary of them would be built for nothing.
            .set_column_dictionary_enabled("key".into(), false)
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_offset_index_disabled(true)
            .build();
        self.writer = Some(SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties))?);
        Ok(())
    }

    fn write_group(&mut self) -> Result<(), ParquetError> {
        self.begin()?;
        let Some(writer) = &mut self.writer else { return Ok(()) };
        let rows = self.ends.len();
        if rows == 0 {
            return Ok(());
        }
        let mut group = writer.next_row_group()?;
        let missing = || ParquetError::General("a column is missing".to_owned());
        let mut values: Vec<ByteArray> = Vec::with_capacity(AT_ONCE);

        let mut column = group.next_column()?.ok_or_else(missing)?;
        let bytes = Bytes::from(mem::take(&mut self.keys));
        let mut from = 0;
        for ends in self.ends.chunks(AT_ONCE) {
            values.clear();
            values.extend(ends.iter().map(|end| {
                let key = bytes.slice(from..*end);
                from = *end;
                ByteArray::from(key)
            }));
            column.typed::<ByteArrayType>().write_batch(&values, None, None)?;
        }
        column.close()?;

        for Column { names, numbers, .. } in &mut self.columns {
            let mut column = group.next_column()?.ok_or_else(missing)?;
            for numbers in numbers.chunks(AT_ONCE) {
                let of = |number: &u32| names.get(*number as usize);
                let levels: Vec<i16> = numbers.iter().map(|n| of(n).is_some().into()).collect();
                values.clear();
                values.extend(numbers.iter().filter_map(of).cloned());
                column.typed::<ByteArrayType>().write_batch(&values, Some(&levels), None)?;
            }
            column.close()?;
            numbers.clear();
        }
        group.close()?;
        self.written += rows as u64;
        self.ends.clear();
        Ok(())
    }
}

impl<W: Write + Send> Answered for Columns<W> {
    fn block(&mut self, keys: &[&[u8]], owners: &[u32]) -> Result<(), Failure> {
        keys.iter().zip(owners).try_for_each(|(key, owner)| self.push(key, &[*owner]))
    }

    fn finish(&mut self) -> Result<(), Failure> {
        Self::finish(self)
    }
}

fn unwritten(error: ParquetError) -> Failure {
    match error {
        ParquetError::External(error) => match error.downcast::<std::io::Error>() {
            Ok(error) => Failure::from(*error),
            Err(error) => Failure::refused(format!("cannot write the output: {error}")),
        },
        error => Failure::refused(format!("cannot write the output: {error}")),
    }
}
