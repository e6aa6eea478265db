//! Keys out of CSV, JSON and Parquet, answers as these: what text files cannot
//! hold, broken files among it. The Parquet files are of pyarrow and polars; see
//! `tests/parquet/make.py`.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::{THREE, answers, continuum, run, sentence};

/// Over two servers.
fn resolve() -> Command {
    let mut command = super::continuum();
    command.args(["resolve", "-q", "-s", "10.0.0.1:11211", "-s", "10.0.0.2:11211=2"]);
    command
}

/// Answers of rows before may have been written.
fn refusal(command: &mut Command, stdin: &[u8]) -> String {
    sentence(&super::run(command, stdin)).strip_prefix("error: ").unwrap().trim_end().to_owned()
}

/// What plain lines give for these keys.
fn of_lines<K: AsRef<[u8]>>(keys: impl IntoIterator<Item = K>) -> Vec<u8> {
    let lines: Vec<u8> = keys.into_iter().flat_map(|key| [key.as_ref(), b"\n"].concat()).collect();
    answers(&mut resolve(), &lines)
}

#[test]
fn csv_columns_by_name_and_number() {
    let csv = b"\xef\xbb\xbfid,name,name two\r\n1,ada,x\r\n\r\n2,\"B, \"\"b\"\"\",y\r\n3,\xff\0,z";
    for (arguments, keys) in [
        (&["--column", "name"][..], &[&b"ada"[..], b"B, \"b\"", b"\xff\0"][..]),
        (&["--column", "name two"], &[b"x", b"y", b"z"]),
        (&["--column", "1"], &[b"1", b"2", b"3"]),
        (&["--column", "id"], &[b"1", b"2", b"3"]),
        (&["--column", "2", "--no-header"], &[b"name", b"ada", b"B, \"b\"", b"\xff\0"]),
        (&["--no-header", "--column", "3"], &[b"name two", b"x", b"y", b"z"]),
    ] {
        let out = answers(resolve().args(["--input-format", "csv"]).args(arguments), csv);
        assert_eq!(out.escape_ascii().to_string(), of_lines(keys).escape_ascii().to_string());
    }
    let tsv = b"a\tkey\n\"\t\"k,1\"\n\t\n";
    let out = answers(resolve().args(["--input-format", "tsv"]), tsv);
    assert!(out == of_lines(["\"k,1\"", ""]), "{}", out.escape_ascii());
    // The only column needs no name; a file without rows has no keys.
    let out = answers(resolve().args(["--input-format", "csv"]), b"user\nada\n");
    assert!(out == of_lines(["ada"]));
    for nothing in ["", "\n\n", "key\n"] {
        let out = answers(resolve().args(["--input-format", "csv"]), nothing.as_bytes());
        assert!(out.is_empty(), "{nothing:?}");
    }
}

const BLANK: &str = "stdin:3: a blank line: is it the empty key, or none? Delete it, write \"\" in CSV, \
                     or say --input-format lines";

#[test]
fn csv_is_refused_with_its_line() {
    for (text, arguments, sentence) in [
        (
            "a,b\n1,2\n3\n",
            &["--column", "b"][..],
            "stdin:3: this row has 1 fields, the first has 2",
        ),
        (
            "a,b\n1,2\n3,4,5\n",
            &["--column", "b"],
            "stdin:3: this row has 3 fields, the first has 2",
        ),
        ("a,b\n", &[], "stdin:1: there is no column 'key'; the first row has: a, b"),
        ("a,b\n", &["--column", "0"], "stdin:1: there is no column '0'; the first row has: a, b"),
        ("a,b\n", &["--column", "3"], "stdin:1: there is no column '3'; the first row has: a, b"),
        ("key\na\n\nb\n", &[], BLANK),
        ("key\r\na\r\n\r\nb\r\n", &[], BLANK),
        (
            "key;x\na;1\n",
            &[],
            "stdin:1: the only column is 'key;x': are fields separated by ';'? Commas are expected \
             here; if it is one column, name it with --column",
        ),
        ("a,a\n", &["--column", "a"], "stdin:1: the column 'a' is there twice: give its number"),
        (
            "a,b\n",
            &["--column", "b", "--no-header"],
            "stdin:1: there is no column 'b'; without a header --column is a number from 1 to 2",
        ),
        (
            "key\n\"two\nlines\"\n",
            &[],
            "key 'two\\nlines' holds a line break, which would break its line apart: use \
             --output-format csv, ndjson or null-separated",
        ),
    ] {
        let said =
            refusal(resolve().args(["--input-format", "csv"]).args(arguments), text.as_bytes());
        assert_eq!(said, sentence);
    }
    let mut open = b"key\n\"".to_vec();
    open.resize(20 << 20, b'x');
    let said = refusal(resolve().args(["--input-format", "csv"]), &open);
    assert_eq!(said, "stdin:2: a row is longer than 16777216 bytes: is a quote open?");
    let wide = vec![b','; 1 << 20];
    let said = refusal(resolve().args(["--input-format", "csv"]), &wide);
    assert_eq!(said, "stdin:1: a row has more than 65536 fields");
}

