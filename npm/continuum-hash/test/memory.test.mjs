// Large keys, large batches, and what happens where the memory ends: each in a process of its own.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import test from "node:test";
import { Continuum } from "continuum-hash";

/** What a script of this package prints, by a process that ends well. */
function run(script) {
  const imports = 'import { Continuum, explain } from "continuum-hash";\n';
  const ran = spawnSync(process.execPath, ["--expose-gc", "--input-type=module", "--eval", imports + script], {
    cwd: new URL(".", import.meta.url),
    encoding: "utf8",
    timeout: 300_000,
  });
  assert.equal(ran.status, 0, ran.stderr.slice(-2000));
  return JSON.parse(ran.stdout);
}

test("keys of gigabytes together are answered as each alone", () => {
  const [alone, together, after] = run(`
    const continuum = new Continuum(["a:1", "b:1", "c:1"], "nginx");
    for (const length of [349_526, 200_000]) {
      const long = "x".repeat(length);
      const all = continuum.resolveAll(Array(4096).fill(long));
      if (!all.every((owner) => owner === continuum.resolveIndex(long))) throw new Error(String(length));
    }
    const bytes = new Uint8Array(100_000);
    console.log(JSON.stringify([continuum.resolveIndex(bytes), continuum.resolveAll([bytes])[0], continuum.getServer("a")]));`);
  assert.equal(alone, together);
  assert.equal(after, new Continuum(["a:1", "b:1", "c:1"], "nginx").getServer("a"));
});

test("a key that is too long is refused, and the next one is answered", () => {
  const [why, server] = run(`
    const continuum = new Continuum(["a:1", "b:1"], "nginx");
    let why;
    try {
      continuum.resolveIndex(new Uint8Array(2 ** 30 + 1));
    } catch (error) {
      why = String(error);
    }
    console.log(JSON.stringify([why, continuum.getServer("a")]));`);
  assert.match(why, /^RangeError: a key has at most 1 GiB/);
  assert.equal(server, new Continuum(["a:1", "b:1"], "nginx").getServer("a"));
});

test("a ring that no memory holds is refused before it is built", () => {
  for (const [weights, scheme] of [[{ "a:1": 800_000, "b:1": 30_000 }, "ring-1"], [{ "a:1": 400_000, "b:1": 30_000 }, "uhashring"]]) {
    const begun = performance.now();
    assert.throws(() => new Continuum(weights, scheme), new RegExp(`scheme '${scheme}': these capacities ask for \\d+ points, but at most \\d+ fit`));
    assert.ok(performance.now() - begun < 1000);
  }
});

test("where the memory ends, what was lost says so, and the module goes on", () => {
  const { refused, lost, server, fresh } = run(`
    const first = new Continuum(["a:1", "b:1"], "nginx");
    const held = [];
    const name = "x".repeat(350_000_000);
    let refused;
    for (let at = 0; at < 40 && refused === undefined; at += 1) {
      try {
        held.push(new Continuum([{ host: "a", name }], "memcached-modulo"));
      } catch (error) {
        refused = error.message;
      }
    }
    const said = (ask) => {
      try {
        return ask();
      } catch (error) {
        return error.message;
      }
    };
    const lost = [said(() => first.getServer("a")), said(() => explain(first, "a")), said(() => held[0].resolveAll(["a"]))];
    const fresh = new Continuum(["a:1", "b:1"], "nginx");
    // What was lost is collected, which must not end the process or free what is there.
    held.length = 0;
    for (let at = 0; at < 5; at += 1) {
      globalThis.gc();
      await new Promise((done) => setTimeout(done, 20));
    }
    console.log(JSON.stringify({ refused, lost, server: fresh.getServer("a"), fresh: said(() => explain(fresh, "a").server) }));`);
  assert.match(refused, /the module stopped, as it does when its memory runs out/);
  assert.deepEqual(lost, Array(3).fill("this continuum was lost when the module stopped: make it again"));
  assert.equal(server, new Continuum(["a:1", "b:1"], "nginx").getServer("a"));
  assert.equal(fresh, server);
});
