//! Explain: why a key belongs to its server, and what would change that.

use super::variant::Variant;
use crate::placement;
use crate::resolve::{Candidates, Continuum};
use crate::scheme::Scheme;
use crate::server::Server;

/// Why a key belongs to its server. From [`Continuum::explain`].
///
/// Holds a clone of the continuum, which is cheap; candidates and alternatives
/// are worked out when they are asked for.
///
/// ```
/// use continuum::{Continuum, Servers};
/// use continuum::explain::Hit;
/// let servers = Servers::from_texts(["10.0.0.1:11311", "10.0.0.2:11311", "10.0.0.3:11311"])?;
/// let continuum = Continuum::with_servers("libketama".parse()?, servers)?;
/// let explanation = continuum.explain("my-first-key");
/// assert_eq!(explanation.hash(), "md5-word0");
/// assert_eq!(explanation.owner(), continuum.resolve("my-first-key"));
/// let Some(Hit::Point(point)) = explanation.hit() else { panic!("a ring has points") };
/// assert_eq!(point.label.as_deref(), Some("10.0.0.1:11311-13"));
/// assert_eq!(point.word, Some(3));
/// // Who takes over if the owner dies, and after that one.
/// let next: Vec<_> = explanation.candidates().skip(1).collect();
/// assert_eq!(next.len(), 2);
/// # Ok::<(), continuum::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Explanation {
    continuum: Continuum,
    key: Box<[u8]>,
    hashed: Box<[u8]>,
    hash: String,
    owner: Option<u32>,
    hit: Option<Hit>,
}

/// What a key meets in a scheme's structure.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Hit {
    /// A point of a ring.
    Point(Point),
    /// A slot of a table.
    #[non_exhaustive]
    Slot {
        /// Its number, from 0.
        slot: u64,
        /// How many slots the table has.
        of: u64,
        /// The text whose hash dealt the slot to its owner, where the table was
        /// dealt over a ring.
        label: Option<Box<str>>,
    },
    /// A bucket that stands for a server by its number in the list, or its id.
    #[non_exhaustive]
    Bucket {
        /// Its number, from 0.
        bucket: u64,
        /// How many buckets there are.
        of: u64,
    },
    /// A score of each server's: key and server are hashed together. The best
    /// first. Where the key chooses a zone first, those of that zone.
    Scores(Vec<Score>),
}

/// The point of a ring that a key belongs to. Serialises with positions as texts, as they
/// may be beyond 2⁵³, and without `word`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Point {
    /// The text whose hash it is, such as `10.0.0.2:11211-37`; or what to call
    /// it if it is no hash of a text: `10.0.0.2:80 point 17`.
    pub label: Option<Box<str>>,
    /// Where it stands on the ring.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serde::as_text"))]
    pub position: u128,
    /// How far it is from the key, around the ring.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serde::as_text"))]
    pub distance: u128,
    /// Whether it is that distance below the key, not above.
    pub below: bool,
    /// Which word of the text's digest it is, from 0, where several are used.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub word: Option<u32>,
}

/// A server's score for a key.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Score {
    /// The server's number in the list.
    pub server: u32,
    /// The score.
    pub score: f64,
}

/// Another reading of the configuration, under which the key has another owner.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Alternative {
    /// The scheme, with the option set that differs.
    pub scheme: Scheme,
    /// The option that differs and its value, unless it is the servers' form.
    pub option: Option<(&'static str, String)>,
    /// The servers' form.
    pub variant: Variant,
    /// The key's owner then.
    pub owner: Option<Server>,
}

