//! Schemes, servers and keys drawn from an input. Tables and rings stay small, so
//! that one build takes well under a millisecond; nothing else is tamed.

use std::fmt::Write as _;

use continuum::explain::Hit;
use continuum::scheme::Capacities;
use continuum::{Capacity, Continuum, Scheme, Server, Servers};
use libfuzzer_sys::arbitrary::{Result, Unstructured};

/// No option that is a number goes beyond this: Redis' slots, Maglev's smallest
/// tables and rings of some points are below.
const MOST: u64 = 4200;

/// A scheme of the catalogue with options of any value that it takes.
pub fn scheme(input: &mut Unstructured<'_>) -> Result<Option<Scheme>> {
    let catalogue = Scheme::catalogue();
    let entry = catalogue[usize::from(input.arbitrary::<u8>()?) % catalogue.len()];
    let mut scheme = entry.scheme();
    for option in entry.options() {
        let whole = range(&option.accepts());
        let large = option.default().parse::<u64>().is_ok_and(|number| number > MOST);
        let choice = input.arbitrary::<u8>()?;
        if choice < 128 && !large {
            continue;
        }
        let value = match (option.choices(), whole) {
            (Some(words), None) if choice < 224 => (*input.choose(words)?).to_owned(),
            (_, Some((least, most))) => {
                let most = most.min(MOST).max(least);
                let few = most.min(least.saturating_add(64));
                let end = if choice < 240 { few } else { most };
                input.int_in_range(least..=end)?.to_string()
            }
            _ if choice < 160 => {
                let tried: Vec<&str> = option.tried().collect();
                (*input.choose(&tried)?).to_owned()
            }
            _ => match input.arbitrary::<u8>()? % 4 {
                0 => format!("{}", f64::from(input.arbitrary::<u16>()?) / 1024.0),
                1 => format!("{}", input.arbitrary::<f64>()?),
                _ => escaped(&text(input)?),
            },
        };
        // A value out of range is refused, and the default stays.
        match scheme.with_option(option.name(), &value) {
            Ok(changed) => scheme = changed,
            Err(error) => assert!(error.to_string().len() > 10, "{error}"),
        }
        if large && whole.is_some_and(|(least, _)| least > MOST) {
            return Ok(None);
        }
    }
    let large = |value: String| value.parse::<u64>().is_ok_and(|number| number > MOST);
    let too_large = scheme.options().any(|(_, value)| large(value));
    Ok((!too_large).then_some(scheme))
}

/// The ends of what "a whole number from 1 to 10" says.
fn range(accepts: &str) -> Option<(u64, u64)> {
    let (least, most) = accepts.strip_prefix("a whole number from ")?.split_once(" to ")?;
    Some((least.parse().ok()?, most.parse().ok()?))
}

fn escaped(text: &str) -> String {
    text.bytes().filter(u8::is_ascii).fold(String::new(), |mut all, byte| {
        if byte.is_ascii_alphanumeric() {
            all.push(char::from(byte));
        } else {
            let _ = write!(all, "%{byte:02x}");
        }
        all
    })
}

/// A text of a few bytes, any bytes.
pub fn text(input: &mut Unstructured<'_>) -> Result<String> {
    let length = usize::from(input.arbitrary::<u8>()? % 24).min(input.len());
    Ok(String::from_utf8_lossy(input.bytes(length)?).into_owned())
}

/// Capacities at the edges of what schemes hold. Whole ones above 256 have as
/// many points, and are left to tests.
const CAPACITIES: [f64; 16] = [
    0.0,
    1.0,
    2.0,
    3.0,
    0.5,
    0.1,
    3.7,
    10.0,
    100.0,
    255.0,
    256.0,
    1e-308,
    f64::MIN_POSITIVE,
    5e-324,
    1e16,
    1e308,
];

