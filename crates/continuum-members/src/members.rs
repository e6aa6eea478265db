//! The map in force, and what decides whether another takes its place.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use arc_swap::{ArcSwap, ArcSwapOption};
use continuum::plan::Matching;
use continuum::scheme::Topic;
use continuum::{Continuum, Plan};
use continuum_config::KeyRule;

use crate::change::Change;
use crate::limits::Limits;
use crate::marks::Marks;
use crate::refusal::{Reason, Refusal};
use crate::set::Set;
use crate::source::Fault;
use crate::standing::{Counts, Standing};
use crate::told::Told;
use crate::verdict::Verdict;
use crate::view::View;

/// A continuum that is swapped whole.
///
/// Answers of a source go in by [`offer`](Self::offer), their failures by
/// [`fail`](Self::fail). An answer that has stood for as long as
/// [`Limits::settle`] says is judged by [`judge`](Self::judge), and becomes the map by
/// [`take`](Self::take). [`follow`](crate::follow) does all of it in a thread.
///
/// ```
/// use std::time::{Duration, Instant};
/// use continuum::{Scheme, Servers};
/// use continuum_members::{Limits, Members, Set, Verdict};
///
/// let members = Members::new(Limits::new().with_settle(Duration::from_secs(3)));
/// let set = |texts: &[&str]| {
///     Servers::from_texts(texts.iter().copied()).map(|all| Set::new(Scheme::default(), all))
/// };
/// let start = Instant::now();
/// members.offer(set(&["a:1", "b:1", "c:1"])?, start);
/// assert!(members.judge(start).is_none() && members.get().is_none());
///
/// let later = start + Duration::from_secs(3);
/// let Some(Verdict::Change(first)) = members.judge(later) else { panic!() };
/// members.take(first);
/// assert_eq!(members.get().unwrap().servers().len(), 3);
///
/// // Two of three servers are gone: more than a third of the keys would move.
/// members.offer(set(&["a:1"])?, later);
/// let Some(Verdict::Refused { refusal, .. }) = members.judge(later + Duration::from_secs(3))
/// else { panic!() };
/// assert!(refusal.sentence.contains("over the limit of 34%"), "{refusal}");
/// assert_eq!(members.get().unwrap().servers().len(), 3);
///
/// // A server that fails is passed over, the map untouched.
/// let owner = members.view().unwrap().resolve("my-key").unwrap().identity().into_owned();
/// members.mark_failed(&owner, Some(Duration::from_secs(30)));
/// assert_ne!(members.view().unwrap().resolve("my-key").unwrap().identity(), owner);
/// members.mark_ok(&owner);
/// assert_eq!(members.view().unwrap().resolve("my-key").unwrap().identity(), owner);
/// # Ok::<(), continuum::Error>(())
/// ```
#[derive(Debug)]
pub struct Members {
    map: ArcSwapOption<Continuum>,
    /// Written under the lock of the state.
    marks: ArcSwap<Marks>,
    ramp: Duration,
    limits: Limits,
    state: Mutex<State>,
    taken: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// An answer that has not stood long enough, and since when it stands.
    pending: Option<(Set, Instant)>,
    /// The answer that was judged last: as long as the source gives it, there is
    /// nothing to do.
    judged: Option<Set>,
    /// What is hashed under the map in force.
    key: KeyRule,
    approved: Option<u64>,
    told: Told,
    counts: Counts,
    shares: Vec<(String, f64)>,
    last_change: Option<SystemTime>,
    last_refusal: Option<Refusal>,
    /// Whether the answer that was judged last was refused.
    refused: bool,
    last_fault: Option<(String, SystemTime)>,
    failing: bool,
}

