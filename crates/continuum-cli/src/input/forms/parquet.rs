//! A column of a Parquet file, page by page.

use std::fs::File;
use std::path::{Path, PathBuf};

use parquet::basic::{ConvertedType, LogicalType, Type};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::DataType;
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;

use super::batch::Batch;
use super::{KeyReader, key_column};
use crate::failure::Failure;
use crate::input::caught::caught;

/// Rows asked for at once.
const ROWS: usize = 8 << 10;

/// Reads one column. The memory is a page and a dictionary of it, whatever the
/// file.
pub(crate) struct Parquet {
    name: PathBuf,
    column: String,
    file: SerializedFileReader<File>,
    index: usize,
    unsigned: bool,
    group: usize,
    reader: Option<ColumnReader>,
    /// The number of the next row, counted from 1.
    row: u64,
    taken: u64,
    levels: Vec<i16>,
    batch: Batch,
}

impl Parquet {
    /// Reads the file's end and finds the column.
    pub(crate) fn open(
        name: PathBuf,
        file: File,
        column: Option<&str>,
    ) -> std::result::Result<Self, Failure> {
        let file = guarded(|| SerializedFileReader::new(file))
            .map_err(|why| refuse(&name, &format!("cannot be read as Parquet: {why}")))?;
        let schema = file.metadata().file_metadata().schema_descr_ptr();
        let columns = schema.columns();
        let names = columns.iter().map(|one| one.path().string());
        let index = key_column(names, column).map_err(|why| refuse(&name, &why))?;
        let descriptor = &columns[index];
        let column = descriptor.path().string().escape_debug().to_string();
        let unsigned = kind(descriptor).map_err(|what| {
            let why = format!("column '{column}' holds {what}: keys are texts, bytes or integers");
            refuse(&name, &why)
        })?;
        Ok(Self {
            name,
            column,
            file,
            index,
            unsigned,
            group: 0,
            reader: None,
            row: 1,
            taken: 0,
            levels: Vec::new(),
            batch: Batch::default(),
        })
    }

    /// The column of the next group of rows; false at the end.
    fn next_group(&mut self) -> Result<bool> {
        let metadata = self.file.metadata();
        if self.group > 0 {
            let size = metadata.row_group(self.group - 1).compressed_size();
            self.taken += u64::try_from(size).unwrap_or(0);
        }
        if self.group == metadata.num_row_groups() {
            return Ok(false);
        }
        self.reader = Some(self.file.get_row_group(self.group)?.get_column_reader(self.index)?);
        self.group += 1;
        Ok(true)
    }

    /// Some more keys into the batch; false when the group has no more.
    fn read(&mut self) -> Result<bool> {
        let Self { reader, levels, batch, unsigned, .. } = self;
        let missing = || ParquetError::General("no column is open".to_owned());
        let rows = match reader.as_mut().ok_or_else(missing)? {
            ColumnReader::ByteArrayColumnReader(column) => {
                values(column, levels, |key| batch.push(key.data()))?
            }
            ColumnReader::FixedLenByteArrayColumnReader(column) => {
                values(column, levels, |key| batch.push(key.data()))?
            }
            ColumnReader::Int32ColumnReader(column) => values(column, levels, |key| {
                let key = if *unsigned { key.cast_unsigned().to_string() } else { key.to_string() };
                batch.push(key.as_bytes());
            })?,
            ColumnReader::Int64ColumnReader(column) => values(column, levels, |key| {
                let key = if *unsigned { key.cast_unsigned().to_string() } else { key.to_string() };
                batch.push(key.as_bytes());
            })?,
            _ => return Err(ParquetError::General("this type holds no keys".to_owned())),
        };
        match rows {
            Rows::Read(rows) => {
                self.row += rows as u64;
                Ok(rows > 0)
            }
            Rows::Null(before) => Err(ParquetError::General(format!(
                "row {}: column '{}' is null: every row needs a key",
                self.row + before as u64,
                self.column
            ))),
        }
    }

