//! EndpointSlices of Kubernetes.

mod board;
mod cluster;
mod reason;
mod service;
mod slices;
mod watch;

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use continuum::{Scheme, Servers};
use continuum_config::{Complaint, Config, Format, Options, Pool, Skipped};

use self::watch::Watch;
use super::{Fault, Source};
use crate::set::Set;

/// How long the first list may take.
const FIRST: Duration = Duration::from_secs(10);

/// The endpoints of a Service, as `kubernetes:NAMESPACE/SERVICE[:PORT]`; the port by name or
/// number, where the Service has several.
///
/// The cluster is that of the kubeconfig (`KUBECONFIG`, `~/.kube/config`), else the one that
/// this runs in, and stays the one that it was at first. EndpointSlices are listed once and
/// then watched: a watch that ends is resumed, and after an error, or where the cluster has
/// forgotten what lies between, they are listed anew. A list becomes an answer when its last
/// page has come, versions must not go back, and as long as the cluster cannot be reached
/// there is no answer. A Service without ready endpoints is an empty set.
///
/// Endpoints are read as [`continuum_config`] reads EndpointSlices: what tells them apart,
/// and whether those that are not ready are members, is said by the options. Of a Service
/// with addresses of both families those of IPv4 are taken.
#[derive(Debug)]
pub struct Kubernetes {
    name: String,
    namespace: String,
    service: String,
    kubeconfig: Option<PathBuf>,
    options: Options,
    scheme: Scheme,
    watch: Option<Watch>,
    /// The number of the last answer.
    seen: u64,
    /// What was read last, and what it says.
    read: Option<(Option<String>, Result<Servers, Fault>)>,
}

impl Kubernetes {
    /// The Service, and the scheme, which it does not say.
    ///
    /// # Errors
    /// The text names no Service.
    pub fn open(text: &str, scheme: Scheme) -> Result<Self, Fault> {
        let expected = || Fault::new(text, "expected kubernetes:NAMESPACE/SERVICE[:PORT]");
        let rest = text.strip_prefix("kubernetes:").ok_or_else(expected)?;
        let (namespace, rest) = rest.split_once('/').ok_or_else(expected)?;
        let (service, port) = match rest.split_once(':') {
            Some((service, port)) => (service, Some(port)),
            None => (rest, None),
        };
        if ![Some(namespace), Some(service), port].into_iter().flatten().all(is_label) {
            return Err(expected());
        }
        let mut options = Options::new();
        if let Some(port) = port {
            options = options.with_port(port);
        }
        Ok(Self {
            name: text.to_owned(),
            namespace: namespace.to_owned(),
            service: service.to_owned(),
            options: settled(options, &scheme),
            kubeconfig: None,
            scheme,
            watch: None,
            seen: 0,
            read: None,
        })
    }

    /// What tells endpoints apart, whether those that are not ready are members, and the
    /// port, unless the text names it.
    #[must_use]
    pub fn with_options(mut self, options: Options) -> Self {
        let port = self.name.rsplit_once('/').and_then(|(_, rest)| Some(rest.split_once(':')?.1));
        let options = match port {
            Some(port) => options.with_port(port),
            None => options,
        };
        self.options = settled(options, &self.scheme);
        self
    }

    /// The cluster of this file, and no other.
    #[must_use]
    pub fn with_kubeconfig(mut self, file: impl Into<PathBuf>) -> Self {
        self.kubeconfig = Some(file.into());
        self
    }

    fn servers(&self, json: &str) -> Result<Servers, Fault> {
        let config = Config::parse(json, &self.name, &self.options);
        let config = config.map_err(|error| self.unreadable(&error))?;
        if let Some((_, error)) = config.refused().next() {
            return Err(self.unreadable(error));
        }
        // A port none of whose endpoints is ready is passed over by the reader, and is a
        // port all the same: the other one is not what was asked for.
        let pools = config.pools().iter().map(Pool::name);
        let names: Vec<&str> = pools.chain(config.skipped().iter().map(Skipped::name)).collect();
        if names.len() > 1 {
            let ports: Vec<&str> =
                names.iter().filter_map(|name| name.rsplit(':').next()).collect();
            let sentence = format!("has the ports {}: name one behind a colon", ports.join(", "));
            return Err(Fault::new(&self.name, sentence));
        }
        Ok(config.pools().first().map(|pool| pool.servers().clone()).unwrap_or_default())
    }

    /// What was read has no lines that anybody could look up.
    fn unreadable(&self, error: &continuum_config::Error) -> Fault {
        let sentences: Vec<&str> = error.complaints().iter().map(Complaint::sentence).collect();
        Fault::new(&self.name, sentences.join("; "))
    }
}

impl Source for Kubernetes {
    fn name(&self) -> &str {
        &self.name
    }