impl Members {
    /// Without a map: the first answer that stands becomes it, whatever it is, unless it
    /// is empty or cannot be built.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            map: ArcSwapOption::empty(),
            marks: ArcSwap::default(),
            ramp: Duration::ZERO,
            limits,
            state: Mutex::default(),
            taken: Condvar::new(),
        }
    }

    /// Gives a server that comes back its keys little by little, in equal parts of this
    /// time. A key that has come back stays.
    #[must_use]
    pub fn with_ramp(mut self, ramp: Duration) -> Self {
        self.ramp = ramp;
        self
    }

    /// With the map that is in force already: the first answer is held against it.
    #[must_use]
    pub fn with_map(limits: Limits, map: Continuum) -> Self {
        let members = Self::new(limits);
        members.lock().shares = shares(&map, None);
        members.map.store(Some(Arc::new(map)));
        members
    }

    /// What is hashed under the map that is in force: an answer under which something else
    /// is moves every key.
    #[must_use]
    pub fn with_key(self, key: KeyRule) -> Self {
        self.lock().key = key;
        self
    }

    /// The map in force, which never changes in the caller's hands. Takes no lock.
    #[must_use]
    pub fn get(&self) -> Option<Arc<Continuum>> {
        self.map.load_full()
    }

    /// The map in force with who is up, to look keys up in; none while there is no map.
    /// Takes no lock.
    #[must_use]
    pub fn view(&self) -> Option<View> {
        self.view_at(Instant::now())
    }

    /// As [`view`](Self::view), at a time.
    #[must_use]
    pub fn view_at(&self, now: Instant) -> Option<View> {
        Some(View::new(self.get()?, self.marks.load_full(), self.ramp, now))
    }

    /// Passes over a server, by its identity, until [`mark_ok`](Self::mark_ok) or for so
    /// long. The map stays: nobody else's keys move, and its own come back when it does. One
    /// that leaves the set is forgotten, one that is not in it is not marked.
    pub fn mark_failed(&self, server: &str, rest: Option<Duration>) {
        self.mark_failed_at(server, rest, Instant::now());
    }

    /// As [`mark_failed`](Self::mark_failed), at a time.
    pub fn mark_failed_at(&self, server: &str, rest: Option<Duration>, now: Instant) {
        // What is too long to be counted has no end.
        let back = rest.and_then(|rest| now.checked_add(rest));
        let _state = self.lock();
        let marks = self.marks.load().with_failed(server, back);
        self.put_marks(&marks, now);
    }

    /// Passes over a server no longer. One that was not passed over stays as it is, so that
    /// this may be called after every answer.
    pub fn mark_ok(&self, server: &str) {
        self.mark_ok_at(server, Instant::now());
    }

    /// As [`mark_ok`](Self::mark_ok), at a time.
    pub fn mark_ok_at(&self, server: &str, now: Instant) {
        if self.marks.load().is_empty() {
            return;
        }
        let _state = self.lock();
        let marks = self.marks.load().with_back(server, now);
        self.put_marks(&marks, now);
    }

    /// The identities of the servers that are passed over now.
    #[must_use]
    pub fn failed(&self) -> Vec<String> {
        self.marks.load().failed(Instant::now()).map(str::to_owned).collect()
    }

    /// Under the lock: what nobody needs to know any more is left out.
    fn put_marks(&self, marks: &Marks, now: Instant) {
        let map = self.map.load();
        let is_member =
            |server: &str| map.as_ref().is_some_and(|map| map.servers().index_of(server).is_some());
        let marks = marks.pruned(now, self.ramp, is_member);
        if marks != **self.marks.load() {
            self.marks.store(Arc::new(marks));
        }
    }

    /// The map in force; where there is none yet, waits for it at most so long.
    #[must_use]
    pub fn wait(&self, most: Duration) -> Option<Arc<Continuum>> {
        if self.get().is_none() {
            let state = self.lock();
            let waits = |_: &mut State| self.map.load().is_none();
            drop(self.taken.wait_timeout_while(state, most, waits));
        }
        self.get()
    }

    /// The limits that it was made with.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// What a source answered. An answer other than the one before it has stood for no
    /// time yet.
    pub fn offer(&self, set: Set, now: Instant) {
        let mut state = self.lock();
        state.counts.answers += 1;
        state.failing = false;
        if state.judged.as_ref() == Some(&set) {
            state.pending = None;
        } else if state.pending.as_ref().is_none_or(|(pending, _)| *pending != set) {
            state.pending = Some((set, now));
        }
    }

    /// A source did not answer, or with half an answer: what it said before may not
    /// hold any more, so that it must say it again. True where this failure is not the
    /// one before it again.
    pub fn fail(&self, fault: &Fault) -> bool {
        let mut state = self.lock();
        state.pending = None;
        state.counts.faults += 1;
        let sentence = fault.to_string();
        let known = state.last_fault.as_ref().is_some_and(|(last, _)| *last == sentence);
        let again = state.failing && known;
        state.last_fault = Some((sentence, SystemTime::now()));
        state.failing = true;
        !again
    }

    /// When the answer that is waiting will have stood long enough.
    #[must_use]
    pub fn due(&self) -> Option<Instant> {
        let state = self.lock();
        state.pending.as_ref().map(|(_, since)| *since + self.limits.settle())
    }

    /// Judges the answer that has stood long enough, if there is one. Only what
    /// [`take`](Self::take) is then given becomes the map. Of a refusal that was told
    /// already nothing is told. No lock is held while a map is built.
    #[must_use]
    pub fn judge(&self, now: Instant) -> Option<Verdict> {
        let (set, approved, old_key) = {
            let mut state = self.lock();
            let (_, since) = state.pending.as_ref()?;
            if now.saturating_duration_since(*since) < self.limits.settle() {
                return None;
            }
            let (set, _) = state.pending.take()?;
            state.judged = Some(set.clone());
            (set, state.approved, state.key.clone())
        };
        let old = self.get();
        let new = match build(&set) {
            Ok(new) => Arc::new(new),
            Err((reason, sentence)) => return self.refuse(reason, sentence, None),
        };
        let plan = old.as_ref().map(|old| Plan::between(old, &new, Matching::suggest(old, &new)));
        let fingerprint = new.fingerprint();
        let change = Change { old, new, plan, old_key, set };
        if change.old.as_ref().is_some_and(|old| same(old, &change.new)) && change.is_same_key() {
            self.lock().refused = false;
            return None;
        }
        let (moved, most) = (change.moved(), self.limits.max_move());
        if moved > most && approved != Some(fingerprint) && !change.is_same_key() {
            let [before, after] = change.keys();
            let sentence = format!(
                "hashes {after} instead of {before}, so every key may move, which is over the \
                 limit of {}: the map stays as it is",
                percent(most),
            );
            return self.refuse(Reason::Move, sentence, Some(change));
        }
        if moved > most && approved != Some(fingerprint) {
            let sentence = format!(
                "{} instead of {} would move {} of the keys, which is over the limit of \
                 {}: the map stays as it is",
                count_of(change.new.servers().len()),
                change.old.as_ref().map_or(0, |old| old.servers().len()),
                percent(moved),
                percent(most),
            );
            return self.refuse(Reason::Move, sentence, Some(change));
        }
        Some(Verdict::Change(change))
    }

    fn refuse(&self, reason: Reason, sentence: String, change: Option<Change>) -> Option<Verdict> {
        let fingerprint = change.as_ref().map(|change| change.new.fingerprint());
        let what = match (&change, fingerprint) {
            (Some(change), Some(print)) => format!("{print:016x} {}", change.set.key),
            _ => sentence.clone(),
        };
        let refusal = Refusal { reason, sentence, at: SystemTime::now(), fingerprint };
        let mut state = self.lock();
        state.counts.refuse(reason);
        state.refused = true;
        state.last_refusal = Some(refusal.clone());
        state.told.is_new(reason, &what).then_some(Verdict::Refused { refusal, change })
    }

    /// Makes a change that [`judge`](Self::judge) found good. False, and nothing is
    /// done, where the map is not the one that the change begins with.
    pub fn take(&self, change: Change) -> bool {
        let mut state = self.lock();
        let current = self.map.load_full();
        let begins = match (&current, &change.old) {
            (Some(current), Some(old)) => Arc::ptr_eq(current, old),
            (None, None) => true,
            _ => false,
        };
        if !begins {
            return false;
        }
        state.shares = shares(&change.new, change.plan.as_ref());
        state.key = change.set.key;
        state.counts.changes += 1;
        state.last_change = Some(SystemTime::now());
        state.refused = false;
        state.approved = None;
        state.told.forget();
        self.map.store(Some(change.new));
        self.put_marks(&Marks::clone(&self.marks.load()), Instant::now());
        drop(state);
        self.taken.notify_all();
        true
    }

    /// Does not make a change: what the source says is judged again when it has stood
    /// once more.
    pub fn leave(&self, change: &Change) {
        let mut state = self.lock();
        if state.judged.as_ref() == Some(&change.set) {
            state.judged = None;
        }
    }

    /// A person has looked at the refused set of this fingerprint and wants it: it may
    /// move as much as it does. Holds for the next change only.
    pub fn approve(&self, fingerprint: u64) {
        let mut state = self.lock();
        state.approved = Some(fingerprint);
        state.judged = None;
    }

    /// The figures for a dashboard.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let state = self.lock();
        let map = self.map.load_full();
        Standing {
            fingerprint: map.as_ref().map(|map| map.fingerprint()),
            scheme: map.as_ref().map(|map| map.scheme().to_string()),
            shares: state.shares.clone(),
            failed: self.failed(),
            counts: state.counts,
            last_change: state.last_change,
            last_refusal: state.last_refusal.clone(),
            last_fault: state.last_fault.clone(),
            refused: state.refused,
            failing: state.failing,
            waiting: state.pending.is_some(),
        }
    }

    /// What is written under the lock is whole at every moment: a thread that panicked
    /// left nothing half done.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The map of an answer, if it can resolve keys.
