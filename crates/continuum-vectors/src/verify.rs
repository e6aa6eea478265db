//! Resolving recorded keys anew, through the public interface alone.

use continuum::{Continuum, Scheme, Server};
use serde_json::Value;

use crate::case::Expected;
use crate::servers::{numbered, set_of};
use crate::set::Set;

/// What came of a set.
#[derive(Debug)]
pub enum Outcome {
    /// Answers were compared.
    Compared {
        /// How many.
        answers: u64,
        /// How many differ.
        differences: u64,
        /// The first few that differ.
        first: Vec<Difference>,
    },
    /// The library refuses the set on purpose, as one in which a server stands
    /// twice; the sentence says why.
    Refused(String),
    /// The set holds nothing that can be asked; the sentence says why.
    Skipped(String),
}

/// A key whose answer differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The key's bytes.
    pub key: Box<[u8]>,
    /// What the program said.
    pub theirs: String,
    /// What the library says.
    pub ours: String,
}

/// What sets with servers that are down say of it.
const SERVERS_DOWN: &str = "servers down";

/// Programs in which a server that is down weighs nothing.
const DROPPED_WHEN_DOWN: [&str; 1] = ["varnish-hash"];

/// How many differences are kept as examples.
const KEPT: usize = 5;

#[derive(Default)]
struct Tally {
    answers: u64,
    differences: u64,
    first: Vec<Difference>,
}

impl Tally {
    fn compare(&mut self, key: &[u8], theirs: String, ours: String) {
        self.answers += 1;
        if theirs != ours {
            self.differences += 1;
            if self.first.len() < KEPT {
                self.first.push(Difference { key: key.into(), theirs, ours });
            }
        }
    }
}

impl Set {
    /// Resolves every recorded key and compares. O(build + keys).
    #[must_use]
    pub fn verify(&self) -> Outcome {
        let Some(text) = self.scheme() else {
            return Outcome::Skipped("it names no scheme".to_owned());
        };
        let scheme = match text.parse::<Scheme>() {
            Ok(scheme) => scheme,
            Err(error) => return Outcome::Skipped(error.to_string()),
        };
        if self.cases.is_empty() {
            return Outcome::Skipped("it records no answers of keys".to_owned());
        }
        if let Some(also) = self.also().filter(|also| *also != SERVERS_DOWN) {
            return Outcome::Skipped(format!("its answers depend on {also}"));
        }
        if let Some(count) = self.unlisted {
            return self.verify_numbers(&scheme, count);
        }
        if self.servers.is_empty() && self.option("buckets").is_some() {
            let most = Self::MOST_NUMBERED;
            return Outcome::Skipped(format!("it has more than {most} numbered servers"));
        }
        let (listed, numbers) = self.after_operations();
        let listed = self.drained(&scheme, listed);
        let continuum = match build(&scheme, &listed) {
            Ok(continuum) => continuum,
            Err(error) if error.is_duplicate() => return Outcome::Refused(error.to_string()),
            Err(error) => return Outcome::Skipped(error.to_string()),
        };
        let mut tally = Tally::default();
        self.compare_owners(&continuum, &numbers, &mut tally);
        self.compare_others(&scheme, &continuum, &numbers, &mut tally);
        let Tally { answers, differences, first } = tally;
        Outcome::Compared { answers, differences, first }
    }

    /// Servers too many to list: where the owner is the key's position modulo their
    /// number, its number follows from that.
    fn verify_numbers(&self, scheme: &Scheme, count: u64) -> Outcome {
        const FEW: u64 = 7;
        let few = match build(scheme, &numbered(FEW)) {
            Ok(few) => few,
            Err(error) => return Outcome::Skipped(error.to_string()),
        };
        let mut tally = Tally::default();
        for case in &self.cases {
            let (Expected::Number(theirs), Some(position)) =
                (&case.expected, few.position(&*case.key))
            else {
                return Outcome::Skipped(format!("{count} servers are too many to list"));
            };
            let remainder = few.resolve_index(&*case.key).map(u128::from);
            let ours = if remainder == Some(position % u128::from(FEW)) {
                (position % u128::from(count)).to_string()
            } else {
                "no remainder of its position".to_owned()
            };
            tally.compare(&case.key, theirs.to_string(), ours);
        }
        let Tally { answers, differences, first } = tally;
        Outcome::Compared { answers, differences, first }
    }

    /// Servers that are down are out of the map where the program takes them out; where
    /// it goes on to the next, they stay.
    fn drained(&self, scheme: &Scheme, mut listed: Vec<Server>) -> Vec<Server> {
        if DROPPED_WHEN_DOWN.contains(&scheme.name()) {
            for down in self.option_indexes("down") {
                if let Some(server) = listed.get_mut(down as usize) {
                    *server = server.clone().with_capacity(0);
                }
            }
        }
        listed
    }

