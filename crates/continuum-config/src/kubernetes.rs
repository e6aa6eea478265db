//! Kubernetes manifests and what `kubectl get -o yaml|json` prints: EndpointSlices
//! and Endpoints, of which those of one Service make one pool. They name no
//! scheme: the caller does, or an Ingress of ingress-nginx with the annotation that says what
//! is hashed. Objects of other kinds are passed over.
//!
//! A Service with several ports makes a pool for each, unless the caller names one.
//! Endpoints that are not ready are left out, as clients are told of none, unless
//! the caller keeps them. The order in which a cluster lists endpoints means
//! nothing, so they are sorted by what they are told apart by: their address, or
//! their host name or pod if the caller says so. A Service with addresses of both
//! families has each pod in slices of each: those of IPv4 are taken.

mod endpoints;
mod ingress;

use std::collections::BTreeMap;

use continuum::Server;

use crate::draft::{Count, Draft, Found, Twice};
use crate::error::Error;
use crate::fault::Fault;
use crate::limits;
use crate::note::Topic;
use crate::options::{Identity, Options};
use crate::quote::quoted;
use crate::source::File;
use crate::tree::Tree;
use endpoints::{Endpoint, listed};
use ingress::Ingresses;

/// The objects of each Service.
#[derive(Default)]
struct Services<'t> {
    objects: BTreeMap<String, Vec<&'t Tree>>,
    ingresses: Ingresses<'t>,
    others: Vec<&'t str>,
}

pub(crate) fn read(
    documents: &[Tree],
    file: &File,
    options: &Options,
) -> Result<Vec<Found>, Error> {
    let mut services = Services::default();
    for document in documents.iter().filter(|document| !document.is_null()) {
        services.collect(document, None).map_err(|fault| fault.within(file))?;
    }
    if services.objects.is_empty() {
        services.others.dedup();
        services.others.truncate(5);
        let others = services.others.join(", ");
        let mut sentence = if others.is_empty() {
            "no EndpointSlice in it".to_owned()
        } else {
            format!("no EndpointSlice and no Endpoints in it, but {others}")
        };
        if let Some(rule) = services.ingresses.first_rule() {
            sentence.push_str(&format!(
                "; an Ingress hashes by {}: give the slices of its Services in the same file",
                quoted(rule)
            ));
        }
        return Err(Error::foreign(file.at(1), sentence));
    }
    let mut found = Vec::new();
    let mut servers = Count::default();
    for (service, objects) in services.objects {
        let mut options = options.clone();
        options.scheme = options.scheme.or_else(|| services.ingresses.scheme(&service));
        for (name, objects, options) in by_port(&service, &objects, &options) {
            let mut result = pool(&name, &objects, file, &options);
            if let Ok(Found::Pool(draft)) = &mut result
                && let Err(fault) = services.ingresses.apply(&service, file, draft)
            {
                result = Err(fault);
            }
            let result = result.map_err(|fault| fault.within(file));
            if let Ok(Found::Pool(draft)) = &result {
                servers.add(draft.servers.len(), &file.at(objects[0].line()))?;
            }
            found.push(Found::of(&name, result));
        }
    }
    Ok(found)
}

/// The objects of a Service; of each of its ports, where it has several and the caller
/// names none: a client uses one, and the others are pools of their own.
fn by_port<'t>(
    service: &str,
    objects: &[&'t Tree],
    options: &Options,
) -> Vec<(String, Vec<&'t Tree>, Options)> {
    let ports: Vec<Vec<&str>> = objects.iter().map(|object| endpoints::ports(object)).collect();
    let mut all: Vec<&str> = ports.iter().flatten().copied().collect();
    all.sort();
    all.dedup();
    if options.port.is_some() || all.len() < 2 || all.len() > limits::REMARKS {
        return vec![(service.to_owned(), objects.to_vec(), options.clone())];
    }
    let of = |port: &&str| {
        let those = objects.iter().zip(&ports).filter(|(_, ports)| ports.contains(port));
        let those = those.map(|(object, _)| *object).collect();
        (format!("{service}:{port}"), those, options.clone().with_port(*port))
    };
    all.iter().map(of).collect()
}

