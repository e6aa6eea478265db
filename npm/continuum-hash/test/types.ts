// Compiled, not run: what the types allow and refuse.
import { Continuum, explain, plan, readConfig } from "continuum-hash";
import HashRing from "continuum-hash/hashring";
import { getServer } from "continuum-hash/memjs";

const continuum = new Continuum(["a:1", { host: "b", port: 1, capacity: 2 }], "libketama");
const address: string | undefined = continuum.getServer("key");
const owners: Int32Array = continuum.resolveAll(["a", new Uint8Array([1])]);
const moved: number = plan(continuum, continuum.with("c:1")).moved;
const hit = explain(continuum, "key").hit;
if (hit?.kind === "slot") console.log(hit.slot + hit.of);
const pool = readConfig("", { port: 80 }).pools[0]?.continuum();
const server: string | undefined = new HashRing({ "a:1": { vnodes: 3 } }, "sha1", { replicas: 3 }).get("key");
const index: number = getServer({ servers: [{ host: "a", port: "1" }] })("key");
// @ts-expect-error a key is no number
continuum.getServer(7);
// @ts-expect-error a server has no such field
new Continuum([{ host: "a", wieght: 2 }]);
console.log(address, owners, moved, pool, server, index);
