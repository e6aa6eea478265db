//! The endpoints of one object: an EndpointSlice's, or the subsets of Endpoints.

use crate::fault::Fault;
use crate::options::Options;
use crate::quote::quoted;
use crate::tree::Tree;

/// One address that a Service leads to.
pub(super) struct Endpoint<'t> {
    pub(super) tree: &'t Tree,
    pub(super) address: &'t str,
    pub(super) port: Option<u16>,
    pub(super) ready: bool,
    pub(super) zone: Option<&'t str>,
    pub(super) hostname: Option<&'t str>,
    pub(super) pod: Option<&'t str>,
    /// More addresses of the same pod, which are left out.
    pub(super) others: usize,
}

/// Every endpoint of an object.
pub(super) fn listed<'t>(object: &'t Tree, options: &Options) -> Result<Vec<Endpoint<'t>>, Fault> {
    match object.get("subsets") {
        Some(subsets) => of_subsets(subsets, options),
        None if object.get("endpoints").is_none() => Ok(Vec::new()),
        None => of_slice(object, options),
    }
}

/// The ports of an object by name, or by number where they have none.
pub(super) fn ports(object: &Tree) -> Vec<&str> {
    let subsets = object.get("subsets").and_then(Tree::as_list).unwrap_or_default();
    let lists = subsets.iter().chain([object]).filter_map(|tree| tree.get("ports")?.as_list());
    lists.flatten().filter_map(label).collect()
}

fn label(port: &Tree) -> Option<&str> {
    let name = port.get("name").and_then(Tree::as_text).filter(|name| !name.is_empty());
    name.or_else(|| port.get("port")?.scalar("port").ok())
}

/// Whether a port has this name or number.
fn is_called(port: &Tree, wanted: &str) -> bool {
    let is = |name: &str| port.get(name).and_then(|value| value.scalar(name).ok()) == Some(wanted);
    is("name") || is("port")
}

fn list<'t>(tree: &'t Tree, name: &str) -> Result<&'t [Tree], Fault> {
    Ok(tree.get(name).map(|list| list.list(name)).transpose()?.unwrap_or(&[]))
}

fn text<'t>(tree: &'t Tree, name: &str) -> Result<Option<&'t str>, Fault> {
    tree.get(name).map(|value| value.text(name)).transpose()
}

/// The name of the pod, where the endpoint is one.
fn pod(tree: &Tree) -> Result<Option<&str>, Fault> {
    tree.get("targetRef").map_or(Ok(None), |target| text(target, "name"))
}

/// Whether this is a slice of that family's addresses, and has endpoints.
pub(super) fn is_of(object: &Tree, family: &str) -> bool {
    object.get("addressType").and_then(Tree::as_text) == Some(family)
        && object.get("endpoints").and_then(Tree::as_list).is_some_and(|list| !list.is_empty())
}

fn of_slice<'t>(slice: &'t Tree, options: &Options) -> Result<Vec<Endpoint<'t>>, Fault> {
    let endpoints = list(slice, "endpoints")?;
    // A Service without pods has a slice all the same, which has no ports either.
    if endpoints.is_empty() {
        return Ok(Vec::new());
    }
    let port = port(slice, options)?;
    // Addresses of one endpoint are one pod's: a client may take the first alone, and
    // ingress-nginx takes each.
    let each = options.scheme.as_ref().is_some_and(|scheme| scheme.name() == "ingress-nginx");
    let mut all = Vec::new();
    for tree in endpoints {
        let ready = tree.get("conditions").and_then(|conditions| conditions.get("ready"));
        let missing = |line| Fault::new(line, "an endpoint without addresses");
        let addresses = tree.get("addresses").ok_or_else(|| missing(tree.line()))?;
        let listed = addresses.list("addresses")?;
        if listed.is_empty() {
            return Err(missing(addresses.line()));
        }
        let taken = if each { listed.len() } else { 1 };
        for address in &listed[..taken] {
            all.push(Endpoint {
                tree,
                address: address.text("an address")?,
                port,
                // Absent means ready.
                ready: ready.map_or(Ok(true), |ready| ready.switch("ready"))?,
                zone: text(tree, "zone")?,
                hostname: text(tree, "hostname")?,
                pod: pod(tree)?,
                others: listed.len() - taken,
            });
        }
    }
    Ok(all)
}

fn of_subsets<'t>(subsets: &'t Tree, options: &Options) -> Result<Vec<Endpoint<'t>>, Fault> {
    let mut all = Vec::new();
    let subsets = subsets.list("subsets")?;
    let wanted = options.port.as_deref();
    let has_port = |subset: &Tree| {
        wanted.is_none_or(|wanted| {
            list(subset, "ports")
                .is_ok_and(|ports| ports.iter().any(|port| is_called(port, wanted)))
        })
    };
    // A pool has the subsets that have its port.
    let some = subsets.iter().any(has_port);
    for subset in subsets.iter().filter(|subset| !some || has_port(subset)) {
        let port = port(subset, options)?;
        for (name, ready) in [("addresses", true), ("notReadyAddresses", false)] {
            for tree in list(subset, name)? {
                let address = text(tree, "ip")?;
                let address =
                    address.ok_or_else(|| Fault::new(tree.line(), "an address without an ip"))?;
                let hostname = text(tree, "hostname")?;
                let pod = pod(tree)?;
                all.push(Endpoint {
                    tree,
                    address,
                    port,
                    ready,
                    zone: None,
                    hostname,
                    pod,
                    others: 0,
                });
            }
        }
    }
    Ok(all)
}

/// The port to dial and hash: the only one, or the one that was asked for; none
/// where the object names none.
fn port(tree: &Tree, options: &Options) -> Result<Option<u16>, Fault> {
    let mut ports = Vec::new();
    for port in list(tree, "ports")? {
        let name = port.get("name").and_then(Tree::as_text).unwrap_or_default();
        let Some(tree) = port.get("port") else { continue };
        let number = u16::try_from(tree.whole("port", false)?)
            .map_err(|_| Fault::new(tree.line(), "port is not a number from 0 to 65535"))?;
        ports.push((name, number));
    }
    let wanted = options.port.as_deref();
    if let Some(wanted) = wanted {
        ports.retain(|(name, number)| *name == wanted || number.to_string() == wanted);
    }
    match (ports.as_slice(), wanted) {
        ([(_, port)], _) => Ok(Some(*port)),
        ([], Some(wanted)) => {
            Err(Fault::new(tree.line(), format!("there is no port {}", quoted(wanted))))
        }
        ([], None) => Ok(None),
        (several, _) => {
            let names: Vec<String> =
                several.iter().map(|(name, number)| format!("{name} ({number})")).collect();
            let sentence = format!("several ports: {}; name one with --port", names.join(", "));
            Err(Fault::new(tree.line(), sentence))
        }
    }
}
