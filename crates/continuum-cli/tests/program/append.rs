//! `resolve --append`: tables keep their columns and their order, and get the server that
//! keys given one by one get.

use std::fs::File;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::types::UInt32Type;
use arrow_array::{Array as _, ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow_ipc::CompressionType;
use arrow_ipc::reader::FileReader;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::properties::WriterProperties;

use super::{answers, continuum, refusal};

const SERVERS: [&str; 6] = ["-s", "a:1", "-s", "b:1", "-s", "c/2:1"];
const ROWS: i64 = 5000;

fn batch(from: i64, null_at: Option<i64>) -> RecordBatch {
    let rows = || from..from + ROWS;
    let key = |row: i64| (Some(row) != null_at).then(|| format!("user:{row}"));
    let keys: ArrayRef = Arc::new(rows().map(key).collect::<StringArray>());
    let ids: ArrayRef = Arc::new(rows().collect::<Int64Array>());
    RecordBatch::try_from_iter_with_nullable([("id", ids, false), ("key", keys, true)]).unwrap()
}

fn write_parquet(file: &Path, batch: &RecordBatch) {
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(1300)).build();
    let file = File::create(file).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
}

fn read_parquet(file: &Path) -> Vec<RecordBatch> {
    let file = File::open(file).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    reader.map(Result::unwrap).collect()
}

/// Id, key and server of each row.
fn rows(batches: &[RecordBatch]) -> Vec<(i64, Option<String>, Option<String>)> {
    let mut rows = Vec::new();
    for batch in batches {
        let ids = batch.column_by_name("id").unwrap();
        let ids = ids.as_primitive::<arrow_array::types::Int64Type>();
        let keys = batch.column_by_name("key").unwrap().as_string::<i32>();
        let servers = batch.column_by_name("server").unwrap().as_dictionary::<UInt32Type>();
        let names = servers.values().as_string::<i32>();
        for row in 0..batch.num_rows() {
            let key = (!keys.is_null(row)).then(|| keys.value(row).to_owned());
            let number = servers.key(row);
            rows.push((ids.value(row), key, number.map(|at| names.value(at).to_owned())));
        }
    }
    rows
}

fn append(inputs: &[&Path], output: &Path) -> Command {
    let mut command = continuum();
    command.arg("resolve").args(SERVERS).args(inputs).args(["--append", "--quiet", "-o"]);
    command.arg(output);
    command
}

/// What the program says of the same keys as lines.
fn owners(keys: impl Iterator<Item = i64>) -> Vec<String> {
    let lines: String = keys.map(|row| format!("user:{row}\n")).collect();
    let said = answers(continuum().arg("resolve").args(SERVERS), lines.as_bytes());
    let said = String::from_utf8(said).unwrap();
    said.lines().map(|line| line.split_once('\t').unwrap().1.to_owned()).collect()
}

#[test]
fn rows_keep_their_columns_and_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    write_parquet(&at("in-0.parquet"), &batch(0, None));
    write_parquet(&at("in-1.parquet"), &batch(ROWS, None));
    let wanted: Vec<_> = (0..2 * ROWS)
        .zip(owners(0..2 * ROWS))
        .map(|(row, server)| (row, Some(format!("user:{row}")), Some(server)))
        .collect();
    for threads in ["1", "2", "7"] {
        let output = at(&format!("out-{threads}.parquet"));
        let pattern = at("in-?.parquet");
        answers(append(&[&pattern], &output).args(["--threads", threads]), b"");
        assert!(rows(&read_parquet(&output)) == wanted, "{threads} threads");
    }
    // Of the other form, and back.
    let (ipc, out) = (at("in.arrow"), at("out.arrow"));
    let first = batch(0, None);
    let mut writer = FileWriter::try_new(File::create(&ipc).unwrap(), &first.schema()).unwrap();
    writer.write(&first).unwrap();
    writer.write(&batch(ROWS, None)).unwrap();
    writer.finish().unwrap();
    answers(&mut append(&[&ipc], &out), b"");
    let read = FileReader::try_new(File::open(&out).unwrap(), None).unwrap();
    assert!(rows(&read.map(Result::unwrap).collect::<Vec<_>>()) == wanted);
    // As pyarrow packs them.
    for packing in [CompressionType::LZ4_FRAME, CompressionType::ZSTD] {
        let options = IpcWriteOptions::default().try_with_compression(Some(packing)).unwrap();
        let (packed, out) = (at("in.feather"), at(&format!("out-packed-{}.parquet", packing.0)));
        let file = File::create(&packed).unwrap();
        let mut writer = FileWriter::try_new_with_options(file, &first.schema(), options).unwrap();
        writer.write(&first).unwrap();
        writer.finish().unwrap();
        answers(&mut append(&[&packed], &out), b"");
        assert!(rows(&read_parquet(&out)) == wanted[..5000], "{packing:?}");
    }
}

