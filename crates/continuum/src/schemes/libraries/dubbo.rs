//! Apache Dubbo's load balancer `consistenthash` (Java).
//! Rule, quirks, versions and limits: `docs/schemes/dubbo.md`.

use crate::error::{Error, Kind};
use crate::lanes::Hash32;
use crate::placement::{Hashed, Placement, Rules, Seek, Shared};
use crate::scheme::{Accepts, OptionSpec, Options, SchemeEntry};
use crate::schemes::shared::plain::Plain32;
use crate::schemes::shared::points::{Label, Points, check_total};
use crate::server::Server;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    program: "Apache Dubbo consistenthash",
    versions: "2.6.12, 3.3",
    about: "MD5 ring of 160 points a provider, address and number unseparated",
    options: &[
        OptionSpec::new("nodes", Accepts::Whole(4, 1 << 20), "160", "hash.nodes").trying(&["320"]),
        OptionSpec::new(
            "overload",
            Accepts::DecimalOr(1.5, 1.5, &["off"]),
            "off",
            "1.5, the bound of 2.7.15 to 2.7.23 and 3.0.4 to 3.0.9, is refused: no map has it",
        )
        .trying(&[]),
    ],
    proven: 8_587,
    ..SchemeEntry::new("dubbo", build)
};

fn address(server: &Server) -> String {
    match (server.name(), server.port()) {
        (Some(name), _) => name.to_owned(),
        (None, Some(0)) if !server.host().contains(':') => server.host().to_owned(),
        (None, Some(0)) => format!("[{}]", server.host()),
        (None, _) => server.address().into_owned(),
    }
}

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    if options.decimal_or_word("overload").is_some() {
        return Err(Error::new(
            Kind::Scheme,
            "scheme 'dubbo': under overload=1.5 an answer depends on every call before it, so \
             there is no map of keys to servers",
        ));
    }
    let labels = options.whole("nodes") / 4;
    check_total(options, servers.iter().map(|_| labels * 4))?;
    let mut points = Points::new(options);
    points.each(
        servers,
        |_| labels * 4,
        |points, owner, server, count| {
            Label::new(address(server)).md5_all(count / 4, |label, digest| {
                points.add_words(owner, digest, label);
            });
            Ok(())
        },
    )?;
    let rules = Rules::new(Seek::AtOrAfter, Shared::Last);
    Ok(Box::new(Hashed { hash: Plain32(Hash32::Md5), place: points.ring(rules) }))
}

#[cfg(test)]
mod tests {
    use super::{Server, address};
    use crate::{Continuum, Servers};

    #[test]
    fn addresses() {
        for (server, text) in [
            (Server::new("h", 20_880), "h:20880"),
            (Server::new("h", 0), "h"),
            (Server::without_port("h"), "h"),
            (Server::new("::1", 0), "[::1]"),
            (Server::new("::1", 80), "[::1]:80"),
        ] {
            assert_eq!(address(&server), text);
        }
    }

    #[test]
    fn what_depends_on_history_is_refused() {
        let servers = Servers::from_texts(["a:1", "b:1"]).unwrap();
        let error = Continuum::with_servers("dubbo:overload=1.5".parse().unwrap(), servers);
        assert!(error.unwrap_err().to_string().contains("depends on every call before it"));
    }
}
