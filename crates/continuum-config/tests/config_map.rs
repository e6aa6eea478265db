//! Files in the `data:` of a ConfigMap.

use continuum_config::{Config, Error, Format, Options, Pool};

const HASHRINGS: &str = r#"[
  {
    "hashring": "default",
    "endpoints": ["r-0:10901", "r-1:10901"],
    "algorithm": "ketama"
  }
]
"#;
const NGINX: &str =
    "upstream u {\n  hash $uri consistent;\n\n  server 10.0.0.1:80;\n  server x:y;\n}\n";

/// A ConfigMap whose entries are texts of many lines.
fn manifest(entries: &[(&str, &str)]) -> String {
    let mut text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata:\n".to_owned();
    for (name, inner) in entries {
        text.push_str(&format!("  {name}: |\n"));
        for line in inner.lines() {
            text.push_str(&format!("    {line}\n"));
        }
    }
    text
}

fn read(text: &str) -> Result<Config, Error> {
    Config::parse(text, "m.yaml", &Options::new())
}

#[test]
fn the_entry_that_is_a_configuration_is_read() {
    let config = read(&manifest(&[("LEVEL", "info"), ("hashrings.json", HASHRINGS)])).unwrap();
    assert_eq!(config.format(), Format::Thanos);
    let pool = config.pool("default").unwrap();
    assert_eq!(pool.scheme().to_string(), "thanos-ketama");
    assert_eq!((pool.format(), pool.servers().len()), (Format::Thanos, 2));
    // Lines are the manifest's.
    assert_eq!(pool.place().to_string(), "m.yaml/hashrings.json:9");
    let broken = HASHRINGS.replace("algorithm", "algoritm");
    let config = read(&manifest(&[("hashrings.json", &broken)])).unwrap();
    let error = config.pool("default").unwrap_err().to_string();
    assert_eq!(
        error,
        "m.yaml/hashrings.json:10: pool 'default': a hashring: unknown setting 'algoritm'"
    );
}

#[test]
fn texts_of_a_secret_are_read_too() {
    let text = manifest(&[("hashrings.json", HASHRINGS)])
        .replace("kind: ConfigMap", "kind: Secret")
        .replace("data:", "stringData:");
    assert_eq!(read(&text).unwrap().format(), Format::Thanos);
}

#[test]
fn entries_of_every_kind() {
    let haproxy = "backend b\n  balance source\n  server s 10.0.0.1:80\n";
    let envoy = "clusters:\n- name: e\n  lb_policy: MAGLEV\n  load_assignment: {endpoints: \
                 [{lb_endpoints: [{endpoint: {address: {pipe: {path: /a}}}}]}]}\n";
    let caddy = "a.com {\n  reverse_proxy a:1 b:1 {\n    lb_policy ip_hash\n  }\n}\n";
    let nginx = NGINX.replace("x:y", "10.0.0.2:80");
    for (name, text, format, pool) in [
        ("haproxy.cfg", haproxy, Format::Haproxy, "b"),
        ("envoy.yaml", envoy, Format::Envoy, "e"),
        ("nginx.conf", &nginx, Format::Nginx, "u"),
        ("Caddyfile", caddy, Format::Caddy, "a.com"),
        ("config", haproxy, Format::Haproxy, "b"),
    ] {
        let other = ("mime.types", "types {\n  text/html html;\n}\n");
        let config = read(&manifest(&[other, (name, text)])).unwrap();
        let names: Vec<&str> = config.pools().iter().map(Pool::name).collect();
        assert_eq!((config.format(), names), (format, vec![pool]), "{name}");
        // What is not known is told.
        assert_eq!(config.notes().len(), 1, "{name}");
        assert_eq!(config.notes()[0].place().file(), "m.yaml/mime.types");
    }
    let mut all =
        format!("kind: Service\nmetadata: {{name: s}}\n---\n{}", manifest(&[("c", haproxy)]));
    assert_eq!(read(&all).unwrap().pools()[0].place().line(), 9);
    // Where there are endpoints, they are what is read.
    all.push_str("---\nkind: EndpointSlice\nmetadata: {name: e}\nendpoints: [{addresses: [a]}]\n");
    assert_eq!(read(&all).unwrap().format(), Format::EndpointSlice);
}

#[test]
fn a_text_in_quotes_has_lines_of_its_own() {
    let text = r#"{"apiVersion": "v1", "kind": "List", "items": [{"kind": "ConfigMap",
        "data": {"nginx.conf": "upstream u {\n hash $uri;\n server x:y;\n}\n"}}]}"#;
    let config = Config::parse(text, "m.json", &Options::new()).unwrap();
    let error = config.pool("u").unwrap_err().to_string();
    assert!(error.starts_with("m.json/nginx.conf:3: pool 'u'"), "{error}");
}

#[test]
fn what_is_not_one_configuration_is_refused_by_name() {
    let told = |entries: &[(&str, &str)]| match read(&manifest(entries)) {
        Ok(config) => config.into_pools().unwrap_err().to_string(),
        Err(error) => error.to_string(),
    };
    let two = told(&[("a.json", HASHRINGS), ("b.json", HASHRINGS)]);
    assert_eq!(
        two,
        "m.yaml:1: several entries of the ConfigMap are configurations: 'a.json', 'b.json'; give \
         the text of one as a file"
    );
    assert_eq!(
        told(&[("nginx.conf", NGINX)]),
        "m.yaml/nginx.conf:10: pool 'u': port 'y' is not a number from 1 to 65535"
    );
    let none = told(&[("a.rules", "one\ntwo\n")]);
    assert!(none.starts_with("m.yaml/a.rules:1: neither name nor content tells"), "{none}");
    let many: Vec<String> = (0..21).map(|number| format!("a{number}.txt")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|name| (name.as_str(), "x")).collect();
    assert!(told(&many).starts_with("m.yaml:1: more than 20 entries in a ConfigMap"));
    // A manifest in a manifest is not opened.
    let inner = manifest(&[("a.json", HASHRINGS)]);
    let found = told(&[("m.yaml", &inner)]);
    assert!(found.contains("no EndpointSlice"), "{found}");
}
