// The drop-in beside hashring of npm: its own tests, and random rings.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { inherits } from "node:util";

const require = createRequire(import.meta.url);
const Theirs = require("hashring");
const Ours = require("continuum-hash/hashring");

test("hashring's own tests pass against the drop-in", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "hashring-"));
  t.after(() => rmSync(folder, { recursive: true }));
  cpSync(join(require.resolve("hashring"), "..", "tests"), join(folder, "tests"), { recursive: true });
  symlinkSync(join(require.resolve("mocha/package.json"), "..", ".."), join(folder, "node_modules"));
  // What the tests require as `../`.
  writeFileSync(join(folder, "index.js"), `module.exports = require(${JSON.stringify(require.resolve("continuum-hash/hashring"))});`);
  const mocha = require.resolve("mocha/bin/mocha.js");
  const files = ["tests/api.test.js", "tests/distribution.test.js"];
  const run = spawnSync(process.execPath, [mocha, "--reporter", "json", ...files], { cwd: folder, encoding: "utf8" });
  const { stats, failures } = JSON.parse(run.stdout);
  assert.deepEqual(failures.map(({ fullTitle, err }) => [fullTitle, err.message]), []);
  assert.ok(stats.passes >= 25, `${stats.passes} of its tests ran`);
  t.diagnostic(`${stats.passes} tests of hashring 3.2.0 pass`);
});

// A small generator with a fixed seed.
let state = 20261127;
const below = (bound) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * bound);
};
const pick = (list) => list[below(list.length)];
const KEYS = Array.from({ length: 300 }, (_, at) => pick([`user:${at}`, `ключ ${at}`, `${"x".repeat(at)}`, at, `\ud800${at}`]));

const custom = (key) => {
  const bytes = new Uint8Array(16);
  for (let at = 0; at < key.length; at += 1) bytes[(at * 7) % 16] = (bytes[(at * 7) % 16] * 31 + key.charCodeAt(at)) & 255;
  return Buffer.from(bytes);
};

function ring() {
  const names = Array.from({ length: 1 + below(12) }, (_, at) => pick([`10.0.${below(9)}.${at}:11211`, `cache-${at}`, `h${at}:${11000 + at}`]));
  const unique = [...new Set(names)];
  const servers = pick([
    () => unique,
    () => Object.fromEntries(unique.map((name) => [name, pick([1, 2, 3, 7, 0.5, 600])])),
    () => Object.fromEntries(unique.map((name) => [name, { weight: pick([1, 2]), vnodes: pick([5, 40, 0, 60]) }])),
    () => [...unique, unique[0]],
  ])();
  const options = { ...pick([{}, { "vnode count": 17 }, { replicas: 2 }, { compatibility: "hash_ring" }]), ...pick([{}, { "default port": 11211 }]) };
  return [servers, pick(["md5", "md5", "sha1", "sha256", "sha512", custom]), options];
}

const answers = (ring) => ({
  get: KEYS.map((key) => ring.get(key)),
  again: KEYS.map((key) => ring.get(key)),
  range: KEYS.slice(0, 40).map((key) => [ring.range(key), ring.range(key, 2), ring.range(key, 30, false)]),
  find: KEYS.slice(0, 40).map((key) => [ring.hashValue(key), ring.find(ring.hashValue(key))]),
  points: { ...ring.points() },
  ring: ring.ring.map(({ value, server }) => [value, server]),
  servers: ring.servers.map(({ host, port, string, weight }) => ({ host, port, string, weight })),
  vnodes: { ...ring.vnodes },
});

