//! Where keys come from.

use std::ffi::OsString;
use std::io::{IsTerminal as _, Read, Stdin};
use std::path::{Path, PathBuf};

use super::forms::{Csv, KeyReader, Lines, Ndjson};
use super::source::{self, Patient, Text};
use crate::args::{InputForm, Resolve};
use crate::failure::Failure;
use crate::talk;

/// Keys at hand, or something to read them from.
pub(crate) enum KeySource<'a> {
    Given(&'a [OsString]),
    Read { form: InputForm, reader: Box<dyn KeyReader + 'a>, length: Option<u64> },
}

impl<'a> KeySource<'a> {
    /// Opens the file and finds the column, so that a wrong name is told before
    /// any answer.
    pub(crate) fn open(
        args: &'a Resolve,
        given: &'a [OsString],
        stdin: impl Input + 'a,
    ) -> Result<Self, Failure> {
        if !given.is_empty() {
            let forms = &args.forms;
            if forms.input_format.is_some() || forms.column.is_some() || forms.no_header {
                return Err(Failure::refused(
                    "keys are given on the command line: --input-format, --column and --no-header are \
                     for keys that are read",
                ));
            }
            return Ok(Self::Given(given));
        }
        let file = args.keys_file.as_deref().filter(|name| *name != Path::new("-"));
        let form = form(args, file)?;
        let Some(name) = file else {
            if form == InputForm::Parquet {
                return Err(Failure::refused(
                    "Parquet begins at its end and cannot come through stdin: name the file with --keys",
                ));
            }
            if stdin.is_a_person() && !args.quiet {
                talk::note(
                    "reading keys from the terminal, one a line, up to the end of input (Ctrl-D)",
                );
            }
            let stdin = Patient::new(Path::new("stdin"), stdin);
            let reader = reader("stdin".into(), stdin, form, args)?;
            return Ok(Self::Read { form, reader, length: None });
        };
        // A pipe or device has no length.
        let (file, length) = source::open(name)?;
        let reader = match form {
            InputForm::Parquet if length.is_none() => {
                let why = "Parquet begins at its end and cannot be read from a pipe or device";
                return Err(Failure::refused(format!("{}: {why}", name.display())));
            }
            InputForm::Parquet => parquet(name, args.forms.column.as_deref())?,
            _ => reader(name.to_owned(), file, form, args)?,
        };
        Ok(Self::Read { form, reader, length })
    }

    /// Whether a key that was read may hold this separator. Words of the command
    /// line are shown as they were given.
    pub(crate) fn may_hold(&self, separator: u8) -> bool {
        match self {
            Self::Given(_) => false,
            Self::Read { form: InputForm::Lines, .. } => separator != b'\n',
            Self::Read { form: InputForm::NullSeparated, .. } => separator != b'\0',
            Self::Read { .. } => true,
        }
    }
}

/// What the arguments say, else what the file's extension does.
fn form(args: &Resolve, file: Option<&Path>) -> Result<InputForm, Failure> {
    let extension = file.and_then(source::extension);
    let form = args.input_form().unwrap_or_else(|| match extension.unwrap_or_default().as_str() {
        "csv" => InputForm::Csv,
        "tsv" => InputForm::Tsv,
        "ndjson" | "jsonl" => InputForm::Ndjson,
        "parquet" => InputForm::Parquet,
        _ => InputForm::Lines,
    });
    let refuse = |option: &str, forms: &str| {
        Err(Failure::refused(format!(
            "{option} is for {forms}: if the keys are that, say so with --input-format"
        )))
    };
    match form {
        InputForm::Lines | InputForm::NullSeparated if args.forms.column.is_some() => {
            refuse("--column", "csv, tsv, ndjson and parquet")
        }
        InputForm::Csv | InputForm::Tsv => Ok(form),
        _ if args.forms.no_header => refuse("--no-header", "csv and tsv"),
        _ => Ok(form),
    }
}

fn reader<'a>(
    name: PathBuf,
    from: impl Read + 'a,
    form: InputForm,
    args: &Resolve,
) -> Result<Box<dyn KeyReader + 'a>, Failure> {
    let column = args.forms.column.as_deref();
    // Who says that keys are lines means it.
    let from: Box<dyn Read + 'a> = match args.input_form() {
        Some(InputForm::Lines | InputForm::NullSeparated) => Box::new(from),
        _ => Box::new(Text::new(from)),
    };
    Ok(match form {
        InputForm::NullSeparated => Box::new(Lines::new(name, from, b'\0')),
        InputForm::Csv | InputForm::Tsv => {
            Box::new(Csv::open(name, from, form, column, !args.forms.no_header)?)
        }
        InputForm::Ndjson => Box::new(Ndjson::new(name, from, column.unwrap_or("key"))),
        InputForm::Lines | InputForm::Parquet => Box::new(Lines::new(name, from, b'\n')),
    })
}

#[cfg(feature = "parquet")]
pub(super) fn parquet(name: &Path, column: Option<&str>) -> Result<Box<dyn KeyReader>, Failure> {
    let file = std::fs::File::open(name).map_err(|error| Failure::unreadable(name, &error))?;
    Ok(Box::new(super::forms::Parquet::open(name.to_owned(), file, column)?))
}

#[cfg(not(feature = "parquet"))]
pub(super) fn parquet(_: &Path, _: Option<&str>) -> Result<Box<dyn KeyReader>, Failure> {
    Err(Failure::without("parquet"))
}

/// A file of another system's lines names keys that nobody meant: its first one tells.
pub(crate) fn warn_of_line(first: &[u8]) {
    if first.starts_with(b"\xef\xbb\xbf") {
        talk::warning(
            "the first key begins with a byte order mark, which counts as part of the key",
        );
    }
    if first.ends_with(b"\r") {
        talk::warning("the first key ends in a carriage return, which counts as part of the key");
    }
}

/// Standard input, or what stands in for it in tests.
pub(crate) trait Input: Read {
    fn is_a_person(&self) -> bool {
        false
    }
}

impl Input for Stdin {
    fn is_a_person(&self) -> bool {
        self.is_terminal()
    }
}

impl Input for &[u8] {}
