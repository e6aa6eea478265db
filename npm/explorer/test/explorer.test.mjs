// The page in Chromium: its tasks, clicked through; its figures beside the program's.
import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { explored, file, folder, key, launched, opened, plan, program, shares } from "./browser.mjs";

const require = createRequire(import.meta.url);
const PAGE = new URL("../../../crates/continuum-cli/assets/explorer.html", import.meta.url).pathname;
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const SCHEMES = [
  ...["nginx", "libketama", "libmemcached:distribution=ketama", "twemproxy", "haproxy", "npm-hashring", "envoy-maglev"],
  ...["slots-1", "rendezvous-1", "ring-1", "uhashring", "memcached-modulo"],
];
const KEYS = ["user:42", "", "ключ", "a b\tc", "x".repeat(300), "/index.html?a=1"];

let browser;
before(async () => (browser = await launched()));
after(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

const near = (one, other, what) => assert.ok(Math.abs(one - other) < 1e-12, `${what}: ${one}, the program says ${other}`);

function samePlan(shown, pool, what) {
  for (const figure of ["moved", "least", "needless"]) near(shown[figure], pool[figure], `${what}: ${figure}`);
  assert.deepEqual(
    shown.flows.map(({ from, to }) => `${from} ${to}`),
    pool.flows.map(({ from, to }) => `${from ?? "(nobody)"} ${to ?? "(nobody)"}`),
    `${what}: flows`,
  );
  shown.flows.forEach(({ share }, at) => near(share, pool.flows[at].share, `${what}: flow ${at}`));
}

test("the page opens from a file and asks for nothing", async () => {
  const page = await opened(browser, PAGE);
  assert.match(await page.textContent("#title"), /^cache: 5 servers$/);
  assert.equal(await page.locator("#servers tbody tr").count(), 5);
  assert.deepEqual(page.faults, []);
});

for (const [number, scheme] of SCHEMES.entries()) {
  test(`figures of ${scheme} are the program's`, async () => {
    const weighed = program("schemes", scheme, "--json").capacities !== "equal";
    const servers = [1, 2, 3, 4, 5, 6].map((at) => `10.0.0.${at}:11211${weighed && at % 3 === 0 ? "=2" : ""}`);
    const config = file(`pool${number}.toml`, `name = "pool"\nscheme = "${scheme}"\nservers = ${JSON.stringify(servers)}\n`);
    const page = await opened(browser, explored(`page${number}.html`, config));

    const [balance] = program("balance", config, "--json").pools;
    const shown = await shares(page);
    assert.deepEqual(Object.keys(shown), balance.servers.map(({ server }) => server));
    for (const { server, share, fair } of balance.servers) {
      near(shown[server][0], share, `share of ${server}`);
      near(shown[server][1], fair, `fair share of ${server}`);
    }
    near(Number(await page.getAttribute("#busiest", "data-value")), balance.busiest, "busiest");

    for (const text of KEYS) {
      const answer = await key(page, text);
      const said = program("resolve", config, "--explain", "--json", "--", text);
      assert.equal(answer.owner, said.server, text);
      assert.equal(answer.hashed, said.hashed, text);
      assert.equal(answer.position, said.position, text);
      assert.equal(answer.heir, said.candidates[1], text);
      assert.equal(answer.next, said.candidates.slice(1, 4).join(", "), text);
      if (said.hit?.kind === "point") assert.equal(answer.hit.startsWith(said.hit.label ?? "a point"), true, answer.hit);
    }

    await page.click('[aria-label="Remove 10.0.0.2:11211"]');
    samePlan(await plan(page), program("plan", config, "--remove", "10.0.0.2:11211", "--flows", "--json").pools[0], "remove");
    const { owner, after } = await key(page, "user:7");
    const kept = file(`kept${number}.toml`, readFileSync(config, "utf8").replace('"10.0.0.2:11211",', ""));
    const said = program("resolve", kept, "--explain", "--json", "user:7").server;
    assert.equal(after, `${said}${said === owner ? ": it stays" : ": it moves"}`);
    await page.click("text=Undo the change");

    await page.fill("#add", "10.0.0.9:11211");
    await page.fill("#add-weight", "1");
    await page.click("text=/^Add$/");
    samePlan(await plan(page), program("plan", config, "--add", "10.0.0.9:11211=1", "--flows", "--json").pools[0], "add");
    await page.click("text=Undo the change");

    if (weighed) {
      await page.fill('[aria-label="Weight of 10.0.0.4:11211"]', "3");
      await page.keyboard.press("Enter");
      await page.waitForSelector("#plan");
      samePlan(await plan(page), program("plan", config, "--weight", "10.0.0.4:11211=3", "--flows", "--json").pools[0], "reweigh");
    }
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });
}

const OLD = "alpha:\n  listen: 127.0.0.1:1\n  hash: fnv1a_64\n  distribution: ketama\n  servers:\n   - 10.0.0.1:11211:1 one\n   - 10.0.0.2:11211:1 two\n   - 10.0.0.3:11211:1 three\nbeta:\n  listen: 127.0.0.1:2\n  hash: md5\n  distribution: ketama\n  servers:\n   - 10.0.1.1:11211:1\n   - 10.0.1.2:11211:2\n";

test("two configurations are dropped, compared, and a pool is chosen", async () => {
  const page = await opened(browser, PAGE);
  const texts = [OLD, OLD.replace("   - 10.0.1.2:11211:2\n", "   - 10.0.1.2:11211:3\n   - 10.0.1.3:11211:1\n")];
  const [old, changed] = texts.map((text, at) => file(`nutcracker${at}.yml`, text));
  await page.evaluate((texts) => {
    const data = new DataTransfer();
    texts.forEach((text, at) => data.items.add(new File([text], `nutcracker${at}.yml`)));
    dispatchEvent(new DragEvent("drop", { dataTransfer: data }));
  }, texts);
  await page.waitForSelector("#pool");
  assert.equal(await page.textContent("#title"), "alpha: 3 servers");
  await page.selectOption("#pool", "beta");
  await page.waitForSelector("#plan");
  samePlan(await plan(page), program("plan", old, changed, "--pool", "beta", "--flows", "--json").pools[0], "beta");
  assert.deepEqual(page.faults, []);
  const filled = await opened(browser, explored("two.html", old, changed, "--pool", "beta", "--key", "k"));
  samePlan(await plan(filled), await plan(page), "the program's page");
  assert.equal(await filled.inputValue("#key"), "k");
});

test("what cannot be read is refused in the core's words, and nothing else is lost", async () => {
  const page = await opened(browser, PAGE);
  await page.fill("#now-text", "upstream cache {\n  hash $uri consistent;\n  server 10.0.0.1:80 weight=x;\n}\n");
  assert.match(await page.textContent("[role=alert]"), /nginx\.conf:3.*weight/);
  await page.fill("#now-text", "upstream cache {\n  hash $uri consistent;\n  server 10.0.0.1:80;\n  server 10.0.0.2:80;\n}\n");
  assert.equal(await page.textContent("#title"), "cache: 2 servers");
  await page.fill("#add", "10.0.0.1:80");
  await page.click("text=/^Add$/");
  assert.match(await page.textContent("[role=alert]"), /already added/);
  for (const server of ["10.0.0.1:80", "10.0.0.2:80"]) await page.click(`[aria-label="Remove ${server}"]`);
  await page.waitForFunction(() => document.querySelector("[role=alert]")?.textContent.includes("no server is left"));
  assert.deepEqual(page.faults, []);
});

test("a server's own weight is taken at its word, and a refusal goes with the next change", async () => {
  const config = file("ketama.toml", 'name = "k"\nscheme = "libketama"\nservers = ["a:1", "b:1", "c:1", "d:1"]\n');
  const page = await opened(browser, explored("ketama.html", config));
  await page.fill("#add", "e:1=5");
  assert.equal(await page.isDisabled("#add-weight"), true);
  assert.equal(await page.inputValue("#add-weight"), "5");
  await page.press("#add", "Enter");
  samePlan(await plan(page), program("plan", config, "--add", "e:1=5", "--flows", "--json").pools[0], "add");
  assert.equal(await page.inputValue('[aria-label="Weight of e:1"]'), "5");
  assert.equal(await page.isDisabled("#add-weight"), false);
  await page.fill('[aria-label="Weight of e:1"]', "2");
  await page.press('[aria-label="Weight of e:1"]', "Enter");
  samePlan(await plan(page), program("plan", config, "--add", "e:1=2", "--flows", "--json").pools[0], "reweigh");
  await page.fill("#add", "e:1=x");
  await page.press("#add", "Enter");
  assert.match(await page.textContent("[role=alert]"), /e:1=x/);
  await page.fill("#add", "a:1");
  await page.press("#add", "Enter");
  assert.match(await page.textContent("[role=alert]"), /already added/);
  await page.click('[aria-label="Remove b:1"]');
  assert.equal(await page.locator("[role=alert]").count(), 0);
  samePlan(await plan(page), program("plan", config, "--add", "e:1=2", "--remove", "b:1", "--flows", "--json").pools[0], "remove");
  assert.deepEqual(page.faults, []);
});

test("tables are called tables, and spaces have their sizes", async () => {
  for (const [scheme, words] of [["slots-1", "A table of 65,536 slots,"], ["envoy-maglev", "A table of 65,537 slots,"], ["ring-1", "A ring of 2⁶⁴ positions,"], ["nginx", "A ring of 4,294,967,296 positions,"], ["uhashring", "A ring of 2¹²⁸ positions,"]]) {
    const config = file(`space-${scheme}.toml`, `name = "s"\nscheme = "${scheme}"\nservers = ["a:1", "b:1"]\n`);
    const page = await opened(browser, explored(`space-${scheme}.html`, config));
    assert.equal(await page.locator("main p", { hasText: words }).count(), 1, scheme);
    await page.context().close();
  }
});

/** Chooses a file of these bytes. */
const choose = (page, at, name, buffer) => page.setInputFiles(`#${at}-file`, { name, mimeType: "text/plain", buffer });

test("files that are too large or no text are refused as the program refuses them", async () => {
  const page = await opened(browser, PAGE);
  await choose(page, "now", "big.conf", Buffer.alloc((16 << 20) + 1, "#"));
  await page.waitForSelector("[role=alert]", { timeout: 5000 });
  assert.equal(await page.textContent("[role=alert]"), "big.conf: is larger than 16 MiB, the most that is read");
  assert.equal(await page.textContent("#title"), "cache: 5 servers");
  const latin = Buffer.from("upstream c {\n  hash $uri consistent; # caf\u00e9\n  server a:80;\n  server b:80;\n}\n", "latin1");
  await choose(page, "now", "latin.conf", latin);
  // In a comment it is read past, as nginx does.
  await page.waitForFunction(() => document.getElementById("title")?.textContent === "c: 2 servers");
  assert.equal(await page.locator("[role=alert]").count(), 0);
  await choose(page, "now", "latin.conf", Buffer.from(latin.toString("latin1").replace("caf\u00e9", "cafe").replace("a:80", "\u00e9:80"), "latin1"));
  await page.waitForSelector("[role=alert]");
  assert.equal(await page.textContent("[role=alert]"), "latin.conf:3: byte 0xe9 is not UTF-8 text");
  // What is pasted takes its place.
  await page.fill("#now-text", "upstream c {\n  hash $uri consistent;\n  server a:80;\n}\n");
  assert.equal(await page.textContent("#title"), "c: 1 server");
  await page.evaluate(() => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array((16 << 20) + 1)], "dropped.conf"));
    dispatchEvent(new DragEvent("drop", { dataTransfer: data }));
  });
  await page.waitForSelector("[role=alert]");
  assert.match(await page.textContent("[role=alert]"), /^dropped\.conf: is larger than 16 MiB/);
  assert.equal(await page.textContent("#title"), "c: 1 server");
  assert.deepEqual(page.faults, []);
});

