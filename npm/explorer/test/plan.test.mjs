// The page of `plan --html`: the explorer under a report, which is read without a script.
import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { file, folder, key, launched, opened, plan, program } from "./browser.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const servers = (numbers) => JSON.stringify(numbers.map((number) => `10.0.0.${number}:11211`));
const pool = (name, numbers) => `[[pools]]\nname = "${name}"\nscheme = "twemproxy"\nservers = ${servers(numbers)}\n`;

let browser, old, changed;
before(async () => {
  browser = await launched();
  old = file("old.toml", pool("alpha", [1, 2, 3, 4]) + pool("<b>", [1, 2]));
  changed = file("new.toml", pool("alpha", [1, 2, 3, 4, 5]) + pool("<b>", [1, 2, 3]));
});
after(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

/** The page of a plan, and the plan. */
function planned(name, ...args) {
  const path = join(folder, name);
  program("plan", ...args, "--quiet", "--html", path);
  return [path, program("plan", ...args, "--quiet", "--flows", "--json").pools];
}
const percent = (share) => `${(100 * share).toFixed(1)}%`;

test("both sides are inside: the explorer shows the plan of the report, for each pool", async () => {
  const [path, pools] = planned("both.html", old, changed);
  const page = await opened(browser, path);
  assert.equal(await page.locator("h1").count(), 1);
  assert.match(await page.textContent("h1"), new RegExp(`^alpha: \\+1 server, ${percent(pools[0].moved)} of keys move`));
  for (const [at, { name, moved, least, needless }] of pools.entries()) {
    await page.selectOption("#pool", name);
    await page.waitForSelector("#plan");
    const shown = await plan(page);
    for (const [mine, theirs] of [[shown.moved, moved], [shown.least, least], [shown.needless, needless]])
      assert.ok(Math.abs(mine - theirs) < 1e-12, `${name}: ${mine}, the program says ${theirs}`);
    assert.equal(await page.locator(".report .figures").nth(at).locator(".main strong").textContent(), percent(moved));
  }
  const { owner, after } = await key(page, "user:7");
  assert.equal(owner, program("resolve", old, "--pool", "<b>", "--explain", "--json", "user:7").server);
  assert.ok(after.startsWith(program("resolve", changed, "--pool", "<b>", "--explain", "--json", "user:7").server));
  assert.deepEqual(page.faults, []);
});

test("a change that is given by its words is inside too, and what is counted over keys is said", async () => {
  const keys = file("keys.txt", Array.from({ length: 1000 }, (_, at) => `user:${at}\n`).join(""));
  const [path, [over]] = planned("words.html", old, "--pool", "alpha", "--add", "10.0.0.9:11211", "--keys", keys);
  const page = await opened(browser, path);
  await page.waitForSelector("#plan");
  assert.equal(await page.textContent(".report .main strong"), percent(over.moved));
  assert.match(await page.textContent(".report"), /Counted over the keys that were given/);
  const space = program("plan", old, "--pool", "alpha", "--add", "10.0.0.9:11211", "--json").pools[0];
  assert.ok(Math.abs((await plan(page)).moved - space.moved) < 1e-12);
  assert.deepEqual(page.faults, []);
});

test("the report is read without a script", async () => {
  const [path] = planned("still.html", old, changed);
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`file://${path}`);
  assert.ok((await page.locator(".report table tr").count()) > 8);
  assert.equal(await page.locator(".report h2:not(.sub)").first().textContent().then((text) => text.startsWith("<b>: +1 server")), true);
});

test("no text overflows, axe finds nothing, at four widths by day and by night", async () => {
  const [path] = planned("wide.html", old, changed, "--max-move", "60%");
  for (const width of [320, 390, 768, 1440]) {
    for (const dark of [false, true]) {
      const page = await opened(browser, path, { width, dark });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(wide, 0, `scrolls sideways at ${width}`);
      await page.evaluate(AXE);
      const { violations } = await page.evaluate(() => axe.run());
      assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]), [], `${width} ${dark}`);
      if (process.env.CONTINUUM_SCREENSHOTS)
        await page.screenshot({ path: join(process.env.CONTINUUM_SCREENSHOTS, `plan-${width}-${dark ? "dark" : "light"}.png`), fullPage: true });
      await page.context().close();
    }
  }
});