impl Continuum {
    /// Why a key belongs to its server: the bytes hashed, the hash, the point or
    /// slot met and whose label it is, who comes next. Builds the map once more
    /// to find the label, where there is one.
    ///
    /// ```
    /// use continuum::{Continuum, Servers};
    /// use continuum::explain::Hit;
    /// let servers = Servers::from_texts(["10.0.0.1:11211", "10.0.0.2:11211"])?;
    /// let continuum = Continuum::with_servers("twemproxy:hash-tag={}".parse()?, servers)?;
    /// let explanation = continuum.explain("user:{42}:name");
    /// assert_eq!(explanation.hashed(), b"42");
    /// assert!(explanation.hash().starts_with("fnv1a_64"));
    /// let Some(Hit::Point(point)) = explanation.hit() else { panic!("a ring has points") };
    /// // Port 11211 is left out of the label.
    /// assert!(point.label.as_deref().unwrap().starts_with("10.0.0."));
    /// assert_eq!(point.distance, point.position.wrapping_sub(explanation.position().unwrap()));
    /// # Ok::<(), continuum::Error>(())
    /// ```
    pub fn explain(&self, key: impl AsRef<[u8]>) -> Explanation {
        Explanation::new(self.clone(), key.as_ref())
    }

    /// How many slots the scheme's table has. `None` where it has none.
    ///
    /// ```
    /// use continuum::{Continuum, Servers};
    /// let build = |scheme: &str| {
    ///     Continuum::with_servers(scheme.parse()?, Servers::from_texts(["a:1", "b:1"])?)
    /// };
    /// assert_eq!(build("slots-1")?.slots(), Some(65_536));
    /// assert_eq!(build("envoy-maglev")?.slots(), Some(65_537));
    /// assert_eq!(build("nginx")?.slots(), None);
    /// # Ok::<(), continuum::Error>(())
    /// ```
    #[must_use]
    pub fn slots(&self) -> Option<u64> {
        match self.placement().hit(b"")? {
            placement::Hit::Slot { of, .. } => Some(of),
            _ => None,
        }
    }

    /// How many positions the hash space of the scheme's map has, which
    /// [`ranges`](Self::ranges) are of; 2¹²⁸ of them are counted one short. `None` where there is
    /// no map, or positions are not equally likely.
    ///
    /// ```
    /// use continuum::{Continuum, Servers};
    /// let servers = Servers::from_texts(["a:1", "b:1"])?;
    /// let continuum = Continuum::with_servers("nginx".parse()?, servers)?;
    /// assert_eq!(continuum.positions(), Some(1 << 32));
    /// # Ok::<(), continuum::Error>(())
    /// ```
    #[must_use]
    pub fn positions(&self) -> Option<u128> {
        self.placement().regions()?.space().size
    }
}

impl Explanation {
    fn new(continuum: Continuum, key: &[u8]) -> Self {
        let placement = continuum.placement();
        let owner = continuum.resolve_index(key);
        let hit = placement.hit(key).map(|hit| Hit::new(&continuum, owner, hit));
        Self {
            key: key.into(),
            hashed: placement.hashed(key).into(),
            hash: placement.hash_name(),
            owner,
            hit,
            continuum,
        }
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &[u8] {
        &self.key
    }

    /// The bytes hashed for it: a tag's inside, a prefix before it, a number's
    /// bytes. Keys of equal bytes have one owner.
    #[must_use]
    pub fn hashed(&self) -> &[u8] {
        &self.hashed
    }

    /// What hashes them, in a word or a few.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Where that puts the key: see [`Continuum::position`].
    #[must_use]
    pub fn position(&self) -> Option<u128> {
        self.continuum.position(&self.key)
    }

    /// What the key meets there. `None` when there is nothing to meet.
    #[must_use]
    pub fn hit(&self) -> Option<&Hit> {
        self.hit.as_ref()
    }

    /// The owner.
    #[must_use]
    pub fn owner(&self) -> Option<&Server> {
        self.continuum.servers().get(self.owner?)
    }

    /// The owner's number in the list of servers.
    #[must_use]
    pub fn owner_index(&self) -> Option<u32> {
        self.owner
    }

    /// The servers in the key's order of preference, the owner first: who takes
    /// over if it dies, and if that one dies too.
    #[must_use]
    pub fn candidates(&self) -> Candidates<'_> {
        self.continuum.candidates(&self.key)
    }

