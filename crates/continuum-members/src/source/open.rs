//! A source by its text.

use continuum::Scheme;
use continuum_config::Options;

use super::{ElastiCache, Fault, File, Source};

/// The source that a text names: `elasticache://HOST:PORT`, `etcd://HOST:PORT/PREFIX/`,
/// `srv:NAME` or `srv://DNS-SERVER[:PORT]/NAME`, else a path. `scheme` is needed where the
/// source says none; `options` and `pool` are for files.
///
/// # Errors
/// The text names no source, or one that was built without; the scheme is lacking.
///
/// ```
/// use continuum_config::Options;
/// use continuum_members::{Source as _, source};
/// let ketama = "twemproxy".parse()?;
/// let source = source::open("elasticache://cfg.example.com:11211", Some(&ketama), &Options::new(), None)?;
/// assert_eq!(source.name(), "elasticache://cfg.example.com:11211");
/// assert!(source::open("consul://127.0.0.1", None, &Options::new(), None).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn open(
    text: &str,
    scheme: Option<&Scheme>,
    options: &Options,
    pool: Option<&str>,
) -> Result<Box<dyn Source>, Fault> {
    let given =
        || scheme.cloned().ok_or_else(|| Fault::new(text, "says no scheme: name it with --scheme"));
    if let Some(address) = text.strip_prefix("elasticache://") {
        let address = address.trim_end_matches('/');
        let port = address.rsplit_once(':').is_some_and(|(host, port)| {
            !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0)
        });
        if !port {
            return Err(Fault::new(text, "expected elasticache://HOST:PORT"));
        }
        return Ok(Box::new(ElastiCache::new(address, given()?)));
    }
    if text.starts_with("etcd://") {
        return etcd(text, given()?);
    }
    if text.starts_with("srv:") {
        return srv(text, given()?);
    }
    if let Some((kind, _)) = text.split_once("://") {
        let kind = kind.escape_debug();
        let sentence = format!("no source is called '{kind}': there are elasticache, etcd and srv");
        return Err(Fault::new(text, sentence));
    }
    let mut options = options.clone();
    if let Some(scheme) = scheme {
        options = options.with_scheme(scheme.clone());
    }
    let file = File::new(text).with_options(options);
    Ok(Box::new(match pool {
        Some(pool) => file.with_pool(pool),
        None => file,
    }))
}

#[cfg(feature = "etcd")]
fn etcd(text: &str, scheme: Scheme) -> Result<Box<dyn Source>, Fault> {
    Ok(Box::new(super::Etcd::open(text, scheme)?))
}

#[cfg(not(feature = "etcd"))]
fn etcd(text: &str, _: Scheme) -> Result<Box<dyn Source>, Fault> {
    Err(Fault::new(text, "this was built without the feature 'etcd'"))
}

#[cfg(feature = "dns")]
fn srv(text: &str, scheme: Scheme) -> Result<Box<dyn Source>, Fault> {
    Ok(Box::new(super::Srv::open(text, scheme)?))
}

#[cfg(not(feature = "dns"))]
fn srv(text: &str, _: Scheme) -> Result<Box<dyn Source>, Fault> {
    Err(Fault::new(text, "this was built without the feature 'dns'"))
}