test("a key with a line break is shown as what it is", async () => {
  const config = file("breaks.toml", 'name = "k"\nscheme = "libketama"\nservers = ["a:1", "b:1", "c:1", "d:1"]\n');
  for (const text of ["a\nb", "a\rb", "\n"]) {
    const page = await opened(browser, explored("breaks.html", config, "--key", text));
    assert.equal(await page.textContent("#broken code"), JSON.stringify(text));
    assert.equal(await page.inputValue("#key"), "");
    assert.equal(await page.textContent("#owner"), program("resolve", config, "--explain", "--json", "--", text).server);
    assert.equal((await key(page, "ab")).owner, program("resolve", config, "--explain", "--json", "--", "ab").server);
    assert.equal(await page.locator("#broken").count(), 0);
    await page.context().close();
  }
});

test("long names do not scroll sideways on a narrow screen", async () => {
  const names = [1, 2, 3].map((at) => `session-cache-${at}.session-cache.production.svc.cluster.local:11211`);
  const pool = (servers) => `name = "${"long-name-of-a-pool".repeat(4)}"\nscheme = "libketama"\nservers = ${JSON.stringify(servers)}\n`;
  const path = explored("long.html", file("long-old.toml", pool(names.slice(1))), file("long-new.toml", pool(names)), "--key", "x".repeat(300));
  for (const width of [320, 390]) {
    const page = await opened(browser, path, { width });
    await page.waitForSelector("#plan");
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(wide, 0, `at ${width}`);
    await page.context().close();
  }
});