pub fn capacity(input: &mut Unstructured<'_>, scheme: &Scheme) -> Result<Capacity> {
    let choice = usize::from(input.arbitrary::<u8>()?);
    // Mostly such as the scheme holds.
    let fits = match scheme.capacities() {
        Capacities::Any => [1.0, 2.0, 3.7, 0.5],
        Capacities::Whole(1) | Capacities::Ignored => [1.0; 4],
        Capacities::UpTo(1) => [1.0, 0.5, 0.25, 0.1],
        _ => [1.0, 2.0, 3.0, 9.0],
    };
    let number = if choice < 200 { fits[choice % 4] } else { CAPACITIES[choice % 16] };
    Ok(Capacity::try_from(number).unwrap())
}

/// One server, as odd as the input has it.
pub fn server(input: &mut Unstructured<'_>, scheme: &Scheme, number: u32) -> Result<Server> {
    let odd = input.arbitrary::<u8>()?;
    let mut server = if odd & 7 == 0 {
        let host = text(input)?;
        if odd & 8 == 0 {
            Server::new(host, input.arbitrary()?)
        } else {
            Server::without_port(host)
        }
    } else {
        Server::new(format!("10.0.{}.{}", number / 200, number % 200 + 1), 11211)
    };
    server = server.with_capacity(capacity(input, scheme)?);
    server = if odd & 16 == 0 { server.with_id(number + 1) } else { server };
    if odd & 64 != 0 {
        let zone = input.arbitrary::<u8>()?;
        let zone = if zone > 250 { text(input)? } else { format!("zone-{}", zone % 5) };
        server = server.with_zone(zone);
    }
    if odd & 128 != 0 {
        match input.arbitrary::<u8>()? % 4 {
            0 => server = server.with_name(text(input)?),
            1 => server = server.with_hash_key(text(input)?),
            2 => server = server.with_guid(text(input)?),
            _ => server = server.with_id(input.arbitrary()?),
        }
    }
    if scheme.name() == "cassandra" && odd & 32 == 0 {
        let tokens: Vec<String> = (0..1 + odd % 5)
            .map(|_| input.arbitrary::<i64>().map(|token| token.to_string()))
            .collect::<Result<_>>()?;
        server = server.with_hash_key(tokens.join(","));
    }
    Ok(server)
}

/// A set; what it refuses is left out.
pub fn servers(input: &mut Unstructured<'_>, scheme: &Scheme) -> Result<Servers> {
    let count = input.arbitrary::<u8>()?;
    let count = if count < 240 { count % 9 } else { count - 220 };
    let mut servers = Servers::new();
    for number in 0..u32::from(count) {
        if let Err(error) = servers.add(server(input, scheme, number)?) {
            assert!(error.to_string().len() > 10, "{error}");
        }
    }
    Ok(servers)
}

/// Keys of the input's own bytes, and some ordinary ones.
pub fn keys(input: &mut Unstructured<'_>, count: usize) -> Result<Vec<Vec<u8>>> {
    let mut keys = vec![Vec::new(), b"key".to_vec(), b"user:{42}:name".to_vec(), vec![0xff; 65]];
    for number in 0..count {
        let length = input.arbitrary::<u8>().unwrap_or(17);
        let mut key = input.bytes(usize::from(length % 40).min(input.len()))?.to_vec();
        // Beyond the end of the input keys go on to differ.
        key.extend_from_slice(number.to_string().as_bytes());
        if length > 250 {
            key.resize(usize::from(length) * 3, b'x');
        }
        keys.push(key);
    }
    Ok(keys)
}

/// Whether a server may own keys under a scheme.
pub fn counts(scheme: &Scheme, server: &Server) -> bool {
    scheme.capacities().zero_counts() || server.capacity() != Capacity::ZERO
}

/// Whether the whole map is at hand: what has none is measured by samples that
/// take longer than all the rest.
pub fn has_map(continuum: &Continuum) -> bool {
    !continuum.servers().is_empty()
        && (continuum.ranges().is_some()
            || matches!(continuum.explain("").hit(), Some(Hit::Slot { .. })))
}
