//! The slices of a Service at one version of the cluster.

use std::collections::BTreeMap;

use kube::api::{DynamicObject, WatchEvent};
use serde_json::{Value, json};

use super::reason;

/// What joins a slice to its Service.
pub(super) const LABEL: &str = "kubernetes.io/service-name";

/// Whole: as a list gave them, and every change since then.
#[derive(Debug)]
pub(super) struct Slices {
    service: String,
    version: String,
    slices: BTreeMap<String, DynamicObject>,
}

/// What a watch said.
pub(super) enum Said {
    /// The slices have changed.
    News,
    /// They are as they were at a later version.
    Nothing,
    /// The cluster has forgotten what lies between.
    Forgotten,
}

impl Slices {
    /// None yet; the version is that of the list that they come from.
    pub(super) fn new(service: &str, version: &str) -> Self {
        Self { service: service.to_owned(), version: version.to_owned(), slices: BTreeMap::new() }
    }

    /// At which a watch goes on.
    pub(super) fn version(&self) -> &str {
        &self.version
    }

    /// A slice of a list.
    pub(super) fn add(&mut self, slice: DynamicObject) -> Result<(), String> {
        match self.slices.insert(self.name(&slice)?, slice) {
            None => Ok(()),
            // A page came twice, and another one did not.
            Some(_) => Err("half an answer: a list has a slice twice".to_owned()),
        }
    }

    /// What a watch says.
    pub(super) fn take(&mut self, event: WatchEvent<DynamicObject>) -> Result<Said, String> {
        match event {
            WatchEvent::Added(slice) | WatchEvent::Modified(slice) => {
                let name = self.name(&slice)?;
                self.reach(slice.metadata.resource_version.as_deref())?;
                self.slices.insert(name, slice);
            }
            WatchEvent::Deleted(slice) => {
                // One that has become another Service's is gone as well.
                let name = slice.metadata.name.as_deref().ok_or_else(nameless)?;
                self.reach(slice.metadata.resource_version.as_deref())?;
                self.slices.remove(name);
            }
            WatchEvent::Bookmark(mark) => {
                self.reach(Some(&mark.metadata.resource_version))?;
                return Ok(Said::Nothing);
            }
            WatchEvent::Error(status) if status.code == 410 => return Ok(Said::Forgotten),
            WatchEvent::Error(status) => return Err(reason::answer(&status)),
        }
        Ok(Said::News)
    }

    /// A later version, never an earlier one.
    fn reach(&mut self, version: Option<&str>) -> Result<(), String> {
        let version = version.filter(|version| !version.is_empty()).ok_or("half an answer")?;
        check_order(&self.version, version)?;
        version.clone_into(&mut self.version);
        Ok(())
    }

    /// The name of a slice of this Service.
    fn name(&self, slice: &DynamicObject) -> Result<String, String> {
        let label = slice.metadata.labels.as_ref().and_then(|labels| labels.get(LABEL));
        if label.is_none_or(|label| *label != self.service) {
            return Err("answers with slices that are not this Service's".to_owned());
        }
        slice.metadata.name.clone().ok_or_else(nameless)
    }

    /// The slices as a list in JSON; none where there is no slice.
    pub(super) fn json(&self) -> Option<String> {
        if self.slices.is_empty() {
            return None;
        }
        let item = |slice: &DynamicObject| {
            let mut item = slice.data.clone();
            if let Value::Object(fields) = &mut item {
                let metadata = json!({
                    "namespace": slice.metadata.namespace, "labels": { LABEL: self.service },
                });
                fields.insert("metadata".to_owned(), metadata);
            }
            item
        };
        let items: Vec<Value> = self.slices.values().map(item).collect();
        Some(json!({ "kind": "EndpointSliceList", "items": items }).to_string())
    }
}

fn nameless() -> String {
    "half an answer: a slice without a name".to_owned()
}

/// Versions are numbers that grow, where they are numbers at all.
pub(super) fn check_order(before: &str, after: &str) -> Result<(), String> {
    match (before.parse::<u64>(), after.parse::<u64>()) {
        (Ok(old), Ok(new)) if new < old => {
            Err(format!("its version went back from {old} to {new}"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use kube::api::{DynamicObject, WatchEvent};
    use serde_json::{Value, json};

    use super::{LABEL, Said, Slices, check_order};

    fn slice(name: &str, version: &str, service: &str) -> Value {
        json!({
            "metadata": {
                "name": name, "namespace": "cache", "resourceVersion": version,
                "labels": { LABEL: service },
            },
            "addressType": "IPv4", "endpoints": [], "ports": null,
        })
    }

    fn event(kind: &str, object: &Value) -> WatchEvent<DynamicObject> {
        serde_json::from_value(json!({ "type": kind, "object": object })).unwrap()
    }

    fn names(slices: &Slices) -> Vec<&str> {
        slices.slices.keys().map(String::as_str).collect()
    }

    #[test]
    fn what_a_watch_says() {
        let mut slices = Slices::new("memcached", "100");
        assert!(slices.json().is_none());
        let object = serde_json::from_value(slice("a", "7", "memcached")).unwrap();
        slices.add(object).unwrap();
        for (kind, object, left) in [
            ("ADDED", slice("b", "101", "memcached"), "a b"),
            ("MODIFIED", slice("b", "102", "memcached"), "a b"),
            // Its label is another's now.
            ("DELETED", slice("a", "103", "redis"), "b"),
        ] {
            assert!(matches!(slices.take(event(kind, &object)), Ok(Said::News)), "{object}");
            assert_eq!(names(&slices).join(" "), left);
            assert_eq!(slices.version(), object["metadata"]["resourceVersion"]);
        }
        let mark = json!({ "kind": "EndpointSlice", "apiVersion": "discovery.k8s.io/v1",
            "metadata": { "resourceVersion": "900", "creationTimestamp": null } });
        assert!(matches!(slices.take(event("BOOKMARK", &mark)), Ok(Said::Nothing)));
        assert_eq!(slices.version(), "900");
        let gone = json!({ "code": 410, "reason": "Expired", "message": "too old" });
        assert!(matches!(slices.take(event("ERROR", &gone)), Ok(Said::Forgotten)));
        let list: Value = serde_json::from_str(&slices.json().unwrap()).unwrap();
        assert_eq!(list["items"].as_array().unwrap().len(), 1);
    }

    #[test]
    fn lies_are_refused() {
        let mut slices = Slices::new("memcached", "100");
        let mut timeless = slice("b", "", "memcached");
        for (kind, object, sentence) in [
            ("ADDED", slice("b", "101", "redis"), "slices that are not this Service's"),
            ("MODIFIED", slice("b", "99", "memcached"), "its version went back from 100 to 99"),
            ("ADDED", timeless.take(), "half an answer"),
            ("ERROR", json!({ "code": 500, "message": "no\nway" }), "answers 500: no\\nway"),
        ] {
            let refusal = slices.take(event(kind, &object)).err().unwrap_or_default();
            assert!(refusal.contains(sentence), "{object}: {refusal}");
            assert!(names(&slices).is_empty() && slices.version() == "100", "{object}");
        }
        let object: DynamicObject = serde_json::from_value(slice("a", "7", "memcached")).unwrap();
        slices.add(object.clone()).unwrap();
        assert!(slices.add(object).unwrap_err().contains("a slice twice"));
        assert!(check_order("b", "a").is_ok() && check_order("10", "9").is_err());
    }
}
