// What is not understood is refused in a sentence, and what is naturally a list is one.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import test from "node:test";
import { runInNewContext } from "node:vm";
import { Continuum, explain, plan, readConfig, strip } from "continuum-hash";

const require = createRequire(import.meta.url);
const SERVERS = ["10.0.0.1:11211", "10.0.0.2:11211", "10.0.0.3:11211=2"];
const built = (servers, scheme = "libketama") => new Continuum(servers, scheme);

test("lists are arrays and what else is iterated", () => {
  const expected = built(SERVERS).fingerprint;
  const capacities = { "10.0.0.1:11211": 1, "10.0.0.2:11211": 1, "10.0.0.3:11211": 2 };
  function* each() {
    yield* SERVERS;
  }
  const lists = [new Set(SERVERS), each(), capacities, new Map(Object.entries(capacities)), Object.assign(Object.create(null), capacities)];
  for (const servers of [...lists, runInNewContext(`(${JSON.stringify(SERVERS)})`), runInNewContext(`(${JSON.stringify(capacities)})`)]) {
    assert.equal(built(servers).fingerprint, expected);
  }
  const continuum = built(SERVERS);
  const keys = ["a", "b", "c", new Uint8Array([1])];
  const owners = continuum.resolveAll(keys);
  assert.deepEqual(continuum.resolveAll(new Set(keys)), owners);
  assert.deepEqual(continuum.resolveAll(keys.values()), owners);
  assert.equal(continuum.resolveIndex(runInNewContext("new Uint8Array([1])")), owners[3]);
});

test("servers that are none", () => {
  const none = [undefined, null, 7, "a:1", new String("a:1"), new Date(0), new (class Servers {})(), () => SERVERS, 7n];
  for (const servers of none) assert.throws(() => built(servers), { name: "TypeError", message: /^servers are an array, or an object of texts and capacities, not / });
  for (const server of [undefined, null, 7, new Map(), new Set(), new Date(0), ["a", 1], () => "a:1"]) {
    assert.throws(() => built([server]), { name: "TypeError", message: /^a server is a text or an object of fields, not / });
  }
  assert.throws(() => built([, "a:1"]), /^TypeError: a server is a text or an object of fields, not undefined/);
  for (const fields of [{ port: NaN }, { id: NaN }, { localityWeight: Infinity }, { capacity: () => 5 }, { weight: NaN }, { name: Symbol("a") }, { zone: {} }, { id: 7n }]) {
    const [name] = Object.keys(fields);
    assert.throws(() => built([{ host: "a", ...fields }]), { name: "TypeError", message: new RegExp(`^a server's '${name}' is a text or a number, not `) });
  }
  assert.throws(() => built([{ host: "a", hashKey: "x", hash_key: "y" }]), /'hash_key' is given twice/);
  for (const capacity of [NaN, -1, Infinity]) assert.throws(() => built({ "a:1": capacity }), /^RangeError: server 'a:1': its capacity is a number from 0 up, not /);
  for (const capacity of ["1", null, undefined, 1n]) assert.throws(() => built({ "a:1": capacity }), /^TypeError: server 'a:1': its capacity is a number, not /);
  assert.throws(() => built({ "a:1=2": 3 }), /its capacity stands beside it/);
  assert.throws(() => built(new Map([[1, 1]])), /a server is a text, not number/);
  assert.throws(() => built(SERVERS, () => "nginx"), /^TypeError: a scheme is a text, not function/);
});

test("keys and numbers that are none", () => {
  const continuum = built(SERVERS);
  for (const keys of ["abc", new String("abc"), new Uint8Array(3), { length: 3 }, null, undefined, 7]) {
    assert.throws(() => continuum.resolveAll(keys), { name: "TypeError", message: /^keys are an array or another iterable, not / });
  }
  for (const keys of [[7], [undefined], [, "a"], new Map([["a", 1]])]) assert.throws(() => continuum.resolveAll(keys), /^TypeError: a key is a string or a Uint8Array, not /);
  assert.equal(continuum.candidates("a", Infinity).length, 3);
  assert.equal(continuum.candidates("a", 2 ** 40).length, 3);
  assert.equal(continuum.candidates("a", 0).length, 0);
  for (const count of [-1, NaN, 1.5, -Infinity]) assert.throws(() => continuum.candidates("a", count), /^RangeError: the count of candidates is a whole number from 0 up, not /);
  assert.throws(() => continuum.candidates("a", "2"), /^TypeError: the count of candidates is a number, not string/);
  for (const pieces of [0, 4097, NaN, Infinity]) assert.throws(() => strip(continuum, pieces), /^RangeError: the number of pieces is a whole number from 1 to 4096, not /);
  assert.throws(() => plan(continuum, continuum, { mostFlow: 1 }), /plan has no option 'mostFlow'/);
  assert.throws(() => plan(continuum, continuum, { mostFlows: NaN }), /^RangeError: mostFlows is a whole number/);
  assert.equal(plan(continuum, continuum.with("d:1"), { mostFlows: Infinity }).flows.length, plan(continuum, continuum.with("d:1")).all_flows);
  assert.equal(explain(continuum, "a", { mostCandidates: 2 }).candidates.length, 2);
});

