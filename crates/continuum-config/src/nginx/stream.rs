//! What nginx has in `http` alone: in `stream` it stops at it.

use super::filled::names;

/// Directives of an upstream.
const DIRECTIVES: &[&str] = &[
    "ip_hash",
    "keepalive",
    "keepalive_requests",
    "keepalive_time",
    "keepalive_timeout",
    "ntlm",
    "queue",
];

/// Variables, but for those that are named after parts of a request.
const VARIABLES: &[&str] = &[
    "args",
    "content_length",
    "content_type",
    "document_root",
    "document_uri",
    "host",
    "is_args",
    "query_string",
    "realpath_root",
    "remote_user",
    "request",
    "request_body",
    "request_filename",
    "request_id",
    "request_method",
    "request_uri",
    "scheme",
    "server_protocol",
    "uri",
];
const NAMED: &[&str] = &["arg_", "cookie_", "http_"];

pub(super) fn lacks(directive: &str) -> bool {
    DIRECTIVES.contains(&directive)
}

/// The variables of a text that a request alone fills.
pub(super) fn of_requests(text: &str) -> Vec<String> {
    let of_request = |name: &String| {
        VARIABLES.contains(&name.as_str()) || NAMED.iter().any(|start| name.starts_with(start))
    };
    names(text).into_iter().filter(of_request).collect()
}
