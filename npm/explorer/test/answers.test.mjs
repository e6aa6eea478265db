// The package in Chromium: answers equal to those that the real programs gave.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { FILES, keysOf, server, sets, whole } from "../../continuum-hash/test/recorded.mjs";
import { launched } from "./browser.mjs";

const PACKAGE = readFileSync(new URL("../../continuum-hash/dist/index.js", import.meta.url), "utf8");
let browser;
let page;
before(async () => {
  browser = await launched();
  page = await browser.newPage();
  // As a module of the page; what it exports is kept for the questions.
  const kept = PACKAGE.replace(/export \{[^}]*\};?\s*$/, "globalThis.continuum = { Continuum };");
  await page.addScriptTag({ type: "module", content: kept });
  await page.waitForFunction(() => globalThis.continuum);
});
after(() => browser.close());

const compared = new Map();
for (const file of FILES) {
  test(`recorded answers in Chromium: ${file}`, async () => {
    for (const set of sets(file)) {
      const asked = {
        servers: set.servers.map(server),
        scheme: whole(set),
        keys: keysOf(set.keys).map((key) => Buffer.from(key).toString("latin1")),
      };
      const answers = await page.evaluate(({ servers, scheme, keys }) => {
        const continuum = new globalThis.continuum.Continuum(servers, scheme);
        const bytes = keys.map((key) => Uint8Array.from(key, (char) => char.charCodeAt(0)));
        const all = [Array.from(continuum.resolveAll(bytes)), bytes.map((key) => continuum.resolveIndex(key))];
        continuum.free();
        return all;
      }, asked);
      const expected = set.index.map((at) => at ?? -1);
      assert.deepEqual(answers, [expected, expected], `${file}: ${set.name}`);
      const name = set.scheme.split(":")[0];
      compared.set(name, (compared.get(name) ?? 0) + expected.length);
    }
  });
}

test("at least twelve schemes were compared", (t) => {
  t.diagnostic([...compared].map(([name, count]) => `${name} ${count}`).join(", "));
  assert.ok(compared.size >= 12, String(compared.size));
});
