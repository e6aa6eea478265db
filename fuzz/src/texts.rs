//! Short texts: refused with a sentence, or what was read is written and read again
//! and is the same.

use std::fmt::Debug;

use continuum::compat::libmemcached::Behaviors;
use continuum::{Capacity, Scheme, Server, Servers};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Reads what is UTF-8.
pub fn text(data: &[u8], read: fn(&str)) {
    if let Ok(text) = std::str::from_utf8(data) {
        read(text);
    }
}

/// A refusal is a sentence: not empty, of a length that a person reads.
pub fn sentence(error: &impl ToString) {
    let sentence = error.to_string();
    assert!(sentence.len() > 10, "{sentence:?}");
}

/// A scheme, or a capacity.
pub fn scheme(text: &str) {
    match text.parse::<Scheme>() {
        Ok(scheme) => {
            for text in [scheme.to_string(), format!("{scheme:#}")] {
                assert_eq!(text.parse::<Scheme>().as_ref(), Ok(&scheme), "{text:?}");
            }
            let again = scheme.entry().scheme();
            let again = scheme.options().fold(again, |scheme, (name, value)| {
                scheme.with_option(name, &value).unwrap_or_else(|error| panic!("{error}"))
            });
            assert_eq!(again, scheme);
        }
        Err(error) => sentence(&error),
    }
    if let Ok(capacity) = text.parse::<Capacity>() {
        assert!(capacity.get() >= 0.0 && capacity.get().is_finite());
        assert_eq!(capacity.to_string().parse::<Capacity>().unwrap(), capacity);
    }
}

/// One server.
pub fn server(text: &str) {
    match text.parse::<Server>() {
        Ok(server) => {
            assert_eq!(server.to_string().parse::<Server>().unwrap(), server, "{text:?}");
            let _ = (server.identity(), server.address(), server.is_unix_socket());
            again(&server);
        }
        Err(error) => sentence(&error),
    }
}

/// A server a line.
pub fn servers(text: &str) {
    match Servers::from_texts(text.lines()) {
        Ok(servers) => {
            let texts: Vec<String> = servers.iter().map(Server::to_string).collect();
            assert_eq!(Servers::from_texts(texts.iter().map(String::as_str)).unwrap(), servers);
            for (number, server) in (0..).zip(&servers) {
                assert_eq!(servers.index_of(&server.identity()), Some(number));
            }
            again(&servers);
        }
        Err(error) => sentence(&error),
    }
}

/// Servers and schemes as JSON.
pub fn json(data: &[u8]) {
    if let Ok(server) = serde_json::from_slice::<Server>(data) {
        again(&server);
    }
    if let Ok(servers) = serde_json::from_slice::<Servers>(data) {
        again(&servers);
    }
    if let Ok(scheme) = serde_json::from_slice::<Scheme>(data) {
        again(&scheme);
    }
}

/// Options of libmemcached and pylibmc, a line each.
pub fn behaviors(text: &str) {
    let mut behaviors = Behaviors::new();
    for line in text.lines() {
        match line.split_once(' ') {
            Some((name, value)) => {
                if let Err(error) = behaviors.set(name, value) {
                    sentence(&error);
                }
            }
            None => {
                if let Ok(server) = line.parse::<Server>() {
                    behaviors.add_server(server);
                }
            }
        }
    }
    let scheme = behaviors.scheme();
    assert_eq!(scheme.to_string().parse::<Scheme>().unwrap(), scheme);
    let pairs: Vec<(&str, &str)> = text.lines().filter_map(|line| line.split_once('=')).collect();
    if let Ok(behaviors) = Behaviors::pylibmc(pairs) {
        let _ = behaviors.scheme();
    }
}

/// Writes as JSON and reads again.
pub(crate) fn again<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let json = serde_json::to_string(value).unwrap();
    let read: T = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{json}: {error}"));
    assert_eq!(&read, value, "{json}");
}
