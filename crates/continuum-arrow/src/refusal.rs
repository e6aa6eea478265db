//! Why a column is not answered.

use std::error::Error;
use std::fmt;

use arrow_schema::{ArrowError, DataType};

/// Why a column is not answered: a sentence for people.
#[derive(Debug)]
#[non_exhaustive]
pub enum Refusal {
    /// The key of this row, counted from 0 over all arrays, is null.
    Null(usize),
    /// A type that holds no keys.
    Kind(DataType),
    /// A negative integer has no eight bytes without a sign: the key of this row, counted
    /// from 0 over all arrays.
    Negative(usize),
    /// Nothing owns anything.
    Empty,
    /// The scheme, of this text, hashes key and server together.
    NoPositions(String),
    /// So many rows have more copies than a list of Arrow counts.
    TooMany(usize),
    /// An array that breaks Arrow's rules, or whatever gives arrays failed.
    Failed(String),
    /// What the core refuses, in its words.
    Core(String),
}

impl From<continuum::Error> for Refusal {
    fn from(error: continuum::Error) -> Self {
        Self::Core(error.to_string())
    }
}

impl From<ArrowError> for Refusal {
    fn from(error: ArrowError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<Refusal> for ArrowError {
    fn from(refusal: Refusal) -> Self {
        Self::InvalidArgumentError(refusal.to_string())
    }
}

impl Error for Refusal {}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null(row) => {
                write!(f, "key {row} is null, which nobody owns: drop the nulls or fill them")
            }
            Self::Kind(kind) => write!(
                f,
                "an Arrow array of keys holds strings, binaries or integers, not {kind}; of a \
                 table name one column"
            ),
            Self::Negative(row) => write!(f, "key {row}: an int key is from 0 to 2**64 - 1"),
            Self::Empty => f.write_str("empty continuum"),
            Self::NoPositions(scheme) => write!(
                f,
                "scheme '{scheme}' hashes key and server together: its keys have no positions"
            ),
            Self::TooMany(rows) => write!(
                f,
                "so many copies of {rows} keys are more than an array of lists counts: give fewer \
                 keys at a time"
            ),
            Self::Failed(why) => write!(f, "the stream of keys failed: {why}"),
            Self::Core(why) => f.write_str(why),
        }
    }
}
