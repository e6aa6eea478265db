//! Where clusters and endpoints are: found by the shapes in which Envoy and its
//! control planes write them.

use std::collections::BTreeMap;
use std::slice;

use super::field;
use super::values::items;
use crate::fault::Fault;
use crate::tree::Tree;

/// Every cluster, and every assignment of endpoints by its cluster's name.
pub(super) struct Resources<'t> {
    pub(super) clusters: Vec<&'t Tree>,
    assignments: BTreeMap<&'t str, Vec<&'t Tree>>,
}

/// What an object is, as far as its type or its fields tell.
#[derive(PartialEq)]
enum Shape {
    Cluster,
    Assignment,
    Other,
}

impl<'t> Resources<'t> {
    pub(super) fn of(documents: &'t [Tree]) -> Result<Self, Fault> {
        let mut resources = Self { clusters: Vec::new(), assignments: BTreeMap::new() };
        resources.add(documents)?;
        Ok(resources)
    }

    pub(super) fn add(&mut self, documents: &'t [Tree]) -> Result<(), Fault> {
        for document in documents {
            match document.as_list() {
                Some(list) => list.iter().for_each(|tree| self.item(tree)),
                None if shape(document) == Shape::Other => self.walk(document)?,
                None => self.item(document),
            }
        }
        Ok(())
    }

    pub(super) fn assignments(&self, name: &str) -> &[&'t Tree] {
        self.assignments.get(name).map_or(&[], Vec::as_slice)
    }

    /// An object of a list, perhaps in a wrapper that names it.
    fn item(&mut self, tree: &'t Tree) {
        let wrapped = ["resource", "cluster", "endpoint_config"];
        let inner = wrapped.iter().find_map(|name| field(tree, name));
        let tree = inner.filter(|inner| inner.as_map().is_some()).unwrap_or(tree);
        match shape(tree) {
            Shape::Cluster => self.clusters.push(tree),
            Shape::Assignment => {
                let name = field(tree, "cluster_name").and_then(Tree::as_text).unwrap_or_default();
                self.assignments.entry(name).or_default().push(tree);
            }
            Shape::Other => {}
        }
    }

    fn walk(&mut self, tree: &'t Tree) -> Result<(), Fault> {
        if let Some(list) = tree.as_list() {
            return list.iter().try_for_each(|tree| self.walk(tree));
        }
        let Some(map) = tree.as_map() else { return Ok(()) };
        // A dump has the bootstrap's clusters once more, among all others.
        if kind(tree) == "BootstrapConfigDump" {
            return Ok(());
        }
        for (key, tree) in map {
            match &*super::snake(&key.text) {
                "clusters" => {
                    // One may stand for a list of one.
                    let one = tree.as_map().is_some() && field(tree, "name").is_some();
                    for item in if one { slice::from_ref(tree) } else { tree.list("clusters")? } {
                        // Those of routes have a weight and no more.
                        if item.as_map().is_some() && field(item, "weight").is_none() {
                            self.cluster(item);
                        }
                    }
                }
                "resources"
                | "static_clusters"
                | "dynamic_active_clusters"
                | "endpoints"
                | "static_endpoint_configs"
                | "dynamic_endpoint_configs" => {
                    items(tree).unwrap_or(&[]).iter().for_each(|tree| self.item(tree));
                }
                // What is warming does not answer yet.
                "dynamic_warming_clusters" => {}
                _ => self.walk(tree)?,
            }
        }
        Ok(())
    }

    /// An entry of `clusters`, which is one whatever it lacks.
    fn cluster(&mut self, tree: &'t Tree) {
        let inner = ["resource", "cluster"].iter().find_map(|name| field(tree, name));
        self.clusters.push(inner.filter(|inner| inner.as_map().is_some()).unwrap_or(tree));
    }
}

/// The last part of a type's name.
fn kind(tree: &Tree) -> &str {
    let kind = tree.get("@type").and_then(Tree::as_text).unwrap_or_default();
    kind.rsplit('.').next().unwrap_or(kind)
}

fn shape(tree: &Tree) -> Shape {
    let has = |names: &[&str]| names.iter().any(|name| field(tree, name).is_some());
    match kind(tree) {
        "Cluster" => Shape::Cluster,
        "ClusterLoadAssignment" => Shape::Assignment,
        "" if has(&["cluster_name"]) => Shape::Assignment,
        "" if has(&[
            "lb_policy",
            "load_balancing_policy",
            "load_assignment",
            "eds_cluster_config",
        ]) || (has(&["name"]) && has(&["connect_timeout"])) =>
        {
            Shape::Cluster
        }
        _ => Shape::Other,
    }
}
