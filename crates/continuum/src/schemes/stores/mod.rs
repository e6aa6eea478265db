//! Databases, queues and object stores: how each of them finds the shard,
//! partition or device of a key.

pub(crate) mod cassandra;
pub(crate) mod ceph_straw2;
pub(crate) mod clickhouse;
pub(crate) mod elasticsearch;
pub(crate) mod jedis;
pub(crate) mod kafka;
pub(crate) mod nats;
pub(crate) mod php_redisarray;
pub(crate) mod plproxy;
pub(crate) mod postgres;
pub(crate) mod predis;
pub(crate) mod rabbitmq;
pub(crate) mod redis_cluster;
pub(crate) mod redis_rb;
pub(crate) mod thanos;
pub(crate) mod victoriametrics;
