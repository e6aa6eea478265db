//! Where the sample of `balance hash` is taken from, which decides whether HAProxy has it
//! when it chooses a server.
//!
//! HAProxy 2.6.12 and 2.8.25 were asked about every sample, with clients that send at once
//! and with clients that wait.

/// Samples of a request of HTTP, each alone or with `_` and more behind it.
const OF_REQUESTS: &[&str] = &[
    "base",
    "base32",
    "base32+src",
    "baseq",
    "cook",
    "cookie",
    "fhdr",
    "hdr",
    "http_auth",
    "method",
    "path",
    "pathq",
    "query",
    "req.body",
    "req.cook",
    "req.fhdr",
    "req.hdr",
    "req.hdrs",
    "req.ver",
    "req_ver",
    "url",
    "url32",
    "url32+src",
    "urlp",
];

/// Samples of the bytes that a client sent.
const OF_BYTES: &[&str] = &[
    "distcc_body",
    "distcc_param",
    "payload",
    "payload_lv",
    "rdp_cookie",
    "req.payload",
    "req.payload_lv",
    "req.rdp_cookie",
];

/// What a sample is taken from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Source {
    /// A request of HTTP: in mode tcp it may not have come yet.
    Request,
    /// Bytes that HAProxy has passed on before it chooses, in every mode.
    Bytes,
    Other,
}

impl Source {
    /// Of an expression, converters behind its sample or not.
    pub(super) fn of(expression: &str) -> Self {
        let name = expression.split(['(', ',']).next().unwrap_or_default().trim();
        let is = |known: &&str| {
            name.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
        };
        if OF_BYTES.contains(&name) || name.starts_with("req.ssl_") || name.starts_with("req_ssl_")
        {
            Self::Bytes
        } else if OF_REQUESTS.iter().any(is) {
            Self::Request
        } else {
            Self::Other
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Source;

    #[test]
    fn converters_and_arguments_change_no_source() {
        for (expression, source) in [
            ("path", Source::Request),
            ("path,lower", Source::Request),
            ("req.hdr_ip(x-forwarded-for,-1),ipmask(24)", Source::Request),
            ("hdr", Source::Request),
            ("url_param(a)", Source::Request),
            ("http_auth_user", Source::Request),
            ("req.ssl_sni", Source::Bytes),
            ("req_ssl_sni,lower", Source::Bytes),
            ("req.payload(0,8)", Source::Bytes),
            ("rdp_cookie(msts)", Source::Bytes),
            ("req.len", Source::Other),
            ("src,ipmask(24)", Source::Other),
            ("var(txn.path)", Source::Other),
            ("str(path)", Source::Other),
            ("ssl_fc_sni", Source::Other),
            ("pathology", Source::Other),
        ] {
            assert_eq!(Source::of(expression), source, "{expression}");
        }
    }
}
