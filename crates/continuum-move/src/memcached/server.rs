//! A machine that is asked: opened, checked, and then in batches.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use super::dump::{self, Dumped, Line};
use super::greet::greet;
use super::link::Link;
use super::wire::{self, Item, Put, Reply};
use crate::engine::Run;
use crate::error::{Error, reason};
use crate::journal::{Life, Mark};
use crate::route::Machine;

/// A key of our own that lives a second: its counter tells how far writes have come. Every
/// other key of our own begins so too.
pub(super) const MARK: &[u8] = b"continuum-move-mark";
/// Bytes of questions that wait for an answer: less than any socket holds, so that
/// neither side waits for the other to read.
const ASKED: usize = 16 << 10;
/// What another crawl may take, and how often it is asked for.
const CRAWL: Duration = Duration::from_secs(60);
const AGAIN: Duration = Duration::from_millis(50);
/// Up to this, an expiry is counted from now; above, it is a time.
const MONTH: u64 = 60 * 60 * 24 * 30;

pub(crate) struct Memcached {
    pub(super) name: String,
    link: Link,
    line: Vec<u8>,
    /// The server's clock, and when it said so.
    clock: (u64, Instant),
    /// Which start of it this is.
    pub(super) life: Life,
    /// How often it was emptied in it.
    flushes: u64,
    /// Bytes of its largest item.
    largest: u64,
    /// Keys it holds.
    pub(crate) items: u64,
    /// Keys it has thrown out since it started.
    pub(crate) evictions: u64,
}

impl Memcached {
    /// Connects, and makes sure that the machine can do what is asked of it.
    pub(crate) fn open(machine: &Machine, timeout: Duration) -> Result<Self, Error> {
        let name = &machine.name;
        let lost =
            |error: io::Error| Error::new(format!("{name} does not answer: {}", reason(&error)));
        let mut link = Link::open(&machine.endpoint, timeout).map_err(lost)?;
        let mut line = Vec::new();
        greet(&mut link, &mut line, machine)?;
        let mut this = Self {
            name: name.clone(),
            link,
            line,
            clock: (0, Instant::now()),
            life: Life::default(),
            flushes: 0,
            largest: u64::MAX,
            items: 0,
            evictions: 0,
        };
        let settings = this.stats("settings")?;
        let set = |name: &str| {
            settings.iter().find(|(stat, _)| stat == name).map(|(_, value)| value.as_str())
        };
        let largest = set("item_size_max").and_then(|size| size.parse().ok());
        this.largest = largest.unwrap_or(u64::MAX);
        if set("cas_enabled") == Some("no") {
            return Err(Error::new(format!(
                "{name} runs without counters (-C): a key that changes meanwhile could not be told"
            )));
        }
        this.refresh()?;
        Ok(this)
    }

    /// Connects to a machine that was asked before.
    ///
    /// # Errors
    /// As for `open`; or it was restarted since, and what was listed of it is nothing to
    /// go by.
    pub(crate) fn again(run: &Run<'_>, number: u32) -> Result<Self, Error> {
        let machine = run.machine(number);
        let this = Self::open(machine, run.options.timeout)?;
        match run.life(&machine.name) {
            Some(life) if life != this.life => Err(Error::new(format!(
                "{} was restarted meanwhile, and has lost its keys",
                machine.name
            ))),
            _ => Ok(this),
        }
    }

    /// Reads the clock and the counts.
    pub(crate) fn refresh(&mut self) -> Result<(), Error> {
        let stats = self.stats("")?;
        let told = |name: &str| {
            let (_, value) = stats.iter().find(|(stat, _)| stat == name)?;
            value.parse::<u64>().ok()
        };
        let number = |name: &str| told(name).unwrap_or(0);
        self.clock = (number("time"), Instant::now());
        let since = told("time").zip(told("uptime"));
        let since = since.map_or(0, |(time, uptime)| time.saturating_sub(uptime));
        self.life = Life { pid: number("pid"), since };
        self.flushes = number("cmd_flush");
        self.items = number("curr_items");
        self.evictions = number("evictions");
        Ok(())
    }

