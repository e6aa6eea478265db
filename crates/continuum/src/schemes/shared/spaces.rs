//! Spaces of key hashes have one name for one function: only then are two
//! programs that hash alike compared exactly.

use std::collections::BTreeMap;

use crate::inspect::trial::combinations;
use crate::resolve::Continuum;
use crate::scheme::Scheme;
use crate::server::{Server, Servers};

/// Keys that tell rules apart: tags, paths, numbers, addresses, bytes, lengths.
/// None is empty: twemproxy hashes that one key otherwise.
fn keys() -> Vec<Vec<u8>> {
    let mut keys: Vec<Vec<u8>> = [
        "{user}:1",
        "a{b}c{d}",
        "{}x{y}",
        "}{a}",
        "{{a}}",
        "$a$b",
        "a|#|b",
        "/a/b/c/d?x=1&y=2",
        "/a//b;c?d",
        "/",
        "?",
        "http://h/a/b?c",
        "12345",
        "0",
        "18446744073709551616",
        "-1",
        "10.0.0.1",
        "::1",
        "a\0b",
        "\0",
        "é",
        "user name",
        "a:b:c",
    ]
    .iter()
    .map(|text| text.as_bytes().to_vec())
    .collect();
    keys.extend((0..100).map(|number| format!("key-{number}").into_bytes()));
    keys.extend([1, 3, 15, 16, 17, 64, 129, 250, 251, 600].map(|length| vec![b'k'; length]));
    keys.push(b"\xff\xfe\x80".to_vec());
    // Bits 16 to 30 are 0: of the CRC-32, and of FNV-1a.
    keys.extend([&b"key-35014"[..], b"key-145369"].map(<[u8]>::to_vec));
    keys
}

#[test]
fn one_function_has_one_name() {
    let mut servers = Servers::new();
    for number in 1..4_u8 {
        let server = Server::new(format!("10.0.0.{number}"), 11311);
        servers.add(server.with_id(number.into())).unwrap();
    }
    let keys = keys();
    let mut names: BTreeMap<Vec<u128>, (String, String)> = BTreeMap::new();
    let mut functions: BTreeMap<String, (Vec<u128>, String)> = BTreeMap::new();
    let mut faults = Vec::new();
    let mut families = BTreeMap::new();
    for entry in Scheme::catalogue() {
        for scheme in combinations(entry, true) {
            let Ok(continuum) = Continuum::with_servers(scheme, servers.clone()) else { continue };
            let (Some(regions), scheme) = (continuum.regions(), continuum.scheme().to_string())
            else {
                continue;
            };
            let name = regions.space().hash.clone();
            let positions: Vec<u128> =
                keys.iter().map(|key| continuum.position(key).unwrap()).collect();
            let (other, first) =
                names.entry(positions.clone()).or_insert_with(|| (name.clone(), scheme.clone()));
            if *other != name {
                faults.push(format!("{scheme} hashes as {first}: {name}, {other}"));
            }
            let (other, first) =
                functions.entry(name).or_insert_with(|| (positions.clone(), scheme.clone()));
            if *other != positions {
                faults.push(format!("{scheme} does not hash as {first}"));
            }
            families.insert(entry.name(), ());
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(families.len() > 20, "{families:?}");
    assert!(functions.len() > 30, "{} functions", functions.len());
}
