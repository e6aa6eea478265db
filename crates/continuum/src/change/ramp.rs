//! Ramp: a change of servers and capacities in steps that move alike.

use std::collections::BTreeMap;
use std::num::NonZero;

use crate::error::{Error, Kind};
use crate::resolve::Continuum;
use crate::scheme::Capacities;
use crate::server::{Capacity, Server, Servers};

/// The continuums on the way from one to another, the last being `new`: fair
/// shares go from old to new in equal steps, so that the least which any scheme
/// could move is the same at each, and servers that stay as they are keep their
/// capacity throughout. Under a scheme of whole capacities they are rounded,
/// and steps that come to nothing are left out.
///
/// # Errors
/// The two have different schemes, or one that knows no capacities; a set has
/// no capacity at all; a capacity on the way does not fit.
///
/// ```
/// use std::num::NonZero;
/// use continuum::{Continuum, Servers};
/// use continuum::transition::ramp;
/// let scheme: continuum::Scheme = "python-continuum".parse()?;
/// let old = Continuum::with_servers(scheme.clone(), Servers::from_texts(["a:1=3"])?)?;
/// let new = Continuum::with_servers(scheme, Servers::from_texts(["a:1=3", "b:1=3"])?)?;
/// let steps = ramp(&old, &new, NonZero::new(2).unwrap())?;
/// let halfway = steps[0].servers().as_slice();
/// assert_eq!(halfway[1].to_string(), "b:1"); // a quarter of the keys: 1 of 4
/// assert_eq!(steps[1], new);
/// # Ok::<(), continuum::Error>(())
/// ```
pub fn ramp(
    old: &Continuum,
    new: &Continuum,
    steps: NonZero<u32>,
) -> Result<Vec<Continuum>, Error> {
    Ramp::between(old, new, steps)?.filter_map(Result::transpose).collect()
}

/// The steps of a [`ramp`], one after the other: for callers that may stop on the way. A
/// step that comes to nothing is `None`.
///
/// ```
/// use std::num::NonZero;
/// use continuum::{Continuum, Servers};
/// use continuum::transition::Ramp;
/// let scheme: continuum::Scheme = "nginx".parse()?;
/// let old = Continuum::with_servers(scheme.clone(), Servers::from_texts(["a:1=1"])?)?;
/// let new = Continuum::with_servers(scheme, Servers::from_texts(["a:1=1", "b:1=1"])?)?;
/// let mut steps = Ramp::between(&old, &new, NonZero::new(1_000_000).unwrap())?;
/// assert_eq!(steps.next().unwrap()?, None); // a millionth of one, rounded
/// assert_eq!(steps.len(), 999_999);
/// # Ok::<(), continuum::Error>(())
/// ```
#[derive(Debug)]
pub struct Ramp<'a> {
    old: &'a Continuum,
    new: &'a Continuum,
    /// The sums of both sides' capacities.
    sums: (f64, f64),
    done: u32,
    steps: NonZero<u32>,
    /// The last step that came to something.
    last: Option<Continuum>,
}

impl<'a> Ramp<'a> {
    /// No step is done yet.
    ///
    /// # Errors
    /// As [`ramp`], but for a capacity on the way, which the step refuses.
    pub fn between(
        old: &'a Continuum,
        new: &'a Continuum,
        steps: NonZero<u32>,
    ) -> Result<Self, Error> {
        let refuse = |sentence: String| Err(Error::new(Kind::Argument, sentence));
        let scheme = new.scheme();
        if old.scheme() != scheme {
            return refuse(format!(
                "no ramp leads from scheme '{}' to '{scheme}': capacities do not change the one \
                 into the other",
                old.scheme()
            ));
        }
        if scheme.capacities() == Capacities::Ignored {
            return refuse(format!(
                "'{}' knows no capacities, which a ramp would raise",
                scheme.name()
            ));
        }
        let sum = |continuum: &Continuum| -> f64 {
            continuum.servers().iter().map(|server| server.capacity().get()).sum()
        };
        let sums = (sum(old), sum(new));
        let usable = |sum: f64| sum > 0.0 && sum.is_finite();
        if !usable(sums.0) || !usable(sums.1) {
            return refuse(
                "a ramp leads from servers with capacity to servers with capacity".to_owned(),
            );
        }
        Ok(Self { old, new, sums, done: 0, steps, last: None })
    }

    /// The continuum of a step before the last.
    fn step(&mut self) -> Result<Option<Continuum>, Error> {
        let part = f64::from(self.done) / f64::from(self.steps.get());
        let servers = between(self.old, self.new, self.sums, part)?;
        let last = self.last.as_ref().unwrap_or(self.old);
        if servers == *last.servers() || servers == *self.new.servers() {
            return Ok(None);
        }
        let continuum = Continuum::with_servers(self.new.scheme().clone(), servers)?;
        if continuum == *last || continuum == *self.new {
            return Ok(None);
        }
        self.last = Some(continuum.clone());
        Ok(Some(continuum))
    }
}

impl Iterator for Ramp<'_> {
    type Item = Result<Option<Continuum>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let left = self.steps.get() - self.done;
        self.done += left.min(1);
        match left {
            0 => None,
            1 => Some(Ok(Some(self.new.clone()))),
            _ => Some(self.step()),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::try_from(self.steps.get() - self.done);
        (left.unwrap_or(usize::MAX), left.ok())
    }
}

