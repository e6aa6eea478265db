// Builds dist/ out of src/ and the WebAssembly module: node build.mjs MODULE.wasm.zst
import { copyFileSync, readFileSync, rmSync } from "node:fs";
import { build } from "esbuild";
import { packedWasm } from "./packed.mjs";

const here = new URL(".", import.meta.url).pathname;
const packed = readFileSync(process.argv[2]).toString("base64");

/** The other entries take the module from the first, so that it is there once. */
const fromIndex = (ending) => ({
  name: "from-index",
  setup(build) {
    build.onResolve({ filter: /^\.\/index\.js$/ }, () => ({ path: `./index.${ending}`, external: true }));
  },
});

rmSync(`${here}dist`, { recursive: true, force: true });
for (const [format, ending] of [["esm", "js"], ["cjs", "cjs"]]) {
  for (const entry of ["index", "hashring", "memjs"]) {
    await build({
      entryPoints: [`${here}src/${entry}.js`],
      outfile: `${here}dist/${entry}.${ending}`,
      bundle: true,
      format,
      platform: "neutral",
      mainFields: ["module", "main"],
      target: "es2022",
      legalComments: "inline",
      plugins: entry === "index" ? [packedWasm(packed)] : [fromIndex(ending)],
      // Callers of hashring have `new (require("hashring"))()`.
      footer: entry === "hashring" && format === "cjs" ? { js: "module.exports = module.exports.default;" } : {},
    });
  }
}

// The same types for both module systems; hashring's differ, as its CommonJS is the constructor itself.
for (const entry of ["index", "memjs"]) copyFileSync(`${here}types/${entry}.d.ts`, `${here}types/${entry}.d.cts`);
