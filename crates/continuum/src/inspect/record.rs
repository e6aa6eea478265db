//! An explanation as plain data, for reports and for JSON.

use super::explanation::{Explanation, Hit, Point};
use crate::resolve::Continuum;
use crate::server::Server;

/// Why a key belongs to its server, with names in place of numbers. From
/// [`Explanation::record`].
///
/// With the feature `serde` it serialises to the fields of
/// `continuum resolve --explain --json`. Positions are texts there, as they may be
/// beyond 2⁵³.
///
/// ```
/// use continuum::{Continuum, Servers};
/// use continuum::explain::HitRecord;
/// let servers = Servers::from_texts(["10.0.0.1:11211", "10.0.0.2:11211"])?;
/// let continuum = Continuum::with_servers("slots-1".parse()?, servers)?;
/// let record = continuum.explain("my-first-key").record();
/// assert_eq!(record.server.as_deref(), Some(&*record.candidates[0]));
/// assert!(matches!(record.hit, Some(HitRecord::Slot { of: 65_536, .. })));
/// # Ok::<(), continuum::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ExplanationRecord {
    /// The owner.
    pub server: Option<Box<str>>,
    /// The scheme with its options.
    pub scheme: String,
    /// The bytes hashed, those that are not printable ASCII escaped.
    pub hashed: String,
    /// What hashes them.
    pub hash: String,
    /// Where that puts the key.
    pub position: Option<String>,
    /// What the key meets there.
    pub hit: Option<HitRecord>,
    /// The servers in the key's order of preference, the owner first.
    pub candidates: Vec<Box<str>>,
}

/// What a key meets in a scheme's structure: a [`Hit`] with names and texts.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(tag = "kind", rename_all = "lowercase"))]
#[non_exhaustive]
pub enum HitRecord {
    /// A point of a ring.
    Point(Point),
    /// A slot of a table.
    #[non_exhaustive]
    Slot {
        /// Its number, from 0.
        slot: u64,
        /// How many slots the table has.
        of: u64,
        /// The text whose hash dealt the slot, where the table was dealt over a ring.
        label: Option<Box<str>>,
    },
    /// A bucket that stands for a server.
    #[non_exhaustive]
    Bucket {
        /// Its number, from 0.
        bucket: u64,
        /// How many buckets there are.
        of: u64,
    },
    /// A score of each server's, the best first.
    #[non_exhaustive]
    Scores {
        /// The scores.
        scores: Vec<NamedScore>,
    },
}

/// A server's score for a key, by name.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct NamedScore {
    /// The server's identity.
    pub server: Box<str>,
    /// The score.
    pub score: f64,
}

impl Explanation {
    /// The explanation as plain data. O(candidates), which are all servers.
    #[must_use]
    pub fn record(&self) -> ExplanationRecord {
        self.record_of(usize::MAX)
    }

    /// The same with so many candidates at most: where each costs a look at every server,
    /// as under rendezvous, those that nobody reads are not looked for.
    ///
    /// ```
    /// use continuum::{Continuum, Servers};
    /// let servers = Servers::from_texts(["a:1", "b:1", "c:1"])?;
    /// let continuum = Continuum::with_servers("rendezvous-1".parse()?, servers)?;
    /// let explanation = continuum.explain("key");
    /// let (few, all) = (explanation.record_of(2), explanation.record());
    /// assert_eq!(few.candidates, all.candidates[..2]);
    /// # Ok::<(), continuum::Error>(())
    /// ```
    #[must_use]
    pub fn record_of(&self, most_candidates: usize) -> ExplanationRecord {
        let identity = |server: &Server| server.identity().into();
        ExplanationRecord {
            server: self.owner().map(identity),
            scheme: self.continuum().scheme().to_string(),
            hashed: self.hashed().escape_ascii().to_string(),
            hash: self.hash().to_owned(),
            position: self.position().map(|position| position.to_string()),
            hit: self.hit().map(|hit| HitRecord::of(hit, self.continuum())),
            candidates: self.candidates().take(most_candidates).map(identity).collect(),
        }
    }
}

impl HitRecord {
    fn of(hit: &Hit, continuum: &Continuum) -> Self {
        match hit {
            Hit::Point(point) => Self::Point(point.clone()),
            Hit::Slot { slot, of, label } => {
                Self::Slot { slot: *slot, of: *of, label: label.clone() }
            }
            Hit::Bucket { bucket, of } => Self::Bucket { bucket: *bucket, of: *of },
            Hit::Scores(scores) => {
                let named = scores.iter().filter_map(|score| {
                    let server = continuum.servers().get(score.server)?.identity().into();
                    Some(NamedScore { server, score: score.score })
                });
                Self::Scores { scores: named.collect() }
            }
        }
    }
}
