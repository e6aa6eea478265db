//! Fingerprint: one number that two processes compare to know that they agree.

use crate::hash::xxh64::xxh64;
use crate::scheme::Scheme;
use crate::server::Server;

/// XXH64 (seed 0) over this text, one field a line, `\n` after each:
/// `continuum-fingerprint-1`, the scheme with every option, then for each server
/// its identity, host, port, capacity, id, zone, hash key and guid, and if it has an
/// instance, `instance=` and that; likewise with its hostname, its locality and that
/// locality's weight; and `name=0:` if its name is empty. The servers are sorted by
/// identity unless their order decides an owner.
///
/// Lengths stand before texts, so that no text can imitate another's fields.
pub(crate) fn fingerprint(scheme: &Scheme, servers: &[Server], ordered: bool) -> u64 {
    let mut rows: Vec<(String, &Server)> =
        servers.iter().map(|server| (server.identity().into_owned(), server)).collect();
    if !ordered {
        rows.sort_by(|a, b| a.0.cmp(&b.0));
    }
    let mut text = format!("continuum-fingerprint-1\n{scheme:#}\n");
    let mut field = |mark: &str, value: Option<&str>| {
        text.push_str(mark);
        if let Some(value) = value {
            text.push_str(&value.len().to_string());
            text.push(':');
            text.push_str(value);
        }
        text.push('\n');
    };
    for (identity, server) in &rows {
        field("", Some(identity));
        field("", Some(server.host()));
        field("", server.port().map(|port| port.to_string()).as_deref());
        field("", Some(&format!("{:016x}", server.capacity().get().to_bits())));
        field("", server.id().map(|id| id.to_string()).as_deref());
        field("", server.zone());
        field("", server.hash_key());
        field("", server.guid());
        // Came later: a server without one keeps its fingerprint.
        if server.instance().is_some() {
            field("instance=", server.instance());
        }
        let weight = server.locality_weight().map(|weight| weight.to_string());
        for (mark, value) in [
            ("hostname=", server.hostname()),
            ("locality=", server.locality()),
            ("locality_weight=", weight.as_deref()),
        ] {
            if value.is_some() {
                field(mark, value);
            }
        }
        // No name and an empty one are two to Jedis.
        if server.given_name() == Some("") {
            field("name=", Some(""));
        }
    }
    xxh64(text.as_bytes(), 0)
}