    /// The continuum explained.
    #[must_use]
    pub fn continuum(&self) -> &Continuum {
        &self.continuum
    }

    /// Which other reading of the configuration would give the key another
    /// owner: each option at each other value worth trying, and each other
    /// [form](Variant) of the servers, one at a time. Builds each once, some
    /// dozens at most; what the scheme refuses is left out.
    ///
    /// ```
    /// use continuum::{Continuum, Servers};
    /// use continuum::identify::Variant;
    /// let servers = Servers::from_texts(["10.0.0.1:11211", "10.0.0.2:11211=3"])?;
    /// let continuum = Continuum::with_servers("twemproxy".parse()?, servers)?;
    /// let explanation = continuum.explain("my-first-key");
    /// let changes = explanation.alternatives();
    /// for change in &changes {
    ///     assert_ne!(change.owner.as_ref(), explanation.owner());
    /// }
    /// // With the hash another, the other server would own the key.
    /// assert!(changes.iter().any(|change| change.option == Some(("hash", "md5".to_owned()))));
    /// # Ok::<(), continuum::Error>(())
    /// ```
    #[must_use]
    pub fn alternatives(&self) -> Vec<Alternative> {
        let (scheme, servers) = (self.continuum.scheme(), self.continuum.servers());
        let mut all = Vec::new();
        let mut look =
            |scheme: Scheme, option: Option<(&'static str, String)>, variant: Variant| {
                let Ok((set, numbers)) = variant.numbered(servers) else { return };
                let Ok(other) = Continuum::with_servers(scheme.clone(), set) else { return };
                let owner = other.resolve_index(&self.key).map(|at| numbers[at as usize]);
                if owner != self.owner {
                    let owner = owner.and_then(|owner| servers.get(owner)).cloned();
                    all.push(Alternative { scheme, option, variant, owner });
                }
            };
        for (spec, (name, value)) in scheme.entry().options().iter().zip(scheme.options()) {
            for other in spec.worth_showing().filter(|other| *other != value) {
                if let Ok(scheme) = scheme.with_option(name, other) {
                    look(scheme, Some((name, other.to_owned())), Variant::AsGiven);
                }
            }
        }
        for variant in Variant::all(scheme, servers).into_iter().skip(1) {
            look(scheme.clone(), None, variant);
        }
        all
    }
}

impl Hit {
    fn new(continuum: &Continuum, owner: Option<u32>, hit: placement::Hit) -> Self {
        let label = |position: u128| {
            continuum.scheme().label(continuum.servers().as_slice(), position, owner?)
        };
        match hit {
            placement::Hit::Point { position, distance, below } => {
                let label = label(position);
                let word = label.as_ref().and_then(|label| label.word);
                let label = label.map(|label| label.text.into());
                Self::Point(Point { position, distance, below, label, word })
            }
            placement::Hit::Slot { slot, of } => {
                // To ask means to build once more.
                let dealt = continuum.scheme().entry().dealt;
                let label = dealt.then(|| label(slot.into())).flatten();
                let label = label.map(|label| label.text.into());
                Self::Slot { slot, of, label }
            }
            placement::Hit::Bucket { bucket, of } => Self::Bucket { bucket, of },
            placement::Hit::Scores { scores, highest } => {
                let mut scores: Vec<Score> =
                    scores.into_iter().map(|(server, score)| Score { server, score }).collect();
                // Of equal scores the scheme's own rule has chosen the owner.
                scores.sort_by(|a, b| {
                    let ascending = a.score.total_cmp(&b.score);
                    let best_first = if highest { ascending.reverse() } else { ascending };
                    let owned = |score: &Score| Some(score.server) != owner;
                    best_first.then(owned(a).cmp(&owned(b)))
                });
                Self::Scores(scores)
            }
        }
    }
}
