//! Recorded answers whose shape the vector suite does not read: for tests beside
//! their schemes.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::placement::{Cursor, Place};
use crate::server::{Capacity, Server, Servers};

/// A file in `vectors/`.
pub(crate) fn text(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors").join(file))
        .unwrap()
}

/// The sets of a file.
pub(crate) fn sets(file: &str) -> Vec<Value> {
    let Value::Array(sets) = serde_json::from_str(&text(file)).unwrap() else { panic!("no array") };
    sets
}

/// A set's keys, where a file holds them.
pub(crate) fn keys(set: &Value) -> Vec<Vec<u8>> {
    let name = set["keys"].as_str().unwrap();
    let text = text(&format!("keys/{name}.hex"));
    let byte = |pair: &[u8; 2]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
    text.lines().map(|line| line.as_bytes().as_chunks::<2>().0.iter().map(byte).collect()).collect()
}

/// A set's keys with the numbers of their owners.
pub(crate) fn owners(set: &Value) -> Vec<(Vec<u8>, u32)> {
    let number = |value: &Value| u32::try_from(value.as_u64().unwrap()).unwrap();
    if set["keys"].is_string() {
        let owners = set["index"].as_array().unwrap().iter().map(number);
        return keys(set).into_iter().zip(owners).collect();
    }
    let key = |case: &Value| match case["key"].as_str() {
        Some(text) => text.into(),
        None => case["key_u64"].as_str().unwrap().parse::<u64>().unwrap().to_le_bytes().into(),
    };
    let cases = set["cases"].as_array().unwrap().iter();
    cases.map(|case| (key(case), number(&case["server_index"]))).collect()
}

/// A set's servers.
pub(crate) fn servers(set: &Value) -> Servers {
    let mut servers = Servers::new();
    let normalized = &set["options"]["normalized_weights"];
    for (at, server) in set["servers"].as_array().unwrap().iter().enumerate() {
        let port = u16::try_from(server["port"].as_u64().unwrap()).unwrap();
        let weight = normalized[at].as_f64().or(server["weight"].as_f64()).unwrap();
        let mut one = Server::new(server["host"].as_str().unwrap(), port)
            .with_capacity(Capacity::try_from(weight).unwrap());
        if let Some(name) = server["name"].as_str() {
            one = one.with_name(name);
        }
        if let Some(id) = server["id"].as_u64() {
            one = one.with_id(u32::try_from(id).unwrap());
        }
        servers.add(one).unwrap();
    }
    servers
}

/// Compares what Envoy's own tests expect of ready hashes: attempts, and counts
/// of owners over evenly spread hashes. Gives the number of answers.
pub(crate) fn compare_hashes(set: &Value, place: &impl Place<u64>) -> u64 {
    let mut answers = 0;
    for case in set["cases"].as_array().into_iter().flatten() {
        let hash: u64 = case["hash"].as_str().unwrap().parse().unwrap();
        let attempt = usize::try_from(case["attempt"].as_u64().unwrap_or(0)).unwrap();
        let mut cursor = Cursor::default();
        // Attempts go around the ring, the walk ends where it began.
        let walk: Vec<u32> =
            std::iter::from_fn(|| place.step(hash, &mut cursor)).take(attempt + 1).collect();
        let owner = walk[attempt % walk.len()];
        assert_eq!(Some(u64::from(owner)), case["server_index"].as_u64(), "{case}");
        answers += 1;
    }
    if let Some(count) = set["histogram"]["n"].as_u64() {
        let theirs = set["histogram"]["counts"].as_array().unwrap();
        let mut counts = vec![0_u64; theirs.len()];
        for number in 0..count {
            counts[place.place(number * (u64::MAX / count)) as usize] += 1;
        }
        let theirs: Vec<u64> = theirs.iter().map(|count| count.as_u64().unwrap()).collect();
        assert_eq!(counts, theirs, "{}", set["name"]);
        answers += count;
    }
    answers
}
