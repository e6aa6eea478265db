//! How much is read before a file is refused: what people have stays far below,
//! and what is made to harm ends here.

/// Bytes of one file, and of a file with everything it includes.
pub(crate) const BYTES: u64 = 16 << 20;
/// Values of one YAML, JSON or TOML file, aliases written out.
pub(crate) const VALUES: usize = 500_000;
/// Dots of one TOML file, those in addresses too: each may be a name in a name,
/// which the library holds at some hundred bytes.
pub(crate) const DOTS: usize = 750_000;
/// Blocks inside blocks.
pub(crate) const DEPTH: usize = 100;
/// Files that include files.
pub(crate) const INCLUDE_DEPTH: usize = 16;
/// Files read for one configuration.
pub(crate) const FILES: usize = 4096;
/// Servers of one file.
pub(crate) const SERVERS: usize = 200_000;
/// Words of one directive or line.
pub(crate) const WORDS: usize = 4096;
/// Bytes of one line of YAML: the parser holds back what may yet be a name.
pub(crate) const YAML_LINE: usize = 256 << 10;
/// Pools of one file.
pub(crate) const POOLS: usize = 20_000;
/// Complaints and notes of one pool; who has read these has read enough.
pub(crate) const REMARKS: usize = 20;
/// Rules of one section that change requests.
pub(crate) const RULES: usize = 500;
/// Frontends that lead to one backend, whose rules are followed.
pub(crate) const FRONTENDS: usize = 100;
/// Entries of ConfigMaps in one manifest, each of which is tried.
pub(crate) const ENTRIES: usize = 20;
