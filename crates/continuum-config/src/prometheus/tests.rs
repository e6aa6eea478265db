use super::{is_one, read};
use crate::options::Options;
use crate::testing::{file, none, only, shown, yaml_tree};

const FILE: &str = "
global: {scrape_interval: 15s}
scrape_configs:
- job_name: node
  static_configs: [{targets: [a:1, b:1]}]
  relabel_configs:
  - source_labels: [__address__]
    modulus: 3
    target_label: __tmp_hash
    action: hashmod
  - source_labels: [__tmp_hash]
    regex: ^1$
    action: keep
- job_name: plain
remote_write:
- url: http://x
  write_relabel_configs:
  - {source_labels: [job, instance], separator: '|', modulus: 2, target_label: s, action: HashMod}
";

#[test]
fn rules_are_pools_of_shards() {
    let tree = yaml_tree(FILE);
    assert!(is_one(&tree));
    assert_eq!(
        shown(read(&tree, &file(), &none())),
        ["node hashmod | 0 1 2", "remote_write hashmod | 0 1"]
    );
    let one = yaml_tree(FILE.split("remote_write").next().unwrap());
    let draft = only(read(&one, &file(), &none()));
    assert_eq!(draft.key.as_text(), Some("__address__"));
    let notes: Vec<&str> = draft.notes.iter().map(|note| note.sentence()).collect();
    assert!(notes[0].starts_with("read as Prometheus's; vmagent"), "{notes:?}");
    assert_eq!(notes[1], "this file keeps the shards that match '^1$'");
}

#[test]
fn whose_file_it_is() {
    let text = FILE.replace("job_name: plain", "job_name: plain\n  stream_parse: true");
    let found = shown(read(&yaml_tree(&text), &file(), &none()));
    assert_eq!(found[0], "node hashmod:program=vm | 0 1 2");
    let options = Options::new().with_scheme("hashmod:program=vm".parse().unwrap());
    let found = shown(read(&yaml_tree(FILE), &file(), &options));
    assert_eq!(found[0], "node hashmod:program=vm | 0 1 2");
}

/// `thanos store --selector.relabel-config`, vmagent's `-remoteWrite.relabelConfig`, and
/// the additional scrape configurations of Prometheus's operator.
#[test]
fn whose_list_it_is() {
    let shards = |label: &str| {
        format!("- {{source_labels: [{label}], action: hashmod, modulus: 2, target_label: s}}\n")
    };
    let told = |text: &str, options: &Options| {
        let tree = yaml_tree(text);
        assert!(is_one(&tree), "{text}");
        shown(read(&tree, &file(), options))
    };
    assert_eq!(told(&shards("__block_id"), &none()), ["relabelling hashmod | 0 1"]);
    let draft = only(read(&yaml_tree(&shards("__block_id")), &file(), &none()));
    assert!(draft.notes[0].sentence().starts_with("read as Thanos's"), "{:?}", draft.notes);
    let job = format!("- job_name: j\n  relabel_configs:\n  {}", shards("__address__"));
    assert_eq!(told(&job, &none()), ["j hashmod | 0 1"]);
    let plain = shards("a, b");
    let found = told(&plain, &none());
    assert!(found[0].starts_with("! f:1: a list of rules does not say whose it is"), "{found:?}");
    let both = ["program=prometheus", "program=vm"];
    assert!(both.iter().all(|program| found[0].contains(program)), "{found:?}");
    let vm = ["relabelling hashmod:program=vm | 0 1"];
    for word in ["if: '{a=\"b\"}'", "action: replace_all", "source_labels: a"] {
        let text = format!("{plain}- {{{word}, target_label: t}}\n");
        assert_eq!(told(&text, &none()), vm, "{word}");
    }
    let given = |scheme: &str| Options::new().with_scheme(scheme.parse().unwrap());
    assert_eq!(told(&plain, &given("hashmod:program=vm")), vm);
    assert_eq!(told(&plain, &given("hashmod")), ["relabelling hashmod | 0 1"]);
}

#[test]
fn a_part_of_a_file() {
    let rules = "relabel_configs:\n- {source_labels: [a], action: hashmod, modulus: 2}\n";
    let tree = yaml_tree(rules);
    assert!(is_one(&tree));
    assert_eq!(shown(read(&tree, &file(), &none())), ["relabel_configs hashmod | 0 1"]);
}

#[test]
fn refuses_by_name() {
    for (from, to, says) in [
        ("modulus: 3", "modulus: 0", "f:8: modulus 0 is refused"),
        ("modulus: 3", "modulus: many", "f:8: modulus must be a whole number"),
        ("modulus: 3", "modulus: 4294967296", "f:8: modulus 4294967296: more than"),
        ("    modulus: 3\n", "", "f:7: hashmod without a modulus"),
        ("source_labels: [__address__]", "regex: x", "f:7: hashmod without source_labels"),
        ("[__address__]", "{a: b}", "f:7: source_labels must be a list"),
    ] {
        let found = shown(read(&yaml_tree(&FILE.replacen(from, to, 1)), &file(), &none()));
        assert!(found[0].starts_with(&format!("! {says}")), "{to}: {found:?}");
    }
}

#[test]
fn what_comes_before_is_a_part_of_the_rule() {
    use crate::SameKey::{Different, Same};
    let rule = |before: &str| {
        let text = FILE.split("remote_write").next().unwrap();
        let text = text.replacen("relabel_configs:\n", &format!("relabel_configs:\n{before}"), 1);
        only(read(&yaml_tree(&text), &file(), &none())).key
    };
    let replace = |label: &str, target: &str| {
        format!("  - {{source_labels: [{label}], target_label: {target}}}\n")
    };
    let same = |before: &str| rule("").compare(&rule(before));
    assert_eq!(same(&replace("a", "__address__")), Different);
    assert_eq!(same(&replace("a", "b")), Same);
    let chain = |label: &str| replace(label, "a") + &replace("a", "__address__");
    assert_eq!(rule(&chain("x")).compare(&rule(&chain("y"))), Different);
    assert_eq!(same("  - {action: labeldrop, regex: __a.*}\n"), Different);
    assert_eq!(same("  - {source_labels: [a], regex: b, action: keep}\n"), Same);
    assert_eq!(
        rule(&replace("a", "__address__")).to_string(),
        "__address__, after {source_labels: [a], target_label: __address__}"
    );
}
