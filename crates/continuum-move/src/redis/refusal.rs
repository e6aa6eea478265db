//! What `MIGRATE` was answered with, and what a refusal means.

/// What became of the keys that it was given.
pub(super) enum Migrated {
    All,
    /// Those that were still there.
    Some,
    None,
    Refused(String),
}

pub(super) fn is_full(why: &str) -> bool {
    why.contains("OOM")
}

/// What it means that `MIGRATE` was refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal<'w> {
    /// The target has one of the keys.
    Busy,
    /// In the target's words, which the source passes on.
    Target(&'w str),
    /// The source does not know it, may not, or does not reach the target: values can go
    /// another way.
    NoMigrate,
    /// The source gives nothing away as it is.
    Source,
}

impl<'w> Refusal<'w> {
    pub(super) fn of(why: &'w str) -> Self {
        let cannot =
            ["unknown command", "NOPERM", "IOERR", "not allowed", "no address", "Can't connect"];
        match why.split_once("replied with error: ") {
            _ if why.contains("BUSYKEY") => Self::Busy,
            Some((_, inner)) => Self::Target(inner),
            None if cannot.iter().any(|word| why.contains(word)) => Self::NoMigrate,
            None => Self::Source,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Refusal, is_full};

    #[test]
    fn whose_words_they_are() {
        let of = Refusal::of;
        let why = "ERR Target instance replied with error: OOM command not allowed when used memory > 'maxmemory'.";
        let inner = "OOM command not allowed when used memory > 'maxmemory'.";
        assert_eq!(of(why), Refusal::Target(inner));
        assert!(is_full(inner));
        let busy =
            "ERR Target instance replied with error: BUSYKEY Target key name already exists.";
        assert_eq!(of(busy), Refusal::Busy);
        assert_eq!(of("IOERR error or timeout reading to target instance"), Refusal::NoMigrate);
        assert_eq!(of("ERR unknown command 'MIGRATE'"), Refusal::NoMigrate);
        assert_eq!(of("NOREPLICAS Not enough good replicas to write."), Refusal::Source);
        assert_eq!(of("READONLY You can't write against a read only replica."), Refusal::Source);
    }
}
