//! Why a key has its owner, in the words of `continuum resolve --explain --json`.

use continuum::Continuum;
use continuum::explain::Hit;
use serde::Serialize;

/// Scores that are listed; where key and server are hashed together each has one.
const SCORES: usize = 8;

/// A key, explained.
#[derive(Serialize)]
pub(crate) struct Explained {
    server: Option<String>,
    scheme: String,
    hashed: String,
    hash: String,
    /// A text, as it may be beyond 2^53.
    position: Option<String>,
    hit: Option<HitRow>,
    /// The owner and who stands in for it, in order.
    candidates: Vec<String>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum HitRow {
    Point { label: Option<String>, position: String, distance: String, below: bool },
    Slot { slot: u64, of: u64, label: Option<String> },
    Bucket { bucket: u64, of: u64 },
    Scores { scores: Vec<ScoreRow> },
}

#[derive(Serialize)]
struct ScoreRow {
    server: String,
    score: f64,
}

impl Explained {
    pub(crate) fn of(continuum: &Continuum, key: &[u8]) -> Self {
        let explanation = continuum.explain(key);
        let identity = |server: &continuum::Server| server.identity().into_owned();
        Self {
            server: explanation.owner().map(identity),
            scheme: continuum.scheme().to_string(),
            hashed: explanation.hashed().escape_ascii().to_string(),
            hash: explanation.hash().to_owned(),
            position: explanation.position().map(|position| position.to_string()),
            hit: explanation.hit().and_then(|hit| HitRow::of(hit, continuum)),
            candidates: explanation.candidates().map(identity).collect(),
        }
    }
}

impl HitRow {
    fn of(hit: &Hit, continuum: &Continuum) -> Option<Self> {
        let text = |label: &Option<Box<str>>| label.as_deref().map(str::to_owned);
        Some(match hit {
            Hit::Point(point) => Self::Point {
                label: text(&point.label),
                position: point.position.to_string(),
                distance: point.distance.to_string(),
                below: point.below,
            },
            Hit::Slot { slot, of, label, .. } => {
                Self::Slot { slot: *slot, of: *of, label: text(label) }
            }
            Hit::Bucket { bucket, of, .. } => Self::Bucket { bucket: *bucket, of: *of },
            Hit::Scores(scores) => Self::Scores {
                scores: scores
                    .iter()
                    .take(SCORES)
                    .filter_map(|score| {
                        let server = continuum.servers().get(score.server)?;
                        let server = server.identity().into_owned();
                        Some(ScoreRow { server, score: score.score })
                    })
                    .collect(),
            },
            _ => return None,
        })
    }
}
