//! What the fuzz targets check: each takes any bytes and panics where a law is broken.

pub mod arrow;
pub mod assignments;
pub mod batches;
pub mod builds;
pub mod catalogue;
pub mod changes;
pub mod configs;
pub mod files;
pub mod keys;
pub mod loads;
pub mod plans;
pub mod records;
pub mod seeds;
pub mod sets;
pub mod targets;
pub mod texts;
pub mod words;
