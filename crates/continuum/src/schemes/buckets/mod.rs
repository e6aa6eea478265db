//! Functions from a key and a number of buckets to a bucket: the servers count by
//! their place in the list.

pub(crate) mod jump;
pub(crate) mod jumpback;
