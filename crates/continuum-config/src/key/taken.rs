//! Requests that nginx answers itself.

use super::request::Request;
use super::{field, normalise};

/// Whether nginx takes such a request: what it answers with 400 or 405 by itself reaches
/// no server.
pub(super) fn by_nginx(request: &Request) -> bool {
    let is_method = |method: &[u8]| {
        method.iter().all(|byte| matches!(byte, b'A'..=b'Z' | b'_' | b'-'))
            && !matches!(method, b"CONNECT" | b"TRACE")
    };
    let target = request.target();
    let is_plain = |byte: &u8| *byte > b' ' && *byte != 0x7f;
    let path = field::origin(target);
    request.method().is_none_or(is_method)
        && target.first().is_some_and(|byte| *byte == b'/' || byte.is_ascii_alphabetic())
        && target.iter().all(is_plain)
        && (field::is_bare(target) || path.is_some_and(|path| normalise::path(path).is_some()))
}
