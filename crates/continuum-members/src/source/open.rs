//! A source by its text.

use continuum::Scheme;
use continuum_config::Options;

use super::{ElastiCache, Fault, File, Source, place};
use crate::access::Access;

/// The source that a text names: `elasticache://HOST:PORT`, `etcd://HOST:PORT/PREFIX/`
/// (`elasticaches://` and `etcds://` over TLS), `kubernetes:NAMESPACE/SERVICE[:PORT]`,
/// `srv:NAME` or `srv://DNS-SERVER[:PORT]/NAME`, else a path. `scheme` is needed where the
/// source says none; `options` are for files and Kubernetes, `pool` for files, `access` for
/// etcd, and for etcd and ElastiCache over TLS.
///
/// # Errors
/// The text names no source, or one that was built without; the scheme is lacking.
///
/// ```
/// use continuum_config::Options;
/// use continuum_members::{Access, Source as _, source};
/// let (ketama, none, nobody) = ("twemproxy".parse()?, Options::new(), Access::new());
/// let place = "elasticache://cfg.example.com:11211";
/// let source = source::open(place, Some(&ketama), &none, None, &nobody)?;
/// assert_eq!(source.name(), place);
/// assert!(source::open("consul://127.0.0.1", None, &none, None, &nobody).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn open(
    text: &str,
    scheme: Option<&Scheme>,
    options: &Options,
    pool: Option<&str>,
    access: &Access,
) -> Result<Box<dyn Source>, Fault> {
    // What stands in a text before its host is secret.
    let name = place::shown(text);
    let given = || {
        scheme.cloned().ok_or_else(|| Fault::new(&name, "says no scheme: name it with --scheme"))
    };
    for (kind, tls) in [("elasticache", false), ("elasticaches", true)] {
        let Some(address) = text.strip_prefix(kind).and_then(|rest| rest.strip_prefix("://"))
        else {
            continue;
        };
        let address = address.trim_end_matches('/');
        let port = address.rsplit_once(':').is_some_and(|(host, port)| {
            !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0)
        });
        if !port || address.contains(['@', '/']) {
            return Err(Fault::new(&name, format!("expected {kind}://HOST:PORT")));
        }
        let source = ElastiCache::new(address, given()?);
        return Ok(Box::new(if tls { source.over_tls(access)? } else { source }));
    }
    if text.starts_with("etcd://") || text.starts_with("etcds://") {
        return etcd(text, given()?, access);
    }
    if text.starts_with("srv:") {
        return srv(text, given()?);
    }
    if text.starts_with("kubernetes:") {
        return kubernetes(text, given()?, options);
    }
    if let Some((kind, _)) = text.split_once("://") {
        let kind = kind.escape_debug();
        let sentence = format!(
            "no source is called '{kind}': there are elasticache, etcd, kubernetes and srv"
        );
        return Err(Fault::new(&name, sentence));
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
fn etcd(text: &str, scheme: Scheme, access: &Access) -> Result<Box<dyn Source>, Fault> {
    Ok(Box::new(super::Etcd::open(text, scheme, access)?))
}

#[cfg(not(feature = "etcd"))]
fn etcd(text: &str, _: Scheme, _: &Access) -> Result<Box<dyn Source>, Fault> {
    Err(Fault::new(&place::shown(text), "this was built without the feature 'etcd'"))
}

#[cfg(feature = "dns")]
fn srv(text: &str, scheme: Scheme) -> Result<Box<dyn Source>, Fault> {
    Ok(Box::new(super::Srv::open(text, scheme)?))
}

#[cfg(not(feature = "dns"))]
fn srv(text: &str, _: Scheme) -> Result<Box<dyn Source>, Fault> {
    Err(Fault::new(text, "this was built without the feature 'dns'"))
}

#[cfg(feature = "kube")]
fn kubernetes(text: &str, scheme: Scheme, options: &Options) -> Result<Box<dyn Source>, Fault> {
    Ok(Box::new(super::Kubernetes::open(text, scheme)?.with_options(options.clone())))
}

#[cfg(not(feature = "kube"))]
fn kubernetes(text: &str, _: Scheme, _: &Options) -> Result<Box<dyn Source>, Fault> {
    Err(Fault::new(text, "this was built without the feature 'kube'"))
}
