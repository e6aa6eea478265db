//! The questions, and who answers each.

use continuum::{Continuum, Scheme, Servers};
use serde::{Deserialize, Serialize};

use crate::catalogue::catalogue;
use crate::described::Described;
use crate::digests::{Digest, digests};
use crate::ownership::Owned;
use crate::planned::Planned;
use crate::read::{Asked, Read};
use crate::strip::Strip;
use crate::table::Table;

/// A question, as JavaScript writes it: `{"ask": "plan", "old": 0, "new": 1}`.
#[derive(Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
enum Question {
    /// A continuum of servers under a scheme: its number. It may start from another one, `like`,
    /// of which it differs by a few servers: the answers are the same, sooner.
    Build { scheme: Option<String>, servers: Servers, like: Option<usize> },
    /// Its scheme, fingerprint and servers.
    Describe { of: usize },
    /// Servers, shares, advice, fingerprint.
    Ownership { of: usize },
    /// Why a key has its owner; `key` is its bytes, `most_candidates` how many are named.
    Explain { of: usize, key: Vec<u8>, most_candidates: Option<usize> },
    /// What moves from one to another, and where, in so many pieces.
    Plan { old: usize, new: usize, most_flows: usize, pieces: Option<usize> },
    /// The key space in so many pieces.
    Strip { of: usize, pieces: usize },
    /// The pools of a configuration.
    Read(Asked),
    /// Every scheme.
    Schemes,
    /// Digests of texts, as hexadecimal digits.
    Digests { algorithm: Digest, texts: Vec<String> },
}

/// The answer as JSON, or a sentence.
pub(crate) fn answer(question: &[u8], table: &mut Table) -> Result<Vec<u8>, String> {
    let question = serde_json::from_slice(question).map_err(|error| plain(&error))?;
    let get_some = |number: usize| table.get(number);
    let get = |number: usize| {
        get_some(number).ok_or_else(|| "this continuum was freed: make another one".to_owned())
    };
    match question {
        Question::Build { scheme, servers, like } => {
            let scheme = scheme.map_or_else(|| Ok(Scheme::default()), |text| text.parse());
            let scheme = scheme.map_err(|error: continuum::Error| error.to_string())?;
            let like = like.and_then(get_some).filter(|like| *like.scheme() == scheme);
            let continuum = match like {
                Some(like) => changed(like, servers),
                None => Continuum::with_servers(scheme, servers),
            };
            json(&table.add(continuum.map_err(|error| error.to_string())?))
        }
        Question::Describe { of } => json(&Described::of(get(of)?)),
        Question::Ownership { of } => json(&Owned::of(get(of)?)),
        Question::Explain { of, key, most_candidates } => {
            let most = most_candidates.unwrap_or(usize::MAX);
            json(&get(of)?.explain(&key).record_of(most))
        }
        Question::Plan { old, new, most_flows, pieces } => {
            json(&Planned::of(get(old)?, get(new)?, most_flows, pieces))
        }
        Question::Strip { of, pieces } => json(&Strip::of(get(of)?, pieces)),
        Question::Read(asked) => json(&Read::of(&asked)?),
        Question::Schemes => json(&catalogue()),
        Question::Digests { algorithm, texts } => json(&digests(algorithm, &texts)),
    }
}

/// A continuum of other servers, which starts from this one.
fn changed(like: &Continuum, servers: Servers) -> Result<Continuum, continuum::Error> {
    let mut continuum = like.clone();
    continuum.update(|all| {
        *all = servers;
        Ok(())
    })?;
    Ok(continuum)
}

fn json(answer: &impl Serialize) -> Result<Vec<u8>, String> {
    serde_json::to_vec(answer).map_err(|error| plain(&error))
}

/// The sentence without the place in a text that no user wrote.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(at) => text[..at].to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::answer;
    use crate::table::Table;

    fn asked(table: &mut Table, question: &str) -> Result<serde_json::Value, String> {
        answer(question.as_bytes(), table).map(|json| serde_json::from_slice(&json).unwrap())
    }

    #[test]
    fn a_plan_by_questions() {
        let mut table = Table::default();
        let mut build = |servers: &str| {
            let question =
                format!(r#"{{"ask": "build", "scheme": "libketama", "servers": {servers}}}"#);
            asked(&mut table, &question)
        };
        assert_eq!(build(r#"["a:1", "b:1"]"#).unwrap(), 0);
        assert_eq!(build(r#"["a:1", "b:1", {"host": "c", "port": 1, "capacity": 2}]"#).unwrap(), 1);
        assert!(build(r#"[{"host": "a", "wieght": 2}]"#).unwrap_err().contains("`wieght`"));
        assert!(build(r#"["a:1", "a:1"]"#).unwrap_err().ends_with("is already added"));
        let plan = asked(&mut table, r#"{"ask": "plan", "old": 0, "new": 1, "most_flows": 1}"#);
        let plan = plan.unwrap();
        assert_eq!(plan["least"], 0.5);
        assert_eq!((&plan["all_flows"], plan["flows"].as_array().unwrap().len()), (&4.into(), 1));
        let freed = asked(&mut table, r#"{"ask": "ownership", "of": 7}"#).unwrap_err();
        assert_eq!(freed, "this continuum was freed: make another one");
    }

    /// As the suite of the core proves for every change; here it is asked as JavaScript asks.
    #[test]
    fn built_from_another_one_it_is_the_same() {
        for scheme in ["slots-1", "nginx", "libketama", "rendezvous-1"] {
            let mut table = Table::default();
            let build = |table: &mut Table, servers: &str, like: &str| {
                let question = format!(
                    r#"{{"ask": "build", "scheme": "{scheme}", "servers": {servers}{like}}}"#
                );
                asked(table, &question).unwrap()
            };
            let (few, more) = (r#"["a:1", "b:1", "c:1=2"]"#, r#"["b:1", "c:1", "d:1", "a:1=3"]"#);
            assert_eq!(build(&mut table, few, ""), 0);
            assert_eq!(build(&mut table, more, ""), 1);
            assert_eq!(build(&mut table, more, r#", "like": 0"#), 2);
            assert_eq!(build(&mut table, more, r#", "like": 9"#), 3);
            let [whole, changed] = [1, 2].map(|number| table.get(number).unwrap());
            assert_eq!(whole.fingerprint(), changed.fingerprint(), "{scheme}");
            for key in 0..1000 {
                let key = key.to_string();
                assert_eq!(whole.resolve(&key), changed.resolve(&key), "{scheme} {key}");
            }
            let few = table.get(0).unwrap();
            assert_eq!(few.servers().len(), 3, "{scheme}: the first one is as it was");
        }
    }

    #[test]
    fn a_question_that_is_none() {
        let refused = asked(&mut Table::default(), r#"{"ask": "why"}"#).unwrap_err();
        assert!(refused.starts_with("unknown variant `why`"), "{refused}");
    }
}
