// Builds the page, one file that needs no other: node build.mjs MODULE.wasm.zst PAGE.html
import { readFileSync, writeFileSync } from "node:fs";
import { build } from "esbuild";
import { packedWasm } from "../continuum-hash/packed.mjs";

const here = new URL(".", import.meta.url).pathname;
const packed = readFileSync(process.argv[2]).toString("base64");
const script = await build({
  entryPoints: [`${here}src/main.jsx`],
  bundle: true,
  write: false,
  minify: true,
  format: "iife",
  target: "es2022",
  charset: "utf8",
  jsx: "automatic",
  jsxImportSource: "preact",
  nodePaths: [`${here}../node_modules`],
  legalComments: "none",
  // What needs no core is painted before the core starts.
  banner: { js: "requestAnimationFrame(()=>setTimeout(()=>{" },
  footer: { js: "}));" },
  plugins: [packedWasm(packed)],
});
const parts = {
  "/*style*/": readFileSync(`${here}src/style.css`, "utf8"),
  "/*script*/": script.outputFiles[0].text.replaceAll("</script", "<\\/script"),
};
const template = readFileSync(`${here}src/page.html`, "utf8");
writeFileSync(process.argv[3], template.replace(/\/\*(?:style|script)\*\//g, (place) => parts[place]));
