// Takes the compressed module out of a page again: node core.mjs PAGE.html MODULE.wasm.zst
import { readFileSync, writeFileSync } from "node:fs";

const [longest] = readFileSync(process.argv[2], "utf8").match(/[A-Za-z0-9+/]{100000,}={0,2}/g) ?? [];
if (longest === undefined) throw new Error(`${process.argv[2]} has no module inside`);
writeFileSync(process.argv[3], Buffer.from(longest, "base64"));
