//! Servers alone: Continuum's own TOML where the scheme may come from elsewhere.

use std::path::Path;

use continuum::{Scheme, Server, Servers};

use crate::error::Error;
use crate::fault::Fault;
use crate::limits;
use crate::place::Place;
use crate::source::{self, File};
use crate::toml::{listed, write};
use crate::tree;

/// Servers as a TOML file lists them, each with its line, and the scheme if it
/// names one: what a pool is made of, before they are put together.
///
/// ```
/// use continuum_config::ServerList;
/// let text = "servers = [\n  \"10.0.0.1:80\",\n  { host = \"10.0.0.2\", port = 80, weight = 2 },\n]";
/// let list = ServerList::parse_toml(text, "servers.toml")?;
/// let (server, place) = &list.servers()[1];
/// assert_eq!((server.to_string(), place.line()), ("10.0.0.2:80=2".to_owned(), 3));
/// assert!(list.scheme().is_none());
/// # Ok::<(), continuum_config::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ServerList {
    servers: Vec<(Server, Place)>,
    scheme: Option<(Box<str>, Place)>,
}

impl ServerList {
    /// Reads a TOML file.
    ///
    /// # Errors
    /// The file cannot be read or is no such list; a server in it is refused. That
    /// two are one server is for whoever makes a set of them to tell.
    pub fn read_toml(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let file = File::new(&path.display().to_string());
        Self::of(&source::read_unmarked(path, &file, limits::BYTES)?, &file)
    }

    /// Reads a text, or its bytes. `file` is how complaints call it.
    ///
    /// # Errors
    /// As [`read_toml`](Self::read_toml).
    pub fn parse_toml(text: impl AsRef<[u8]>, file: &str) -> Result<Self, Error> {
        let file = File::new(file);
        let text = source::decode(text.as_ref().to_vec(), &file)?;
        Self::of(&source::unmarked(text), &file)
    }

    fn of(text: &str, file: &File) -> Result<Self, Error> {
        Self::listed(text, file).map_err(|fault| fault.within(file))
    }

    fn listed(text: &str, file: &File) -> Result<Self, Fault> {
        let tree = tree::toml::parse(text)?;
        if let Some(pools) = tree.get("pools") {
            let sentence = "pools stand here: this is a configuration, not a list of servers";
            return Err(Fault::new(pools.line(), sentence));
        }
        tree.only("the file", &["scheme", "servers"])?;
        let scheme = tree
            .get("scheme")
            .map(|scheme| Ok::<_, Fault>((scheme.text("scheme")?.into(), file.at(scheme.line()))));
        let servers = tree.get("servers").map(listed).transpose()?.unwrap_or_default();
        let placed = |(server, _, line)| (server, file.at(line));
        Ok(Self { scheme: scheme.transpose()?, servers: servers.into_iter().map(placed).collect() })
    }

    /// A list as TOML, which gives these servers and this scheme when it is read: a line for
    /// each server.
    ///
    /// # Errors
    /// A server has what TOML cannot hold.
    ///
    /// ```
    /// use continuum_config::ServerList;
    /// let servers = ["10.0.0.1:80", "10.0.0.2:80=2"].map(|text| text.parse().unwrap());
    /// let mut named = continuum::Servers::new();
    /// for (server, name) in servers.into_iter().zip(["a", "b"]) {
    ///     named.add(continuum::Server::with_name(server, name))?;
    /// }
    /// let text = ServerList::to_toml(&"ring-1".parse()?, &named)?;
    /// assert!(text.contains("{ host = \"10.0.0.2\", port = 80, capacity = 2, name = \"b\" },"));
    /// let list = ServerList::parse_toml(&text, "servers.toml")?;
    /// assert_eq!(list.servers()[1].0.name(), Some("b"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_toml(scheme: &Scheme, servers: &Servers) -> Result<String, Error> {
        let text = write::list(scheme, servers);
        let name = "the list of servers";
        let read = Self::parse_toml(&text, name)?;
        let same = read.servers.iter().map(|(server, _)| server).eq(servers.iter());
        if same {
            Ok(text)
        } else {
            Err(Error::new(File::new(name).at(1), "is not read as it was"))
        }
    }

    /// The servers in their order, each with where it stands.
    #[must_use]
    pub fn servers(&self) -> &[(Server, Place)] {
        &self.servers
    }

    /// The scheme's text, which nobody has parsed yet, and where it stands.
    #[must_use]
    pub fn scheme(&self) -> Option<(&str, &Place)> {
        self.scheme.as_ref().map(|(text, place)| (&**text, place))
    }
}

#[cfg(test)]
mod tests {
    use super::ServerList;

    fn refusal(text: &str) -> String {
        ServerList::parse_toml(text, "s.toml").unwrap_err().to_string()
    }

    #[test]
    fn comments_may_be_in_latin_1() {
        let list = ServerList::parse_toml(b"# caf\xe9\nservers = ['a:1']\n", "s.toml").unwrap();
        assert_eq!(list.servers()[0].0.to_string(), "a:1");
        let error = ServerList::parse_toml(b"servers = ['caf\xe9:1']\n", "s.toml").unwrap_err();
        assert_eq!(error.to_string(), "s.toml:1: byte 0xe9 is not UTF-8 text");
    }

    #[test]
    fn both_forms() {
        let texts =
            "scheme = 'python-continuum'\nservers = ['a:1=2', {host='b', port=1, weight=3}]";
        let list = ServerList::parse_toml(texts, "s.toml").unwrap();
        assert_eq!(list.servers()[0].0.to_string(), "a:1=2");
        assert_eq!(list.servers()[1].0.to_string(), "b:1=3");
        assert_eq!(list.scheme().unwrap().0, "python-continuum");
        let table = "[[servers]]\nname='n'\nid=7\nzone='z'\nhash_key='k'\nguid='g'\ncapacity=0.5\n";
        let list = ServerList::parse_toml(table, "s.toml").unwrap();
        let server = &list.servers()[0].0;
        assert_eq!((server.name(), server.id(), server.zone()), (Some("n"), Some(7), Some("z")));
        assert_eq!((server.hash_key(), server.guid()), (Some("k"), Some("g")));
        assert_eq!((server.host(), server.port()), ("n", None));
        assert_eq!(server.capacity().get(), 0.5);
    }

    #[test]
    fn refusals_name_the_line() {
        for (text, sentence) in [
            ("servers = [", "s.toml:1: "),
            ("\nservers = ['a:1',\n'b:99999']", "s.toml:3: server 'b:99999': port '99999' is not"),
            ("[[servers]]\nhost='a'\nport='80'", "s.toml:3: server 'a': port must be a whole"),
            ("[[servers]]\nhost='a'\nport=-1", "s.toml:3: server 'a': port must be a whole"),
            (
                "[[servers]]\nhost='a'\nport=70000",
                "s.toml:3: server 'a': port 70000 is not a number",
            ),
            ("[[servers]]\nhost='a'\nport=1\nweight=nan", "s.toml:4: server 'a': capacity must be"),
            ("[[servers]]\nhost='a'\nid=-7", "s.toml:3: server 'a': id must be a whole number"),
            ("[[servers]]\nhost='a'\ncapcity=1", "s.toml:3: a server: unknown setting 'capcity'"),
            ("# x\n[[servers]]\nport=1", "s.toml:2: a server without address, host or name"),
            ("servers = [7]", "s.toml:1: a server must be a text or a table, and is '7'"),
            ("[[pools]]\nname='a'", "s.toml:1: pools stand here"),
        ] {
            let refusal = refusal(text);
            assert!(refusal.starts_with(sentence), "{refusal}");
        }
    }
}
