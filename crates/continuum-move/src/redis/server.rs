//! A machine that is asked: opened, checked, and then in pipelines.

use std::time::Duration;

use redis::{
    Cmd, ConnectionAddr, IntoConnectionInfo as _, RedisConnectionInfo, RedisError, Value, cmd,
};

use super::answer::{self, Info, Memory};
use crate::dial::Address;
use crate::error::{Error, reason};
use crate::route::Machine;

pub(crate) struct Redis {
    pub(super) name: String,
    connection: redis::Connection,
    /// Databases that hold keys, and how many.
    pub(crate) databases: Vec<(u32, u64)>,
    /// Keys it has thrown out since it started.
    pub(crate) evictions: u64,
    /// Its memory, as it was when it was opened.
    pub(crate) memory: Memory,
    /// What `INFO` calls this start of the process.
    pub(super) run_id: Option<String>,
    database: u32,
    /// Whether it knows `MULTI`, as far as it was asked.
    transactions: bool,
}

impl Redis {
    /// Connects, and makes sure that the machine can do what is asked of it.
    pub(crate) fn open(machine: &Machine, timeout: Duration) -> Result<Self, Error> {
        let name = &machine.name;
        let connection = connect(machine, timeout).map_err(|error| refused(machine, &error))?;
        let mut this = Self {
            name: name.clone(),
            connection,
            databases: Vec::new(),
            evictions: 0,
            memory: Memory::default(),
            run_id: None,
            database: 0,
            transactions: true,
        };
        let told = this.ask_one(cmd("INFO").arg("all"))?;
        if let Some(why) = answer::refusal(&told) {
            return Err(Error::new(match why {
                why if why.starts_with("NOAUTH") => {
                    format!("{name} wants a password, and none was given")
                }
                why => format!("{name} does not tell about itself: {why}"),
            }));
        }
        let Info { version, run_id, master, cluster, evicted, memory, databases } =
            answer::info(name, told)?;
        if cluster {
            return Err(Error::new(format!(
                "{name} is a node of a Redis Cluster (release {version}), which moves its slots itself: \
                 see redis-cli --cluster reshard"
            )));
        }
        if let Some(master) = master {
            return Err(Error::new(format!(
                "{name} is a replica of {master}: its master is what is to be moved"
            )));
        }
        this.databases = databases;
        this.evictions = evicted;
        this.run_id = run_id;
        this.memory = memory;
        Ok(this)
    }

    /// Adds databases that hold keys by now.
    pub(super) fn look(&mut self) -> Result<(), Error> {
        let told = self.ask_one(cmd("INFO").arg("keyspace"))?;
        let mut now = answer::info(&self.name, told)?.databases;
        now.retain(|(number, _)| self.databases.iter().all(|(known, _)| known != number));
        self.databases.extend(now);
        self.databases.sort();
        Ok(())
    }

    /// Keys in all databases.
    pub(crate) fn items(&self) -> u64 {
        self.databases.iter().map(|(_, keys)| keys).sum()
    }

    pub(super) fn lost(&self, error: &RedisError) -> Error {
        Error::new(format!("{} was lost: {}", self.name, words(error)))
    }

    /// Sends commands one behind the other, and gives the answers in their order.
    pub(super) fn ask(&mut self, commands: &[Cmd]) -> Result<Vec<Value>, Error> {
        if commands.is_empty() {
            return Ok(Vec::new());
        }
        let mut packed = Vec::new();
        commands.iter().for_each(|command| command.write_packed_command(&mut packed));
        self.connection.send_packed_command(&packed).map_err(|error| self.lost(&error))?;
        let mut answers = Vec::with_capacity(commands.len());
        for _ in commands {
            answers.push(self.connection.recv_response().map_err(|error| self.lost(&error))?);
        }
        Ok(answers)
    }

    pub(super) fn ask_one(&mut self, command: &Cmd) -> Result<Value, Error> {
        let answers = self.ask(std::slice::from_ref(command))?;
        Ok(answers.into_iter().next().unwrap_or_default())
    }