    fn ask(&mut self) -> Result<Set, Fault> {
        // A thread that has panicked has said so.
        let watch = match self.watch.take().filter(|watch| !watch.has_ended()) {
            Some(watch) => watch,
            None => Watch::start(&self.namespace, &self.service, self.kubeconfig.clone())
                .map_err(|error| Fault::io(&self.name, &error))?,
        };
        let (number, listed) = self.watch.insert(watch).board().read(FIRST);
        self.seen = number;
        let json = listed.map_err(|why| Fault::new(&self.name, why))?;
        let servers = match self.read.take() {
            Some((last, servers)) if last == json => servers,
            _ => json.as_deref().map_or_else(|| Ok(Servers::new()), |json| self.servers(json)),
        };
        let (_, servers) = self.read.insert((json, servers));
        Ok(Set::new(self.scheme.clone(), servers.clone()?))
    }

    fn wait(&mut self, most: Duration) -> bool {
        match &self.watch {
            Some(watch) => watch.board().wait(self.seen, most),
            None => {
                thread::sleep(most);
                false
            }
        }
    }
}

fn settled(options: Options, scheme: &Scheme) -> Options {
    options.with_format(Format::EndpointSlice).with_scheme(scheme.clone())
}

/// Whether it may stand in a selector, and in a path, as it is.
fn is_label(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    (1..=253).contains(&text.len())
        && text.bytes().all(inner)
        && !text.starts_with(['-', '.'])
        && !text.ends_with(['-', '.'])
}

#[cfg(test)]
mod tests {
    use super::Kubernetes;
    use crate::source::Source as _;

    fn open(text: &str) -> Result<Kubernetes, crate::source::Fault> {
        Kubernetes::open(text, "twemproxy".parse().unwrap())
    }

    #[test]
    fn places() {
        let source = open("kubernetes:cache/memcached:memcache").unwrap();
        assert_eq!((&*source.namespace, &*source.service), ("cache", "memcached"));
        assert_eq!(source.name(), "kubernetes:cache/memcached:memcache");
        for text in [
            "kubernetes:",
            "kubernetes:memcached",
            "kubernetes:/memcached",
            "kubernetes:cache/",
            "kubernetes:cache/memcached:",
            "kubernetes:cache/a/b",
            "kubernetes:cache/a,b=c",
            "kubernetes:../x",
        ] {
            let fault = open(text).unwrap_err().to_string();
            assert!(fault.contains("expected kubernetes:NAMESPACE/SERVICE[:PORT]"), "{fault}");
        }
    }

    #[test]
    fn a_port_without_ready_endpoints_does_not_make_the_other_one_the_servers() {
        let slice = |ready: bool, port: &str| {
            format!(
                r#"{{"metadata":{{"name":"m-1"}},"ports":[{port}],
                "endpoints":[{{"addresses":["10.0.0.1"],"conditions":{{"ready":{ready}}}}}]}}"#
            )
        };
        let unready = slice(false, r#"{"name":"memcache","port":11211}"#);
        let ready = slice(true, r#"{"name":"metrics","port":9150}"#);
        let both = format!(r#"{{"kind":"EndpointSliceList","items":[{unready},{ready}]}}"#);
        let fault = open("kubernetes:cache/memcached").unwrap().servers(&both).unwrap_err();
        assert!(fault.to_string().contains("has the ports "), "{fault}");
        let named = open("kubernetes:cache/memcached:9150").unwrap();
        let fault = named.servers(&both).unwrap_err().to_string();
        assert!(fault.contains("there is no port '9150'"), "{fault}");
    }

    #[test]
    fn slices_are_read_as_files_of_them_are() {
        let source = open("kubernetes:cache/memcached").unwrap();
        let slice = |ready: bool, ports: &str| {
            format!(
                r#"{{"kind":"EndpointSliceList","items":[{{"metadata":{{"name":"m-1"}},
                "endpoints":[{{"addresses":["10.0.0.1"],"conditions":{{"ready":{ready}}}}}],
                "ports":[{ports}]}}]}}"#
            )
        };
        let one = r#"{"name":"memcache","port":11211}"#;
        let servers = source.servers(&slice(true, one)).unwrap();
        assert_eq!(servers.iter().next().unwrap().to_string(), "10.0.0.1:11211");
        assert!(source.servers(&slice(false, one)).unwrap().is_empty());
        let two = format!(r#"{one},{{"name":"metrics","port":9150}}"#);
        let fault = source.servers(&slice(true, &two)).unwrap_err().to_string();
        let sentence = "kubernetes:cache/memcached: has the ports memcache, metrics: name one";
        assert!(fault.starts_with(sentence), "{fault}");
        let named = open("kubernetes:cache/memcached:metrics").unwrap();
        let named = named.with_options(continuum_config::Options::new().with_port("memcache"));
        let servers = named.servers(&slice(true, &two)).unwrap();
        assert_eq!(servers.iter().next().unwrap().to_string(), "10.0.0.1:9150");
        let missing = open("kubernetes:cache/memcached:nope").unwrap();
        let fault = missing.servers(&slice(true, &two)).unwrap_err().to_string();
        assert!(fault.contains("there is no port 'nope'"), "{fault}");
    }
}
