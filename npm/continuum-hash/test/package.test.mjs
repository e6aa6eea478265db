// The package as its users have it: both module systems, memjs, refusals, nothing of Node.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import test from "node:test";
import { Continuum, explain, plan, readConfig, schemes, strip } from "continuum-hash";
import { getServer } from "continuum-hash/memjs";

const require = createRequire(import.meta.url);
const SERVERS = ["10.0.0.1:11211", "10.0.0.2:11211", "10.0.0.3:11211=2"];

test("both module systems give the same", async () => {
  const other = require("continuum-hash");
  const keys = Array.from({ length: 1000 }, (_, at) => `key ${at}`);
  const [one, two] = [new Continuum(SERVERS, "libketama"), new other.Continuum(SERVERS, "libketama")];
  assert.deepEqual(one.resolveAll(keys), two.resolveAll(keys));
  assert.equal(require("continuum-hash/hashring"), require("continuum-hash/hashring"));
  const { default: HashRing } = await import("continuum-hash/hashring");
  assert.equal(new HashRing(SERVERS).get("a"), new (require("continuum-hash/hashring"))(SERVERS).get("a"));
});

test("nothing of Node is needed", () => {
  for (const entry of ["index", "hashring", "memjs"]) {
    for (const ending of ["js", "cjs"]) {
      const text = readFileSync(new URL(`../dist/${entry}.${ending}`, import.meta.url), "utf8");
      const asked = [...text.matchAll(/(?:\bfrom|\brequire\(|\bimport\()\s*"([^"]+)"/g)].map(([, name]) => name);
      assert.deepEqual(asked.filter((name) => !name.startsWith("./index.")), [], `${entry}.${ending}`);
      assert.doesNotMatch(text, /\b(?:process|Buffer)\./);
    }
  }
});

test("servers, candidates, changes", () => {
  const continuum = new Continuum({ "10.0.0.1:11211": 1, "10.0.0.2:11211": 1, "10.0.0.3:11211": 2 }, "rendezvous-1");
  assert.deepEqual(continuum.servers.map((server) => server.address), SERVERS.map((text) => text.replace("=2", "")));
  for (const key of ["a", "", "ключ", new Uint8Array([0, 255])]) {
    const candidates = continuum.candidates(key);
    assert.equal(new Set(candidates).size, 3);
    assert.equal(continuum.resolve(key), candidates[0]);
    assert.equal(continuum.getServer(key), candidates[0].address);
    assert.deepEqual(continuum.candidates(key, 2), candidates.slice(0, 2));
    assert.equal(continuum.without(candidates[0].identity).getServer(key), candidates[1].address);
    assert.deepEqual(explain(continuum, key).candidates, candidates.map((server) => server.identity));
  }
  const more = continuum.with("10.0.0.4:11211=4");
  const { moved, least, flows, servers } = plan(continuum, more);
  assert.equal(least, 0.5);
  assert.ok(Math.abs(moved - least) < 0.01);
  assert.ok(Math.abs(flows.reduce((sum, flow) => sum + flow.share, 0) - moved) < 1e-12);
  assert.equal(servers.length, 4);
  assert.equal(new Continuum(continuum.toJSON().servers, continuum.toJSON().scheme).fingerprint, continuum.fingerprint);
  assert.equal(strip(new Continuum(SERVERS, "libketama"), 10).owners.length, 10);
  assert.equal(strip(continuum, 10), null);
  continuum.free();
  assert.throws(() => explain(continuum, "a"), /was freed/);
});

test("a batch as long as it likes, of keys as long as they like", () => {
  const continuum = new Continuum(SERVERS, "twemproxy");
  const keys = Array.from({ length: 20_000 }, (_, at) => (at % 5_000 === 0 ? "ж".repeat(100_000 + at) : `${at}`));
  const all = continuum.resolveAll(keys);
  keys.forEach((key, at) => assert.equal(all[at], continuum.resolveIndex(key), `${at}`));
  assert.equal(continuum.resolveAll([]).length, 0);
});

test("what cannot be answered is refused in a sentence", () => {
  assert.throws(() => new Continuum(["a:1", "a:1"], "libketama"), /'a:1' is already added/);
  assert.throws(() => new Continuum(["a:1"], "libketam"), /libketam/);
  assert.throws(() => new Continuum([{ host: "a", wieght: 2 }]), /no field 'wieght'/);
  assert.throws(() => new Continuum("a:1"), /servers are an array/);
  const continuum = new Continuum(["a:1"]);
  assert.throws(() => continuum.getServer(7), /a key is a string or a Uint8Array, not number/);
  assert.throws(() => continuum.without("b:1"), /no server 'b:1'/);
  assert.equal(new Continuum(["a:1=0"]).getServer("x"), undefined);
});

test("configurations are read from text", () => {
  const text = "upstream cache { hash $request_uri consistent; server 10.0.0.1:80; server 10.0.0.2:80 weight=3; }";
  const { format, pools } = readConfig(text, { file: "nginx.conf" });
  assert.equal(format, "nginx");
  assert.deepEqual([pools[0].name, pools[0].scheme, pools[0].hashes], ["cache", "nginx", "$request_uri"]);
  assert.equal(pools[0].continuum().servers[1].capacity, 3);
  assert.throws(() => readConfig("upstream x {", { file: "nginx.conf" }), /nginx\.conf:1/);
  assert.throws(() => readConfig("include other.conf;", { file: "nginx.conf" }), /nginx\.conf/);
});

test("the catalogue", () => {
  const names = schemes().map((scheme) => scheme.name);
  assert.ok(names.length > 60 && names.includes("npm-hashring") && names.includes("libketama"));
});

test("a memjs client asks it", () => {
  const client = require("memjs").Client.create("10.0.0.1:11211,10.0.0.2:11211,10.0.0.3:11212");
  client.getServer = getServer(client, "libmemcached:distribution=ketama");
  const continuum = new Continuum(["10.0.0.1:11211", "10.0.0.2:11211", "10.0.0.3:11212"], "libmemcached:distribution=ketama");
  const counts = [0, 0, 0];
  for (let at = 0; at < 3000; at += 1) {
    const key = `session:${at}`;
    const { host, port } = client.servers[client.getServer(key)];
    assert.equal(`${host}:${port}`, continuum.getServer(key));
    counts[client.getServer(key)] += 1;
  }
  assert.ok(counts.every((count) => count > 500));
  client.close();
});
