//! What a figure was measured on.

use std::fs;
use std::process::Command;

/// The first line of what a command prints, or "unknown".
fn line(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    text.ok().and_then(|text| text.lines().next().map(str::to_owned)).unwrap_or("unknown".into())
}

/// Date, ISO 8601.
pub fn date() -> String {
    line("date", &["+%F"])
}

/// The CPU as the system names it, its family and model, which tell what the name
/// of a virtual machine does not.
pub fn cpu() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        text.lines()
            .find(|line| line.split(':').next().is_some_and(|field| field.trim() == name))
            .and_then(|line| line.split_once(':'))
            .map_or("unknown", |(_, value)| value.trim())
    };
    format!("{}, family {}, model {}", field("model name"), field("cpu family"), field("model"))
}

/// For the name of a file.
pub fn cpu_word() -> String {
    let word: String = cpu()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .collect();
    let mut parts: Vec<&str> = word.split('-').filter(|part| !part.is_empty()).collect();
    parts.retain(|part| !["r", "tm", "cpu", "processor"].contains(part));
    parts.join("-")
}

pub fn lines() -> Vec<String> {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    vec![
        format!("{}; {cores} cores; levels {}", cpu(), continuum::bench::levels().join(", ")),
        format!("{}; {}", line("uname", &["-sr"]), line("rustc", &["--version"])),
        format!("load {}", fs::read_to_string("/proc/loadavg").unwrap_or_default().trim()),
    ]
}
