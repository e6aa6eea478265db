//! Answers as Parquet: the columns key and server.

use std::io::Write as _;
use std::mem;
use std::sync::Arc;

use bytes::Bytes;
use continuum::Servers;
use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use super::Report;
use super::sink::Sink;
use crate::failure::Failure;

/// Bytes of keys in a group of rows. A group is gathered before it is written:
/// its columns stand one behind the other.
const GROUP_BYTES: usize = 8 << 20;

/// Rows of a group at most.
const GROUP_ROWS: usize = 1 << 19;

/// Values that are handed to the encoder at once.
const AT_ONCE: usize = 8 << 10;

/// Writes texts, compressed by Snappy, which every reader of Parquet knows. The
/// server is null where nobody owns the key.
pub(crate) struct Columns<'a, 'o> {
    /// None before the first group, so that what is refused leaves no output.
    writer: Option<SerializedFileWriter<&'a mut Sink<'o>>>,
    out: Option<&'a mut Sink<'o>>,
    servers: Vec<ByteArray>,
    keys: Vec<u8>,
    ends: Vec<usize>,
    owners: Vec<u32>,
    written: u64,
}

impl<'a, 'o> Columns<'a, 'o> {
    pub(crate) fn new(out: &'a mut Sink<'o>, servers: &Servers) -> Self {
        let name = |name: &str| ByteArray::from(name.as_bytes().to_vec());
        Self {
            writer: None,
            out: Some(out),
            servers: servers.iter().map(|server| name(&server.identity())).collect(),
            keys: Vec::new(),
            ends: Vec::new(),
            owners: Vec::new(),
            written: 0,
        }
    }

    /// The file's start, if it is not written yet.
    fn begin(&mut self) -> Result<(), ParquetError> {
        let Some(out) = self.out.take() else { return Ok(()) };
        let schema = parse_message_type(
            "message answers { required binary key (STRING); optional binary server (STRING); }",
        )?;
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
        let rows = self.owners.len();
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

        let mut column = group.next_column()?.ok_or_else(missing)?;
        for owners in self.owners.chunks(AT_ONCE) {
            let of = |owner: &u32| self.servers.get(*owner as usize);
            let levels: Vec<i16> = owners.iter().map(|owner| of(owner).is_some().into()).collect();
            values.clear();
            values.extend(owners.iter().filter_map(of).cloned());
            column.typed::<ByteArrayType>().write_batch(&values, Some(&levels), None)?;
        }
        column.close()?;
        group.close()?;
        self.written += rows as u64;
        self.ends.clear();
        self.owners.clear();
        Ok(())
    }
}

impl Report for Columns<'_, '_> {
    fn block(&mut self, keys: &[&[u8]], owners: &[u32]) -> Result<(), Failure> {
        for (key, owner) in keys.iter().zip(owners) {
            if let Err(error) = std::str::from_utf8(key) {
                let number = self.written + self.owners.len() as u64 + 1;
                let start = &key[..key.len().min(60)];
                return Err(Failure::refused(format!(
                    "key number {number}, '{}', is not UTF-8 ({error}), which a column of text \
                     must be: use --output-format csv or ndjson",
                    start.escape_ascii()
                )));
            }
            self.keys.extend_from_slice(key);
            self.ends.push(self.keys.len());
            self.owners.push(*owner);
            if self.keys.len() >= GROUP_BYTES || self.owners.len() == GROUP_ROWS {
                self.write_group().map_err(unwritten)?;
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Failure> {
        self.write_group().map_err(unwritten)?;
        if let Some(mut writer) = self.writer.take() {
            writer.finish().map_err(unwritten)?;
            writer.inner_mut().flush()?;
        }
        Ok(())
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
