//! Tables that are read: Parquet, and files of Arrow's IPC, part by part.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_ipc::reader::FileReader;
use arrow_schema::{ArrowError, SchemaRef};
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};

use super::SERVER;
use crate::failure::Failure;
use crate::input::key_column;

/// Rows of a batch.
const ROWS: usize = 1 << 16;

/// One file, of which the end has been read.
pub(crate) struct Table {
    name: PathBuf,
    schema: SchemaRef,
    form: Form,
}

enum Form {
    Parquet(ArrowReaderMetadata),
    /// With how many batches.
    Ipc(usize),
}

/// What is read at a time: a group of rows, or a batch.
pub(crate) struct Part {
    /// The number of the table among all.
    pub(crate) table: usize,
    index: usize,
    /// Bytes in the file.
    pub(crate) bytes: u64,
    /// Rows of the file before it.
    pub(crate) from: usize,
}

impl Table {
    /// Opens a file of either form, which its first bytes tell.
    pub(crate) fn open(name: &Path) -> Result<Self, Failure> {
        let file = open(name)?;
        let broken = |what: &str, why: String| {
            Failure::refused(format!("{}: cannot be read as {what}: {why}", name.display()))
        };
        let ipc = BufReader::new(file);
        if let Ok(reader) = FileReader::try_new(ipc, None) {
            let form = Form::Ipc(reader.num_batches());
            return Ok(Self { name: name.to_owned(), schema: reader.schema(), form });
        }
        let metadata = ArrowReaderMetadata::load(&open(name)?, ArrowReaderOptions::new())
            .map_err(|error| broken("Parquet or Arrow's IPC", error.to_string()))?;
        let schema = metadata.schema().clone();
        Ok(Self { name: name.to_owned(), schema, form: Form::Parquet(metadata) })
    }

    pub(crate) fn name(&self) -> &Path {
        &self.name
    }

    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Refuses a table that is not like the first, or has a column of servers already.
    pub(crate) fn check_like(&self, first: &Self) -> Result<(), Failure> {
        let refuse = |why: String| Err(Failure::refused(format!("{}: {why}", self.name.display())));
        if self.schema.column_with_name(SERVER).is_some() {
            return refuse(format!("there is a column '{SERVER}' already"));
        }
        if self.schema.fields() != first.schema.fields() {
            return refuse(format!("its columns are not those of {}", first.name.display()));
        }
        Ok(())
    }

    /// The column of the keys: by its name, or `key`, or the only one.
    pub(crate) fn key_column(&self, wanted: Option<&str>) -> Result<usize, Failure> {
        let names = self.schema.fields().iter().map(|field| field.name());
        key_column(names, wanted)
            .map_err(|why| Failure::refused(format!("{}: {why}", self.name.display())))
    }

    /// Its parts in order; `number` is its own among all tables.
    pub(crate) fn parts(&self, number: usize) -> Vec<Part> {
        let part = |index, bytes, from| Part { table: number, index, bytes, from };
        match &self.form {
            Form::Ipc(batches) => (0..*batches).map(|index| part(index, 0, 0)).collect(),
            Form::Parquet(metadata) => {
                let mut from = 0;
                let groups = metadata.metadata().row_groups().iter().enumerate();
                groups
                    .map(|(index, group)| {
                        let bytes = u64::try_from(group.compressed_size()).unwrap_or(0);
                        let part = part(index, bytes, from);
                        from += usize::try_from(group.num_rows()).unwrap_or(0);
                        part
                    })
                    .collect()
            }
        }
    }

    /// The batches of a part.
    pub(crate) fn read(
        &self,
        part: &Part,
        give: &mut dyn FnMut(RecordBatch) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let broken =
            |error: ArrowError| Failure::refused(format!("{}: {error}", self.name.display()));
        match &self.form {
            Form::Ipc(_) => {
                let mut reader =
                    FileReader::try_new(BufReader::new(open(&self.name)?), None).map_err(broken)?;
                reader.set_index(part.index).map_err(broken)?;
                reader.next().transpose().map_err(broken)?.map_or(Ok(()), give)
            }
            Form::Parquet(metadata) => {
                let file = open(&self.name)?;
                let reader =
                    ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata.clone())
                        .with_row_groups(vec![part.index])
                        .with_batch_size(ROWS)
                        .build()
                        .map_err(|error| broken(error.into()))?;
                for batch in reader {
                    give(batch.map_err(broken)?)?;
                }
                Ok(())
            }
        }
    }
}

fn open(name: &Path) -> Result<File, Failure> {
    File::open(name).map_err(|error| Failure::unreadable(name, &error))
}
