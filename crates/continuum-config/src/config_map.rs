//! Kubernetes ConfigMaps and Secrets: files in the entries of `data:` and of `stringData:`.

use crate::tree::Tree;

/// A text among the entries, which may be a file.
#[derive(Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    /// Behind as many empty lines as there are before it in the manifest, where it
    /// stands there as it is: so its lines are the manifest's.
    pub(crate) text: String,
}

/// The entries of manifests that hold ConfigMaps or Secrets and no endpoints.
pub(crate) fn entries(documents: &[Tree], text: &str) -> Vec<Entry> {
    let mut maps = Maps::default();
    documents.iter().for_each(|document| maps.gather(document, None));
    if maps.endpoints {
        return Vec::new();
    }
    let lines: Vec<&str> = text.lines().collect();
    let entries = maps.data.iter().flat_map(|data| data.as_map().unwrap_or_default());
    let entry = |name: &str, value: &Tree| {
        let text = value.as_text()?;
        // Other entries are settings: LOG_LEVEL, and so on.
        let is_file = name.contains('.') || text.trim_end().contains('\n');
        let above = above(&lines, value.line(), text).unwrap_or(0);
        let text = format!("{}{text}", "\n".repeat(above));
        is_file.then(|| Entry { name: name.to_owned(), text })
    };
    entries.filter_map(|(key, value)| entry(&key.text, value)).collect()
}

/// How many lines stand before a text that begins at a line of the manifest or behind
/// it, if all of its lines stand there.
fn above(lines: &[&str], line: u32, text: &str) -> Option<usize> {
    let line = usize::try_from(line).ok()?;
    [line.checked_sub(1)?, line].into_iter().find(|above| {
        let there = lines.get(*above..).unwrap_or_default();
        there.len() >= text.lines().count()
            && text.lines().zip(there).all(|(one, other)| one.trim() == other.trim())
    })
}

/// What manifests hold.
#[derive(Default)]
struct Maps<'t> {
    data: Vec<&'t Tree>,
    endpoints: bool,
}

impl<'t> Maps<'t> {
    /// An object, or those of a list, whose items need not say what they are.
    fn gather(&mut self, tree: &'t Tree, of_list: Option<&str>) {
        let Some(kind) = tree.get("kind").and_then(Tree::as_text).or(of_list) else { return };
        match kind {
            "ConfigMap" => self.data.extend(tree.get("data")),
            "Secret" => self.data.extend(tree.get("stringData")),
            "EndpointSlice" | "Endpoints" => self.endpoints = true,
            list => {
                let of = list.strip_suffix("List").filter(|kind| !kind.is_empty());
                let items = tree.get("items").and_then(Tree::as_list).unwrap_or_default();
                items.iter().for_each(|item| self.gather(item, of));
            }
        }
    }
}
