//! Servers: what one is, how much it takes, and a set of them.
//!
//! Imports nothing but errors.

mod capacity;
mod identities;
#[expect(clippy::module_inception, reason = "the file is named after its type")]
mod server;
mod servers;
mod zones;

pub use capacity::Capacity;
pub use server::Server;
pub(crate) use server::Text;
pub use servers::Servers;
pub(crate) use zones::ZoneIndex;