    fn fill(&mut self) -> Result<()> {
        while !self.batch.is_full() {
            if self.reader.is_none() && !self.next_group()? {
                break;
            }
            if !self.read()? {
                self.reader = None;
            }
        }
        Ok(())
    }
}

enum Rows {
    Read(usize),
    /// The first null, behind so many keys.
    Null(usize),
}

fn values<T: DataType>(
    column: &mut ColumnReaderImpl<T>,
    levels: &mut Vec<i16>,
    mut take: impl FnMut(T::T),
) -> Result<Rows> {
    levels.clear();
    let mut values = Vec::with_capacity(ROWS);
    let (rows, present, _) = column.read_records(ROWS, Some(levels), None, &mut values)?;
    if present < rows {
        // Every level but the highest is a null, of the column or around it.
        let highest = levels.iter().copied().max().unwrap_or(0);
        let full = if present == 0 { i16::MAX } else { highest };
        return Ok(Rows::Null(levels.iter().position(|level| *level < full).unwrap_or(0)));
    }
    values.into_iter().for_each(&mut take);
    Ok(Rows::Read(rows))
}

/// Whether the column's integers are unsigned, or what it holds instead of keys.
fn kind(column: &ColumnDescriptor) -> std::result::Result<bool, String> {
    if column.max_rep_level() > 0 {
        return Err("lists".to_owned());
    }
    let logical = column.logical_type_ref();
    let other = |shown: &dyn std::fmt::Debug| {
        let shown = format!("{shown:?}").to_lowercase();
        let end = shown.find(|c: char| !c.is_alphanumeric()).unwrap_or(shown.len());
        format!("values of type {}", &shown[..end])
    };
    match (column.physical_type(), logical, column.converted_type()) {
        (Type::INT32 | Type::INT64, Some(LogicalType::Integer(integer)), _) => {
            Ok(!integer.is_signed)
        }
        (
            Type::INT32 | Type::INT64,
            None,
            ConvertedType::NONE
            | ConvertedType::INT_8
            | ConvertedType::INT_16
            | ConvertedType::INT_32
            | ConvertedType::INT_64,
        ) => Ok(false),
        (
            Type::INT32 | Type::INT64,
            None,
            ConvertedType::UINT_8
            | ConvertedType::UINT_16
            | ConvertedType::UINT_32
            | ConvertedType::UINT_64,
        ) => Ok(true),
        (
            Type::BYTE_ARRAY,
            Some(LogicalType::String | LogicalType::Enum | LogicalType::Json),
            _,
        )
        | (
            Type::BYTE_ARRAY,
            None,
            ConvertedType::NONE | ConvertedType::UTF8 | ConvertedType::ENUM | ConvertedType::JSON,
        )
        | (Type::FIXED_LEN_BYTE_ARRAY, None, ConvertedType::NONE) => Ok(false),
        (_, Some(logical), _) => Err(other(logical)),
        (_, None, converted) if converted != ConvertedType::NONE => Err(other(&converted)),
        (physical, ..) => Err(other(&physical)),
    }
}

impl KeyReader for Parquet {
    fn next(&mut self) -> std::result::Result<Option<Vec<&[u8]>>, Failure> {
        self.batch.clear();
        guarded(|| self.fill()).map_err(|why| match why.strip_prefix("row ") {
            Some(_) => refuse(&self.name, &why),
            None => refuse(
                &self.name,
                &format!("column '{}', behind row {}: {why}", self.column, self.row - 1),
            ),
        })?;
        Ok(self.batch.keys())
    }

    fn taken(&self) -> u64 {
        self.taken
    }
}

fn refuse(name: &Path, why: &str) -> Failure {
    Failure::refused(format!("{}: {why}", name.display()))
}

/// The library's reader panics on some broken files: that, too, is only a broken
/// file. Its own reader is dropped behind it.
fn guarded<T>(read: impl FnOnce() -> Result<T>) -> std::result::Result<T, String> {
    match caught(read) {
        Some(Ok(read)) => Ok(read),
        Some(Err(ParquetError::General(why) | ParquetError::EOF(why))) => Err(why),
        Some(Err(error)) => Err(error.to_string()),
        None => Err("the file is broken".to_owned()),
    }
}
