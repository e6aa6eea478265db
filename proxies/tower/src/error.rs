//! Errors of the service itself.

use std::error::Error;
use std::fmt;

/// No candidate of the request's key was ready.
#[derive(Debug)]
pub struct NoReady {
    pub(crate) map: Box<str>,
    pub(crate) servers: usize,
}

impl fmt::Display for NoReady {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { map, servers } = self;
        write!(f, "map '{map}': no candidate was ready, of {servers} servers")
    }
}

impl Error for NoReady {}
