// Answers equal to those that the real programs gave: ../../../vectors, asked singly and in a batch.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { Continuum } from "continuum-hash";

const VECTORS = new URL("../../../vectors/", import.meta.url);
const FIELDS = ["host", "port", "weight", "name", "alias", "ring_name", "id", "zone", "hash_key", "guid", "instance", "hostname"];
// Files of which each set has servers, keys and indices and nothing beyond them.
const FILES = [
  ...["libketama", "libmemcached", "twemproxy", "nginx", "haproxy", "npm-hashring", "npm-memcached", "jedis"],
  ...["spymemcached", "xmemcached", "dalli", "redis-rb", "predis", "pymemcache", "uhashring", "hash_ring", "own"],
];

function server({ vnodes, ...given }) {
  const fields = Object.fromEntries(FIELDS.filter((name) => given[name] != null && !(name === "port" && given.port === "")).map((name) => [name, given[name]]));
  fields.host ??= given.ring_name ?? given.name;
  for (const other of ["alias", "ring_name"]) {
    if (fields[other] !== undefined) fields.name = fields[other];
    delete fields[other];
  }
  return vnodes === undefined ? fields : { ...fields, hash_key: String(vnodes) };
}

const keys = new Map();
function keysOf(name) {
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

// Of libmemcached the recorded text leaves out that the scheme was set behind the servers.
const whole = ({ scheme, options }) => (options?.order === "after" && scheme.startsWith("libmemcached:") ? `${scheme},order=after` : scheme);

const compared = new Map();
for (const file of FILES) {
  test(`recorded answers: ${file}`, () => {
    const sets = JSON.parse(readFileSync(new URL(`${file}.json`, VECTORS), "utf8")).filter(plain);
    let answers = 0;
    for (const set of sets) {
      const continuum = new Continuum(set.servers.map(server), whole(set));
      const asked = keysOf(set.keys);
      const expected = set.index.map((at) => at ?? -1);
      assert.deepEqual(Array.from(continuum.resolveAll(asked)), expected, `${file}: ${set.name}, in a batch`);
      assert.deepEqual(asked.map((key) => continuum.resolveIndex(key)), expected, `${file}: ${set.name}, singly`);
      const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
      asked.forEach((key, at) => {
        let text;
        try {
          text = decoder.decode(key);
        } catch {
          return;
        }
        assert.equal(continuum.resolveIndex(text), expected[at], `${file}: ${set.name}, key ${at} as a string`);
      });
      answers += expected.length;
      const name = set.scheme.split(":")[0];
      compared.set(name, (compared.get(name) ?? 0) + expected.length);
      continuum.free();
    }
    assert.ok(answers > 0, "no set was compared");
  });
}

test("at least twelve schemes were compared", (t) => {
  t.diagnostic([...compared].map(([name, count]) => `${name} ${count}`).join(", "));
  assert.ok(compared.size >= 12, String(compared.size));
});
