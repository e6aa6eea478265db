//! A pool that only one of two configurations has as a pool.

use serde::Serialize;

/// It, and what the other side has instead.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Alone {
    pub(crate) name: String,
    /// The file that has it.
    #[serde(rename = "in")]
    pub(crate) file: String,
    pub(crate) lack: Lack,
    /// Where the other side says so, and why.
    pub(crate) why: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Lack {
    /// The new configuration does not have it.
    Gone,
    /// The old one did not have it.
    New,
    /// It no longer hashes keys.
    Unhashed,
    /// It did not hash keys before.
    Hashed,
    /// One side could not be read.
    Unread,
}

impl Alone {
    /// What stands behind its name in a sentence.
    pub(crate) fn sentence(&self) -> String {
        let file = &self.file;
        let why = self.why.as_ref().map_or_else(String::new, |why| format!(" ({why})"));
        match self.lack {
            Lack::Gone => format!("is gone: it is only in {file}"),
            Lack::New => format!("is new: it is only in {file}"),
            Lack::Unhashed => format!("no longer hashes keys{why}"),
            Lack::Hashed => format!("hashes keys only in {file}{why}"),
            Lack::Unread => format!("could not be read{why}"),
        }
    }
}