#[test]
fn a_file_for_each_server() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    write_parquet(&at("in.parquet"), &batch(0, Some(17)));
    let mut apart = append(&[&at("in.parquet")], &at("parts"));
    apart.args(["--partition-by", "server", "--nulls", "null"]);
    answers(&mut apart, b"");
    let mut found = Vec::new();
    for (name, server) in [("a:1", "a:1"), ("b:1", "b:1"), ("c%2F2:1", "c/2:1")] {
        let part = rows(&read_parquet(&at("parts").join(format!("{name}.parquet"))));
        assert!(part.iter().all(|row| row.2.as_deref() == Some(server)), "{name}");
        assert!(part.is_sorted_by_key(|row| row.0), "{name}");
        found.extend(part);
    }
    let none = rows(&read_parquet(&at("parts/none.parquet")));
    assert_eq!(none, [(17, None, None)]);
    found.extend(none);
    found.sort();
    assert_eq!(found.len(), 5000);
    let servers = owners(0..ROWS);
    for (id, _, server) in found.iter().filter(|row| row.0 != 17) {
        assert_eq!(server.as_ref(), servers.get(usize::try_from(*id).unwrap()));
    }
    let said = refusal(&mut apart, b"");
    assert!(said.contains("is not empty"), "{said}");
    // A server of this name and rows of nobody stand apart.
    let mut named = continuum();
    named.args([
        "resolve", "--scheme", "ring-1", "-s", "none", "-s", "other", "--append", "--quiet",
        "--nulls", "null",
    ]);
    named.arg(at("in.parquet")).args(["--partition-by", "server", "-o"]).arg(at("named"));
    answers(&mut named, b"");
    let of = |name: &str| rows(&read_parquet(&at("named").join(name)));
    assert_eq!(of("none.parquet"), [(17, None, None)]);
    assert!(of("%6Eone.parquet").iter().all(|row| row.2.as_deref() == Some("none")));
}

/// A disk of so many bytes: nothing half-written stays, and the sentence is the system's.
#[cfg(unix)]
#[test]
fn a_full_disk_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    write_parquet(&at("in.parquet"), &batch(0, None));
    for output in ["out.parquet", "out.arrow", "parts"] {
        let mut command = append(&[&at("in.parquet")], &at(output));
        if output == "parts" {
            command.args(["--partition-by", "server"]);
        }
        let mut limited = Command::new("sh");
        // In blocks of 512 bytes; what is over is an error, as its signal is ignored.
        limited.args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\""]);
        limited.arg(command.get_program()).args(command.get_args());
        let said = refusal(&mut limited, b"");
        assert!(said.contains("File too large") && !said.contains("os error"), "{said}");
    }
    let left = walk(folder.path());
    assert_eq!(left, ["in.parquet"], "{left:?}");
}

/// The names of all files below a folder.
fn walk(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        match entry.path() {
            path if path.is_dir() => found.extend(walk(&path)),
            path => found.push(path.file_name().unwrap().to_string_lossy().into_owned()),
        }
    }
    found
}

