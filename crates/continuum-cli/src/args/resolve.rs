//! `continuum resolve`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

use super::{Forms, InputForm, OutputForm, Reading, Set, Tables};

/// Show which server owns each key
#[derive(Args, Default)]
#[command(after_help = RESOLVE_EXAMPLES, after_long_help = RESOLVE_DETAILS)]
pub(crate) struct Resolve {
    #[command(flatten)]
    pub(crate) set: Set,

    /// Take servers and scheme from a program's configuration
    #[arg(short = 'C', long, value_name = "FILE", conflicts_with_all = ["server", "servers_file"])]
    pub(crate) config: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) reading: Reading,

    /// Keys; the first is a configuration unless -s, --servers or -C
    #[arg(value_name = "KEY")]
    pub(crate) keys: Vec<OsString>,

    /// Read keys from a file, one per line or by its extension; - is stdin
    #[arg(short = 'f', long = "keys", value_name = "FILE")]
    pub(crate) keys_file: Option<PathBuf>,

    /// Resolve the key that a configuration makes of this request
    #[arg(
        long,
        value_name = "METHOD TARGET",
        conflicts_with_all = ["server", "servers_file", "keys_file", "input_format", "column"]
    )]
    pub(crate) request: Option<String>,

    /// The client's address of --request
    #[arg(long, value_name = "IP", requires = "request")]
    pub(crate) client: Option<String>,

    /// A header of --request; repeat --header for each
    #[arg(long, value_name = "NAME: VALUE", requires = "request")]
    pub(crate) header: Vec<String>,

    #[command(flatten)]
    pub(crate) forms: Forms,

    #[command(flatten)]
    pub(crate) tables: Tables,

    /// Keys and answers end in NUL instead of a line break
    #[arg(short = '0', long = "null", conflicts_with_all = ["input_format", "output_format"])]
    pub(crate) null: bool,

    /// Write one JSON object per line
    #[arg(long)]
    pub(crate) json: bool,

    /// Explain each answer: bytes, hash, position, next, alternatives
    #[arg(long, conflicts_with_all = ["count", "null", "output_format"])]
    pub(crate) explain: bool,

    /// Count the keys of each server instead of listing them
    #[arg(short = 'c', long, conflicts_with = "output_format")]
    pub(crate) count: bool,

    /// Print no warnings and no progress bar
    #[arg(short = 'q', long)]
    pub(crate) quiet: bool,
}

impl Resolve {
    /// The form that keys are read in, as far as the arguments say.
    pub(crate) fn input_form(&self) -> Option<InputForm> {
        self.null.then_some(InputForm::NullSeparated).or(self.forms.input_format)
    }

    /// The form that answers are written in.
    pub(crate) fn output_form(&self) -> OutputForm {
        match self.forms.output_format {
            Some(form) => form,
            None if self.json => OutputForm::Ndjson,
            None if self.null => OutputForm::NullSeparated,
            None => OutputForm::Lines,
        }
    }
}

macro_rules! examples {
    () => {
        "\
Examples:
  continuum resolve -s 192.168.0.1:8080 -s 192.168.0.2:8080=2 my-key other-key
  continuum resolve nginx.conf --pool backend /index.html
  continuum resolve nginx.conf --request 'GET /a?x=1' --client 10.1.2.3
  continuum resolve --servers servers.txt --keys keys.txt > owners.tsv
  continuum resolve --servers servers.txt --keys orders.parquet --column user
  continuum resolve --servers servers.txt 'big/*.parquet' --append \\
    --partition-by server -o out/
  git ls-files -z | continuum resolve -0 --servers servers.txt --count
"
    };
}

const RESOLVE_EXAMPLES: &str =
    concat!(examples!(), "\nSee `continuum resolve --help` for the forms of input and output.");

const RESOLVE_DETAILS: &str = concat!(
    "\
Servers:
  A text file holds one server a line, as after -s; `#` at the start of a line
  or after a space begins a comment. A server is host:port, [ipv6]:port, a bare
  host, or the path of a Unix socket. A TOML file holds

    scheme = \"python-continuum\"             # optional; --scheme wins
    servers = [\"10.0.0.1:11211\", \"10.0.0.2:11211=2\"]

  or a table for each server, with host, port, capacity (or weight), name (or
  alias), id, zone, hash_key, guid, instance, and Envoy's hostname, locality and
  locality_weight, as far as the scheme needs them:

    [[servers]]
    host = \"10.0.0.1\"
    port = 11211
    name = \"cache-a\"

  Servers of --servers come first, those of -s follow.

  A configuration (-C, or the first word where no servers are given) is that of
  twemproxy, nginx, HAProxy, Envoy, Caddy, mcrouter, libmemcached, go-redis,
  Thanos, carbon, carbon-c-relay, Prometheus or Kafka, EndpointSlices, or
  Continuum's TOML with pools; --pool chooses where it has several.

Keys:
  Without any they come from --keys, or from stdin. A key is all bytes up to the
  line break (or NUL with -0), whatever they are: a carriage return before the
  line break is part of the key, an empty line is the empty key, and bytes that
  are not UTF-8 pass through untouched.

  --input-format, or the file's extension (.csv, .tsv, .ndjson, .jsonl,
  .parquet), says that keys are a column, which --column chooses:

    csv, tsv   a name in the first row, or a number from 1; with --no-header
               there are no names. Rows have as many fields as the first;
               blank lines between them are passed over, and refused where
               there is one column.
    ndjson     a field, a.b within another (\\. is a dot in a name): a text, or a
               whole number, which is read as its decimal digits
    parquet    a column of texts, bytes or integers (as decimal digits), a.b
               within another; from a file, not through stdin

  A text file whose name ends in .gz or .zst is unpacked as it is read; packed
  bytes under another name are refused, unless --input-format says lines.

  Without --column it is `key`, or the only column. Rows and JSON lines up to
  16 MiB are read. A row without a key (null, a missing field) is refused.

Output:
  A line for each key, in order: the key, a tab, the server's name or address.
  A key that nobody owns has nothing after the tab. With --json:

    {\"key\":\"my-key\",\"server\":\"192.168.0.1:8080\",\"index\":0}

  With --explain, {\"key\", \"server\", \"scheme\", \"hashed\", \"hash\", \"position\",
  \"hit\", \"candidates\", \"otherwise\": [{\"with\", \"server\"}]}.

  index counts the servers from 0. A key that is not UTF-8 stands in hexadecimal
  as \"key_hex\" in place of \"key\"; server and index are null where nobody owns
  the key. With --count a table: keys of each server, their share of all keys
  read, and the share that its capacity calls for.

  JSON always ends in a line break; -0 then concerns only the keys.

  --output-format csv and parquet have the columns key and server; a server is
  empty, in Parquet null, where nobody owns the key. Keys in Parquet are texts:
  one that is not UTF-8 is refused, as is one with a line break among lines.

Tables:
  With --append the words are files of Parquet or of Arrow's IPC, or patterns of
  them. All must have the same columns. Every row keeps its columns and gets one
  more, `server`. --output is a file that ends in .parquet, .arrow, .feather or
  .ipc; with --partition-by server it is a folder, which gets a file of Parquet
  for each server: its name, with %XX for what a file's name cannot have. Rows
  without a server stand in none.parquet. The memory is that of a few groups of
  rows, whatever the tables.

",
    examples!(),
    "\nServers, scheme and columns are checked before the first answer is written; keys
are read in blocks, so that answers before a key that is refused may have been
written. Exit status: 0 done, 2 refused."
);
