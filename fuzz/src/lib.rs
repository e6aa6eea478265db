//! What the fuzz targets check: `run` of each module takes any bytes and panics
//! where a law is broken.

pub mod assignments;
pub mod batches;
pub mod builds;
pub mod changes;
pub mod loads;
pub mod parsers;
pub mod seeds;
pub mod sets;