    fn stats(&mut self, of: &str) -> Result<Vec<(String, String)>, Error> {
        let command =
            if of.is_empty() { "stats\r\n".to_owned() } else { format!("stats {of}\r\n") };
        self.send(command.as_bytes())?;
        let mut stats = Vec::new();
        while stats.len() < 10_000 {
            self.next_line()?;
            let line = String::from_utf8_lossy(&self.line);
            let Some(stat) = line.strip_prefix("STAT ") else { break };
            if let Some((name, value)) = stat.split_once(' ') {
                stats.push((name.to_owned(), value.to_owned()));
            }
        }
        Ok(stats)
    }

    fn lost(&self, error: &io::Error) -> Error {
        Error::new(format!("{} was lost: {}", self.name, reason(error)))
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.link.send(bytes).map_err(|error| self.lost(&error))
    }

    fn next_line(&mut self) -> Result<(), Error> {
        self.link
            .line(&mut self.line)
            .map_err(|error| Error::new(format!("{} was lost: {}", self.name, reason(&error))))
    }

    fn reply(&mut self) -> Result<Reply, Error> {
        wire::reply(&mut self.link, &mut self.line)
            .map_err(|error| Error::new(format!("{} was lost: {}", self.name, reason(&error))))
    }

    /// How far the machine's counter of writes is: by a key of ours that ends by itself.
    pub(crate) fn mark(&mut self) -> Result<Mark, Error> {
        let mut command = b"ms ".to_vec();
        command.extend_from_slice(MARK);
        command.extend_from_slice(b" 0 c T1\r\n\r\n");
        self.send(&command)?;
        match self.reply()? {
            Reply::Item(item) if item.cas > 0 => Ok(Mark { cas: item.cas, ..self.unmarked() }),
            Reply::Refused(why) => {
                Err(Error::new(format!("{} cannot be written to: {why}", self.name)))
            }
            other => Err(Error::new(format!("{} answered {other:?} to a write", self.name))),
        }
    }

    /// The same without the number, which takes a write.
    pub(crate) fn unmarked(&self) -> Mark {
        Mark { life: self.life, cas: 0, flushes: self.flushes }
    }

    /// Every key that is not over, to the end or until `take` wants no more.
    pub(crate) fn dump(
        &mut self,
        mut take: impl FnMut(Dumped) -> Result<bool, Error>,
    ) -> Result<(), Error> {
        let (patience, mut way) = (Instant::now(), "hash");
        loop {
            self.send(format!("lru_crawler metadump {way}\r\n").as_bytes())?;
            loop {
                let line = dump::read(&mut self.link, &mut self.line);
                match line.map_err(|error| self.lost(&error))? {
                    Line::End => return Ok(()),
                    Line::Busy if patience.elapsed() < CRAWL => break,
                    Line::Unknown if way == "hash" => {
                        way = "all";
                        break;
                    }
                    Line::Busy => {
                        return Err(Error::new(format!(
                            "{}: another crawl of its keys does not end",
                            self.name
                        )));
                    }
                    Line::Unknown => {
                        return Err(Error::new(format!("{} does not list its keys", self.name)));
                    }
                    Line::Refused(why) => {
                        return Err(Error::new(format!(
                            "{} does not list its keys: {why}",
                            self.name
                        )));
                    }
                    Line::Key(key) => {
                        let over = key.ends.is_some_and(|ends| ends <= self.now());
                        if !over && !key.key.starts_with(MARK) && !take(key)? {
                            return Ok(());
                        }
                    }
                }
            }
            thread::sleep(AGAIN);
        }
    }

    /// The server's clock.
    pub(crate) fn now(&self) -> u64 {
        self.clock.0 + self.clock.1.elapsed().as_secs()
    }

