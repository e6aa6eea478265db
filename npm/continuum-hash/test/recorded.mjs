// Recorded answers of real programs: ../../../vectors.
import { readFileSync } from "node:fs";

const VECTORS = new URL("../../../vectors/", import.meta.url);
const FIELDS = ["host", "port", "weight", "name", "alias", "ring_name", "id", "zone", "hash_key", "guid", "instance", "hostname"];
/** Files of which each set has servers, keys and indices and nothing beyond them. */
export const FILES = [
  ...["libketama", "libmemcached", "twemproxy", "nginx", "haproxy", "npm-hashring", "npm-memcached", "jedis"],
  ...["spymemcached", "xmemcached", "dalli", "redis-rb", "predis", "pymemcache", "uhashring", "hash_ring", "own"],
];

/** A server as the package takes it. */
export function server({ vnodes, ...given }) {
  const fields = Object.fromEntries(FIELDS.filter((name) => given[name] != null && !(name === "port" && given.port === "")).map((name) => [name, given[name]]));
  fields.host ??= given.ring_name ?? given.name;
  for (const other of ["alias", "ring_name"]) {
    if (fields[other] !== undefined) fields.name = fields[other];
    delete fields[other];
  }
  return vnodes === undefined ? fields : { ...fields, hash_key: String(vnodes) };
}

const keys = new Map();
/** The keys of that name, as bytes. */
export function keysOf(name) {
  if (!keys.has(name)) {
    const lines = readFileSync(new URL(`keys/${name}.hex`, VECTORS), "utf8").replace(/\n$/, "").split("\n");
    keys.set(name, lines.map((line) => Uint8Array.from(Buffer.from(line, "hex"))));
  }
  return keys.get(name);
}

// A set of answers by servers, keys and indices alone.
const plain = ({ scheme, servers, keys, index, also, options }) =>
  scheme && keys && index && !also && Array.isArray(servers) && servers.every((one) => !("count" in one)) &&
  // Options that say more than the scheme does, which the readers in Rust and Python add.
  !["alt", "args", "ops", "weights", "normalized_weights", "buckets"].some((name) => name in (options ?? {})) &&
  !(options?.down?.length > 0) &&
  !(scheme.startsWith("dalli") && options?.mode === "client") &&
  !servers.some((one) => one.weight === null || typeof one.weight === "string") &&
  new Set(servers.map((one) => server(one).name ?? `${one.host}:${one.port}`)).size === servers.length;

/** The scheme: of libmemcached the recorded text leaves out that it was set behind the servers. */
export const whole = ({ scheme, options }) => (options?.order === "after" && scheme.startsWith("libmemcached:") ? `${scheme},order=after` : scheme);

/** The sets of a file that say all. */
export const sets = (file) => JSON.parse(readFileSync(new URL(`${file}.json`, VECTORS), "utf8")).filter(plain);
