//! Certificates, for connections that are encrypted.

use std::io;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use crate::access::Access;

/// A chain of certificates, and its key.
pub(super) type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// The authorities that are believed.
pub(super) fn authorities(access: &Access) -> Result<Vec<CertificateDer<'static>>, String> {
    match &access.authority {
        Some(pem) => certificates(pem, "the authority's file"),
        None => Ok(rustls_native_certs::load_native_certs().certs),
    }
}

/// The certificate that is shown, if there is one.
pub(super) fn identity(access: &Access) -> Result<Option<Identity>, String> {
    let Some((chain, key)) = &access.identity else { return Ok(None) };
    let chain = certificates(chain, "the certificate's file")?;
    let key = PrivateKeyDer::from_pem_slice(key)
        .map_err(|_| "there is no key that can be read in the key's file".to_owned())?;
    Ok(Some((chain, key)))
}

fn certificates(pem: &[u8], file: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let found = found.map_err(|_| format!("{file} is not PEM"))?;
    if found.is_empty() {
        return Err(format!("there is no certificate in {file}"));
    }
    Ok(found)
}

/// How a connection is encrypted.
pub(super) fn config(access: &Access) -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore::empty();
    let authorities = authorities(access)?;
    if access.authority.is_some() {
        for authority in authorities {
            let refuse = |error| format!("the authority's certificate cannot be used: {error}");
            roots.add(authority).map_err(refuse)?;
        }
    } else {
        // Some system has one that cannot be used.
        roots.add_parsable_certificates(authorities);
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots);
    let config = match identity(access)? {
        None => builder.with_no_client_auth(),
        Some((chain, key)) => {
            let refuse = |error| format!("the certificate and its key cannot be used: {error}");
            builder.with_client_auth_cert(chain, key).map_err(refuse)?
        }
    };
    Ok(Arc::new(config))
}

/// What the library says of a handshake that failed, which `io` carries.
pub(super) fn words(error: &io::Error) -> Option<String> {
    let error = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    Some(match error {
        rustls::Error::InvalidCertificate(why) => {
            format!("its certificate is not believed: {why}")
        }
        rustls::Error::AlertReceived(alert) => format!("breaks off TLS: {alert:?}"),
        other => format!("TLS: {other}"),
    })
}
