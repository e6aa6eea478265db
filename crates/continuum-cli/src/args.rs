//! The command line: only what clap needs to know.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Which server owns a key, as the program you run would answer
///
/// Consistent hashing on the command line: resolves keys over a set of servers
/// under a named, frozen scheme.
#[derive(Parser)]
#[command(name = "continuum", version, help_expected = true, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  continuum resolve -s 10.0.0.1:11211 -s 10.0.0.2:11211=2 my-key
  continuum schemes

Exit status: 0 done, 1 differences found (verify), 2 refused.
stdout carries data only; warnings and errors go to stderr.";

#[derive(Subcommand)]
pub(crate) enum Command {
    Resolve(Resolve),
    Schemes(Schemes),
    Verify(Verify),
    Completions(Completions),
    Man(Man),
}

/// The servers and the scheme, for every command that builds a continuum.
#[derive(Args, Default)]
pub(crate) struct Set {
    /// A server; give one -s for each. Capacity defaults to 1, 0 drains
    #[arg(short = 's', long = "server", value_name = "HOST:PORT[=CAPACITY]")]
    pub(crate) server: Vec<String>,

    /// A file of servers, one a line; a name ending in .toml is read as TOML
    #[arg(long = "servers", value_name = "FILE")]
    pub(crate) servers_file: Option<PathBuf>,

    /// The scheme [default: the TOML file's, or python-continuum]
    #[arg(long, value_name = "NAME[:OPTION=VALUE,...]")]
    pub(crate) scheme: Option<String>,
}

/// Say which server owns each key
#[derive(Args, Default)]
#[command(after_help = RESOLVE_EXAMPLES, after_long_help = RESOLVE_DETAILS)]
pub(crate) struct Resolve {
    #[command(flatten)]
    pub(crate) set: Set,

    /// Keys; without any they come from --keys, or from stdin
    #[arg(value_name = "KEY", conflicts_with = "keys_file")]
    pub(crate) keys: Vec<OsString>,

    /// Read the keys from a file, one a line; - is stdin
    #[arg(short = 'f', long = "keys", value_name = "FILE")]
    pub(crate) keys_file: Option<PathBuf>,

    /// Keys read, and answers written, end in NUL instead of a line break
    #[arg(short = '0', long = "null")]
    pub(crate) null: bool,

    /// Write one JSON object a line
    #[arg(long)]
    pub(crate) json: bool,

    /// Count the keys of each server instead of listing them
    #[arg(short = 'c', long)]
    pub(crate) count: bool,

    /// No warnings and no progress bar
    #[arg(short = 'q', long)]
    pub(crate) quiet: bool,
}

const RESOLVE_EXAMPLES: &str = "\
Examples:
  continuum resolve -s 192.168.0.1:8080 -s 192.168.0.2:8080=2 my-key other-key
  continuum resolve --servers servers.txt --keys keys.txt > owners.tsv
  git ls-files -z | continuum resolve -0 --servers servers.txt --count

See `continuum resolve --help` for the forms of input and output.";

const RESOLVE_DETAILS: &str = "\
Servers:
  A text file holds one server a line, as after -s; `#` at the start of a line
  or after a space begins a comment. A server is host:port, [ipv6]:port, a bare
  host, or the path of a Unix socket. A TOML file holds

    scheme = \"python-continuum\"             # optional; --scheme wins
    servers = [\"10.0.0.1:11211\", \"10.0.0.2:11211=2\"]

  or a table for each server, with host, port, capacity (or weight), name (or
  alias), id, zone, hash_key, guid as far as the scheme needs them:

    [[servers]]
    host = \"10.0.0.1\"
    port = 11211
    name = \"cache-a\"

  Servers of --servers come first, those of -s follow.

Keys:
  A key is all bytes up to the line break (or NUL with -0), whatever they are: a
  carriage return before the line break is part of the key, an empty line is the
  empty key, and bytes that are not UTF-8 pass through untouched.

Output:
  A line for each key, in order: the key, a tab, the server's name or address.
  A key that nobody owns has nothing after the tab. With --json:

    {\"key\":\"my-key\",\"server\":\"192.168.0.1:8080\",\"index\":0}

  index counts the servers from 0. A key that is not UTF-8 stands in hexadecimal
  as \"key_hex\" in place of \"key\"; server and index are null where nobody owns
  the key. With --count a table: keys of each server, their share of all keys
  read, and the share that its capacity calls for.

  JSON always ends in a line break; -0 then concerns only the keys.

Examples:
  continuum resolve -s 192.168.0.1:8080 -s 192.168.0.2:8080=2 my-key other-key
  continuum resolve --servers servers.txt --keys keys.txt > owners.tsv
  git ls-files -z | continuum resolve -0 --servers servers.txt --count

Everything is checked before the first answer is written. Exit status: 0 done,
2 refused.";

/// List the schemes, or show one with its options
#[derive(Args)]
#[command(after_help = SCHEMES_EXAMPLES)]
pub(crate) struct Schemes {
    /// Show this scheme with its options and their defaults
    #[arg(value_name = "NAME[:OPTION=VALUE,...]")]
    pub(crate) scheme: Option<String>,

    /// Write one JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
}

const SCHEMES_EXAMPLES: &str = "\
Examples:
  continuum schemes
  continuum schemes python-continuum
  continuum schemes --json | jq -r .name

Columns:
  order       what the order of the servers decides: nothing (free), only points
              that two servers share (ties), or who owns what (positional)
  minimal     changes that move no key needlessly: all, none, or some of add,
              remove, weight
  capacities  the numbers it takes
  answers     answers of the real program that it was checked against";

/// Check recorded answers of real programs key by key
#[derive(Args)]
#[command(after_help = VERIFY_EXAMPLES)]
pub(crate) struct Verify {
    /// Files of recorded answers
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,

    /// Write one JSON object a line, one for each set
    #[arg(long)]
    pub(crate) json: bool,
}

const VERIFY_EXAMPLES: &str = "\
Examples:
  continuum verify vectors/python-continuum.json
  continuum verify vectors/*.json

Exit status: 0 all answers agree, 1 some differ, 2 nothing could be compared.";

/// Print a completion script for a shell
#[derive(Args)]
#[command(after_help = COMPLETIONS_EXAMPLES)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub(crate) shell: clap_complete::Shell,
}

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  continuum completions bash > /etc/bash_completion.d/continuum
  continuum completions fish > ~/.config/fish/completions/continuum.fish";

/// Print the manual page, of the program or of one command
#[derive(Args)]
#[command(after_help = MAN_EXAMPLES)]
pub(crate) struct Man {
    /// The command; without one, the page of the program
    #[arg(value_name = "COMMAND")]
    pub(crate) command: Option<String>,
}

const MAN_EXAMPLES: &str = "\
Examples:
  continuum man > continuum.1
  continuum man resolve | man -l -";
