//! In place of `append` in a program that was built without Parquet.

use std::ffi::OsString;

use continuum::Continuum;
use continuum_config::KeyRule;

use crate::args::Resolve;
use crate::failure::Failure;

/// A refusal that names what is lacking.
pub(crate) fn run(_: &Resolve, _: (&Continuum, &KeyRule), _: &[OsString]) -> Result<(), Failure> {
    Err(Failure::without("parquet"))
}
