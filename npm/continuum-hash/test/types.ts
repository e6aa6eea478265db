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
const hashed: (string | undefined)[] = readConfig(new Uint8Array()).pools[0].servers.map((one) => (typeof one === "string" ? one : one.hashKey));
const recorded: (string | undefined)[] = continuum.toJSON().servers.map((one) => (typeof one === "string" ? one : one.hash_key));
const again = [new Continuum(continuum.toJSON().servers), new Continuum(new Map([["a:1", 2]])), new Continuum(new Set(["a:1"]))];
class Salted extends HashRing {
  hash(key: string) {
    return super.hash(`salt${key}`);
  }
}
const elsewhere: number | undefined = plan(continuum, again[0]).readdressed[0]?.share;
explain(continuum, "key", { mostCandidates: 4 });
continuum.resolveAll(new Set(["a"]));
// @ts-expect-error servers of a configuration are in the package's words
readConfig("").pools[0].servers.map((one) => (typeof one === "string" ? one : one.hash_key));
console.log(hashed, recorded, again, elsewhere, new Salted(["a:1"]));
// @ts-expect-error a key is no number
continuum.getServer(7);
// @ts-expect-error a server has no such field
new Continuum([{ host: "a", wieght: 2 }]);
console.log(address, owners, moved, pool, server, index);
