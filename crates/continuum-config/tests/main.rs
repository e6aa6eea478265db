//! Everything that reads whole files, in one binary.

mod hostile;
mod include;
mod whole;
