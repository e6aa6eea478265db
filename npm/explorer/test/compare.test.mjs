// What the page says of two files, beside what `continuum plan` says of them.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { explored, file, folder, launched, opened, plan, program } from "./browser.mjs";

const PAGE = new URL("../../../crates/continuum-cli/assets/explorer.html", import.meta.url).pathname;
let browser;
before(async () => (browser = await launched()));
after(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

const haproxy = (balance, first) =>
  `backend b\n  mode http\n  balance ${balance}\n  hash-type consistent\n${[0, 1, 2].map((at) => `  server s${at} 10.0.0.${at}:80 id ${first + at} weight 1\n`).join("")}`;
const nginx = (key, down = "") => `upstream u {\n  hash ${key} consistent;\n  server 10.0.0.1:80;\n  server 10.0.0.2:80${down};\n  server 10.0.0.3:80;\n}\n`;
const twemproxy = (pools, tag = "") =>
  pools
    .map(([name, host]) => `${name}:\n  listen: 127.0.0.1:1\n  hash: fnv1a_64\n${tag}  distribution: ketama\n  servers:\n${[1, 2, 3].map((at) => `   - ${host}.${at}:11211:1 s${at}\n`).join("")}`)
    .join("");

/** Pages on which a change of files is seen: pasted, by `explore`, and by `plan --html`. */
async function pages(name, old, changed) {
  const [ending] = name.match(/[^-]+$/);
  const [before, after] = [file(`old-${ending}`, old), file(`new-${ending}`, changed)];
  const pasted = await opened(browser, PAGE);
  for (const [at, path, text] of [["now", before, old], ["after", after, changed]]) {
    await pasted.fill(`#${at}-name`, path);
    await pasted.fill(`#${at}-text`, text);
  }
  const html = join(folder, `${name}.plan.html`);
  program("plan", before, after, "--quiet", "--html", html);
  const all = { pasted, explored: await opened(browser, explored(`${name}.html`, before, after)), planned: await opened(browser, html) };
  return [all, program("plan", before, after, "--quiet", "--flows", "--json"), program("plan", before, after, "--quiet")];
}

const close = async (all) => {
  for (const page of Object.values(all)) {
    assert.deepEqual(page.faults, []);
    await page.context().close();
  }
};
const text = (page, id) => page.locator(`#${id}`).textContent({ timeout: 5000 });
/** A sentence of the program's without its figures, which the page gives with more digits. */
const said = (sentence) => sentence.replace(/[\d.]+% of/, "% of").replace(/^K/, "k").replace(/\.$/, "");

test("servers whose ids alone change are a change", async () => {
  const [all, { pools }] = await pages("ids-haproxy.cfg", haproxy("uri", 1), haproxy("uri", 11));
  assert.ok(pools[0].moved > 0.5);
  for (const [how, page] of Object.entries(all)) {
    await page.waitForSelector("#plan", { timeout: 5000 });
    const shown = await plan(page);
    for (const figure of ["moved", "least", "needless"]) assert.ok(Math.abs(shown[figure] - pools[0][figure]) < 1e-12, `${how}: ${figure}`);
    assert.equal(shown.flows.length, pools[0].flows.length, how);
  }
  await close(all);
});

const rules = {
  "uri-nginx.conf": [nginx("$uri"), nginx("$request_uri")],
  "header-haproxy.cfg": [haproxy("uri", 1), haproxy("hdr(x-user)", 1)],
  "tag-nutcracker.yml": [twemproxy([["alpha", "10.0.0"]]), twemproxy([["alpha", "10.0.0"]], '  hash_tag: "{}"\n')],
};
for (const [name, [old, changed]] of Object.entries(rules)) {
  test(`another rule of what is hashed is said: ${name}`, async () => {
    const [all, { pools }, printed] = await pages(name, old, changed);
    const [, sentence] = printed.match(/, (hashes .*: every key may move)/);
    for (const [how, page] of Object.entries(all)) {
      assert.equal(await text(page, "rule"), `H${sentence.slice(1)}.`, how);
      assert.ok(Math.abs((await plan(page)).moved - pools[0].moved) < 1e-12, how);
      assert.match(await text(page, "moved"), /of equal keys would move/, how);
    }
    await close(all);
  });
}

test("a rule that is spelt otherwise is the same rule", async () => {
  const [all] = await pages("spelt-nginx.conf", nginx("$uri"), nginx("${uri}").replace("10.0.0.3", "10.0.0.4"));
  for (const page of Object.values(all)) {
    await page.waitForSelector("#plan", { timeout: 5000 });
    assert.equal(await page.locator("#rule").count(), 0);
  }
  await close(all);
});

test("servers that keep their names at other addresses are said", async () => {
  const [all, { pools }, printed] = await pages("moved-nutcracker.yml", twemproxy([["alpha", "10.0.0"]]), twemproxy([["alpha", "10.1.0"]]).replace("10.1.0.1:", "10.0.0.1:"));
  const [sentence] = printed.match(/keeps the name of .*/);
  const share = pools[0].readdressed.reduce((sum, server) => sum + server.share, 0);
  for (const [how, page] of Object.entries(all)) {
    const shown = await text(page, "elsewhere");
    assert.equal(said(shown), said(sentence), how);
    assert.ok(shown.includes(`${(100 * share).toFixed(2)}% of keys`), `${how}: ${shown}`);
    assert.equal((await plan(page)).moved, 0, how);
  }
  await close(all);
});

test("a server that one file alone marks down is said", async () => {
  const [all, , printed] = await pages("down-nginx.conf", nginx("$uri"), nginx("$uri", " down"));
  const [sentence] = printed.match(/has .* marked down in one configuration only.*/);
  for (const [how, page] of Object.entries(all)) assert.equal(said(await text(page, "down")).replace(/^H/, "h"), sentence, how);
  await close(all);
});

test("a pool that the second file lacks is compared with no other", async () => {
  const both = [["alpha", "10.0.0"], ["beta", "10.1.0"]];
  const [all, { unmatched }, printed] = await pages("gone-nutcracker.yml", twemproxy(both), twemproxy([["beta", "10.1.0"], ["gamma", "10.2.0"]]));
  assert.deepEqual(unmatched.map(({ name, lack }) => [name, lack]), [["alpha", "gone"], ["gamma", "new"]]);
  const [gone] = printed.match(/alpha is gone: .*/);
  const [fresh] = printed.match(/gamma is new: .*/);
  for (const how of ["pasted", "explored"]) {
    assert.equal(await text(all[how], "title"), "alpha: 3 servers");
    assert.equal(await text(all[how], "lack"), gone, how);
    assert.equal(await all[how].locator("#plan").count(), 0, how);
    assert.equal(await all[how].locator("main p", { hasText: fresh }).count(), 1, how);
    // The pool itself may still be changed, and another one be chosen.
    await all[how].click('[aria-label="Remove s1"]');
    await all[how].waitForSelector("#plan");
    await all[how].selectOption("#pool", { label: "beta" });
    assert.equal((await plan(all[how])).moved, 0, how);
    assert.equal(await all[how].locator("#lack").count(), 0, how);
  }
  await close(all);
});

test("a pool that no longer hashes keys, and one that could not be read, are said", async () => {
  const beta = nginx("$uri").replace("upstream u", "upstream beta");
  const alpha = nginx("$uri").replace("upstream u", "upstream alpha");
  for (const [name, changed, pattern] of [
    ["unhashed-nginx.conf", alpha.replace("  hash $uri consistent;\n", ""), /alpha no longer hashes keys \(.*without a 'hash' directive nginx takes turns\)/],
    ["unread-nginx.conf", alpha.replace("10.0.0.1:80", "10.0.0.1:80 weight=x"), /alpha could not be read \(.*weight.*\)/],
  ]) {
    const [before, after] = [file(`old-${name}`, alpha + beta), file(`new-${name}`, changed + beta)];
    const page = await opened(browser, explored(`${name}.html`, before, after));
    const shown = await text(page, "lack");
    assert.match(shown, pattern);
    const [{ name: pool, why }] = program.unmatched(before, after);
    assert.equal(pool, "alpha");
    assert.ok(shown.includes(why), `${shown}, the program: ${why}`);
    const pasted = await opened(browser, PAGE);
    await pasted.fill("#now-name", before);
    await pasted.fill("#now-text", alpha + beta);
    await pasted.fill("#after-name", after);
    await pasted.fill("#after-text", changed + beta);
    assert.equal(await text(pasted, "lack"), shown);
    for (const page_ of [page, pasted]) assert.deepEqual(page_.faults, []);
  }
});

test("pools of names that look alike, or are alike, can each be chosen", async () => {
  const cluster = (name, host) =>
    `{"name": ${JSON.stringify(name)}, "type": "STATIC", "lb_policy": "RING_HASH", "load_assignment": {"endpoints": [{"lb_endpoints": [{"endpoint": {"address": {"socket_address": {"address": "${host}", "port_value": 80}}}}]}]}}`;
  const names = ["a  b", "a b", " lead", "lead"];
  const config = file("clusters.json", `{"clusters": [${names.map((name, at) => cluster(name, `10.0.0.${at + 1}`))}]}`);
  const page = await opened(browser, explored("clusters.html", config));
  for (const at of [3, 0, 1, 2]) {
    await page.selectOption("#pool", { index: at });
    assert.equal(await text(page, "title"), `${names[at]}: 1 server`);
    assert.equal(await page.getAttribute("#servers tbody tr", "data-server"), `10.0.0.${at + 1}:80`);
  }
  const alike = '[[pools]]\nname = "x"\nscheme = "nginx"\nservers = ["a:1"]\n[[pools]]\nname = "x"\nscheme = "nginx"\nservers = ["b:1", "c:1"]\n';
  await page.fill("#now-name", "pools.toml");
  await page.fill("#now-text", alike);
  for (const [at, count] of [[1, 2], [0, 1]]) {
    await page.selectOption("#pool", { index: at });
    assert.equal(await page.locator("#servers tbody tr").count(), count);
  }
  // Which of them a second file means nobody can tell; the program says so too.
  await page.fill("#after-name", "new.toml");
  await page.fill("#after-text", alike.replace('name = "x"', 'name = "y"'));
  assert.equal(await page.textContent("[role=alert]"), "pools.toml has two pools named 'x'");
  assert.deepEqual(page.faults, []);
});