impl ExactSizeIterator for Ramp<'_> {}

/// The servers at one part of the way: the old ones, then the new.
fn between(
    old: &Continuum,
    new: &Continuum,
    (before, after): (f64, f64),
    part: f64,
) -> Result<Servers, Error> {
    // What a unit of capacity is worth on the way, as those that stay keep theirs.
    let worth = (1.0 - part) / before + part / after;
    let by_identity = |continuum: &'_ Continuum| -> BTreeMap<String, Server> {
        let list = continuum.servers().iter();
        list.map(|server| (server.identity().into_owned(), server.clone())).collect()
    };
    let (olds, news) = (by_identity(old), by_identity(new));
    let whole = match new.scheme().capacities() {
        Capacities::Whole(_) | Capacities::WholeZeroIsOne(_) => true,
        Capacities::ZeroIs(zero) => zero != 1,
        _ => false,
    };
    let mut servers = Servers::new();
    let mut add = |server: &Server, from: Option<f64>, to: Option<f64>| {
        let capacity = if from == to {
            from.unwrap_or_default()
        } else {
            let share = (1.0 - part) * from.unwrap_or_default() / before
                + part * to.unwrap_or_default() / after;
            let exact = share / worth;
            if whole { exact.round() } else { exact }
        };
        // One that rounds to nothing is not there yet, or is gone.
        if capacity == 0.0 && (from.is_none() || to.is_none()) {
            return Ok(());
        }
        servers.add(server.clone().with_capacity(Capacity::try_from(capacity)?))
    };
    for server in old.servers() {
        // What the new side says of it beside its capacity holds from the first step.
        let described = news.get(&*server.identity());
        let to = described.map(|server| server.capacity().get());
        add(described.unwrap_or(server), Some(server.capacity().get()), to)?;
    }
    for server in new.servers() {
        if !olds.contains_key(&*server.identity()) {
            add(server, None, Some(server.capacity().get()))?;
        }
    }
    Ok(servers)
}

#[cfg(test)]
mod tests {
    use std::num::NonZero;

    use super::super::plan::{Matching, Plan};
    use super::ramp;
    use crate::{Continuum, Servers};

    fn continuum(scheme: &str, servers: &[&str]) -> Continuum {
        let servers = Servers::from_texts(servers.iter().copied()).unwrap();
        Continuum::with_servers(scheme.parse().unwrap(), servers).unwrap()
    }

    fn steps(old: &Continuum, new: &Continuum, count: u32) -> Vec<Continuum> {
        ramp(old, new, NonZero::new(count).unwrap()).unwrap()
    }

    #[test]
    fn every_step_must_move_the_same() {
        let old = continuum("python-continuum", &["a:1=4", "b:1=2", "c:1=1", "d:1=3"]);
        for new in [
            &["a:1=4", "b:1=2", "c:1=1", "d:1=3", "e:1=4"][..],
            &["a:1=4", "b:1=2", "d:1=3"],
            &["a:1=4", "b:1=2", "c:1=9", "d:1=3"],
            &["a:1=4", "b:1=2", "c:1=2", "e:1=5", "f:1"],
        ] {
            let new = continuum("python-continuum", new);
            let least = Plan::between(&old, &new, Matching::Identity).least();
            for count in [1, 2, 5, 16] {
                let steps = steps(&old, &new, count);
                assert_eq!(steps.len(), count as usize);
                let mut before = &old;
                for step in &steps {
                    let share = Plan::between(before, step, Matching::Identity).least();
                    assert!((share - least / f64::from(count)).abs() < 1e-9, "{share} {least}");
                    before = step;
                }
                assert_eq!(steps.last(), Some(&new));
                for step in &steps {
                    assert_eq!(step.servers().as_slice()[0].to_string(), "a:1=4");
                }
            }
        }
    }

    #[test]
    fn whole_capacities_are_rounded_and_empty_steps_left_out() {
        let old = continuum("nginx", &["a:1=4", "b:1=4"]);
        let new = continuum("nginx", &["a:1=4", "b:1=4", "c:1=4"]);
        let texts: Vec<String> = steps(&old, &new, 8)
            .iter()
            .map(|step| step.servers().iter().map(|s| s.capacity().to_string() + " ").collect())
            .collect();
        assert_eq!(texts, ["4 4 1 ", "4 4 2 ", "4 4 3 ", "4 4 4 "]);
        let new = continuum("nginx", &["a:1=4", "b:1=4", "c:1=1"]);
        assert_eq!(steps(&old, &new, 8), [new]);
    }

    #[test]
    fn refuses() {
        let two = NonZero::new(2).unwrap();
        let old = continuum("nginx", &["a:1"]);
        let error = ramp(&old, &continuum("python-continuum", &["a:1"]), two).unwrap_err();
        assert!(error.is_invalid_argument());
        assert!(error.to_string().contains("no ramp leads from scheme 'nginx'"), "{error}");
        let error = ramp(&continuum("nginx", &["a:1=0"]), &old, two).unwrap_err();
        assert!(error.to_string().contains("with capacity"), "{error}");
        let jump = continuum("jump", &["a:1", "b:1"]);
        let error = ramp(&jump, &jump, two).unwrap_err();
        assert!(error.to_string().contains("knows no capacities"), "{error}");
    }
}