    /// The expiry that `ms` wants for so many seconds left.
    pub(crate) fn expires(&self, left: Option<u64>) -> u64 {
        match left {
            None => 0,
            Some(left) if left <= MONTH => left.max(1),
            Some(left) => self.now() + left,
        }
    }

    /// Asks for each, a window after the other; the answers in their order. `None`
    /// for a key that no command can name.
    fn ask(
        &mut self,
        count: usize,
        mut write: impl FnMut(&mut Vec<u8>, usize) -> bool,
        window: usize,
    ) -> Result<Vec<Option<Reply>>, Error> {
        let mut replies = Vec::with_capacity(count);
        let (mut command, mut named) = (Vec::new(), Vec::new());
        for number in 0..count {
            named.push(write(&mut command, number));
            if command.len() >= window || number + 1 == count {
                self.send(&command)?;
                for named in named.drain(..) {
                    replies.push(if named { Some(self.reply()?) } else { None });
                }
                command.clear();
            }
        }
        Ok(replies)
    }

    /// Values.
    pub(super) fn get(&mut self, keys: &[&[u8]]) -> Result<Vec<Option<Reply>>, Error> {
        let write = |command: &mut Vec<u8>, number: usize| wire::get(command, keys[number]);
        let replies = self.ask(keys.len(), write, ASKED)?;
        self.give_back(keys, &replies)?;
        Ok(replies)
    }

    /// Whether there are values.
    pub(super) fn peek(&mut self, keys: &[&[u8]]) -> Result<Vec<Option<Reply>>, Error> {
        let write = |command: &mut Vec<u8>, number: usize| wire::peek(command, keys[number]);
        let replies = self.ask(keys.len(), write, ASKED)?;
        self.give_back(keys, &replies)?;
        Ok(replies)
    }

    /// Who asks first for an outdated item is told to renew it, and we will not.
    fn give_back(&mut self, keys: &[&[u8]], replies: &[Option<Reply>]) -> Result<(), Error> {
        let won: Vec<(&[u8], u64)> = keys
            .iter()
            .zip(replies)
            .filter_map(|(key, reply)| match reply {
                Some(Reply::Item(item)) if item.won => Some((*key, item.cas)),
                _ => None,
            })
            .collect();
        let write = |command: &mut Vec<u8>, number: usize| {
            let (key, cas) = won[number];
            wire::give_back(command, key, cas)
        };
        self.ask(won.len(), write, ASKED).map(drop)
    }

    /// Stores. Where the answer tells no number, that of the last that is there still is asked
    /// for, and counts for all: it is the greatest. Answers are short: the window is one of
    /// bytes sent.
    pub(super) fn put(&mut self, puts: &[Put<'_>]) -> Result<Vec<Option<Reply>>, Error> {
        let write = |command: &mut Vec<u8>, number: usize| wire::put(command, &puts[number]);
        let mut replies = self.ask(puts.len(), write, 1 << 20)?;
        let mut last = Item::default();
        for (put, _) in
            puts.iter().zip(&replies).rev().filter(|(_, reply)| **reply == Some(Reply::Stored))
        {
            if let Some(Some(Reply::Item(item))) = self.peek(&[put.key])?.pop() {
                last = item;
                break;
            }
        }
        let stored = replies.iter_mut().filter(|reply| **reply == Some(Reply::Stored));
        stored.for_each(|reply| *reply = Some(Reply::Item(last.clone())));
        Ok(replies)
    }

    /// Whether a value may be as large; what cannot be told from here, the server tells.
    pub(super) fn takes(&self, put: &Put<'_>) -> bool {
        let size = if wire::is_plain(put.key) {
            u64::try_from(put.value.len()).unwrap_or(u64::MAX)
        } else {
            wire::footprint(put)
        };
        size <= self.largest
    }

    /// Deletes what has not changed.
    pub(super) fn delete(&mut self, keys: &[(&[u8], u64)]) -> Result<Vec<Option<Reply>>, Error> {
        self.ask(
            keys.len(),
            |command, number| wire::delete(command, keys[number].0, keys[number].1),
            ASKED,
        )
    }
}
