//! The metrics, by name. All carry the label `map`, the name of the pool; those of one
//! server carry `server`, its identity.

use metrics::{Unit, describe_counter, describe_gauge};

/// Gauge, by `fingerprint` (all 64 bits, as text) and `scheme`: 1 for the map that is in
/// use, 0 for one that was.
pub const INFO: &str = "continuum_map_info";
/// Gauge: the lower 48 bits of the fingerprint of the map that is in use, as
/// `continuum-members` has it. A gauge holds 53 bits exactly. Two processes of one map
/// whose gauges differ disagree on keys.
pub const FINGERPRINT: &str = "continuum_map_fingerprint";
/// Gauge: how many servers the map has.
pub const SERVERS: &str = "continuum_map_servers";
/// Counter: maps that came into use.
pub const CHANGES: &str = "continuum_map_changes_total";
/// Counter: servers and sets of servers that the scheme refused.
pub const REFUSALS: &str = "continuum_map_refusals_total";
/// Gauge, by server: the share of the key space that it owns, from 0 to 1.
pub const OWNER_SHARE: &str = "continuum_owner_share";
/// Counter, by server: requests that it was given.
pub const REQUESTS: &str = "continuum_requests_total";
/// Counter, by server and `reason`: requests for keys that it owns, which another server
/// was given. The reasons are those of
/// [`Pick::overflow`](crate::Pick::overflow).
pub const OVERFLOW: &str = "continuum_overflow_total";
/// Counter, by server: requests that failed there.
pub const FAILURES: &str = "continuum_failures_total";
/// Gauge, by server: requests in flight.
pub const IN_FLIGHT: &str = "continuum_in_flight";
/// Counter: requests that no server could be given to.
pub const UNSERVED: &str = "continuum_unserved_total";

/// Tells the recorder what each metric means. Once, after the recorder is installed.
pub fn describe() {
    describe_gauge!(INFO, "1 for the map that is in use, 0 for one that was");
    describe_gauge!(FINGERPRINT, "Lower 48 bits of the map's fingerprint");
    describe_gauge!(SERVERS, Unit::Count, "Servers of the map");
    describe_counter!(CHANGES, Unit::Count, "Maps that came into use");
    describe_counter!(REFUSALS, Unit::Count, "Servers and sets that the scheme refused");
    describe_gauge!(OWNER_SHARE, "Share of the key space that the server owns, 0 to 1");
    describe_counter!(REQUESTS, Unit::Count, "Requests that the server was given");
    describe_counter!(OVERFLOW, Unit::Count, "Requests for the server's keys given to another");
    describe_counter!(FAILURES, Unit::Count, "Requests that failed at the server");
    describe_gauge!(IN_FLIGHT, Unit::Count, "Requests in flight at the server");
    describe_counter!(UNSERVED, Unit::Count, "Requests without any server to take them");
}