test("by the keyboard alone: a server is shown on the strip, reweighed, removed", async () => {
  const page = await opened(browser, PAGE);
  const tabTo = async (name) => {
    for (let presses = 0; presses < 60; presses += 1) {
      await page.keyboard.press("Tab");
      const label = await page.evaluate(() => {
        const element = document.activeElement;
        return element.getAttribute("aria-label") ?? element.labels?.[0]?.textContent ?? element.textContent;
      });
      if (label === name) return;
    }
    assert.fail(`${name} is not reached`);
  };
  await tabTo("Key");
  await page.keyboard.type("x");
  await tabTo("10.0.0.1:8080");
  await page.keyboard.press("Enter");
  assert.ok((await page.locator('svg rect[opacity="0.15"]').count()) > 50);
  await tabTo("Weight of 10.0.0.2:8080");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Tab");
  await page.waitForSelector("#plan");
  await tabTo("Remove 10.0.0.3:8080");
  await page.keyboard.press("Space");
  assert.equal(await page.locator("tr.gone").count(), 1);
});

test("a scheme without a map counts many servers on request", async () => {
  const servers = Array.from({ length: 70 }, (_, at) => `10.0.0.${at}:1`);
  const config = file("many.toml", `name = "many"\nscheme = "rendezvous-1"\nservers = ${JSON.stringify(servers)}\n`);
  const page = await opened(browser, explored("many.html", config));
  await page.click('[aria-label="Remove 10.0.0.3:1"]');
  await page.click("text=/^Count$/", { timeout: 5000 });
  await page.waitForSelector("#plan", { timeout: 60_000 });
  samePlan(await plan(page), program("plan", config, "--remove", "10.0.0.3:1", "--flows", "--json").pools[0], "counted");
});

