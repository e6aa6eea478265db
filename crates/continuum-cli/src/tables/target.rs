//! Tables that are written: one, or one for each server in a folder. They stand under
//! other names until all are whole.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_ipc::writer::FileWriter;
use arrow_schema::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use crate::failure::{Failure, reason};

/// Bytes of groups of rows that are gathered, in all files together.
const GATHERED: usize = 64 << 20;

/// The name of the file of rows without a server, before `.parquet`.
const NONE: &str = "none";

/// Rows of a group at most.
const GROUP_ROWS: usize = 1 << 20;

/// Where rows go, by the number of their file.
pub(crate) struct Target {
    schema: SchemaRef,
    files: Vec<PathBuf>,
    writers: Vec<Option<Writer>>,
    ipc: bool,
}

enum Writer {
    Parquet(Box<ArrowWriter<File>>),
    Ipc(Box<FileWriter<BufWriter<File>>>),
}

impl Target {
    /// One file, whose extension says its form.
    pub(crate) fn file(path: &Path, schema: &SchemaRef) -> Result<Self, Failure> {
        let ipc = match path.extension().and_then(|extension| extension.to_str()) {
            Some("parquet") => false,
            Some("arrow" | "feather" | "ipc") => true,
            _ => {
                return Err(Failure::refused(format!(
                    "{}: a table that is written ends in .parquet, .arrow, .feather or .ipc",
                    path.display()
                )));
            }
        };
        if path.exists() {
            return Err(Failure::refused(format!("{} is there already", path.display())));
        }
        let mut target = Self::of(vec![path.to_owned()], schema, ipc);
        // A table of no rows is one too.
        target.writer(0)?;
        Ok(target)
    }

    /// A folder with a file of Parquet for each server that gets rows.
    pub(crate) fn folder(
        path: &Path,
        servers: &[String],
        schema: &SchemaRef,
    ) -> Result<Self, Failure> {
        fs::create_dir_all(path).map_err(|error| Failure::unwritable(path, &error))?;
        let mut inside = fs::read_dir(path).map_err(|error| Failure::unreadable(path, &error))?;
        if inside.next().is_some() {
            return Err(Failure::refused(format!("the folder {} is not empty", path.display())));
        }
        let names = servers.iter().map(|server| file_name(server));
        let names = names.chain([format!("{NONE}.parquet")]);
        Ok(Self::of(names.map(|name| path.join(name)).collect(), schema, false))
    }

    fn of(files: Vec<PathBuf>, schema: &SchemaRef, ipc: bool) -> Self {
        let writers = files.iter().map(|_| None).collect();
        Self { schema: schema.clone(), files, writers, ipc }
    }

    /// Writes rows behind those that are there.
    pub(crate) fn write(&mut self, number: usize, batch: &RecordBatch) -> Result<(), Failure> {
        let most = GATHERED / self.writers.len().max(1);
        let temporary = unfinished(&self.files[number]);
        let failed = |why: String| unwritten(&temporary, &why);
        match self.writer(number)? {
            Writer::Ipc(writer) => writer.write(batch).map_err(|error| failed(said(error))),
            Writer::Parquet(writer) => {
                writer.write(batch).map_err(|error| failed(said(error)))?;
                // What it holds grows with the rows: a small group is better than much memory.
                if writer.memory_size() > most.max(1 << 20) {
                    writer.flush().map_err(|error| failed(said(error)))?;
                }
                Ok(())
            }
        }
    }

    /// Ends every file, and gives it its name; how many there are.
    pub(crate) fn finish(mut self) -> Result<usize, Failure> {
        // They stay in their places until all are whole, so that `drop` removes them.
        for (file, writer) in self.files.iter().zip(&mut self.writers) {
            let ended = match writer {
                None => continue,
                Some(Writer::Parquet(writer)) => writer.finish().map(|_| ()).map_err(said),
                Some(Writer::Ipc(writer)) => writer.finish().map_err(said),
            };
            ended.map_err(|why| unwritten(&unfinished(file), &why))?;
        }
        let mut done = 0;
        for (file, writer) in self.files.iter().zip(&mut self.writers) {
            if writer.is_some() {
                fs::rename(unfinished(file), file)
                    .map_err(|error| Failure::unwritable(file, &error))?;
                *writer = None;
                done += 1;
            }
        }
        Ok(done)
    }

    fn writer(&mut self, number: usize) -> Result<&mut Writer, Failure> {
        let place = &mut self.writers[number];
        if place.is_none() {
            let path = unfinished(&self.files[number]);
            let file = File::create_new(&path).map_err(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => Failure::refused(format!(
                    "{} is there already: another run writes it, or one that was ended by force left it; \
                     then delete it",
                    path.display()
                )),
                _ => Failure::unwritable(&path, &error),
            })?;
            let failed = |why: String| unwritten(&path, &why);
            *place = Some(if self.ipc {
                let writer = FileWriter::try_new(BufWriter::new(file), &self.schema);
                Writer::Ipc(Box::new(writer.map_err(|error| failed(said(error)))?))
            } else {
                let properties = WriterProperties::builder()
                    .set_created_by(concat!("continuum ", env!("CARGO_PKG_VERSION")).to_owned())
                    .set_compression(Compression::SNAPPY)
                    .set_max_row_group_row_count(Some(GROUP_ROWS))
                    .build();
                let writer = ArrowWriter::try_new(file, self.schema.clone(), Some(properties));
                Writer::Parquet(Box::new(writer.map_err(|error| failed(said(error)))?))
            });
        }
        place.as_mut().ok_or_else(|| unwritten(&self.files[number], &"there is no writer"))
    }
}

/// What was begun and not ended goes.
impl Drop for Target {
    fn drop(&mut self) {
        for (file, writer) in self.files.iter().zip(&self.writers) {
            if writer.is_some() {
                let _ = fs::remove_file(unfinished(file));
            }
        }
    }
}

/// The system's words alone: what a library adds says nothing to who reads them.
fn said(error: impl std::error::Error) -> String {
    let mut cause: &dyn std::error::Error = &error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    reason(cause)
}

fn unfinished(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".unfinished");
    name.into()
}

fn unwritten(file: &Path, why: &dyn std::fmt::Display) -> Failure {
    Failure::refused(format!("cannot write {}: {why}", file.display()))
}

/// A server's name as that of a file: what a file cannot be called stands as %XX.
fn file_name(server: &str) -> String {
    let mut name = String::new();
    for byte in server.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b'.' | b':' | b'[' | b']' => {
                name.push(char::from(byte));
            }
            _ => name.push_str(&format!("%{byte:02X}")),
        }
    }
    if name == NONE {
        name = "%6Eone".to_owned();
    }
    // A name of dots alone is a folder.
    if name.bytes().all(|byte| byte == b'.') {
        name = name.replace('.', "%2E");
    }
    format!("{name}.parquet")
}
