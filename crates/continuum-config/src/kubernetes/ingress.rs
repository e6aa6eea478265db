//! What ingress-nginx hashes: the annotation `upstream-hash-by` of an Ingress, for the
//! Services that its rules lead to.

use std::collections::BTreeMap;

use continuum::Scheme;

use crate::draft::Draft;
use crate::fault::Fault;
use crate::key::KeyRule;
use crate::note::Topic;
use crate::quote::quoted;
use crate::source::File;
use crate::tree::Tree;

/// How the annotations of ingress-nginx begin.
const PREFIX: &str = "nginx.ingress.kubernetes.io/";

/// What each Service's Ingresses say.
#[derive(Default)]
pub(super) struct Ingresses<'t>(BTreeMap<String, Vec<Said<'t>>>);

/// What the annotations of an Ingress say of its Services.
#[derive(Clone, Copy)]
struct Said<'t> {
    tree: &'t Tree,
    hash_by: Option<&'t str>,
    /// What comes before the hash, if anything does.
    before: Option<Before>,
    /// The size of the subsets of which the hash finds one, if it finds no pod.
    subset: Option<u32>,
}

/// Annotations under which ingress-nginx hashes nothing by `upstream-hash-by`.
#[derive(Clone, Copy)]
enum Before {
    /// The only server of its balancer is the address of the Service.
    Service,
    /// Its balancer asks for the session's cookie, and not for the hash.
    Cookie,
}

impl Before {
    fn annotation(self) -> &'static str {
        match self {
            Self::Service => "service-upstream",
            Self::Cookie => "affinity",
        }
    }

    fn why(self) -> &'static str {
        match self {
            Self::Service => {
                "service-upstream: ingress-nginx sends every request to the Service's address, and \
                 upstream-hash-by chooses no pod"
            }
            Self::Cookie => {
                "affinity: cookie comes before upstream-hash-by: ingress-nginx sends a client by its \
                 cookie and hashes nothing else"
            }
        }
    }
}

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
        let is_true = |name: &str| annotation(name).is_some_and(is_true);
        let before = if is_true("service-upstream") {
            Some(Before::Service)
        } else {
            (annotation("affinity") == Some("cookie")).then_some(Before::Cookie)
        };
        let hash_by = annotation("upstream-hash-by");
        let size = annotation("upstream-hash-by-subset-size").and_then(|size| size.parse().ok());
        let size = size.filter(|size| *size > 0).unwrap_or(3);
        let subset = is_true("upstream-hash-by-subset").then_some(size);
        let said = Said { tree, hash_by, before, subset };
        let mut services = Vec::new();
        if let Some(spec) = tree.get("spec") {
            backends(spec, &mut services);
        }
        for service in services {
            let name = match namespace {
                None | Some("default") => service.to_owned(),
                Some(namespace) => format!("{namespace}/{service}"),
            };
            self.0.entry(name).or_default().push(said);
        }
    }

    /// What one of them hashes.
    pub(super) fn first_rule(&self) -> Option<&'t str> {
        self.0.values().flatten().find_map(|said| said.hash_by)
    }

    /// The scheme by which its Ingresses have a Service's pods found.
    pub(super) fn scheme(&self, service: &str) -> Option<Scheme> {
        let said = self.0.get(service)?.iter().find(|said| said.hash_by.is_some())?;
        let text = match said.subset {
            Some(size) => format!("ingress-nginx:subset={size}"),
            None => "ingress-nginx".to_owned(),
        };
        text.parse().ok()
    }

    /// Gives a pool of a Service the rule of its Ingresses.
    pub(super) fn apply(&self, service: &str, file: &File, draft: &mut Draft) -> Result<(), Fault> {
        let Some(said) = self.0.get(service) else { return Ok(()) };
        let hashing = said.iter().find_map(|said| Some((said.hash_by?, said.tree)));
        let Some((text, tree)) = hashing else {
            draft.key = KeyRule::nothing("nothing, as its Ingress has no upstream-hash-by");
            return Ok(());
        };
        if let Some((before, said)) = said.iter().find_map(|said| Some((said.before?, said))) {
            let annotation = before.annotation();
            draft.key = KeyRule::nothing(format!("nothing, as its Ingress has {annotation}"));
            let place = file.at(said.tree.line());
            draft.note(place, Topic::Override, annotation, before.why());
            return Ok(());
        }
        let subsets = said.iter().filter(|said| said.hash_by.is_some());
        for (size, tree) in subsets.filter_map(|said| Some((said.subset?, said.tree))) {
            let wanted = format!("ingress-nginx:subset={size}");
            if wanted.parse().ok().as_ref() != draft.scheme.scheme() {
                let sentence = format!(
                    "upstream-hash-by-subset: ingress-nginx finds a subset of {size} pods for a key \
                     and draws one of them for each request: the scheme is '{wanted}'"
                );
                return Err(Fault::new(tree.line(), sentence));
            }
        }
        let place = file.at(tree.line());
        let rule = KeyRule::of_nginx(text).map_err(|why| {
            Fault::new(tree.line(), format!("upstream-hash-by {}: {why}", quoted(text)))
        })?;
        draft.key = rule.taking_turns();
        if draft.scheme.scheme().is_none_or(|scheme| scheme.name() != "ingress-nginx") {
            let sentence = "ingress-nginx hashes by this annotation, on a ring of its own Lua: the \
                            scheme is the one that was given";
            draft.note(place, Topic::Key, "upstream-hash-by", sentence);
        }
        if let Some((other, tree)) =
            said.iter().find_map(|said| Some((said.hash_by?, said.tree)).filter(|o| o.0 != text))
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

/// What Go's `strconv.ParseBool`, which reads these annotations, takes for true.
fn is_true(text: &str) -> bool {
    matches!(text, "1" | "t" | "T" | "TRUE" | "true" | "True")
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