    /// Asks something of keys, and how many of them are there at that moment. A machine
    /// that has no transactions may be a moment late with the number.
    pub(super) fn ask_with_count(
        &mut self,
        command: &Cmd,
        keys: &[Vec<u8>],
    ) -> Result<(usize, Value), Error> {
        let mut count = cmd("EXISTS");
        count.arg(keys);
        let (there, told) = if self.transactions {
            let all = [cmd("MULTI"), count.clone(), command.clone(), cmd("EXEC")];
            let mut told = self.ask(&all)?;
            let end = told.pop().unwrap_or_default();
            match (end, told.as_mut_slice()) {
                (Value::Array(mut both), _) if both.len() == 2 => {
                    (both.remove(0), both.pop().unwrap_or_default())
                }
                // Not even begun: both were asked one by one.
                (_, [Value::ServerError(_), count, command]) => {
                    self.transactions = false;
                    (std::mem::take(count), std::mem::take(command))
                }
                // Refused as it was queued: then nothing was done.
                (end, [_, _, command]) if answer::refusal(command).is_some() => {
                    (end, std::mem::take(command))
                }
                (end, _) => (Value::Nil, end),
            }
        } else {
            let mut told = self.ask(&[count, command.clone()])?;
            let told_of_keys = told.pop().unwrap_or_default();
            (told.pop().unwrap_or_default(), told_of_keys)
        };
        let there = match there {
            Value::Int(there) => usize::try_from(there).unwrap_or(0),
            // Where it is not told, all are taken to be there.
            _ => keys.len(),
        };
        Ok((there, told))
    }

    /// Asks several things at one moment; of a machine that has no transactions, as close
    /// together as can be.
    pub(super) fn ask_together(&mut self, commands: &[Cmd]) -> Result<Vec<Value>, Error> {
        let mut all = vec![cmd("MULTI")];
        all.extend_from_slice(commands);
        all.push(cmd("EXEC"));
        let mut told = self.ask(&all)?;
        match told.pop() {
            Some(Value::Array(answers)) if answers.len() == commands.len() => Ok(answers),
            _ if matches!(told.first(), Some(Value::ServerError(_))) => {
                told.remove(0);
                Ok(told)
            }
            end => {
                // What was refused first says more than that nothing was done.
                let why = told.iter().chain(&end).find_map(answer::refusal);
                let why = why.unwrap_or_else(|| "no values".to_owned());
                Err(Error::new(format!("{} does not give its values: {why}", self.name)))
            }
        }
    }

    /// Which database is asked from now on.
    pub(super) fn select(&mut self, database: u32) -> Result<(), Error> {
        if self.database == database {
            return Ok(());
        }
        let told = self.ask_one(cmd("SELECT").arg(database))?;
        if let Some(why) = answer::refusal(&told) {
            return Err(Error::new(format!("{} has no database {database}: {why}", self.name)));
        }
        self.database = database;
        Ok(())
    }

    /// The next page of keys, and where the one after it begins; 0: that was the last.
    pub(super) fn scan(&mut self, cursor: u64, count: usize) -> Result<(u64, Vec<Vec<u8>>), Error> {
        let told = self.ask_one(cmd("SCAN").arg(cursor).arg("COUNT").arg(count))?;
        answer::page(&self.name, told)
    }

    /// Random keys of a database, of which some may come twice.
    pub(crate) fn sample(&mut self, database: u32, count: u64) -> Result<Vec<Vec<u8>>, Error> {
        self.select(database)?;
        let mut keys = Vec::new();
        let commands: Vec<Cmd> = (0..count).map(|_| cmd("RANDOMKEY")).collect();
        for told in self.ask(&commands)? {
            keys.extend(answer::bytes(&self.name, "RANDOMKEY", told)?);
        }
        Ok(keys)
    }

    /// Every key of a database.
    pub(crate) fn all(&mut self, database: u32) -> Result<Vec<Vec<u8>>, Error> {
        let mut all = Vec::new();
        self.pages(database, |_, keys| {
            all.extend(keys);
            Ok(true)
        })?;
        Ok(all)
    }

    /// The keys of a database page by page, until `take` wants no more.
    pub(crate) fn pages(
        &mut self,
        database: u32,
        mut take: impl FnMut(&mut Self, Vec<Vec<u8>>) -> Result<bool, Error>,
    ) -> Result<(), Error> {
        self.select(database)?;
        let mut cursor = 0;
        loop {
            let (next, keys) = self.scan(cursor, 1000)?;
            if !take(self, keys)? || next == 0 {
                return Ok(());
            }
            cursor = next;
        }
    }

    /// What each key takes in memory; none: it is gone. A machine that does not tell
    /// is taken to have small ones.
    pub(crate) fn sizes(&mut self, keys: &[Vec<u8>]) -> Result<Vec<Option<u64>>, Error> {
        let ask = |key: &Vec<u8>| cmd("MEMORY").arg("USAGE").arg(key).clone();
        let told = self.ask(&keys.iter().map(ask).collect::<Vec<_>>())?;
        if told.iter().any(|told| matches!(told, Value::ServerError(_))) {
            let there = self.exist(keys)?;
            return Ok(there.into_iter().map(|there| there.then_some(0)).collect());
        }
        told.iter()
            .map(|told| match told {
                Value::Nil => Ok(None),
                told => answer::number(&self.name, "MEMORY USAGE", told)
                    .map(|bytes| Some(u64::try_from(bytes).unwrap_or(0))),
            })
            .collect()
    }

