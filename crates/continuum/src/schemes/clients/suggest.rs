//! What a name may mean that is no scheme's.

use super::{Client, letters};
use crate::schemes::CATALOGUE;

/// The most texts that are suggested.
const MOST: usize = 5;

/// Texts of schemes that a name may mean, the likeliest first: a scheme's own name
/// written otherwise, those of the clients that are called so, and names that differ by
/// a letter or two.
pub(crate) fn suggested(name: &str) -> Vec<&'static str> {
    let wanted = letters(name);
    let mut all: Vec<&'static str> = Vec::new();
    let mut add = |text: &'static str| {
        if all.len() < MOST && !all.contains(&text) {
            all.push(text);
        }
    };
    if wanted.is_empty() {
        return all;
    }
    let names = || {
        CATALOGUE.iter().flat_map(|entry| {
            std::iter::once(entry.name)
                .chain(entry.aliases.iter().copied())
                .map(|name| (letters(name), entry.name))
        })
    };
    names().filter(|(name, _)| *name == wanted).for_each(|(_, scheme)| add(scheme));
    Client::named(name).filter_map(Client::scheme_text).for_each(&mut add);
    let near = |name: &str| {
        let least = if wanted.len() < 5 { 1 } else { 2 };
        distance(name, &wanted) <= least || wanted.len() > 3 && name.contains(&wanted)
    };
    names().filter(|(name, _)| near(name)).for_each(|(_, scheme)| add(scheme));
    all
}

/// How many letters must be put in, taken out or changed to make one text of the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (count, letter) in (1..).zip(one.chars()) {
        let mut corner = std::mem::replace(&mut row[0], count);
        for (at, against) in other.iter().enumerate() {
            let changed = corner + usize::from(letter != *against);
            corner = row[at + 1];
            row[at + 1] = changed.min(row[at] + 1).min(corner + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::{distance, suggested};

    #[test]
    fn what_people_write() {
        for (name, text) in [
            ("ketama", "libketama"),
            ("pylibmc", "libmemcached"),
            ("hash_ring", "hash-ring"),
            ("maglev", "envoy-maglev"),
            ("NGINX", "nginx"),
            ("Istio", "envoy-ring-hash"),
            ("haprxy", "haproxy"),
            ("vllm production-stack", "uhashring"),
            ("node-hashring", "npm-hashring"),
        ] {
            assert!(suggested(name).contains(&text), "{name}: {:?}", suggested(name));
        }
        assert!(suggested("nonesuch").is_empty(), "{:?}", suggested("nonesuch"));
        assert!(suggested("").is_empty());
    }

    #[test]
    fn distances() {
        assert_eq!((distance("nginx", "nginx"), distance("ngnx", "nginx")), (0, 1));
        assert_eq!((distance("", "abc"), distance("kitten", "sitting")), (3, 3));
    }
}
