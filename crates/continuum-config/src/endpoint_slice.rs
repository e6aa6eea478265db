//! Kubernetes EndpointSlices, one or a list: the slices of one Service make one
//! pool. They name no scheme: the caller does.
//!
//! Endpoints that are not ready are left out, as clients are told of none. The
//! order in which a cluster lists endpoints means nothing, so they are sorted by
//! address.

use std::collections::BTreeMap;

use continuum::Server;

use crate::draft::{Count, Draft, Found};
use crate::error::Error;
use crate::fault::Fault;
use crate::note::Topic;
use crate::options::Options;
use crate::quote::quoted;
use crate::source::File;
use crate::tree::Tree;

type Slices<'t> = BTreeMap<String, Vec<&'t Tree>>;

pub(crate) fn read(
    documents: &[Tree],
    file: &File,
    options: &Options,
) -> Result<Vec<Found>, Error> {
    let mut services = Slices::new();
    for document in documents {
        collect(document, &mut services).map_err(|fault| fault.within(file))?;
    }
    let mut found = Vec::new();
    let mut servers = Count::default();
    for (name, slices) in services {
        let result = pool(&name, &slices, file, options).map_err(|fault| fault.within(file));
        if let Ok(Found::Pool(draft)) = &result {
            servers.add(draft.servers.len(), &file.at(slices[0].line()))?;
        }
        found.push(Found::of(&name, result));
    }
    Ok(found)
}

fn collect<'t>(tree: &'t Tree, services: &mut Slices<'t>) -> Result<(), Fault> {
    let kind = tree.get("kind").map(|kind| kind.text("kind")).transpose()?;
    match kind {
        Some("List" | "EndpointSliceList") => {
            let items = tree.get("items").map(|items| items.list("items")).transpose()?;
            items.unwrap_or(&[]).iter().try_for_each(|item| {
                // Items of an EndpointSliceList need not say what they are.
                if item.get("kind").is_none() && kind == Some("EndpointSliceList") {
                    add(item, services)
                } else {
                    collect(item, services)
                }
            })
        }
        Some("EndpointSlice") => add(tree, services),
        Some(other) => {
            Err(Fault::new(tree.line(), format!("{} is no EndpointSlice", quoted(other))))
        }
        None => Err(Fault::new(tree.line(), "has no kind")),
    }
}

fn add<'t>(slice: &'t Tree, services: &mut Slices<'t>) -> Result<(), Fault> {
    let metadata = slice.get("metadata");
    let label = metadata
        .and_then(|metadata| metadata.get("labels"))
        .and_then(|labels| labels.get("kubernetes.io/service-name"))
        .and_then(Tree::as_text)
        .ok_or_else(|| {
            Fault::new(slice.line(), "a slice without the label kubernetes.io/service-name")
        })?;
    let namespace = metadata.and_then(|metadata| metadata.get("namespace")).and_then(Tree::as_text);
    let name = match namespace {
        None | Some("default") => label.to_owned(),
        Some(namespace) => format!("{namespace}/{label}"),
    };
    services.entry(name).or_default().push(slice);
    Ok(())
}

fn pool(name: &str, slices: &[&Tree], file: &File, options: &Options) -> Result<Found, Fault> {
    let line = slices[0].line();
    let Some(scheme) = &options.scheme else {
        let sentence = "no scheme given; use --scheme";
        return Err(Fault::new(line, sentence));
    };
    let mut draft = Draft::new(name, file.at(line), scheme.clone(), file.at(line));
    let mut unready = 0_usize;
    for slice in slices {
        let port = port(slice, options)?;
        let endpoints = slice.get("endpoints").map(|list| list.list("endpoints")).transpose()?;
        for endpoint in endpoints.unwrap_or(&[]) {
            let conditions = endpoint.get("conditions");
            let ready = conditions.and_then(|conditions| conditions.get("ready"));
            // Absent means ready.
            if !ready.map_or(Ok(true), |ready| ready.switch("ready"))? {
                unready += 1;
                continue;
            }
            let addresses = endpoint
                .get("addresses")
                .ok_or_else(|| Fault::new(endpoint.line(), "an endpoint without addresses"))?;
            let first = addresses
                .list("addresses")?
                .first()
                .ok_or_else(|| Fault::new(addresses.line(), "an endpoint without addresses"))?;
            let mut server = Server::new(first.text("an address")?, port);
            if let Some(zone) = endpoint.get("zone") {
                server = server.with_zone(zone.text("zone")?);
            }
            draft.servers.push((server, file.at(endpoint.line())));
        }
    }
    draft.servers.sort_by(|(a, _), (b, _)| a.identity().cmp(&b.identity()));
    if unready > 0 {
        let sentence = format!("{unready} endpoints are not ready and are left out");
        draft.note(file.at(line), Topic::LeftOut, "ready", sentence);
    }
    draft.note(
        file.at(line),
        Topic::Identity,
        "addresses",
        "identity is the pod's address, which changes with every restart: its keys move then",
    );
    Ok(draft.into())
}

/// The port to dial and hash: the only one, or the one that was asked for.
fn port(slice: &Tree, options: &Options) -> Result<u16, Fault> {
    let list = slice.get("ports").map(|ports| ports.list("ports")).transpose()?.unwrap_or(&[]);
    let mut ports = Vec::new();
    for port in list {
        let name = port.get("name").and_then(Tree::as_text).unwrap_or_default();
        let tree =
            port.get("port").ok_or_else(|| Fault::new(port.line(), "a port without number"))?;
        let number = u16::try_from(tree.whole("port", false)?)
            .map_err(|_| Fault::new(tree.line(), "port is not a number from 0 to 65535"))?;
        ports.push((name, number));
    }
    let wanted = options.port.as_deref();
    if let Some(wanted) = wanted {
        ports.retain(|(name, number)| *name == wanted || number.to_string() == wanted);
    }
    match (ports.as_slice(), wanted) {
        ([(_, port)], _) => Ok(*port),
        ([], Some(wanted)) => {
            Err(Fault::new(slice.line(), format!("the slice has no port {}", quoted(wanted))))
        }
        ([], None) => Err(Fault::new(slice.line(), "the slice has no port")),
        (several, _) => {
            let names: Vec<String> =
                several.iter().map(|(name, number)| format!("{name} ({number})")).collect();
            let sentence = format!("several ports: {}; name one", names.join(", "));
            Err(Fault::new(slice.line(), sentence))
        }
    }
}

#[cfg(test)]
mod tests;