test("configurations that are none, and the bytes of one", () => {
  const text = "upstream cache { hash $uri consistent; server 10.0.0.1:80; server 10.0.0.2:80; } # caf\u00e9";
  const read = (content) => readConfig(content, { file: "nginx.conf" }).pools[0].servers;
  assert.deepEqual(read(new TextEncoder().encode(text)), read(text));
  // Latin-1 in a comment is read past, as nginx does; elsewhere it is refused.
  assert.deepEqual(read(Buffer.from(text, "latin1")), read(text));
  assert.throws(() => read(Buffer.from(text.replace("10.0.0.1", "\u00e9"), "latin1")), /nginx\.conf:1: byte 0xe9 is not UTF-8 text/);
  assert.throws(() => readConfig(undefined), /^TypeError: a configuration is a text, not undefined/);
  assert.throws(() => readConfig(text, { fil: "nginx.conf" }), /readConfig has no option 'fil'/);
  assert.throws(() => readConfig(text, { file: "nginx.conf", port: NaN }), /^RangeError: the port is a whole number from 0 to 65535, not NaN/);
  assert.throws(() => readConfig(text, { file: "nginx.conf", variables: [["a", "b"]] }), /^TypeError: variables are an object or a Map, not Array/);
  const named = text.replace("10.0.0.1", "$host");
  const variables = { host: "10.0.0.9" };
  const servers = (variables) => {
    try {
      return readConfig(named, { file: "nginx.conf", variables }).pools[0].servers;
    } catch (error) {
      return error.message;
    }
  };
  assert.deepEqual(servers(new Map(Object.entries(variables))), servers(variables));
});

test("a continuum that was freed answers nothing", () => {
  const continuum = built(SERVERS);
  assert.equal(continuum.servers.length, 3);
  continuum.free();
  continuum.free();
  // Its place is another's now.
  const other = built(["x:1"]);
  const asked = [
    () => continuum.getServer("a"),
    () => continuum.resolve("a"),
    () => continuum.resolveIndex("a"),
    () => continuum.resolveAll(["a"]),
    () => continuum.candidates("a"),
    () => continuum.ownership(),
    () => explain(continuum, "a"),
    () => plan(continuum, other),
    () => plan(other, continuum),
    () => strip(continuum),
  ];
  for (const ask of asked) assert.throws(ask, /this continuum was freed: make another one/, String(ask));
  assert.equal(other.getServer("a"), "x:1");
});

test("a continuum of another copy of the package is refused", () => {
  const other = require("continuum-hash");
  const theirs = new other.Continuum(["x:1", "y:1"], "nginx");
  const ours = built(SERVERS);
  for (const ask of [() => explain(theirs, "a"), () => strip(theirs), () => plan(ours, theirs), () => other.explain(ours, "a"), () => other.plan(ours, theirs)]) {
    assert.throws(ask, { name: "TypeError", message: /takes a Continuum of its own copy of this package/ }, String(ask));
  }
  assert.throws(() => explain(undefined, "a"), /^TypeError: explain takes a Continuum, not undefined/);
  assert.throws(() => explain({}, "a"), /^TypeError: explain takes a Continuum, not Object/);
});

test("servers that a configuration has are in the package's words, those of JSON in the library's", () => {
  const haproxy = "backend b\n  mode http\n  balance uri\n  hash-type consistent\n  server s 10.0.0.1:80 id 7 hash-key addr\n  server t 10.0.0.2:80\n";
  const [pool] = readConfig(haproxy, { file: "haproxy.cfg" }).pools;
  const [first] = pool.servers;
  assert.equal(first.hashKey, "addr");
  assert.deepEqual(Object.keys(first).filter((name) => name.includes("_") || first[name] === null), []);
  const continuum = pool.continuum();
  assert.equal(new Continuum(pool.servers, pool.scheme).fingerprint, continuum.fingerprint);
  const json = JSON.parse(JSON.stringify(continuum));
  assert.equal(json.servers[0].hash_key, "addr");
  assert.ok(!("hashKey" in json.servers[0]));
  assert.equal(new Continuum(json.servers, json.scheme).fingerprint, continuum.fingerprint);
});