test("random rings answer as hashring's do, after changes too", (t) => {
  let keys = 0;
  for (let round = 0; round < 60; round += 1) {
    const given = ring();
    const [theirs, ours] = [Theirs, Ours].map((Ring) => new Ring(...structuredCloneButFunctions(given)));
    const same = (what) => {
      assert.deepEqual(answers(ours), answers(theirs), `${what} of round ${round}: ${JSON.stringify(given)}`);
      keys += KEYS.length;
    };
    same("the ring");
    const first = theirs.servers[0].string;
    for (const one of [theirs, ours]) one.add("added:1");
    same("add");
    for (const one of [theirs, ours]) one.swap("added:1", "swapped:2");
    same("swap");
    assert.equal(ours.has("swapped:2"), theirs.has("swapped:2"));
    for (const one of [theirs, ours]) one.remove(first);
    same("remove");
    for (const one of [theirs, ours]) one.reset();
    assert.deepEqual([ours.get("a"), ours.range("a"), ours.size], [theirs.get("a"), theirs.range("a"), theirs.size]);
    for (const one of [theirs, ours]) one.end();
    assert.deepEqual([ours.servers, ours.vnodes], [theirs.servers, theirs.vnodes]);
  }
  t.diagnostic(`${keys} keys`);
});

const structuredCloneButFunctions = ([servers, algorithm, options]) => [structuredClone(servers), algorithm, { ...options }];

test("a server that is an object", () => {
  const given = () => [{ host: "10.0.0.1", port: 11211 }, { host: "10.0.0.2", port: 11212 }];
  assert.deepEqual(answers(new Ours(given())), answers(new Theirs(given())));
});

const sha1 = (text) => createHash("sha1").update(text).digest();
/** Rings of both that are made alike. */
const both = (make) => [Theirs, Ours].map(make);

test("a method put in place of the ring's own is asked, in a subclass and in a ring", () => {
  const servers = ["a:1", "b:1", "c:1"];
  const changed = {
    hash: (Ring) => class extends Ring { hash(key) { return sha1(`salt${key}`); } },
    "hash of a text": (Ring) => class extends Ring { hash(key) { return sha1(key).toString("latin1"); } },
    digest: (Ring) => class extends Ring { digest(key) { return sha1(`${key}salt`); } },
    hashValue: (Ring) => class extends Ring { hashValue(key) { return super.hashValue(`salt${key}`); } },
    find: (Ring) => class extends Ring { find(value) { return (super.find(value) + 1) % this.size; } },
  };
  for (const [method, subclass] of Object.entries(changed)) {
    const [theirs, ours] = both((Ring) => new (subclass(Ring))(servers));
    assert.deepEqual(answers(ours), answers(theirs), method);
    for (const ring of [theirs, ours]) ring.add("d:1");
    assert.deepEqual(answers(ours), answers(theirs), `${method}, after a change`);
  }
  // After the ring was made: keys go by the method, points by the ring as it is, until it is made anew.
  const [theirs, ours] = both((Ring) => new Ring(servers));
  for (const ring of [theirs, ours]) ring.hash = (key) => sha1(`late${key}`);
  assert.deepEqual(answers(ours), answers(theirs));
  for (const ring of [theirs, ours]) ring.remove("b:1");
  assert.deepEqual(answers(ours), answers(theirs));
  const other = both((Ring) => Object.assign(new Ring(servers), { algorithm: "sha1" }));
  assert.deepEqual(answers(other[1]), answers(other[0]));
});

test("a constructor of somebody's own on it, by util.inherits", () => {
  const [theirs, ours] = both((Ring) => {
    function Named(name, servers) {
      Ring.call(this, servers, "sha1");
      this.name = name;
    }
    inherits(Named, Ring);
    Named.prototype.owner = function (key) {
      return `${this.name} ${this.get(key)}`;
    };
    return new Named("cache", { "a:1": 1, "b:1": 2 });
  });
  assert.deepEqual(answers(ours), answers(theirs));
  assert.equal(ours.owner("k"), theirs.owner("k"));
  assert.throws(() => Ours(["a:1"]), /HashRing is called with 'new'/);
});

test("an algorithm that is not to be had is refused in words", () => {
  assert.throws(() => new Ours(["a:1"], "crc7"), /crc7/);
});
