//! What must not stand on a command line, which all can read.

use std::env::{self, VarError};
use std::path::Path;

use super::source;
use crate::failure::Failure;

/// Bytes of a file: the certificates that a system trusts are a fifth of this.
const LARGEST: u64 = 1 << 20;
const USER: &str = "CONTINUUM_USER";
const PASSWORD: &str = "CONTINUUM_PASSWORD";

/// The user and the password that the environment holds.
pub(crate) fn credentials() -> Result<(Option<String>, Option<String>), Failure> {
    let variable = |name: &str| match env::var(name) {
        Ok(text) if !text.is_empty() => Ok(Some(text)),
        Err(VarError::NotUnicode(_)) => Err(Failure::refused(format!("{name} is not UTF-8"))),
        _ => Ok(None),
    };
    let (user, password) = (variable(USER)?, variable(PASSWORD)?);
    if user.is_some() && password.is_none() {
        return Err(Failure::refused(format!("{USER} is set, and {PASSWORD} is not")));
    }
    Ok((user, password))
}

/// A certificate or a key in a file.
pub(crate) fn pem(file: Option<&Path>) -> Result<Option<Vec<u8>>, Failure> {
    file.map(|file| source::read(file, LARGEST)).transpose()
}