#[test]
fn what_is_refused_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    write_parquet(&at("in.parquet"), &batch(0, Some(4000)));
    std::fs::write(at("text.parquet"), "not a table").unwrap();
    let whole = std::fs::read(at("in.parquet")).unwrap();
    let mut broken = whole.clone();
    broken[4..2000].fill(0xff);
    std::fs::write(at("broken.parquet"), broken).unwrap();
    let keys = batch(0, None).column(1).clone();
    let twice = RecordBatch::try_from_iter([("key", keys.clone()), ("key", keys)]).unwrap();
    write_parquet(&at("twice.parquet"), &twice);
    let mut command = continuum();
    command.arg("resolve").args(SERVERS).arg("--keys").arg(at("twice.parquet"));
    let said = refusal(&mut command, b"");
    assert!(said.contains("the column 'key' is there twice"), "{said}");
    let other = batch(0, None).project(&[1]).unwrap();
    write_parquet(&at("other.parquet"), &other);
    let output = at("out.parquet");
    for (inputs, says) in [
        (&["in.parquet"][..], "null"),
        (&["text.parquet"], "cannot be read as Parquet"),
        (&["broken.parquet"], "broken.parquet"),
        (&["in.parquet", "other.parquet"], "its columns are not those of"),
        (&["twice.parquet"], "the column 'key' is there twice"),
        (&["none-*.parquet"], "no file matches"),
        (&["none.parquet"], "No such file"),
    ] {
        let inputs: Vec<_> = inputs.iter().map(|name| at(name)).collect();
        let inputs: Vec<&Path> = inputs.iter().map(|path| &**path).collect();
        let said = refusal(&mut append(&inputs, &output), b"");
        assert!(said.contains(says), "{inputs:?}: {said}");
    }
    let said = refusal(append(&[&at("in.parquet")], &output).args(["--column", "x"]), b"");
    assert!(said.contains("there is no column 'x'; the file has: id, key"), "{said}");
    let said = refusal(&mut append(&[&at("in.parquet")], &at("out.txt")), b"");
    assert!(said.contains("ends in .parquet"), "{said}");
    let left = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(left.into_iter().all(|name| !name.to_string_lossy().starts_with("out")));
}

#[test]
fn packed_texts_are_read() {
    use std::io::Write as _;

    let folder = tempfile::tempdir().unwrap();
    let text = b"key,x\nuser:1,1\nuser:2,2\n";
    let gzip = folder.path().join("keys.csv.gz");
    let mut packed =
        flate2::write::GzEncoder::new(File::create(&gzip).unwrap(), Default::default());
    packed.write_all(text).unwrap();
    packed.finish().unwrap();
    let zstd = folder.path().join("keys.csv.zst");
    std::fs::write(&zstd, zstd::encode_all(&text[..], 1).unwrap()).unwrap();
    let shouted = folder.path().join("keys.CSV.GZ");
    std::fs::copy(&gzip, &shouted).unwrap();
    let unnamed = folder.path().join("keys.csv");
    for (packed, says) in [(&gzip, "is packed by gzip"), (&zstd, "is packed by zstd")] {
        std::fs::copy(packed, &unnamed).unwrap();
        let mut command = continuum();
        command.arg("resolve").args(SERVERS).arg("--keys").arg(&unnamed);
        let said = refusal(&mut command, b"");
        assert!(said.contains(says), "{said}");
        let mut command = continuum();
        let said = refusal(command.arg("resolve").args(SERVERS), &std::fs::read(packed).unwrap());
        assert!(said.contains(says), "{said}");
    }
    for file in [gzip, zstd, shouted] {
        let mut command = continuum();
        command.arg("resolve").args(SERVERS).arg("--keys").arg(file);
        let said = String::from_utf8(answers(&mut command, b"")).unwrap();
        let found: Vec<&str> = said.lines().map(|line| line.split_once('\t').unwrap().1).collect();
        assert_eq!(found, owners(1..3));
    }
}