/// A megabyte of rows: batches, blocks and rows that end at their edges.
#[test]
fn long_tables_give_what_lines_give() {
    let keys: Vec<String> = (0..40_000).map(|n| format!("{n}{}", "x".repeat(n % 97))).collect();
    let expected = of_lines(&keys);
    let csv: String = keys.iter().map(|key| format!("\"a\nb\",\"{key}\"\n")).collect();
    let arguments = ["--input-format", "csv", "--no-header", "--column", "2"];
    assert!(answers(resolve().args(arguments), csv.as_bytes()) == expected);
    let json: String =
        keys.iter().map(|key| format!("{{\"a\":[1,2],\"key\":\"{key}\"}}\n")).collect();
    assert!(answers(resolve().args(["--input-format", "ndjson"]), json.as_bytes()) == expected);
    let long = "k".repeat(10 << 20);
    let out =
        answers(resolve().args(["--input-format", "csv"]), format!("key\n{long}\nb\n").as_bytes());
    assert!(out == of_lines([long.as_str(), "b"]));
}

#[test]
fn answers_come_while_rows_still_do() {
    use std::io::{BufRead as _, BufReader};
    for (form, rows) in [
        ("csv", ["key\n\"1\"\n", "2\n", "3\n"]),
        ("ndjson", ["{\"key\":1}\n", "\n{\"key\":2}\n", "{\"key\":3}\n"]),
    ] {
        let mut command = resolve();
        command.args(["--input-format", form, "--output-format", "csv"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut keys = child.stdin.take().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        for (number, row) in (1..).zip(rows) {
            keys.write_all(row.as_bytes()).unwrap();
            if number == 1 {
                assert_eq!(lines.next().unwrap().unwrap(), "key,server");
            }
            let line = lines.next().unwrap().unwrap();
            assert!(line.starts_with(&format!("{number},10.0.0.")), "{line}");
        }
        drop(keys);
        assert!(child.wait().unwrap().success());
    }
}

#[test]
fn json_is_refused_with_its_line() {
    for (text, column, sentence) in [
        ("{\"key\":1}\n\n{}", "key", "stdin:3: field 'key' is missing"),
        ("{\"a\":{}}", "a.b", "stdin:1: field 'a.b' is missing"),
        ("{\"key\":null}", "key", "stdin:1: field 'key' is null: keys are texts or whole numbers"),
        ("{\"key\":\"a\"", "key", "stdin:1: no JSON: EOF while parsing an object at byte 10"),
        ("\0", "key", "stdin:1: no JSON: expected value at byte 1"),
    ] {
        let mut command = resolve();
        let said = refusal(
            command.args(["--input-format", "ndjson", "--column", column]),
            text.as_bytes(),
        );
        assert_eq!(said, sentence);
    }
    let endless = vec![b'['; 40 << 20];
    let said = refusal(resolve().args(["--input-format", "ndjson"]), &endless);
    assert_eq!(said, "cannot read stdin: a line is longer than 16777216 bytes");
}

#[test]
fn csv_answers_are_quoted_where_needed() {
    let keys = b"plain\0a,b\0say \"x\"\0two\nlines\0\0\xff";
    let mut command = resolve();
    command.args(["--input-format", "null-separated", "--output-format", "csv", "-s", "c,d:1=9"]);
    let out = answers(&mut command, keys);
    let shown = out.escape_ascii().to_string();
    let shown = shown
        .replace("10.0.0.1:11211", "S")
        .replace("10.0.0.2:11211", "S")
        .replace(r#"\"c,d:1\""#, "S");
    assert_eq!(
        shown,
        r#"key,server\nplain,S\n\"a,b\",S\n\"say \"\"x\"\"\",S\n\"two\nlines\",S\n,S\n\xff,S\n"#
    );
    // What is written is read: the same owners again.
    let again = answers(
        resolve().args(["--input-format", "csv", "--output-format", "csv", "-s", "c,d:1=9"]),
        &out,
    );
    assert!(again == out, "{}", again.escape_ascii());
}

#[test]
fn an_open_quote_is_refused() {
    for (text, line) in [
        (&b"key\nk1\n\"k2\nk3\nk4\n"[..], 3),
        (b"key\n\"", 2),
        (b"key\nk1\n\"k2", 3),
        (b"key,b\n\"a\",\"", 2),
    ] {
        let file = super::scratch("keys.csv", text);
        let refused = refusal(resolve().arg("--keys").arg(&*file), b"");
        assert!(
            refused.contains(&format!(":{line}: a quote opens in this row and never closes")),
            "{refused}"
        );
    }
    for text in [&b"key\n\"k1\"\nk\"2"[..], b"key\r\nk1\r\n\"k2\"", b"key\nk1\n\"k2\"\n\n"] {
        let file = super::scratch("keys.csv", text);
        assert_eq!(
            answers(resolve().arg("--keys").arg(&*file), b"")
                .iter()
                .filter(|b| **b == b'\n')
                .count(),
            2
        );
    }
}

#[cfg(feature = "parquet")]
mod parquet {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::super::{run, scratch};
    use super::{answers, of_lines, refusal, resolve};

    fn users() -> impl Iterator<Item = String> {
        (0..300).map(|number| format!("user:{number}"))
    }

    fn file(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parquet").join(name)
    }

    fn column(file: &Path, column: &str) -> std::process::Command {
        let mut command = resolve();
        command.arg("--keys").arg(file).args(["--column", column]);
        command
    }

    #[test]
    fn columns_of_other_programs() {
        let expected = of_lines(users());
        for name in ["none", "snappy", "gzip", "lz4", "zstd", "v2"] {
            let out = answers(&mut column(&file(&format!("pyarrow-{name}.parquet")), "user"), b"");
            assert!(out == expected, "{name}");
        }
        assert!(answers(&mut column(&file("polars.parquet"), "user"), b"") == expected);
        let all = file("pyarrow-snappy.parquet");
        for same in ["nested.name", "dictionary"] {
            assert!(answers(&mut column(&all, same), b"") == expected, "{same}");
        }
        let bytes = users().map(|user| [b"\xff", user.as_bytes()].concat());
        assert!(answers(&mut column(&all, "bytes"), b"") == of_lines(bytes));
        let fixed = (0..300).map(|number| format!("{number:04}"));
        assert!(answers(&mut column(&all, "fixed"), b"") == of_lines(fixed));
        let small = (-150..150).map(|number: i32| number.to_string());
        assert!(answers(&mut column(&all, "small"), b"") == of_lines(small));
        for name in ["pyarrow-snappy.parquet", "pyarrow-v2.parquet"] {
            let signed = (0..300).map(|n: i64| (n * 10_i64.pow(15) - 10_i64.pow(17)).to_string());
            assert!(answers(&mut column(&file(name), "signed"), b"") == of_lines(signed), "{name}");
        }
        let unsigned = (0..300).map(|number| (u64::MAX - number).to_string());
        assert!(answers(&mut column(&all, "unsigned"), b"") == of_lines(unsigned));
    }

    #[test]
    fn what_holds_no_keys_is_refused() {
        let all = file("pyarrow-snappy.parquet");
        for (name, why) in [
            ("nullable", "row 261: column 'nullable' is null: every row needs a key"),
            (
                "float",
                "column 'float' holds values of type double: keys are texts, bytes or integers",
            ),
            ("day", "column 'day' holds values of type date: keys are texts, bytes or integers"),
            (
                "nested.tags.list.element",
                "column 'nested.tags.list.element' holds lists: keys are texts, bytes or integers",
            ),
            (
                "nested",
                "there is no column 'nested'; the file has: user, bytes, fixed, small, signed, \
                 unsigned, nullable, nested.name, nested.tags.list.element, float, day, dictionary",
            ),
        ] {
            let said = refusal(&mut column(&all, name), b"");
            assert_eq!(said, format!("{}: {why}", all.display()));
        }
        let brotli = refusal(&mut column(&file("pyarrow-brotli.parquet"), "user"), b"");
        assert!(brotli.contains("column 'user', behind row 0: "), "{brotli}");
        assert!(brotli.to_lowercase().contains("brotli"), "{brotli}");
        let said = refusal(resolve().args(["--input-format", "parquet"]), b"PAR1");
        assert!(said.starts_with("Parquet begins at its end"), "{said}");
        for content in [&b""[..], b"PAR1", b"not at all of this form", b"\0\0\0\0\0\0\0\0PAR1"] {
            let said = refusal(&mut column(&scratch("no.parquet", content), "user"), b"");
            assert!(said.contains("no.parquet: cannot be read as Parquet: "), "{said}");
        }
    }

    /// Cut off and bent files end in answers or one sentence: no panic, no signal.
    #[test]
    fn broken_files_are_answered_or_refused() {
        let mut refused = 0;
        for (number, name) in
            ["pyarrow-zstd", "pyarrow-v2", "pyarrow-none", "polars"].iter().enumerate()
        {
            let whole = fs::read(file(&format!("{name}.parquet"))).unwrap();
            let mut broken: Vec<Vec<u8>> =
                (0..12).map(|part| whole[..whole.len() * part / 12].to_vec()).collect();
            for step in 0..60 {
                let mut bent = whole.clone();
                let at = (step * 2_654_435_761 + number * 40_503) % bent.len();
                bent[at] ^= 1 << (step % 8);
                broken.push(bent);
            }
            for content in broken {
                let broken = scratch(&format!("broken-{name}.parquet"), &content);
                let output = run(&mut column(&broken, "user"), b"");
                let said = String::from_utf8(output.stderr).unwrap();
                match output.status.code() {
                    Some(0) => assert!(said.is_empty(), "{said}"),
                    Some(2) => {
                        refused += 1;
                        assert!(said.starts_with("error: ") && said.lines().count() == 1, "{said}");
                    }
                    other => panic!("{other:?}: {said}"),
                }
            }
        }
        assert!(refused > 60, "only {refused} were refused");
    }

    #[test]
    fn answers_are_read_again() {
        let keys: Vec<String> = (0..700_000).map(|number| format!("key-{number}")).collect();
        let lines: String = keys.iter().map(|key| format!("{key}\n")).collect();
        let out = answers(resolve().args(["--output-format", "parquet"]), lines.as_bytes());
        let written = scratch("answers.parquet", &out);
        let expected = answers(&mut resolve(), lines.as_bytes());
        assert!(answers(resolve().arg("--keys").arg(&written), b"") == expected);
        // The servers as a column: what stands behind each key.
        let server = |line: &[u8]| line.split(|byte| *byte == b'\t').nth(1).unwrap().to_vec();
        let servers =
            expected.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(server);
        assert!(answers(&mut column(&written, "server"), b"") == of_lines(servers));
        // No key at all is a file of no rows.
        let empty = answers(resolve().args(["--output-format", "parquet"]), b"");
        let empty = scratch("empty.parquet", &empty);
        assert!(answers(resolve().arg("--keys").arg(&empty), b"").is_empty());
    }

    #[test]
    fn parquet_holds_text_alone() {
        let output = run(resolve().args(["--output-format", "parquet"]), b"good\nb\xffd\n");
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty());
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.starts_with("error: key number 2, 'b\\xffd', is not UTF-8"), "{said}");
    }
}

/// Blank lines in front of a row are counted, however the bytes come in.
#[test]
fn rows_behind_blank_lines_are_refused_by_their_own_line() {
    for text in ["key,x\n\n\na\n", "key,x\r\n\r\n\r\na\r\n", "key,x\nx,y\n\na"] {
        let mut command = continuum();
        let output = run(command.args(THREE).args(["--input-format", "csv"]), text.as_bytes());
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(":4: this row has 1 fields"), "{text:?}: {said}");
    }
}

/// As everywhere: in hexadecimal, for people behind 0x.
#[test]
fn a_key_that_is_no_text_is_explained_as_its_bytes() {
    let json = answers(resolve().args(["--explain", "--json"]), b"\xff\0\n");
    let row: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!((row["key_hex"].as_str(), row.get("key")), (Some("ff00"), None));
    let text = answers(resolve().arg("--explain"), b"\xff\0\n");
    assert!(text.starts_with(b"0xff00 "), "{}", text.escape_ascii());
}
