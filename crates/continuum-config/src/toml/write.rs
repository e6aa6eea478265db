//! A list of servers as it is read.

use std::fmt::Write as _;

use continuum::{Scheme, Server, Servers};

/// The list, a line for each server.
pub(crate) fn list(scheme: &Scheme, servers: &Servers) -> String {
    let mut text = format!("scheme = {}\nservers = [\n", quoted(&scheme.to_string()));
    for server in servers {
        text.push_str("  { ");
        text.push_str(&fields(server).join(", "));
        text.push_str(" },\n");
    }
    text.push_str("]\n");
    text
}

fn fields(server: &Server) -> Vec<String> {
    let mut fields = vec![format!("host = {}", quoted(server.host()))];
    fields.extend(server.port().map(|port| format!("port = {port}")));
    fields.push(format!("capacity = {}", server.capacity().get()));
    fields.extend(server.id().map(|id| format!("id = {id}")));
    for (field, value) in [
        ("name", server.name()),
        ("zone", server.zone()),
        ("hash_key", server.hash_key()),
        ("guid", server.guid()),
        ("instance", server.instance()),
        ("hostname", server.hostname()),
        ("locality", server.locality()),
    ] {
        fields.extend(value.map(|value| format!("{field} = {}", quoted(value))));
    }
    fields.extend(server.locality_weight().map(|weight| format!("locality_weight = {weight}")));
    fields
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            // Writing to a String cannot fail.
            c if c.is_control() => drop(write!(quoted, "\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use crate::ServerList;
    use continuum::{Capacity, Server, Servers};

    #[test]
    fn what_is_written_is_read() {
        let mut servers = Servers::new();
        let odd = "q\"\\\u{7f}\u{1}\n\u{202e}é";
        servers
            .add(
                Server::new("::1", 80)
                    .with_capacity(Capacity::try_from(0.1).unwrap())
                    .with_name(odd),
            )
            .unwrap();
        servers.add(Server::without_port("/run/a.sock").with_id(7).with_guid("g")).unwrap();
        let envoy = Server::new("10.0.0.1", 1).with_hostname("h").with_locality("l", 3);
        servers.add(envoy.with_zone("z").with_hash_key("k").with_instance("i")).unwrap();
        let scheme = "envoy-maglev:table=101".parse().unwrap();
        let text = ServerList::to_toml(&scheme, &servers).unwrap();
        let list = ServerList::parse_toml(&text, "f").unwrap();
        assert_eq!(list.scheme().unwrap().0, "envoy-maglev:table=101");
        assert!(list.servers().iter().map(|(server, _)| server).eq(servers.iter()), "{text}");
    }
}
