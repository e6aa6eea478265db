//! INI files as Python's `configparser` reads them: sections of options, values that
//! go on in indented lines, comments in lines of their own.

use crate::fault::Fault;
use crate::limits;
use crate::quote::quoted;
use crate::tree::line32;

/// An option: its name in capitals, its value and its line.
pub(crate) struct Setting {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) line: u32,
}

/// `[name]` and what stands below it.
pub(crate) struct Section {
    pub(crate) name: String,
    pub(crate) line: u32,
    pub(crate) settings: Vec<Setting>,
}

impl Section {
    pub(crate) fn get(&self, name: &str) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.name == name)
    }
}

pub(crate) fn sections(text: &str) -> Result<Vec<Section>, Fault> {
    let mut sections: Vec<Section> = Vec::new();
    // How far the last option is indented: what is indented further continues it.
    let mut indent = None;
    for (number, line) in text.lines().enumerate() {
        let line_number = line32(number + 1);
        let words = line.trim();
        if words.is_empty() || words.starts_with(['#', ';']) {
            continue;
        }
        let refuse = |sentence: String| Err(Fault::new(line_number, sentence));
        let depth = line.len() - line.trim_start().len();
        if let (Some(before), Some(section)) = (indent, sections.last_mut())
            && depth > before
            && let Some(setting) = section.settings.last_mut()
        {
            setting.value.push('\n');
            setting.value.push_str(words);
            continue;
        }
        if let Some(name) = words.strip_prefix('[') {
            let Some((name, _)) = name.rsplit_once(']') else {
                return refuse(format!("{} is no section: ']' is missing", quoted(words)));
            };
            if let Some(first) = sections.iter().find(|section| section.name == name) {
                let first = first.line;
                return refuse(format!("a second section {}, first on line {first}", quoted(name)));
            }
            if sections.len() >= limits::POOLS {
                return refuse(format!("more than {} sections", limits::POOLS));
            }
            let (name, settings) = (name.to_owned(), Vec::new());
            sections.push(Section { name, line: line_number, settings });
            indent = None;
            continue;
        }
        let Some(section) = sections.last_mut() else {
            return refuse(format!("{} stands before the first section", quoted(words)));
        };
        let Some((name, value)) = words.split_once(['=', ':']) else {
            return refuse(format!("{} is no setting: '=' is missing", quoted(words)));
        };
        let name = name.trim_end().to_ascii_uppercase();
        if let Some(first) = section.get(&name) {
            let first = first.line;
            return refuse(format!("a second {name} in this section, first on line {first}"));
        }
        if section.settings.len() >= limits::WORDS {
            return refuse(format!("more than {} settings in one section", limits::WORDS));
        }
        let value = value.trim_start().to_owned();
        section.settings.push(Setting { name, value, line: line_number });
        indent = Some(depth);
    }
    Ok(sections)
}

#[cfg(test)]
mod tests {
    use super::sections;

    #[test]
    fn reads_as_configparser_does() {
        let text =
            "# c\n[a]\nx = 1\n; c\ny: two words ; kept\nLIST = a,\n  b,\n\n  c\nempty =\n[b:c]\n";
        let found = sections(text).unwrap();
        let names: Vec<&str> = found.iter().map(|section| section.name.as_str()).collect();
        assert_eq!(names, ["a", "b:c"]);
        let value = |name: &str| found[0].get(name).map(|setting| setting.value.as_str());
        assert_eq!(value("X"), Some("1"));
        assert_eq!(value("Y"), Some("two words ; kept"));
        assert_eq!(value("LIST"), Some("a,\nb,\nc"));
        assert_eq!(value("EMPTY"), Some(""));
        assert_eq!(found[0].get("LIST").unwrap().line, 6);
    }

    #[test]
    fn refuses_what_it_refuses() {
        for (text, says) in [
            ("x = 1\n", "'x = 1' stands before the first section"),
            ("[a]\nx\n", "'x' is no setting: '=' is missing"),
            ("[a\n", "'[a' is no section: ']' is missing"),
            ("[a]\n[b]\n[a]\n", "a second section 'a', first on line 1"),
            ("[a]\nx=1\nX=2\n", "a second X in this section, first on line 2"),
        ] {
            let fault = sections(text).err().unwrap();
            assert_eq!(fault.sentence, says);
        }
    }
}
