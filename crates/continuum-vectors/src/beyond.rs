//! What a set's own options say beyond its scheme's text, for the few programs of
//! which the recorded text leaves something out.

use serde_json::Value;

use crate::case::Case;
use crate::set::Set;

impl Set {
    /// Completes the scheme's text.
    pub(crate) fn complete_scheme(&mut self) {
        let said = |name: &str, start: &str| {
            self.option_text(name).is_some_and(|text| text.starts_with(start))
        };
        let Some(text) = self.scheme() else { return };
        let more = if text.starts_with("clickhouse") && said("key", "Int64") {
            // The recorded text has no type of the column.
            "type=Int64".to_owned()
        } else if text == "nats-partition:tokens=all" {
            // The whole subject begins with what the mapping matches literally.
            format!("prefix={}", self.option_text("prefix").unwrap_or_default())
        } else if text.starts_with("resty-chash")
            && (said("built_by", "incr") || said("built_by", "set"))
        {
            "ties=last".to_owned()
        } else {
            return;
        };
        let joint = if text.contains(':') { ',' } else { ':' };
        self.set_scheme(format!("{text}{joint}{more}"));
    }

    /// Completes the keys: of documents whose id counts, too, the id is that of their
    /// place in the file of keys, of which every fourth key is recorded.
    pub(crate) fn complete_keys(&mut self) {
        if !self.option_text("_id").is_some_and(|text| text.starts_with("doc-<position")) {
            return;
        }
        for (at, case) in self.cases.iter_mut().enumerate() {
            let Case { key, .. } = case;
            *key = [key, format!("\x1fdoc-{}", 4 * at).as_bytes()].concat().into();
        }
    }

    /// The servers in the order in which the program met them, where it is another than
    /// that of the list.
    pub(crate) fn order_met(&self) -> Option<Vec<u32>> {
        if self.option("subset_size").is_some() {
            return None;
        }
        let list = ["registration_order", "point_order"]
            .into_iter()
            .find_map(|name| self.options.get(name).and_then(Value::as_array))?;
        let order: Vec<u32> =
            list.iter().filter_map(|at| u32::try_from(at.as_u64()?).ok()).collect();
        let mut sorted = order.clone();
        sorted.sort();
        sorted.into_iter().eq((0..).take(self.servers.len())).then_some(order)
    }
}
