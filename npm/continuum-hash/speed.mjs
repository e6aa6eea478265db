// Look-ups and builds beside hashring of npm, in one run: each figure is the least of several.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const Theirs = require("hashring");
const Ours = require("continuum-hash/hashring");
const { Continuum } = require("continuum-hash");

const servers = Array.from({ length: 100 }, (_, at) => `10.0.0.${at + 1}:11211`);
const keys = Array.from({ length: 100_000 }, (_, at) => `user:${at * 7919}:profile`);
const hot = keys.slice(0, 1000);
const [theirs, ours, continuum] = [new Theirs(servers), new Ours(servers), new Continuum(servers, "npm-hashring")];
// V8 compiles WebAssembly anew, and faster, behind the first calls: until then nothing is timed.
for (const end = performance.now() + 3000; performance.now() < end; ) continuum.resolveAll(keys), ours.range(keys[0]);
const differ = keys.filter((key) => theirs.get(key) !== ours.get(key) || ours.get(key) !== continuum.getServer(key));

function least(times, run) {
  let best = Infinity;
  for (let round = 0; round < times; round += 1) {
    const begun = process.hrtime.bigint();
    run();
    best = Math.min(best, Number(process.hrtime.bigint() - begun));
  }
  return best;
}
const per = (times, list, ask) => least(times, () => list.forEach(ask)) / list.length;

const rows = [
  ["one key of many, hashring", per(15, keys, (key) => theirs.get(key))],
  ["one key of many, drop-in", per(15, keys, (key) => ours.get(key))],
  ["one key of many, Continuum#getServer", per(15, keys, (key) => continuum.getServer(key))],
  ["a batch, Continuum#resolveAll", least(15, () => continuum.resolveAll(keys)) / keys.length],
  ["one of 1,000 hot keys, hashring", per(100, hot, (key) => theirs.get(key))],
  ["one of 1,000 hot keys, drop-in", per(100, hot, (key) => ours.get(key))],
];
console.log(`100 servers, ${keys.length} keys, ${differ.length} differ; Node.js ${process.version}`);
for (const [what, nanoseconds] of rows) console.log(`${nanoseconds.toFixed(1).padStart(9)} ns  ${what}`);
const built = [() => new Theirs(servers), () => new Ours(servers)].map((build) => least(10, build) / 1e6);
console.log(`${built[0].toFixed(2).padStart(9)} ms  build, hashring\n${built[1].toFixed(2).padStart(9)} ms  build, drop-in`);
const ratio = rows[0][1] / rows[1][1];
console.log(`drop-in: ${ratio.toFixed(1)} times as fast for keys that are not hot`);
if (differ.length > 0 || ratio < 5) process.exitCode = 1;