impl<'t> Services<'t> {
    /// Adds an object, or those of a list, whose items need not say what they are.
    fn collect(&mut self, tree: &'t Tree, of_list: Option<&'t str>) -> Result<(), Fault> {
        let kind = tree.get("kind").map(|kind| kind.text("kind")).transpose()?;
        let Some(kind) = kind.or(of_list) else {
            return Err(Fault::new(tree.line(), "an object without a kind"));
        };
        if kind == "EndpointSlice" || kind == "Endpoints" {
            tree.check_keys()?;
            let name = service(tree)?;
            self.objects.entry(name).or_default().push(tree);
        } else if let Some(items) = tree.get("items").and_then(Tree::as_list) {
            let of = kind.strip_suffix("List").filter(|kind| !kind.is_empty());
            items.iter().try_for_each(|item| self.collect(item, of))?;
        } else {
            if kind == "Ingress" {
                self.ingresses.add(tree);
            }
            self.others.push(kind);
        }
        Ok(())
    }
}

/// The Service that an object belongs to, with its namespace where it is no default.
fn service(tree: &Tree) -> Result<String, Fault> {
    let metadata = tree.get("metadata");
    let text = |name: &str| metadata.and_then(|data| data.get(name)).and_then(Tree::as_text);
    let labels = metadata.and_then(|metadata| metadata.get("labels"));
    let label = labels.and_then(|labels| labels.get("kubernetes.io/service-name"));
    let name = label.and_then(Tree::as_text).or(text("name")).or(text("generateName"));
    let name = name.ok_or_else(|| {
        Fault::new(tree.line(), "neither a name nor the label kubernetes.io/service-name")
    })?;
    Ok(match text("namespace") {
        None | Some("default") => name.to_owned(),
        Some(namespace) => format!("{namespace}/{name}"),
    })
}

fn pool(name: &str, objects: &[&Tree], file: &File, options: &Options) -> Result<Found, Fault> {
    let line = objects[0].line();
    let Some(scheme) = &options.scheme else {
        return Err(Fault::new(line, "no scheme given: use --scheme, or scheme= in Python"));
    };
    let mut draft = Draft::new(name, file.at(line), scheme.clone(), file.at(line));
    // A Service's slices may overlap while it changes.
    draft.twice = Twice::Merged;
    let mut unready = 0_usize;
    let both = objects.iter().any(|object| endpoints::is_of(object, "IPv4"));
    let (doubled, objects): (Vec<&Tree>, Vec<&Tree>) =
        objects.iter().partition(|object| both && endpoints::is_of(object, "IPv6"));
    if let Some(first) = doubled.first() {
        let sentence = "addresses of IPv6 are left out: the same pods have some of IPv4";
        draft.note(file.at(first.line()), Topic::LeftOut, "addressType", sentence);
    }
    for object in objects {
        for endpoint in listed(object, options)? {
            if endpoint.ready || options.keep_unready {
                let place = file.at(endpoint.tree.line());
                if endpoint.others > 0 {
                    let sentence = format!(
                        "{} more addresses of the endpoint {} are left out: clients take the first",
                        endpoint.others,
                        quoted(endpoint.address)
                    );
                    draft.note(place.clone(), Topic::LeftOut, "addresses", sentence);
                }
                draft.servers.push((server(&endpoint, options)?, place));
            } else {
                unready += 1;
            }
        }
    }
    draft.servers.sort_by(|(a, _), (b, _)| a.identity().cmp(&b.identity()));
    if draft.servers.is_empty() {
        let why = if unready > 0 { "has no ready endpoint" } else { "has no endpoints" };
        return Ok(Found::skipped(name, file.at(line), why));
    }
    if unready > 0 {
        let sentence = format!(
            "{unready} endpoints are not ready and are left out (--keep-unready keeps them)"
        );
        draft.note(file.at(line), Topic::LeftOut, "ready", sentence);
    }
    if options.identity == Identity::Address {
        let sentence =
            "identity is the pod's address, which changes with every restart: its keys move then";
        draft.note(file.at(line), Topic::Identity, "addresses", sentence);
    }
    Ok(draft.into())
}

fn server(endpoint: &Endpoint<'_>, options: &Options) -> Result<Server, Fault> {
    let mut server = match endpoint.port {
        Some(port) => Server::new(endpoint.address, port),
        None => Server::without_port(endpoint.address),
    };
    if let Some(zone) = endpoint.zone {
        server = server.with_zone(zone);
    }
    let (named, what) = match options.identity {
        Identity::Address => return Ok(server),
        Identity::Hostname => (endpoint.hostname, "hostname"),
        Identity::Pod => (endpoint.pod, "targetRef"),
    };
    let name = named.ok_or_else(|| {
        let address = quoted(endpoint.address);
        let sentence = format!("endpoint {address} has no {what}, which is to be its identity");
        Fault::new(endpoint.tree.line(), sentence)
    })?;
    Ok(server.with_name(name))
}

#[cfg(test)]
mod tests;
