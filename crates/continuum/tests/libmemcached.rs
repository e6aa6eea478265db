//! A client's calls give the map that the real client had after them.

use std::path::Path;

use continuum::libmemcached::Behaviors;
use continuum::{Continuum, Error, Servers};
use continuum_vectors::{Set, read};

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
        set.servers().iter().for_each(|server| drop(client.add_server(server.clone())));
        client.set("hash", option("hash"))?;
        return Ok(client);
    }
    let before = option("order") == "before";
    let weighted = option("mode").ends_with("weighted");
    if !before {
        set.servers().iter().for_each(|server| drop(client.add_server(server.clone())));
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
        set.servers().iter().for_each(|server| drop(client.add_server(server.clone())));
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
