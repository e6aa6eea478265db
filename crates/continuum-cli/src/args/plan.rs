//! `continuum plan`.

use std::num::NonZero;
use std::path::PathBuf;

use clap::Args;

use super::{Choice, ReportForm, Workload};

/// Show what a configuration change moves, before it is made
#[derive(Args, Default)]
#[command(after_help = EXAMPLES, after_long_help = DETAILS)]
pub(crate) struct Plan {
    /// The configuration as it is
    #[arg(value_name = "OLD")]
    pub(crate) old: PathBuf,

    /// The configuration after the change; or use --add, --remove, --weight
    #[arg(value_name = "NEW", conflicts_with_all = ["add", "remove", "weight"])]
    pub(crate) new: Option<PathBuf>,

    /// Add a server to OLD
    #[arg(long, value_name = "[NAME@]HOST:PORT[=WEIGHT]")]
    pub(crate) add: Vec<String>,

    /// Remove a server from OLD, by name or address
    #[arg(long, value_name = "SERVER")]
    pub(crate) remove: Vec<String>,

    /// Give a server of OLD another weight
    #[arg(long, value_name = "SERVER=WEIGHT")]
    pub(crate) weight: Vec<String>,

    #[command(flatten)]
    pub(crate) choice: Choice,

    #[command(flatten)]
    pub(crate) workload: Workload,

    /// Write the keys of --keys that move: key, from, to
    #[arg(long, value_name = "FILE", requires = "keys")]
    pub(crate) moved: Option<PathBuf>,

    /// Exit 1 if a pool moves more than this (12% or 0.12), is lost or new
    #[arg(long, value_name = "SHARE")]
    pub(crate) max_move: Option<String>,

    /// Accept a pool that is gone, new, unhashed, down, moved or of a new key
    #[arg(long, value_name = "POOL", requires = "max_move")]
    pub(crate) allow_lost: Vec<String>,

    /// Ramp the weights in this many steps of equal moves, and plan each
    #[arg(long, value_name = "N", value_parser = steps)]
    pub(crate) steps: Option<NonZero<u32>>,

    /// List the ranges or slots that move
    #[arg(long)]
    pub(crate) ranges: bool,

    /// List every flow, not only the largest
    #[arg(long)]
    pub(crate) flows: bool,

    /// List every server, not only those whose share changes
    #[arg(long)]
    pub(crate) all: bool,

    /// Write Markdown for a review comment
    #[arg(long, conflicts_with = "json")]
    pub(crate) markdown: bool,

    /// Write one picture of the plan, as SVG
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,

    /// Write one self-contained HTML page
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) report: ReportForm,
}

/// Each step is a plan that is made and shown.
fn steps(text: &str) -> Result<NonZero<u32>, String> {
    text.parse()
        .ok()
        .filter(|steps: &NonZero<u32>| steps.get() <= 1000)
        .ok_or_else(|| "expected a whole number from 1 to 1000".to_owned())
}

macro_rules! examples {
    () => {
        "\
Examples:
  continuum plan nutcracker.yml nutcracker.new.yml
  continuum plan nginx.conf --pool backend --add 10.0.0.4:80 --max-move 30%
  continuum plan nginx.conf --weight 10.0.0.1:80=4 --steps 3
  continuum plan haproxy.cfg new.cfg --keys access.log --log-format haproxy
  continuum plan old.yml new.yml --keys keys.txt --moved moved.tsv
  continuum plan old.yml new.yml --html plan.html
"
    };
}

const EXAMPLES: &str = concat!(
    examples!(),
    "\nSee `continuum plan --help` for the words, the JSON and the exit status."
);

const DETAILS: &str = concat!(
    "\
Configurations:
  nutcracker.yml, nginx.conf, haproxy.cfg, Envoy's YAML or JSON, Caddyfiles and
  Caddy's JSON, mcrouter's JSON, libmemcached's options, go-redis Ring's Addrs
  and Thanos hashrings as JSON, carbon.conf, carbon-c-relay's clusters,
  Prometheus's relabelling by hashmod, properties of Kafka producers,
  EndpointSlices, and Continuum's own TOML. Their --format: twemproxy, nginx,
  haproxy, envoy, caddy, mcrouter, libmemcached, go-redis, thanos, carbon,
  carbon-c-relay, prometheus, kafka, endpoint-slice, toml, text.
  Pools are matched by name (two files with one pool each may name it
  differently), servers by name or else by address.

Words:
  moves     keys that change their server
  least     what any scheme must move that gives each server its fair share,
            which is its part of the weights, before and after
  needless  what moves between two servers that do not change
  busiest   the largest share divided by its fair share: 1.00x is perfect
  exact     from the whole map, not from a sample

  `same change under` shows a scheme that moves no key needlessly.

JSON:
  {\"pools\": [{\"name\", \"scheme\", \"scheme_after\", \"key\", \"key_after\",
    \"same_key\", \"matched\", \"moved\", \"least\",
    \"needless\", \"exact\", \"bound\", \"busiest\": {\"before\", \"after\"},
    \"servers\": [{\"server\", \"before\", \"after\"}],
    \"flows\": [{\"from\", \"to\", \"share\"}],
    \"counts\", \"ranges\", \"reference\", \"steps\"}],
   \"unmatched\": [{\"name\", \"in\", \"lack\", \"why\"}],
   \"gate\": {\"max_move\", \"passed\", \"failures\": [{\"pool\", \"why\"}]}}

  matched is \"identity\", or \"address\" where no name is on both sides.
  before and after are {\"capacity\", \"share\", \"fair\"} or null. Shares are
  numbers from 0 to 1; bound is null where they are exact. With --keys there is
  counts: {\"keys\", \"moved_keys\", \"bytes\", \"moved_bytes\"}; with --ranges a list
  of {\"first\", \"last\", \"slots\", \"from\", \"to\"}, positions as texts, slots null
  on a ring; with --steps a list of plans like this one. reference is the same
  change under another scheme, {\"scheme\", \"moved\", \"needless\", \"exact\",
  \"busiest\"}, or null. key is the part of a request that is hashed. lack is
  \"gone\", \"new\", \"unhashed\" (it no longer hashes keys), \"hashed\" (it did not
  before) or \"unread\". gate is there with --max-move. Fields may be added; none
  is removed and none changes its meaning.

",
    examples!(),
    "\nExit status: 0 done; 1 a pool moves more than --max-move, is gone, new, has lost
its hash or hashes another key; 2 refused, or a pool could not be read."
);
