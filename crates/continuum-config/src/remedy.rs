//! What to write instead, in the words of each program's configuration.

use crate::format::Format;
use crate::note::Topic;

/// What a file of this format would say instead, if anything helps.
pub(crate) fn remedy(format: Format, topic: Topic) -> Option<&'static str> {
    Some(match (topic, format) {
        (Topic::Positional, Format::Haproxy) => {
            "write `id N` after each server, with the ids it has now"
        }
        (Topic::Ejection, Format::Twemproxy) => {
            "`auto_eject_hosts: false` where a failed read is better than a stale one"
        }
        (Topic::Churn, Format::Twemproxy) => {
            "`distribution: ketama`, in a change planned as a whole"
        }
        (Topic::Churn, Format::Libmemcached) => {
            "`--DISTRIBUTION=consistent`, in a change planned as a whole"
        }
        (Topic::Identity, Format::Twemproxy) => {
            "a name after the weight, as `10.0.0.1:11211:1 cache-a`"
        }
        (Topic::Identity, Format::Haproxy) => "`hash-key id` and an `id` for each server",
        (Topic::Identity, Format::Envoy) => {
            "`hash_key` in the endpoint's metadata `envoy.lb`, or `use_hostname_for_hashing`"
        }
        (Topic::Identity, Format::EndpointSlice) => {
            "host names as identity, which a StatefulSet keeps"
        }
        (Topic::Identity, _) => {
            "a host name that stays with the machine (resolving to one address), or a name"
        }
        _ => return None,
    })
}
