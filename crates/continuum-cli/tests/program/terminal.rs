//! What a person at a terminal sees and a pipe does not: bars, colour. `script`
//! of util-linux lends the terminal.

use std::process::{Command, Stdio};

use super::{pages, scratch};

/// The command's output on a terminal of its own, stdout and stderr together.
fn on_a_terminal(args: &str, no_colour: bool) -> String {
    let mut script = Command::new("script");
    script
        .args(["-q", "-e", "-c", &format!("'{}' {args}", env!("CARGO_BIN_EXE_continuum"))])
        .arg("/dev/null")
        .env("TERM", "xterm-256color")
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .env_remove("CI")
        .stdin(Stdio::null());
    if no_colour {
        script.env("NO_COLOR", "1");
    }
    let output = script.output().expect("`script` of util-linux lends the terminal");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    text.replace("\r\n", "\n")
}

fn piped(args: &str) -> (String, String) {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("'{}' {args}", env!("CARGO_BIN_EXE_continuum"))]);
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success());
    (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

fn widest(text: &str) -> usize {
    text.lines().map(|line| line.chars().count()).max().unwrap()
}

#[test]
fn bars_show_on_a_terminal_only_and_fit_it() {
    let [old, new] = ["nutcracker.yml", "nutcracker.new.yml"]
        .map(|name| pages("worked-case.in").join(name).display().to_string());
    let long = "cache-frontend-of-the-north.region-one.example.org";
    let listed: Vec<String> = (0..12).map(|n| format!("'{long}{n}:11211={}'", n % 3 + 1)).collect();
    let text = format!("name = 'n'\nscheme = 'slots-1'\nservers = [{}]\n", listed.join(","));
    let file = scratch("terminal.toml", text.as_bytes());
    let wide = file.display().to_string();
    for args in [
        format!("plan '{old}' '{new}'"),
        format!("plan '{old}' --steps 3 --weight 10.0.0.1:11211=9"),
        format!("plan '{wide}' --remove {long}3:11211 --add '{long}99:11211=333.333'"),
    ] {
        let (shown, (plain, _)) = (on_a_terminal(&args, false), piped(&args));
        // Long names and weights leave no room for bars, and none are squeezed in.
        let roomy = !args.contains(&wide);
        assert_eq!(['█', '▒', '░'].map(|mark| shown.contains(mark)), [roomy; 3], "{shown}");
        assert!(!plain.contains(['█', '▒', '░', '\u{1b}']), "{plain}");
        // Without its bars it is what a pipe gets: nothing else is added.
        let bare = |line: &str| line.trim_end_matches(['█', '▒', '░']).trim_end().to_owned();
        let bare: Vec<String> = shown.lines().map(bare).collect();
        assert_eq!(bare, plain.lines().map(str::to_owned).collect::<Vec<_>>());
        assert!(widest(&shown) <= 80 && widest(&plain) <= 80, "{shown}");
    }
}

#[test]
fn colour_shows_on_a_terminal_only_and_says_nothing() {
    // Draws a note: HAProxy's dialect is not said.
    let haproxy = pages("worked-case.in").join("haproxy.cfg").display().to_string();
    let args = format!("plan '{haproxy}' --remove s3");
    let coloured = on_a_terminal(&args, false);
    assert!(coloured.contains("\u{1b}[") && coloured.contains("note:"), "{coloured}");
    let plain = on_a_terminal(&args, true);
    assert!(!plain.contains('\u{1b}'), "{plain}");
    let mut without = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        without.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    without.push_str(rest);
    assert_eq!(without, plain, "colour adds nothing");
    let (_, talk) = piped(&args);
    assert!(talk.contains("note:") && !talk.contains('\u{1b}'), "{talk}");
}
