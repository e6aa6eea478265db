//! A run from its first question to its closing count. `run.rs` is what all parts of
//! it share; `caches.rs` goes about memcached, with `lists.rs` and `earlier.rs`, `stores.rs` about Redis; `listing.rs`
//! only tells; `identity.rs` finds addresses that are one server. Imports `memcached` and `redis`, which import `run.rs` alone.

mod begin;
mod caches;
mod earlier;
mod identity;
mod listing;
mod lists;
mod run;
mod stores;

pub use begin::run;
pub use listing::list;
pub(crate) use run::Run;
