//! A client's calls give the map that the real client had after them.

use std::path::Path;

use continuum::compat::libmemcached::Behaviors;
use continuum::scheme::{Advice, Topic};
use continuum::{Continuum, Error, Server, Servers};
use continuum_vectors::{Set, read};

fn add_all(client: &mut Behaviors, set: &Set) {
    for server in set.servers() {
        client.add_server(server.clone());
    }
}

/// The calls behind a recorded set, from its own words.
fn client(set: &Set) -> Result<Behaviors, Error> {
    let option = |name: &str| set.option_text(name).unwrap();
    let choose = |client: &mut Behaviors| -> Result<(), Error> {
        match option("mode") {
            "ketama" => client.set("ketama", "1")?,
            "ketama_weighted" => client.set("ketama_weighted", "1")?,
            "spy_weighted" => client.set("ketama_weighted", "1")?.set("distribution", "spy")?,
            mode => client.set("distribution", mode)?,
        };
        Ok(())
    };
    let mut client = Behaviors::new();
    if let Some(earlier) = set.option_text("point_hash") {
        choose(client.set("hash", earlier)?)?;
        add_all(&mut client, set);
        client.set("hash", option("hash"))?;
        return Ok(client);
    }
    let before = option("order") == "before";
    let weighted = option("mode").ends_with("weighted");
    if !before {
        add_all(&mut client, set);
    }
    if !weighted {
        client.set("hash", option("hash"))?;
    }
    choose(&mut client)?;
    if weighted {
        // KETAMA_WEIGHTED sets MD5 itself.
        client.set("hash", option("hash"))?;
    }
    if before {
        add_all(&mut client, set);
    }
    Ok(client)
}

#[test]
fn calls_give_the_recorded_maps() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors");
    let (mut sets, mut answers) = (0, 0);
    for file in [
        "libmemcached.json",
        "libmemcached-allhashes.json",
        "libmemcached-quirks.json",
        "pylibmc-bundled-libmemcached.json",
    ] {
        for set in read(&folder.join(file)).unwrap() {
            let client = client(&set).unwrap();
            let mut servers = Servers::new();
            for server in client.servers() {
                servers.add(server.clone()).unwrap();
            }
            let scheme = client.scheme();
            let continuum = Continuum::with_servers(scheme.clone(), servers).unwrap();
            for (key, owner) in set.owners() {
                assert_eq!(continuum.resolve_index(key), Some(owner), "{} {scheme}", set.name());
                answers += 1;
            }
            sets += 1;
        }
    }
    println!("{sets} sequences of calls, {answers} answers");
    assert!(sets > 100);
}

/// What the defects of the family come to, and that each is told.
#[test]
fn defects_are_told() {
    let equal = |scheme: &str| {
        let mut servers = Servers::new();
        for number in 1..=10 {
            servers.add(Server::new(format!("10.0.0.{number}"), 11211)).unwrap();
        }
        Continuum::with_servers(scheme.parse().unwrap(), servers).unwrap()
    };
    for (scheme, topic) in [
        ("libmemcached:distribution=ketama-weighted,hash=crc", Some(Topic::Uneven)),
        ("libmemcached:distribution=ketama,hash=crc", None),
        ("libmemcached:distribution=ketama,hash=crc,point-hash=md5", Some(Topic::Uneven)),
        ("libmemcached:distribution=ketama,hash=md5", None),
        ("libmemcached:distribution=spy,hash=md5", Some(Topic::Differs)),
        ("libmemcached", Some(Topic::Positional)),
        ("twemproxy:hash=crc32", Some(Topic::Uneven)),
        ("twemproxy:distribution=modula,hash=crc32", None),
        ("spymemcached:locator=ketama,hash=crc,weighted=on", Some(Topic::Uneven)),
        ("spymemcached:locator=ketama,hash=crc", None),
    ] {
        let continuum = equal(scheme);
        assert_eq!(continuum.advice().first().map(Advice::topic), topic, "{scheme}");
        let mut owners: Vec<_> =
            (0..1000).map(|n| continuum.resolve_index(format!("key-{n}"))).collect();
        owners.sort();
        owners.dedup();
        assert_eq!(owners.len() < 3, topic == Some(Topic::Uneven), "{scheme}: {owners:?}");
    }
    let mut drained = equal("libmemcached:distribution=ketama");
    drained.update(|servers| servers.set_capacity("10.0.0.1:11211", 0).map(drop)).unwrap();
    assert_eq!(drained.advice()[0].topic(), Topic::Capacity);
    assert!((0..1000).any(|n| drained.resolve_index(format!("key-{n}")) == Some(0)));
}
