//! The servers of a set, as the programs' own words give them.

use continuum::{Server, Servers};
use serde_json::{Map, Value};

/// What a set says of its servers.
#[derive(Debug, Default)]
pub(crate) struct RawServers {
    pub(crate) list: Vec<Server>,
    /// Of each: whether its weight was not given, or is below 0, which means that it
    /// is no server.
    pub(crate) unweighted: Vec<bool>,
    /// Of each: how many points were given it, whatever its weight.
    pub(crate) own_points: Vec<Option<u64>>,
    /// How many numbered servers stand in place of a list.
    pub(crate) count: Option<u64>,
}

impl<'de> serde::Deserialize<'de> for RawServers {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;
        let value = Value::deserialize(deserializer)?;
        let list = match &value {
            Value::Array(list) => list.as_slice(),
            one => std::slice::from_ref(one),
        };
        if let [one] = list
            && let Some(count) = one.get("count").and_then(Value::as_u64)
        {
            return Ok(Self { count: Some(count), ..Self::default() });
        }
        let unweighted = list.iter().map(|server| {
            let weight = server.get("weight").filter(|weight| !weight.is_null());
            weight.is_none_or(|weight| weight.as_f64().is_some_and(|weight| weight < 0.0))
        });
        let unweighted = unweighted.collect();
        let own_points =
            list.iter().map(|server| server.get("vnodes").and_then(Value::as_u64)).collect();
        let list = list.iter().map(server).collect::<Result<_, _>>().map_err(D::Error::custom)?;
        Ok(Self { list, unweighted, own_points, count: None })
    }
}

/// The servers n0, n1 … that a count stands for.
pub(crate) fn numbered(count: u64) -> Vec<Server> {
    (0..count).map(|number| Server::without_port(format!("n{number}"))).collect()
}

/// A server whose text to hash may stand beside a name or in place of a host, and whose
/// weight may be missing, a text, a percentage, or `*` for what is left.
fn server(value: &Value) -> Result<Server, String> {
    let read = |value| serde_json::from_value(value).map_err(|error| error.to_string());
    let Value::Object(given) = value else { return read(value.clone()) };
    let mut fields: Map<String, Value> = given.clone();
    fields.retain(|_, value| !value.is_null());
    if fields.get("weight").and_then(Value::as_f64).is_some_and(|weight| weight < 0.0) {
        fields.remove("weight");
    }
    if fields.contains_key("ring_name") {
        fields.remove("name");
        fields.remove("alias");
    }
    if !fields.contains_key("host") {
        let name = ["ring_name", "name", "alias"].into_iter().find_map(|name| fields.get(name));
        fields.insert("host".to_owned(), name.cloned().unwrap_or_default());
    }
    if let Some(Value::String(weight)) = fields.get("weight") {
        if weight == "*" {
            fields.insert("hash_key".to_owned(), "*".into());
            fields.remove("weight");
        } else {
            let digits = weight.strip_suffix('%').unwrap_or(weight);
            let number: f64 =
                digits.parse().map_err(|_| format!("weight '{weight}' is no number"))?;
            fields.insert("weight".to_owned(), number.into());
        }
    }
    read(Value::Object(fields))
}

/// The set of a list.
pub(crate) fn set_of(list: &[Server]) -> Result<Servers, continuum::Error> {
    let mut servers = Servers::new();
    for server in list {
        servers.add(server.clone())?;
    }
    Ok(servers)
}
