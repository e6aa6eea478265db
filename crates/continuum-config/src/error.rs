//! The one error of the crate: complaints, each with its file and line.

use std::fmt;

use crate::place::Place;
use crate::quote::quoted;

/// Why a configuration, or one pool of it, was not read.
///
/// Every complaint has its file and line and names the thing. `Display` writes
/// one complaint a line.
///
/// ```
/// use continuum_config::{Config, Options};
/// let text = "alpha:\n  listen: 127.0.0.1:22121\n  hsah: md5\n  servers:\n  - 10.0.0.1:11211:1\n";
/// let config = Config::parse(text, "nutcracker.yml", &Options::new())?;
/// let error = config.pool("alpha").unwrap_err().to_string();
/// assert!(error.starts_with("nutcracker.yml:3: pool 'alpha': unknown setting 'hsah'"));
/// # Ok::<(), continuum_config::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    complaints: Vec<Complaint>,
    foreign: bool,
}

/// One complaint: where, and a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    place: Place,
    sentence: Box<str>,
}

impl Complaint {
    /// The file and line.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// What is wrong, naming the thing.
    #[must_use]
    pub fn sentence(&self) -> &str {
        &self.sentence
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.sentence)
    }
}

impl Error {
    pub(crate) fn new(place: Place, sentence: impl Into<String>) -> Self {
        let complaint = Complaint { place, sentence: sentence.into().into_boxed_str() };
        Self { complaints: vec![complaint], foreign: false }
    }

    /// The file is none of ours.
    pub(crate) fn foreign(place: Place, sentence: impl Into<String>) -> Self {
        Self { foreign: true, ..Self::new(place, sentence) }
    }

    /// All complaints of several errors, in order.
    pub(crate) fn join(errors: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut joined = Self { complaints: Vec::new(), foreign: true };
        for error in errors {
            joined.complaints.extend(error.complaints);
            joined.foreign &= error.foreign;
        }
        if joined.complaints.is_empty() { None } else { Some(joined) }
    }

    /// Names the pool in front of every complaint.
    pub(crate) fn of_pool(mut self, name: &str) -> Self {
        for complaint in &mut self.complaints {
            complaint.sentence =
                format!("pool {}: {}", quoted(name), complaint.sentence).into_boxed_str();
        }
        self
    }

    /// Whether the file is of no program that is known, or empty: nothing in it is a pool,
    /// and nothing is broken.
    ///
    /// ```
    /// use continuum_config::{Config, Options};
    /// let error = |text| Config::parse(text, "twemproxy-values.yaml", &Options::new()).unwrap_err();
    /// assert!(error("image: twemproxy\nreplicas: 3\n").is_foreign());
    /// assert!(!error("alpha: [").is_foreign());
    /// ```
    #[must_use]
    pub fn is_foreign(&self) -> bool {
        self.foreign
    }

    /// The complaints, at least one.
    #[must_use]
    pub fn complaints(&self) -> &[Complaint] {
        &self.complaints
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, complaint) in self.complaints.iter().enumerate() {
            if number > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{complaint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
