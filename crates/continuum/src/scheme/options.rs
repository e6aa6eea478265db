//! The options of a scheme: what each scheme declares, how texts become values.

use std::fmt::{self, Write as _};

use super::context::BuildContext;
use crate::error::{Error, Kind, quoted};

/// What values an option takes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Accepts {
    /// A whole number in this range, both ends included.
    Whole(u64, u64),
    /// A decimal number in this range, both ends included.
    Decimal(f64, f64),
    /// A decimal number in this range, both ends included, or one of these words.
    DecimalOr(f64, f64, &'static [&'static str]),
    /// `on` or `off`.
    Switch,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Any text up to this many bytes; `,` and `%` stand as `%2C` and `%25`.
    Text(usize),
}

/// One option of a scheme: its name, the values it takes, its frozen default.
#[derive(Debug)]
pub struct OptionSpec {
    pub(crate) name: &'static str,
    pub(crate) accepts: Accepts,
    pub(crate) default: &'static str,
    pub(crate) about: &'static str,
    /// Values to try when a scheme is to be identified.
    pub(crate) tries: Tries,
    /// Whether the scheme had been released without it.
    pub(crate) later: bool,
}

/// Which values of an option [`identify`](crate::identify::identify) tries.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tries {
    /// Every word, where it takes one of a list; else the default alone.
    Words,
    /// These as well as the default.
    Also(&'static [&'static str]),
    /// These too, but only for keys of which some hold a brace.
    Braced(&'static [&'static str]),
    /// The default alone.
    Default,
}

impl OptionSpec {
    pub(crate) const fn new(
        name: &'static str,
        accepts: Accepts,
        default: &'static str,
        about: &'static str,
    ) -> Self {
        Self { name, accepts, default, about, tries: Tries::Words, later: false }
    }

