//! What ingress-nginx hashes: the annotation `upstream-hash-by` of an Ingress, for the
//! Services that its rules lead to.

use std::collections::BTreeMap;

use crate::draft::Draft;
use crate::fault::Fault;
use crate::key::KeyRule;
use crate::note::Topic;
use crate::quote::quoted;
use crate::source::File;
use crate::tree::Tree;

/// How the annotations of ingress-nginx begin.
const PREFIX: &str = "nginx.ingress.kubernetes.io/";

/// What each Service's Ingresses say, with their lines; none where one says nothing.
#[derive(Default)]
pub(super) struct Ingresses<'t>(BTreeMap<String, Vec<(Option<&'t str>, &'t Tree)>>);

impl<'t> Ingresses<'t> {
    /// Takes down an Ingress, if it is of ingress-nginx.
    pub(super) fn add(&mut self, tree: &'t Tree) {
        let Some(metadata) = tree.get("metadata") else { return };
        let annotations = metadata.get("annotations").and_then(Tree::as_map).unwrap_or(&[]);
        let annotation = |name: &str| {
            let named =
                annotations.iter().find(|(key, _)| key.text.strip_prefix(PREFIX) == Some(name));
            named.and_then(|(_, value)| value.as_text()).filter(|text| !text.is_empty())
        };
        let class = tree.get("spec").and_then(|spec| spec.get("ingressClassName")?.as_text());
        let is_nginx = annotations.iter().any(|(key, value)| {
            key.text.starts_with(PREFIX)
                || &*key.text == "kubernetes.io/ingress.class" && value.as_text() == Some("nginx")
        });
        if !is_nginx && class.is_none_or(|class| !class.contains("nginx")) {
            return;
        }
        let namespace = metadata.get("namespace").and_then(Tree::as_text);
        let hash_by = annotation("upstream-hash-by");
        let mut services = Vec::new();
        if let Some(spec) = tree.get("spec") {
            backends(spec, &mut services);
        }
        for service in services {
            let name = match namespace {
                None | Some("default") => service.to_owned(),
                Some(namespace) => format!("{namespace}/{service}"),
            };
            self.0.entry(name).or_default().push((hash_by, tree));
        }
    }

    /// What one of them hashes.
    pub(super) fn first_rule(&self) -> Option<&'t str> {
        self.0.values().flatten().find_map(|(rule, _)| *rule)
    }

    /// Gives a pool of a Service the rule of its Ingresses.
    pub(super) fn apply(&self, service: &str, file: &File, draft: &mut Draft) -> Result<(), Fault> {
        let Some(said) = self.0.get(service) else { return Ok(()) };
        let Some((text, tree)) = said.iter().find_map(|(text, tree)| Some(((*text)?, *tree)))
        else {
            draft.key = KeyRule::nothing("nothing, as its Ingress has no upstream-hash-by");
            return Ok(());
        };
        let place = file.at(tree.line());
        let rule = KeyRule::of_nginx(text).map_err(|why| {
            Fault::new(tree.line(), format!("upstream-hash-by {}: {why}", quoted(text)))
        })?;
        draft.key = rule.taking_turns();
        let sentence = "ingress-nginx hashes by this annotation, on a ring of its own Lua: the scheme \
                        is the one that was given";
        draft.note(place, Topic::Key, "upstream-hash-by", sentence);
        if let Some((other, tree)) =
            said.iter().find_map(|(other, tree)| Some(((*other)?, *tree)).filter(|o| o.0 != text))
        {
            let sentence = format!(
                "another Ingress hashes {} for the same Service: one of the two counts",
                quoted(other)
            );
            draft.note(file.at(tree.line()), Topic::Key, "upstream-hash-by", sentence);
            draft.key = KeyRule::opaque(format!("{text} or {other}, by Ingress"));
        }
        Ok(())
    }
}

/// The names of Services in backends, those of older releases too.
fn backends<'t>(tree: &'t Tree, found: &mut Vec<&'t str>) {
    for item in tree.as_list().unwrap_or(&[]) {
        backends(item, found);
    }
    for (key, value) in tree.as_map().unwrap_or(&[]) {
        if matches!(&*key.text, "backend" | "defaultBackend") {
            let named = value.get("service").and_then(|service| service.get("name"));
            let name = named.or_else(|| value.get("serviceName")).and_then(Tree::as_text);
            found.extend(name.filter(|name| !found.contains(name)));
        } else {
            backends(value, found);
        }
    }
}
