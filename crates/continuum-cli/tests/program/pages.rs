//! Every command has its page: a real command and what it really says.

use std::fs;

use serde_json::Value;

use super::{answers, continuum, pages, run, scratch};

#[test]
fn every_command_has_a_page_with_a_command_and_its_output() {
    let help = String::from_utf8(answers(continuum().arg("help"), b"")).unwrap();
    let listed = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let commands: Vec<&str> =
        listed.lines().map(|line| line.split_whitespace().next().unwrap()).collect();
    assert!(commands.len() >= 13 && commands.contains(&"plan"), "{commands:?}");
    let list = fs::read_to_string(pages("commands/README.md")).unwrap();
    for command in commands.into_iter().filter(|command| *command != "help") {
        let page = pages(&format!("commands/{command}.md"));
        let text = fs::read_to_string(&page).unwrap_or_default();
        assert!(text.starts_with(&format!("# continuum {command}\n")), "{}", page.display());
        // `cli_tests` runs what stands in such blocks; all that is shown is tested.
        let run = text.split("```console\n").skip(1).any(|block| {
            let block = block.split("```").next().unwrap();
            let mut lines = block.lines();
            lines.next().is_some_and(|line| line.starts_with(&format!("$ continuum {command}")))
                && lines.filter(|line| !line.is_empty() && !line.starts_with("? ")).count() > 0
        });
        assert!(run, "{} runs no command and shows no output", page.display());
        assert!(list.contains(&format!("[`{command}`]({command}.md)")), "README.md: {command}");
    }
}

/// The plan that README.md shows is that of the page, which `cli_tests` runs.
#[test]
fn the_plan_in_the_readme_is_real() {
    let readme = fs::read_to_string(pages("../README.md")).unwrap();
    let shown = readme.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    assert!(shown.starts_with("$ continuum plan ") && shown.lines().count() > 8, "{shown}");
    assert!(fs::read_to_string(pages("commands/plan.md")).unwrap().contains(shown), "{shown}");
}

/// Every name in an object, however deep.
fn names(value: &Value, found: &mut std::collections::BTreeSet<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(name, value)| {
            found.insert(name.clone());
            names(value, found);
        }),
        Value::Array(list) => list.iter().for_each(|value| names(value, found)),
        _ => {}
    }
}

/// `--help` has every name that `--json` writes.
#[test]
fn every_name_in_json_is_in_the_help() {
    let keys = scratch("documented-keys", b"\xff\t1\n\xff\t1\na\t2\na\t2\nb\t3\nc\t4\n");
    let dealt = fs::read(pages("commands/identify.in/dealt.tsv")).unwrap();
    let dealt = [&b"\xff\t10.0.0.1:11211\n"[..], &dealt].concat();
    let pairs = scratch("documented-pairs", &dealt);
    let keys = keys.to_str().unwrap();
    let at = |name: &str| pages("commands").join(name).to_str().unwrap().to_owned();
    let (old, new) = (at("plan.in/nutcracker.yml"), at("plan.in/nutcracker.new.yml"));
    let two = scratch(
        "documented.toml",
        b"[[pools]]\nname = 'x'\nscheme = 'nginx'\nservers = ['a:1', 'b:1']\n\
          [[pools]]\nname = 'y'\nscheme = 'python-continuum:points=1'\nservers = ['a:1', 'b:1']\n",
    );
    let one = scratch(
        "documented-one.toml",
        b"[[pools]]\nname = 'x'\nscheme = 'nginx'\nservers = ['b:1', 'c:1']\n\
          [[pools]]\nname = 'z'\nscheme = 'nginx'\nservers = ['a:1']\n",
    );
    let [two, one] = [&two, &one].map(|file| file.to_str().unwrap());
    let (named, php) = (at("compare.in/named.yml"), at("compare.in/php.conf"));
    let (servers, lint) = (at("identify.in/servers.txt"), at("lint.in/nginx.conf"));
    for (command, least, runs) in [
        (
            "plan",
            30,
            vec![
                vec![&*old, &new, "--keys", keys, "--ranges", "--flows", "--steps", "2"],
                vec![two, one],
            ],
        ),
        ("compare", 14, vec![vec![&*named, &php, "--keys", keys], vec![two, one]]),
        ("balance", 18, vec![vec![&*old, "--keys", keys], vec![two, "--pool", "x"]]),
        (
            "identify",
            17,
            vec![vec!["--near", "40", "--servers", &servers, pairs.to_str().unwrap()]],
        ),
        ("lint", 7, vec![vec![&*lint]]),
    ] {
        let mut found = std::collections::BTreeSet::new();
        for args in runs {
            let output = run(continuum().arg(command).args(&args).arg("--json"), b"");
            let value: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
                panic!("{command}: {error}: {}", String::from_utf8_lossy(&output.stderr))
            });
            names(&value, &mut found);
        }
        assert!(found.len() >= least, "{command}: {found:?}");
        let help = String::from_utf8(answers(continuum().args([command, "--help"]), b"")).unwrap();
        for name in found {
            assert!(help.contains(&format!("\"{name}\"")), "{command} --help lacks {name}");
        }
    }
}

/// A key that is no text is told byte for byte, not by what stands for it.
#[test]
fn keys_that_are_no_text_are_told_in_hexadecimal() {
    let keys = scratch("bytes-keys", b"\xff\xfe\n\xff\xfe\n");
    let at = |name: &str| pages("commands").join(name);
    let mut balance = continuum();
    balance.arg("balance").arg(at("plan.in/nutcracker.yml")).args(["-q", "--json", "--keys"]);
    let told = String::from_utf8(answers(balance.arg(&keys), b"")).unwrap();
    assert!(told.contains(r#""heaviest":[{"key_hex":"fffe","count":2"#), "{told}");
    let dealt = fs::read(at("identify.in/dealt.tsv")).unwrap();
    let pairs = [&b"\xff\xfe\t10.0.0.1:11211\n"[..], &dealt].concat();
    let pairs = scratch("bytes-pairs", &pairs);
    let mut identify = continuum();
    identify.args(["identify", "--near", "40", "--servers"]).arg(at("identify.in/servers.txt"));
    let output = run(identify.arg(&pairs), b"");
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("key '0xfffe' was on 10.0.0.1:11211"), "{told}");
}