    /// An option that takes one of these words, of which the first is the default.
    pub(crate) const fn choice(
        name: &'static str,
        words: &'static [&'static str],
        about: &'static str,
    ) -> Self {
        Self::new(name, Accepts::Choice(words), words[0], about)
    }

    /// Says that the scheme had been released without this option: at its default it is
    /// left out of the full text, and so of the fingerprint, which stay as they were.
    pub(crate) const fn later(mut self) -> Self {
        self.later = true;
        self
    }

    /// Has these values tried too, or none but the default if empty.
    pub(crate) const fn trying(mut self, values: &'static [&'static str]) -> Self {
        self.tries = if values.is_empty() { Tries::Default } else { Tries::Also(values) };
        self
    }

    /// Has these values tried too where keys have tags in braces.
    pub(crate) const fn trying_tags(mut self, values: &'static [&'static str]) -> Self {
        self.tries = Tries::Braced(values);
        self
    }

    /// Whether its other values are tried for keys without a brace too.
    pub(crate) fn tried_without_braces(&self) -> bool {
        !matches!(self.tries, Tries::Braced(_))
    }

    /// The values that [`identify`](crate::identify::identify) tries, the default first.
    pub fn tried(&self) -> impl Iterator<Item = &'static str> {
        let others = match self.tries {
            Tries::Words => self.choices().unwrap_or_default(),
            Tries::Also(values) | Tries::Braced(values) => values,
            Tries::Default => &[],
        };
        let default = self.default;
        std::iter::once(default).chain(others.iter().copied().filter(move |word| *word != default))
    }

    /// The values whose effect on one key is worth showing: what is tried, and
    /// every word of a list.
    pub(crate) fn worth_showing(&self) -> impl Iterator<Item = &'static str> {
        let words = self.choices().unwrap_or_default().iter().copied();
        let mut all: Vec<&'static str> = self.tried().collect();
        let others: Vec<&'static str> = words.filter(|word| !all.contains(word)).collect();
        all.extend(others);
        all.into_iter()
    }

    /// The option's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The value when the option is left out, as text. Part of the promise: a
    /// default never changes.
    #[must_use]
    pub fn default(&self) -> &'static str {
        self.default
    }

    /// What the option does, in one line.
    #[must_use]
    pub fn about(&self) -> &'static str {
        self.about
    }

    /// The words it takes, if it takes one of a fixed list, or a number or a word.
    #[must_use]
    pub fn choices(&self) -> Option<&'static [&'static str]> {
        match self.accepts {
            Accepts::Choice(words) | Accepts::DecimalOr(_, _, words) => Some(words),
            Accepts::Switch => Some(&["on", "off"]),
            _ => None,
        }
    }

    /// What it takes, as a phrase: `a whole number from 1 to 10`.
    #[must_use]
    pub fn accepts(&self) -> String {
        match self.accepts {
            Accepts::Whole(min, max) => format!("a whole number from {min} to {max}"),
            Accepts::Decimal(min, max) => format!("a number from {min} to {max}"),
            Accepts::DecimalOr(min, max, words) => {
                format!("a number from {min} to {max}, or {}", words.join(" or "))
            }
            Accepts::Switch => "on or off".to_owned(),
            Accepts::Choice(words) => format!("one of {}", words.join(", ")),
            Accepts::Text(most) => format!("a text of at most {most} bytes"),
        }
    }

    /// A value that stands as it is, `,` and `%` in a text too.
    pub(crate) fn plain(&self, scheme: &str, given: &str) -> Result<Value, Error> {
        match self.accepts {
            Accepts::Text(most) if given.len() <= most => Ok(Value::Text(given.into())),
            Accepts::Text(_) => Err(self.wrong(scheme, given)),
            _ => self.parse(given).ok_or_else(|| self.wrong(scheme, given)),
        }
    }

    fn wrong(&self, scheme: &str, given: &str) -> Error {
        let (name, accepts) = (self.name, self.accepts());
        refuse(scheme, &format!("option '{name}' is {}, but takes {accepts}", quoted(given)))
    }

    pub(crate) fn parse(&self, text: &str) -> Option<Value> {
        match self.accepts {
            Accepts::Whole(min, max) => {
                let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
                let number = text.parse::<u64>().ok().filter(|_| digits)?;
                (min..=max).contains(&number).then_some(Value::Whole(number))
            }
            Accepts::Decimal(min, max) => {
                let number = text.parse::<f64>().ok()?;
                (min..=max).contains(&number).then_some(Value::Decimal(number))
            }
            Accepts::DecimalOr(min, max, words) => {
                let word = words.iter().find(|word| **word == text);
                word.map(|word| Value::Choice(word)).or_else(|| {
                    let number = text.parse::<f64>().ok()?;
                    (min..=max).contains(&number).then_some(Value::Decimal(number))
                })
            }
            Accepts::Switch => match text {
                "on" => Some(Value::Switch(true)),
                "off" => Some(Value::Switch(false)),
                _ => None,
            },
            Accepts::Choice(words) => {
                words.iter().find(|word| **word == text).map(|word| Value::Choice(word))
            }
            Accepts::Text(most) => {
                unescape(text).filter(|text| text.len() <= most).map(Value::Text)
            }
        }
    }
}

/// The value of one option.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Whole(u64),
    Decimal(f64),
    Switch(bool),
    Choice(&'static str),
    Text(Box<str>),
}

impl Value {
    /// The value without escapes.
    pub(crate) fn to_plain(&self) -> String {
        match self {
            Self::Text(text) => text.as_ref().to_owned(),
            other => other.to_string(),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(number) => write!(f, "{number}"),
            Self::Decimal(number) => write!(f, "{number}"),
            Self::Switch(on) => f.write_str(if *on { "on" } else { "off" }),
            Self::Choice(word) => f.write_str(word),
            Self::Text(text) => text.chars().try_for_each(|c| match c {
                ',' | '%' | '\0'..' ' | '\x7f' => write!(f, "%{:02X}", u32::from(c)),
                c => f.write_char(c),
            }),
        }
    }
}

fn unescape(text: &str) -> Option<Box<str>> {
    let mut parts = text.split('%');
    let mut plain = parts.next()?.to_owned();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        let byte = u8::from_str_radix(digits, 16).ok().filter(u8::is_ascii)?;
        plain.push(char::from(byte));
        plain.push_str(rest);
    }
    Some(plain.into_boxed_str())
}

