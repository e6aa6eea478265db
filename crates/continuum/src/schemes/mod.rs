//! The schemes, one file a program or family: how it names points, hashes keys
//! and breaks ties, with its quirks in the head comment.

pub(crate) mod python_continuum;

mod catalogue;
mod points;

pub(crate) use catalogue::CATALOGUE;
