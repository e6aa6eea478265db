//! `continuum watch`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::{Choice, ReportForm};

/// Follow a live source of servers, and run a command for changes within a limit
#[derive(Args)]
#[command(after_help = EXAMPLES, after_long_help = DETAILS)]
pub(crate) struct Watch {
    /// A file, elasticache://HOST:PORT, etcd://HOST:PORT/KEY, kubernetes:NAMESPACE/SERVICE or
    /// srv:NAME
    #[arg(value_name = "SOURCE")]
    pub(crate) source: String,

    /// Print the plan of every change
    #[arg(long)]
    pub(crate) plan: bool,

    /// Refuse a change that moves more than this (12% or 0.12)
    #[arg(long, value_name = "SHARE", default_value = "34%")]
    pub(crate) max_move: String,

    /// How long an answer must have stood
    #[arg(long, value_name = "SECONDS", default_value = "3", value_parser = seconds)]
    pub(crate) settle: Duration,

    /// How often the source is asked
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = seconds)]
    pub(crate) interval: Duration,

    /// The configuration in force [default: the source's first answer]
    #[arg(long, value_name = "FILE")]
    pub(crate) from: Option<PathBuf>,

    /// End when the first answer that stands has been judged
    #[arg(long)]
    pub(crate) once: bool,

    /// Trust this authority (PEM) in place of the system's
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_ca: Option<PathBuf>,

    /// Show the source this certificate (PEM, with its chain)
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,

    /// The certificate's key (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) choice: Choice,

    #[command(flatten)]
    pub(crate) report: ReportForm,

    /// Run this for every change within the limit; all that follows is the command
    #[arg(long, value_name = "COMMAND", num_args = 1.., allow_hyphen_values = true)]
    pub(crate) exec: Vec<OsString>,
}

/// A tenth of a second counts as well, and a day is long enough.
fn seconds(text: &str) -> Result<Duration, String> {
    let number = text.parse::<f64>().ok().filter(|number| (0.0..=86_400.0).contains(number));
    number.map(Duration::from_secs_f64).ok_or_else(|| "expected seconds, 0 to 86400".to_owned())
}

macro_rules! examples {
    () => {
        "\
Examples:
  continuum watch nutcracker.yml --plan
  continuum watch etcd://10.0.0.5:2379/cache/ --scheme twemproxy --max-move 20%
    --exec sh -c 'cat > servers.new && mv servers.new servers.txt'
  continuum watch next.yml --from live.yml --once --plan --exec cp next.yml live.yml
  continuum watch kubernetes:cache/memcached --scheme libmemcached --identity hostname --plan
"
    };
}

const EXAMPLES: &str = concat!(
    examples!(),
    "\nSee `continuum watch --help` for the sources, the command and the exit status."
);

const DETAILS: &str = concat!(
    "\
Sources:
  FILE                        a configuration that plan reads, or a list of servers
  elasticache://HOST:PORT     what `config get cluster` answers
  etcd://HOST:PORT/PREFIX/    a server in each key below the prefix
  etcd://HOST:PORT/KEY        a list of servers in one key, one a line
  kubernetes:NAMESPACE/SERVICE[:PORT]
                              the EndpointSlices of a Service, in the cluster of the
                              kubeconfig or in the one that this runs in; --port,
                              --identity and --keep-unready say how they are read
  srv:NAME                    SRV records; srv://DNS-SERVER[:PORT]/NAME asks that one
  All but configurations that name it need --scheme. elasticaches:// and etcds:// are
  reached over TLS. The user and the password of etcd come from CONTINUUM_USER and
  CONTINUUM_PASSWORD, or stand before its host as USER:PASSWORD@.

  An answer that is empty, is cut off or cannot be read changes nothing, nor does
  one that has not stood for --settle seconds or would move more than --max-move, as
  one under which something else is hashed does.
  Each refusal is told once, on stderr. The first answer is what plans begin with,
  unless --from names a configuration: no command is run for it.

Command:
  It is run without a shell, one at a time. On stdin it gets the servers of the new
  map as --servers reads them: one a line, or as TOML where they have names, ids or
  zones. In the environment are CONTINUUM_FINGERPRINT, CONTINUUM_OLD_FINGERPRINT
  (hexadecimal) and CONTINUUM_MOVED (0 to 1). Where it
  fails the change is not made: it is judged and run again some seconds later.

JSON, a line for each event:
  {\"event\", \"fingerprint\", \"servers\", \"moved\", \"why\", \"plan\"}
  event is \"first\", \"change\", \"refused\", \"failed\" (the source gave no answer) or
  \"undone\" (the command failed). fingerprint and servers are those of the map that
  is told of, plan is what `plan --json` writes, with --plan. What is not known is
  null. With --json the command's output goes to stderr.

",
    examples!(),
    "\nExit status: 0 ended by SIGINT or SIGTERM; with --once 0 done, 1 refused or the
command failed. 2 refused: no such source, or it gives no answer at the start."
);