/// The values of a scheme's options, in the order declared.
#[derive(Clone, Copy)]
pub(crate) struct Options<'a> {
    pub(crate) scheme: &'static str,
    pub(crate) specs: &'static [OptionSpec],
    pub(crate) values: &'a [Value],
    pub(crate) context: BuildContext<'a>,
}

impl Options<'_> {
    fn value(&self, name: &str) -> &Value {
        let at = self.specs.iter().position(|spec| spec.name == name);
        // A scheme asks for options that it declared: the catalogue's own test
        // builds every scheme.
        &self.values[at.unwrap_or_else(|| panic!("{} declares no option {name}", self.scheme))]
    }

    pub(crate) fn whole(&self, name: &str) -> u64 {
        match self.value(name) {
            Value::Whole(number) => *number,
            other => panic!("{name} is no whole number but {other:?}"),
        }
    }

    /// A whole number whose declared range fits 32 bits.
    pub(crate) fn whole32(&self, name: &str) -> u32 {
        u32::try_from(self.whole(name)).unwrap_or_else(|_| panic!("{name} is wider than 32 bits"))
    }

    pub(crate) fn decimal(&self, name: &str) -> f64 {
        match self.value(name) {
            Value::Decimal(number) => *number,
            other => panic!("{name} is no number but {other:?}"),
        }
    }

    /// A number, or `None` where a word stands in its place.
    pub(crate) fn decimal_or_word(&self, name: &str) -> Option<f64> {
        match self.value(name) {
            Value::Decimal(number) => Some(*number),
            Value::Choice(_) => None,
            other => panic!("{name} is no number and no word but {other:?}"),
        }
    }

    pub(crate) fn switch(&self, name: &str) -> bool {
        match self.value(name) {
            Value::Switch(on) => *on,
            other => panic!("{name} is no switch but {other:?}"),
        }
    }

    pub(crate) fn choice(&self, name: &str) -> &'static str {
        match self.value(name) {
            Value::Choice(word) => word,
            other => panic!("{name} is no choice but {other:?}"),
        }
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        match self.value(name) {
            Value::Text(text) => text,
            other => panic!("{name} is no text but {other:?}"),
        }
    }
}

fn refuse(scheme: &str, why: &str) -> Error {
    Error::new(Kind::Scheme, format!("scheme '{scheme}': {why}"))
}

/// The number of an option.
pub(crate) fn find(scheme: &str, specs: &[OptionSpec], name: &str) -> Result<usize, Error> {
    specs.iter().position(|spec| spec.name == name).ok_or_else(|| {
        let known: Vec<&str> = specs.iter().map(|spec| spec.name).collect();
        let name = quoted(name);
        refuse(
            scheme,
            &if known.is_empty() {
                format!("takes no options, but {name} was given")
            } else {
                format!("no option {name}; it takes {}", known.join(", "))
            },
        )
    })
}

/// Reads `name=value,name=value`; what is left out gets its default.
pub(crate) fn parse_all(
    scheme: &'static str,
    specs: &'static [OptionSpec],
    text: &str,
) -> Result<Box<[Value]>, Error> {
    let mut values: Vec<Option<Value>> = vec![None; specs.len()];
    for part in text.split(',').filter(|_| !text.is_empty()) {
        let (name, given) = part.split_once('=').unwrap_or((part, ""));
        let at = find(scheme, specs, name)?;
        let spec = &specs[at];
        if values[at].is_some() {
            return Err(refuse(scheme, &format!("option '{name}' is given twice")));
        }
        if !part.contains('=') {
            let accepts = spec.accepts();
            return Err(refuse(scheme, &format!("option '{name}' needs a value: {accepts}")));
        }
        values[at] = Some(spec.parse(given).ok_or_else(|| spec.wrong(scheme, given))?);
    }
    let default = |spec: &OptionSpec| {
        let value = spec.parse(spec.default);
        value.unwrap_or_else(|| panic!("{scheme}: bad default for {}", spec.name))
    };
    let given = specs.iter().zip(values);
    Ok(given.map(|(spec, value)| value.unwrap_or_else(|| default(spec))).collect())
}
