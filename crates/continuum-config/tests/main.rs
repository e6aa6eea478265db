//! Everything that reads whole files, in one binary.

mod config_map;
mod hostile;
mod include;
#[cfg(target_os = "linux")]
mod pipes;
mod whole;
