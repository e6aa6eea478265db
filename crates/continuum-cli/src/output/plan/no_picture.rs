//! In place of `picture` in a program that was built without pictures.

use super::Report;
use crate::failure::Failure;

/// A refusal that names what is lacking.
pub(crate) fn picture(_: &Report) -> Result<String, Failure> {
    Err(Failure::without("pictures"))
}
