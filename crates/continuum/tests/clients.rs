//! `docs/CLIENTS.md`, written from the clients that the library knows, and what their
//! lines rest on.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use continuum::Scheme;
use continuum::clients::Client;
use continuum_vectors::read;

const HEAD: &str = "\
# Clients

Which scheme gives the answers of which client, library or proxy. `continuum schemes --client NAME` finds a line, and
[SCHEMES.md](SCHEMES.md) has a page for each scheme. Versions are those of which this is known; *read, not asked* marks the
few lines that rest on a program's source. This page is written by the test `the_page_of_clients_is_up_to_date`.

| client | language | versions | scheme | note |
|---|---|---|---|---|
";

#[test]
fn the_page_of_clients_is_up_to_date() {
    let mut page = String::from(HEAD);
    let mut missing = String::from(
        "\n## Known, and not covered\n\n| client | language | versions | why |\n|---|---|---|---|\n",
    );
    for client in Client::all() {
        let (name, language, versions) = (client.name(), client.language(), client.versions());
        match (client.scheme_text(), client.reason()) {
            (Some(text), _) => {
                let scheme: Scheme = text.parse().unwrap();
                writeln!(
                    page,
                    "| {name} | {language} | {versions} | [`{text}`](schemes/{}.md) | {} |",
                    scheme.name(),
                    client.note()
                )
                .unwrap();
            }
            (None, reason) => {
                writeln!(missing, "| {name} | {language} | {versions} | {} |", reason.unwrap())
                    .unwrap();
            }
        }
    }
    let named: BTreeSet<&str> =
        Client::all().iter().filter_map(|client| Some(client.scheme()?.name())).collect();
    for entry in Scheme::catalogue().iter().filter(|entry| entry.proven() > 0) {
        if !named.contains(entry.name()) {
            let (program, versions, name) = (entry.program(), entry.versions(), entry.name());
            writeln!(page, "| {program} | | {versions} | [`{name}`](schemes/{name}.md) | |")
                .unwrap();
        }
    }
    crate::checksums::up_to_date("docs/CLIENTS.md", &format!("{page}{missing}"));
}

/// Each line's scheme was compared with answers of a program.
#[test]
fn every_client_s_scheme_has_recorded_answers() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors");
    let mut recorded: BTreeSet<String> = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "json") {
            continue;
        }
        for set in read(&path).unwrap() {
            let scheme = set.scheme().and_then(|text| text.parse::<Scheme>().ok());
            recorded.extend(scheme.map(|scheme| scheme.name().to_owned()));
        }
    }
    for client in Client::all() {
        if let Some(scheme) = client.scheme() {
            assert!(recorded.contains(scheme.name()), "{}: no answers of {scheme}", client.name());
        }
    }
}

#[test]
fn unknown_schemes_are_told_what_they_may_be() {
    for (name, text) in [
        ("ketama", "libketama"),
        ("pylibmc", "libmemcached"),
        ("hash_ring", "hash-ring"),
        ("maglev", "envoy-maglev"),
        ("NGINX", "nginx"),
    ] {
        let error = name.parse::<Scheme>().unwrap_err().to_string();
        assert!(error.contains("; perhaps ") && error.contains(text), "{error}");
    }
    let error = "nonesuch".parse::<Scheme>().unwrap_err().to_string();
    assert!(error.starts_with("no scheme 'nonesuch'; there are python-continuum, "), "{error}");
}
