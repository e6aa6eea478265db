//! In place of `picture` in a program that was built without pictures.

use crate::failure::Failure;
use crate::report::PlanReport;

/// A refusal that names what is lacking.
pub(crate) fn picture(_: &PlanReport) -> Result<String, Failure> {
    Err(Failure::without("pictures"))
}
