// Chromium, the program, and pages of it.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

export const PROGRAM = process.env.CONTINUUM_PROGRAM;
export const folder = mkdtempSync(join(tmpdir(), "explorer-"));

export const launched = () =>
  chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });

/** A file of that name and text. */
export function file(name, text) {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** What the program says; with `--json` as data. */
export function program(...args) {
  const printed = execFileSync(PROGRAM, args, { encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "pipe"] });
  return args.includes("--json") ? JSON.parse(printed) : printed;
}

/** What the program says of pools that one side alone has: it ends with 2 where one could not be read. */
program.unmatched = (...files) =>
  JSON.parse(spawnSync(PROGRAM, ["plan", ...files, "--quiet", "--json"], { encoding: "utf8" }).stdout).unmatched;

/** A page of the program's for configurations. */
export function explored(name, ...args) {
  const path = join(folder, name);
  program("explore", ...args, "--quiet", "--output", path);
  return path;
}

/** A page in a tab of its own, which fails on errors and on whatever asks for more than the file. */
export async function opened(browser, path, { width = 1440, dark = false } = {}) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: dark ? "dark" : "light" });
  const page = await context.newPage();
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(error.message));
  page.on("console", (message) => message.type() === "error" && page.faults.push(message.text()));
  page.on("request", (request) => !/^(?:file|data):/.test(request.url()) && page.faults.push(`asks for ${request.url()}`));
  await page.goto(`file://${path}`);
  await page.waitForSelector("#servers");
  return page;
}

/** The plan that a page shows. */
export const plan = (page) =>
  page.evaluate(() => {
    const value = (id) => Number(document.getElementById(id).dataset.value);
    const flows = [...document.querySelectorAll("#flows tbody tr, #flows ~ details tbody tr")].map((row) => ({
      from: row.cells[0].textContent,
      to: row.cells[1].textContent,
      share: Number(row.dataset.share),
    }));
    return { moved: value("moved"), least: value("least"), needless: value("needless"), flows };
  });

/** The shares that a page shows, by server. */
export const shares = (page) =>
  page.evaluate(() =>
    Object.fromEntries(
      [...document.querySelectorAll("#servers tbody tr")].map((row) => [
        row.dataset.server,
        [row.querySelector("[data-share]").dataset.share, row.querySelector("[data-fair]").dataset.fair].map(Number),
      ]),
    ),
  );

/** What a page says of a key. */
export async function key(page, text) {
  await page.fill("#key", text);
  await page.waitForFunction((text) => document.getElementById("key").value === text, text);
  return page.evaluate(() => {
    const text = (id) => document.getElementById(id)?.textContent ?? null;
    return {
      owner: text("owner"),
      after: text("owner-after"),
      hashed: document.querySelector("#hashed code").textContent,
      position: text("position"),
      hit: text("hit"),
      heir: text("heir"),
      next: text("next"),
    };
  });
}