    /// Which of the keys are there.
    pub(super) fn exist(&mut self, keys: &[Vec<u8>]) -> Result<Vec<bool>, Error> {
        let ask = |key: &Vec<u8>| cmd("EXISTS").arg(key).clone();
        let told = self.ask(&keys.iter().map(ask).collect::<Vec<_>>())?;
        let there =
            |told: &Value| answer::number(&self.name, "EXISTS", told).map(|there| there > 0);
        told.iter().map(there).collect()
    }

    /// Milliseconds that each key has left: -1 for ever, -2 gone.
    pub(crate) fn left(&mut self, keys: &[Vec<u8>]) -> Result<Vec<i64>, Error> {
        let ask = |key: &Vec<u8>| cmd("PTTL").arg(key).clone();
        let told = self.ask(&keys.iter().map(ask).collect::<Vec<_>>())?;
        told.iter().map(|told| answer::number(&self.name, "PTTL", told)).collect()
    }

    /// Values as one machine gives them to another.
    pub(super) fn dump(&mut self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, Error> {
        let ask = |key: &Vec<u8>| cmd("DUMP").arg(key).clone();
        let told = self.ask(&keys.iter().map(ask).collect::<Vec<_>>())?;
        told.into_iter().map(|told| answer::bytes(&self.name, "DUMP", told)).collect()
    }
}

fn connect(machine: &Machine, timeout: Duration) -> Result<redis::Connection, RedisError> {
    let endpoint = &machine.endpoint;
    let address = match &endpoint.address {
        Address::Unix(path) => ConnectionAddr::Unix(path.clone()),
        Address::Tcp(host, port) if endpoint.tls => ConnectionAddr::TcpTls {
            host: host.clone(),
            port: *port,
            insecure: false,
            tls_params: None,
        },
        Address::Tcp(host, port) => ConnectionAddr::Tcp(host.clone(), *port),
    };
    let mut settings = RedisConnectionInfo::default().set_skip_set_lib_name();
    if let Some(password) = &endpoint.password {
        settings = settings.set_password(password.reveal());
        if let Some(user) = &endpoint.user {
            settings = settings.set_username(user.reveal());
        }
    }
    let info = address.into_connection_info()?.set_redis_settings(settings);
    let client = client(info, endpoint.authority.as_ref())?;
    let connection = client.get_connection_with_timeout(timeout)?;
    connection.set_read_timeout(Some(timeout))?;
    connection.set_write_timeout(Some(timeout))?;
    Ok(connection)
}

#[cfg(feature = "tls")]
fn client(
    info: redis::ConnectionInfo,
    authority: Option<&Vec<u8>>,
) -> Result<redis::Client, RedisError> {
    // What is there already was put there by whoever uses this library.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match authority {
        Some(authority) if matches!(info.addr(), ConnectionAddr::TcpTls { .. }) => {
            let certificates =
                redis::TlsCertificates { client_tls: None, root_cert: Some(authority.clone()) };
            redis::Client::build_with_tls(info, certificates)
        }
        _ => redis::Client::open(info),
    }
}

#[cfg(not(feature = "tls"))]
fn client(info: redis::ConnectionInfo, _: Option<&Vec<u8>>) -> Result<redis::Client, RedisError> {
    if matches!(info.addr(), ConnectionAddr::TcpTls { .. }) {
        let why = "this program was built without the feature 'tls'";
        return Err(std::io::Error::other(why).into());
    }
    redis::Client::open(info)
}

/// Why a machine was not opened.
fn refused(machine: &Machine, error: &RedisError) -> Error {
    let name = &machine.name;
    let code = error.code().unwrap_or_default();
    let told = error.to_string();
    let wrong = ["WRONGPASS", "NOAUTH", "AUTH"]
        .iter()
        .any(|word| code.contains(word) || told.contains(word))
        || matches!(error.kind(), redis::ErrorKind::AuthenticationFailed);
    Error::new(if wrong {
        format!("{name} refuses the user or the password")
    } else {
        let hidden = machine.endpoint.hides(&told).map(str::to_owned);
        format!("{name} does not answer: {}", hidden.unwrap_or_else(|| words(error)))
    })
}

fn words(error: &RedisError) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    if error.is_connection_dropped() {
        return "the connection was closed".to_owned();
    }
    let told = error.to_string();
    let told = answer::without_arguments(&told);
    reason(&std::io::Error::other(crate::escape::escaped(told.as_bytes())))
}
