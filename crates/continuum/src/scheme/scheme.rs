//! Schemes: named, frozen rules that say which server owns a key.

use std::fmt;
use std::sync::Arc;

use super::advice::Advice;
use super::capacities::Capacities;
use super::context::BuildContext;
use super::options::{OptionSpec, Options, Value, find, parse_all};
use super::trace::{PointLabel, Trace};
use crate::error::{Error, Kind, quoted};
use crate::placement::Placement;
use crate::server::{Server, Servers};

/// A scheme: the name of a rule and the values of its options.
///
/// The text form is a name, or a name and options after a colon:
/// `python-continuum`, `python-continuum:points=160`. What is left out has a
/// default that never changes. `Display` leaves defaults out; `{:#}` writes
/// every option, but for one that came after the scheme and is at its default.
///
/// ```
/// use continuum::Scheme;
/// let scheme: Scheme = "python-continuum:points=1000".parse()?;
/// assert_eq!(scheme.to_string(), "python-continuum");
/// assert_eq!(format!("{scheme:#}"), "python-continuum:points=1000");
/// let error = "ketama".parse::<Scheme>().unwrap_err();
/// assert!(error.to_string().starts_with("no scheme 'ketama'; perhaps "));
/// # Ok::<(), continuum::Error>(())
/// ```
#[derive(Clone)]
pub struct Scheme {
    entry: &'static SchemeEntry,
    values: Arc<[Value]>,
}

/// Builds a scheme's map over servers whose capacities it holds.
pub(crate) type Build = fn(&Options<'_>, &[Server]) -> Result<Box<dyn Placement>, Error>;

/// A scheme's row in the catalogue: what it copies, which options it takes.
pub struct SchemeEntry {
    pub(crate) name: &'static str,
    /// Other names that parse to this scheme.
    pub(crate) aliases: &'static [&'static str],
    pub(crate) program: &'static str,
    pub(crate) versions: &'static str,
    pub(crate) about: &'static str,
    pub(crate) options: &'static [OptionSpec],
    pub(crate) capacities: fn(&Options<'_>) -> Capacities,
    pub(crate) order: fn(&Options<'_>) -> Order,
    pub(crate) minimal: fn(&Options<'_>) -> Minimal,
    /// How many answers of the real program the scheme was checked against.
    pub(crate) proven: u64,
    pub(crate) build: Build,
    pub(crate) advice: fn(&Options<'_>, &[Server]) -> Vec<Advice>,
    /// Whether a key may be a number, as its eight little-endian bytes.
    pub(crate) numbers: bool,
    /// Whether a slot of its table was dealt by a text that a build can tell.
    pub(crate) dealt: bool,
}

/// What the order in which servers were added decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Nothing: a set of servers has one map.
    Free,
    /// Who owns a point that two servers share: rarely any key.
    Ties,
    /// Who owns what: the scheme numbers servers by their place in the list.
    Positional,
}

/// Which changes move no key that need not move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Minimal {
    /// Adding a server moves keys only to it.
    pub add: bool,
    /// Removing a server moves only its keys.
    pub remove: bool,
    /// Changing a capacity moves keys only to or from that server.
    pub weight: bool,
}

impl Minimal {
    /// No change moves a key needlessly.
    pub const ALWAYS: Self = Self { add: true, remove: true, weight: true };
    /// Every kind of change may move keys needlessly.
    pub const NEVER: Self = Self { add: false, remove: false, weight: false };
}

impl Scheme {
    /// The catalogue's row for this scheme.
    #[must_use]
    pub fn entry(&self) -> &'static SchemeEntry {
        self.entry
    }

    /// The name without options.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.entry.name
    }

    /// Every option with its value as text, defaults included;
    /// [`with_option`](Self::with_option) takes it.
    pub fn options(&self) -> impl Iterator<Item = (&'static str, String)> + '_ {
        self.entry.options.iter().zip(self.values.iter()).map(|(spec, v)| (spec.name, v.to_plain()))
    }

    /// The same scheme with one option set to another value, which is taken as it
    /// stands: a text may hold `,` and `%`.
    ///
    /// # Errors
    /// No such option, or not a value that it takes.
    ///
    /// ```
    /// use continuum::Scheme;
    /// let scheme = Scheme::default().with_option("points", "160")?;
    /// assert_eq!(scheme.to_string(), "python-continuum:points=160");
    /// let scheme: Scheme = "twemproxy".parse()?;
    /// assert_eq!(scheme.with_option("hash-tag", ",,")?.to_string(), "twemproxy:hash-tag=%2C%2C");
    /// # Ok::<(), continuum::Error>(())
    /// ```
    pub fn with_option(&self, name: &str, value: &str) -> Result<Self, Error> {
        let at = find(self.entry.name, self.entry.options, name)?;
        let mut values = self.values.to_vec();
        values[at] = self.entry.options[at].plain(self.entry.name, value)?;
        Ok(Self { entry: self.entry, values: values.into() })
    }

    /// How many options are not at their defaults.
    pub(crate) fn options_set(&self) -> usize {
        let specs = self.entry.options.iter();
        let set = |spec: &OptionSpec, value| spec.parse(spec.default).as_ref() != Some(value);
        specs.zip(self.values.iter()).filter(|(spec, value)| set(spec, value)).count()
    }

    /// What the order of the servers decides.
    #[must_use]
    pub fn order(&self) -> Order {
        (self.entry.order)(&self.values())
    }

    /// Which changes move no key needlessly under this scheme.
    #[must_use]
    pub fn minimal(&self) -> Minimal {
        (self.entry.minimal)(&self.values())
    }

    /// Which capacities it holds.
    #[must_use]
    pub fn capacities(&self) -> Capacities {
        (self.entry.capacities)(&self.values())
    }

    pub(crate) fn values(&self) -> Options<'_> {
        self.values_in(BuildContext::default())
    }

    fn values_in<'a>(&'a self, context: BuildContext<'a>) -> Options<'a> {
        Options {
            scheme: self.entry.name,
            specs: self.entry.options,
            values: &self.values,
            context,
        }
    }

    /// Refuses the first server whose capacity the scheme cannot hold.
    pub(crate) fn check_capacities(&self, servers: &[Server]) -> Result<(), Error> {
        let accepted = self.capacities();
        if let Some(server) = servers.iter().find(|server| !accepted.holds(server.capacity())) {
            return Err(Error::new(
                Kind::Capacity,
                format!(
                    "server {}: capacity {} does not fit scheme '{}', which takes {accepted}",
                    quoted(&server.identity()),
                    server.capacity(),
                    self.entry.name,
                ),
            ));
        }
        Ok(())
    }

    pub(crate) fn build<'a>(
        &'a self,
        servers: &[Server],
        context: BuildContext<'a>,
    ) -> Result<Box<dyn Placement>, Error> {
        self.check_capacities(servers)?;
        (self.entry.build)(&self.values_in(context), servers)
    }

    /// The label of the point that a server has at a position, where the scheme
    /// makes a ring. Builds it once more.
    pub(crate) fn label(
        &self,
        servers: &[Server],
        position: u128,
        owner: u32,
    ) -> Option<PointLabel> {
        let trace = Trace::new(position, owner);
        let context = BuildContext { trace: Some(&trace), ..BuildContext::default() };
        (self.entry.build)(&self.values_in(context), servers).ok()?;
        trace.into_label()
    }

    /// What a person should know of this scheme over these servers before it is built:
    /// a part of [`Continuum::advice`](crate::Continuum::advice). O(servers).
    ///
    /// ```
    /// use continuum::scheme::{Scheme, Topic};
    /// use continuum::Servers;
    /// let scheme: Scheme = "nginx".parse()?;
    /// let servers = Servers::from_texts(["a:80=1000000", "b:80=1000000"])?;
    /// assert_eq!(scheme.advice_on(&servers)[0].topic(), Topic::Large);
    /// # Ok::<(), continuum::Error>(())
    /// ```
    #[must_use]
    pub fn advice_on(&self, servers: &Servers) -> Vec<Advice> {
        self.advice(servers.as_slice())
    }

    pub(crate) fn advice(&self, servers: &[Server]) -> Vec<Advice> {
        (self.entry.advice)(&self.values(), servers)
    }
}