fn build(set: &Set) -> Result<Continuum, (Reason, String)> {
    if set.servers.is_empty() {
        return Err((Reason::Empty, "there is no server in the answer".to_owned()));
    }
    let map = Continuum::with_servers(set.scheme.clone(), set.servers.clone())
        .map_err(|error| (Reason::Unbuilt, error.to_string()))?;
    if map.fair_shares().iter().all(|share| *share == 0.0) {
        return Err((Reason::Empty, "every server has capacity 0".to_owned()));
    }
    match map.advice().iter().find(|advice| advice.topic() == Topic::Unresolvable) {
        Some(advice) => Err((Reason::Unbuilt, advice.to_string())),
        None => Ok(map),
    }
}

/// Whether two maps give every key the same owner, and dial it at the same address.
fn same(old: &Continuum, new: &Continuum) -> bool {
    let kept = |server: &continuum::Server| {
        let number = new.servers().index_of(&server.identity());
        number.and_then(|number| new.servers().get(number)) == Some(server)
    };
    old.fingerprint() == new.fingerprint()
        && old.servers().len() == new.servers().len()
        && old.servers().iter().all(kept)
}

/// What each server owns, which the plan has counted where there is one.
fn shares(map: &Continuum, plan: Option<&Plan>) -> Vec<(String, f64)> {
    if let Some(plan) = plan {
        let after = |server: &continuum::plan::ServerChange| {
            Some((server.identity.to_string(), server.after?.share))
        };
        return plan.servers().iter().filter_map(after).collect();
    }
    let owned = map.ownership();
    let names = map.servers().iter().map(|server| server.identity().into_owned());
    names.zip(owned.shares().iter().copied()).collect()
}

fn count_of(servers: usize) -> String {
    format!("{servers} server{}", if servers == 1 { "" } else { "s" })
}

fn percent(share: f64) -> String {
    let rounded = format!("{:.1}", share * 100.0);
    format!("{}%", rounded.strip_suffix(".0").unwrap_or(&rounded))
}
