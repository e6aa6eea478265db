// Answers equal to those that the real programs gave, asked singly and in a batch.
import assert from "node:assert/strict";
import test from "node:test";
import { Continuum } from "continuum-hash";
import { FILES, keysOf, server, sets, whole } from "./recorded.mjs";

const compared = new Map();
for (const file of FILES) {
  test(`recorded answers: ${file}`, () => {
    let answers = 0;
    for (const set of sets(file)) {
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