impl SchemeEntry {
    /// The name, as it stands in a scheme text.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Other names for it.
    #[must_use]
    pub fn aliases(&self) -> &'static [&'static str] {
        self.aliases
    }

    /// The program whose answers it gives.
    #[must_use]
    pub fn program(&self) -> &'static str {
        self.program
    }

    /// The versions of that program which were checked.
    #[must_use]
    pub fn versions(&self) -> &'static str {
        self.versions
    }

    /// One line on what it does.
    #[must_use]
    pub fn about(&self) -> &'static str {
        self.about
    }

    /// The options it takes.
    #[must_use]
    pub fn options(&self) -> &'static [OptionSpec] {
        self.options
    }

    /// How many answers of the real program it was checked against.
    #[must_use]
    pub fn proven(&self) -> u64 {
        self.proven
    }

    /// Whether an integer is a key, as its eight little-endian bytes: where the program
    /// takes numbers, and where the scheme is ours. All other programs take text, and
    /// what they would make of a number is not known here: some print it, some refuse
    /// it. The library takes bytes and refuses none; interfaces with keys of several
    /// types ask this.
    ///
    /// ```
    /// use continuum::Scheme;
    /// assert!("jump".parse::<Scheme>()?.entry().takes_numbers());
    /// assert!(!"nginx".parse::<Scheme>()?.entry().takes_numbers());
    /// # Ok::<(), continuum::Error>(())
    /// ```
    #[must_use]
    pub fn takes_numbers(&self) -> bool {
        self.numbers
    }

    /// The scheme with every option at its default.
    #[must_use]
    pub fn scheme(&'static self) -> Scheme {
        match self.with_options("") {
            Ok(scheme) => scheme,
            Err(error) => unreachable!("defaults parse: {error}"),
        }
    }

    /// The scheme with options given as `name=value,name=value`.
    pub(crate) fn with_options(&'static self, text: &str) -> Result<Scheme, Error> {
        let values = parse_all(self.name, self.options, text)?;
        Ok(Scheme { entry: self, values: values.into() })
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.entry.name)?;
        let mut separator = ':';
        for (spec, value) in self.entry.options.iter().zip(self.values.iter()) {
            let full = f.alternate() && !spec.later;
            if full || spec.parse(spec.default).as_ref() != Some(value) {
                write!(f, "{separator}{}={value}", spec.name)?;
                separator = ',';
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scheme({self:#})")
    }
}

impl fmt::Debug for SchemeEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SchemeEntry").field("name", &self.name).finish_non_exhaustive()
    }
}

impl PartialEq for Scheme {
    fn eq(&self, other: &Self) -> bool {
        self.entry.name == other.entry.name && self.values == other.values
    }
}