    /// Owners, in one batch and again singly.
    fn compare_owners(&self, continuum: &Continuum, numbers: &[u32], tally: &mut Tally) {
        let down = self.option_indexes("down");
        let alternative = usize::try_from(self.option("alt").unwrap_or(0)).unwrap_or(0);
        let keys: Vec<&[u8]> = self.owners().map(|(key, _)| key).collect();
        let mut batch = vec![continuum::NO_OWNER; keys.len()];
        continuum.resolve_all(&keys, &mut batch);
        for ((key, theirs), in_batch) in self.owners().zip(batch) {
            let single = continuum.resolve_index(key);
            if down.contains(&theirs) {
                // It gave up and named one that is down: no candidate.
                continue;
            }
            let ours = if single != Some(in_batch).filter(|owner| *owner != continuum::NO_OWNER) {
                format!("{} singly but {in_batch} in a batch", show(single))
            } else if down.is_empty() && alternative == 0 {
                show(single.map(|index| numbers[index as usize]))
            } else {
                let mut candidates = continuum.candidates(key);
                let mut order = std::iter::from_fn(|| candidates.next_index())
                    .map(|index| numbers[index as usize])
                    .filter(|number| !down.contains(number));
                show(order.nth(alternative))
            };
            tally.compare(key, theirs.to_string(), ours);
        }
    }

    fn compare_others(
        &self,
        scheme: &Scheme,
        continuum: &Continuum,
        numbers: &[u32],
        tally: &mut Tally,
    ) {
        let number = |index: u32| numbers[index as usize];
        let down = self.option_indexes("down");
        let mut numbered: Option<(u32, Continuum)> = None;
        for case in &self.cases {
            let key = &*case.key;
            match &case.expected {
                Expected::Owner(_) | Expected::Number(_) => {}
                Expected::Nobody if down.is_empty() => {
                    tally.compare(key, show(None), show(continuum.resolve_index(key).map(number)));
                }
                Expected::Nobody => {
                    // The program gave up before it met a server that is up.
                    let ours = up(continuum, key, |index| down.contains(&number(index)));
                    let ours = ours.filter(|(_, walking)| *walking).map(|(index, _)| number(index));
                    tally.compare(key, show(None), show(ours));
                }
                Expected::Candidates(theirs) => {
                    let mut candidates = continuum.candidates(key);
                    let ours: Vec<u32> = std::iter::from_fn(|| candidates.next_index())
                        .take(theirs.len())
                        .map(number)
                        .collect();
                    tally.compare(key, format!("{theirs:?}"), format!("{ours:?}"));
                }
                Expected::Position(theirs) => {
                    let ours = continuum.position(key);
                    tally.compare(
                        key,
                        theirs.to_string(),
                        ours.map_or("none".into(), |p| p.to_string()),
                    );
                }
                Expected::OwnerOfPosition(position, theirs) => {
                    let ours = continuum.resolve_position(*position).map(number);
                    let name = format!("position {position}");
                    tally.compare(name.as_bytes(), theirs.to_string(), show(ours));
                }
                Expected::OwnerOf(count, theirs) => {
                    if numbered.as_ref().is_none_or(|(built, _)| built != count) {
                        let list: Vec<Server> =
                            (0..*count).map(|n| Server::without_port(n.to_string())).collect();
                        numbered = build(scheme, &list).ok().map(|built| (*count, built));
                    }
                    let ours = numbered.as_ref().and_then(|(_, built)| built.resolve_index(key));
                    tally.compare(key, theirs.to_string(), show(ours));
                }
            }
        }
    }

    /// The servers as they stand after the recorded operations, and the place of
    /// each in the recorded list. Without `autogenerate` only `generate` counts.
    fn after_operations(&self) -> (Vec<Server>, Vec<u32>) {
        let all: Vec<u32> =
            self.order_met().unwrap_or_else(|| (0_u32..).take(self.servers.len()).collect());
        let automatic =
            self.options.get("autogenerate").is_none_or(|value| value == &Value::Bool(true));
        let (mut current, mut built) = (all.clone(), if automatic { all } else { Vec::new() });
        for operation in self.options.get("ops").and_then(Value::as_array).into_iter().flatten() {
            match (
                operation.get(0).and_then(Value::as_str),
                operation.get(1).and_then(Value::as_u64),
            ) {
                (Some("remove"), Some(removed)) => {
                    current.retain(|number| u64::from(*number) != removed);
                    if automatic {
                        built.clone_from(&current);
                    }
                }
                (Some("generate"), _) => built.clone_from(&current),
                _ => {}
            }
        }
        (built.iter().map(|number| self.servers[*number as usize].clone()).collect(), built)
    }
}

fn build(scheme: &Scheme, list: &[Server]) -> Result<Continuum, continuum::Error> {
    Continuum::with_servers(scheme.clone(), set_of(list)?)
}

/// The first candidate that is not down, and whether the scheme's own walk named it.
fn up(continuum: &Continuum, key: &[u8], down: impl Fn(u32) -> bool) -> Option<(u32, bool)> {
    let mut candidates = continuum.candidates(key);
    loop {
        let index = candidates.next_index()?;
        if !down(index) {
            return Some((index, candidates.is_walking()));
        }
    }
}

fn show(owner: Option<u32>) -> String {
    owner.map_or_else(|| "nobody".to_owned(), |owner| owner.to_string())
}
