//! Whether the machines follow the old map at all, before anything is written.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::thread;

use continuum::identify::identify;

use crate::error::Error;
use crate::route::{Lies, Route};

/// Keys of a sample.
pub(crate) const KEYS: u64 = 1000;

/// How many keys of a sample are taken from a machine that holds so many of all.
pub(crate) fn part(items: u64, all: u64) -> u64 {
    if all <= KEYS {
        return items;
    }
    let part = u128::from(KEYS) * u128::from(items);
    u64::try_from(part.div_ceil(u128::from(all))).unwrap_or(KEYS)
}

/// How many of the sampled keys lie where the old map says, and how many tell: a key
/// that lies where the new map puts it says nothing about the old one.
///
/// # Errors
/// More than `most` of them lie where neither says: what scheme they follow instead.
pub(crate) fn judge(
    route: &Route,
    found: &BTreeSet<(Vec<u8>, u32)>,
    most: f64,
) -> Result<(u64, u64), Error> {
    let (mut agreed, mut judged) = (0_u64, 0_u64);
    for (key, on) in found {
        if route.old_owner(key) == Some(*on) {
            agreed += 1;
            judged += 1;
        } else if route.new_owner(key) != Some(*on) {
            judged += 1;
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a share of a thousand keys")]
    let strayed = judged > 0 && (judged - agreed) as f64 / judged as f64 > most;
    if !strayed {
        return Ok((agreed, judged));
    }
    let scheme = route.sides()[0].continuum().scheme();
    Err(Error::strayed(format!(
        "these servers do not follow OLD: of {judged} sampled keys {agreed} lie where scheme '{scheme}' \
         puts them; {}",
        followed(route, found)
    )))
}

/// About how many bytes come to each machine, of those that the machines hold.
pub(crate) fn comes(
    route: &Route,
    found: &BTreeSet<(Vec<u8>, u32)>,
    held: &BTreeMap<u32, u64>,
) -> BTreeMap<u32, u64> {
    let (mut sampled, mut moving): (BTreeMap<u32, u64>, BTreeMap<(u32, u32), u64>) =
        Default::default();
    for (key, on) in found {
        *sampled.entry(*on).or_default() += 1;
        if let Lies::Moving(to) = route.lies(key, *on) {
            *moving.entry((*on, to)).or_default() += 1;
        }
    }
    let mut comes: BTreeMap<u32, u64> = BTreeMap::new();
    for ((from, to), keys) in moving {
        let (of, bytes) = (sampled.get(&from).copied(), held.get(&from).copied());
        let part =
            u128::from(bytes.unwrap_or(0)) * u128::from(keys) / u128::from(of.unwrap_or(1).max(1));
        let all = comes.entry(to).or_default();
        *all = all.saturating_add(u64::try_from(part).unwrap_or(u64::MAX));
    }
    comes
}

/// What `identify` finds.
fn followed(route: &Route, found: &BTreeSet<(Vec<u8>, u32)>) -> String {
    let side = &route.sides()[0];
    let servers = side.continuum().servers();
    let pairs: Vec<(Vec<u8>, String)> = found
        .iter()
        .filter_map(|(key, on)| {
            let server = servers.get(route.server_of_old(*on)?)?;
            Some((side.part(key).into_owned(), server.identity().into_owned()))
        })
        .collect();
    let threads = thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    let none = || "identify finds no scheme that puts them there".to_owned();
    let Ok(told) = identify(&pairs, servers, threads) else { return none() };
    match told.candidates().first() {
        Some(best) if best.agreed() * 10 >= best.compared() * 9 => {
            let (agreed, compared) = (best.agreed(), best.compared());
            let form = best.variant().words();
            format!(
                "identify finds '{}' ({form}), which {agreed} of {compared} follow",
                best.scheme()
            )
        }
        _ => none(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use continuum_config::{Config, Options};

    use super::{comes, judge, part};
    use crate::route::{Route, Side};

    fn route(old: &str, new: &str) -> Route {
        let side = |text: &str| {
            let config = Config::parse(text, "pools.toml", &Options::new()).unwrap();
            Side::of(&config.pools()[0]).unwrap()
        };
        Route::between(side(old), side(new), &BTreeMap::new()).unwrap()
    }

    fn text(scheme: &str, servers: u32) -> String {
        let servers: Vec<_> = (0..servers).map(|number| format!("'10.0.0.{number}:1'")).collect();
        format!("scheme = \"{scheme}\"\nservers = [{}]", servers.join(", "))
    }

    /// A thousand keys, each where the old map of this route puts it.
    fn stored(route: &Route) -> BTreeSet<(Vec<u8>, u32)> {
        let keys = (0..1000).map(|number| format!("key-{number}").into_bytes());
        keys.map(|key| (key.clone(), route.old_owner(&key).unwrap())).collect()
    }

    #[test]
    fn a_map_that_is_followed_passes_also_half_way() {
        let route = route(&text("twemproxy", 5), &text("twemproxy", 6));
        let found = stored(&route);
        assert_eq!(judge(&route, &found, 0.01).unwrap(), (1000, 1000));
        let moved: BTreeSet<_> =
            found.iter().map(|(key, _)| (key.clone(), route.new_owner(key).unwrap())).collect();
        let (agreed, judged) = judge(&route, &moved, 0.01).unwrap();
        assert!(agreed == judged && agreed > 500, "{agreed} of {judged}");
        assert_eq!(judge(&route, &BTreeSet::new(), 0.01).unwrap(), (0, 0));
    }

    #[test]
    fn a_hundredth_may_stray_and_no_more() {
        let route = route(&text("twemproxy", 5), &text("twemproxy", 6));
        let strayed = |count: usize| -> BTreeSet<_> {
            let other = |key: &[u8], on: u32| {
                let owns = |number: &u32| Some(*number) == route.new_owner(key) || *number == on;
                (0..5).find(|number| !owns(number)).unwrap()
            };
            let stray = |(at, (key, on)): (usize, (Vec<u8>, u32))| {
                let on = if at < count { other(&key, on) } else { on };
                (key, on)
            };
            stored(&route).into_iter().enumerate().map(stray).collect()
        };
        assert_eq!(judge(&route, &strayed(10), 0.01).unwrap(), (990, 1000));
        let error = judge(&route, &strayed(11), 0.01).unwrap_err();
        assert!(error.is_strayed());
        assert!(error.to_string().contains("of 1000 sampled keys 989 lie where"), "{error}");
        assert!(judge(&route, &strayed(500), 0.5).is_ok());
    }

    #[test]
    fn another_scheme_is_named() {
        let real = route(&text("twemproxy:distribution=modula", 5), &text("twemproxy", 6));
        let wrong = route(&text("twemproxy", 5), &text("twemproxy", 6));
        let error = judge(&wrong, &stored(&real), 0.01).unwrap_err().to_string();
        assert!(
            error.contains("identify finds '") && error.contains("1000 of 1000 follow"),
            "{error}"
        );
        let spread: BTreeSet<_> =
            stored(&real).into_iter().zip(0_u32..).map(|((key, _), at)| (key, at % 5)).collect();
        let error = judge(&wrong, &spread, 0.01).unwrap_err().to_string();
        assert!(error.ends_with("identify finds no scheme that puts them there"), "{error}");
    }

    #[test]
    fn what_comes_is_told_by_what_was_sampled() {
        let route = route(&text("twemproxy", 5), &text("twemproxy", 6));
        let found = stored(&route);
        let held: BTreeMap<u32, u64> = (0..6).map(|number| (number, 1_000_000)).collect();
        let comes = comes(&route, &found, &held);
        // The new one gets most.
        let new = comes.get(&5).copied().unwrap();
        assert!(new > 0);
        assert!(comes.iter().all(|(to, bytes)| *to == 5 || *bytes < new), "{comes:?}");
        let part: u64 = (0..5)
            .map(|from| {
                let on = |number: &u32| *number == from;
                let all = found.iter().filter(|(_, number)| on(number)).count();
                let moving = found
                    .iter()
                    .filter(|(key, number)| on(number) && route.new_owner(key) == Some(5));
                u64::try_from(1_000_000 * moving.count() / all).unwrap()
            })
            .sum();
        assert_eq!(new, part);
    }

    #[test]
    fn parts_of_a_sample() {
        assert_eq!(part(7, 900), 7);
        assert_eq!(part(500_000, 1_000_000), 500);
        assert_eq!(part(1, 1_000_000), 1);
        assert_eq!(part(0, 1_000_000), 0);
        assert_eq!(part(u64::MAX, u64::MAX), 1000);
    }
}