test("no text overflows, axe finds nothing, at four widths by day and by night", async (t) => {
  let rules = 0;
  for (const width of [320, 390, 768, 1440]) {
    for (const dark of [false, true]) {
      const page = await opened(browser, PAGE, { width, dark });
      await page.click('[aria-label="Remove 10.0.0.3:8080"]');
      await page.waitForSelector("#plan");
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(wide, 0, `scrolls sideways at ${width}`);
      await page.evaluate(AXE);
      const { violations, passes } = await page.evaluate(() => axe.run());
      assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]), [], `${width} ${dark}`);
      rules += passes.length;
      if (process.env.CONTINUUM_SCREENSHOTS) {
        const path = join(process.env.CONTINUUM_SCREENSHOTS, `explorer-${width}-${dark ? "dark" : "light"}.png`);
        await page.screenshot({ path, fullPage: true });
      }
      await page.context().close();
    }
  }
  t.diagnostic(`axe-core: 0 violations in 8 views, ${rules} rules passed`);
});

test("a thousand servers", async (t) => {
  const servers = Array.from({ length: 1000 }, (_, at) => `10.0.${at >> 8}.${at & 255}:8080`);
  for (const scheme of ["nginx", "libketama", "envoy-maglev", "slots-1"]) {
    const config = file("thousand.toml", `name = "thousand"\nscheme = "${scheme}"\nservers = ${JSON.stringify(servers)}\n`);
    const path = explored("thousand.html", config);
    const figures = [];
    for (let round = 0; round < 5; round += 1) {
      const page = await opened(browser, path);
      const { first, ready } = await page.evaluate(async () => {
        const [paint] = performance.getEntriesByType("paint");
        return { first: paint?.startTime ?? null, ready: JSON.parse(document.documentElement.dataset.ready) };
      });
      const took = await page.evaluate(async () => {
        const begun = performance.now();
        document.querySelector('[aria-label="Remove 10.0.0.7:8080"]').click();
        while (!document.getElementById("plan")) await new Promise((done) => setTimeout(done));
        return performance.now() - begun;
      });
      figures.push([first, ready.at, took]);
      if (round === 0) samePlan(await plan(page), { ...program("plan", config, "--remove", "10.0.0.7:8080", "--flows", "--json").pools[0], flows: (await plan(page)).flows }, scheme);
      await page.context().close();
    }
    const least = [0, 1, 2].map((at) => Math.min(...figures.map((row) => row[at])).toFixed(0));
    t.diagnostic(`${scheme}: first paint ${least[0]} ms, all shown at ${least[1]} ms, a plan after a click ${least[2]} ms`);
  }
});
