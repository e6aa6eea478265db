// Servers as people write them, made into what the core reads, and back.

import { named } from "./core.js";
import { isIterable, pairs } from "./given.js";

const FIELDS = new Set([
  ...["host", "port", "capacity", "weight", "name", "id", "zone", "hash_key", "guid", "instance"],
  ...["hostname", "locality", "locality_weight"],
]);
const SPELT = { hashKey: "hash_key", localityWeight: "locality_weight" };
const SHOWN = Object.fromEntries(Object.entries(SPELT).map(([shown, spelt]) => [spelt, shown]));

/** An array or another iterable of texts and objects; or texts and capacities, as an object or a Map. */
export function listed(servers) {
  const weighed = pairs(servers);
  if (weighed !== undefined) return weighed.map(([text, capacity]) => weighedText(text, capacity));
  if (isIterable(servers)) return Array.from(servers, (server) => one(server));
  throw new TypeError(`servers are an array, or an object of texts and capacities, not ${named(servers)}`);
}

function weighedText(text, capacity) {
  if (typeof text !== "string") throw new TypeError(`a server is a text, not ${named(text)}`);
  if (typeof capacity !== "number") throw new TypeError(`server '${text}': its capacity is a number, not ${named(capacity)}`);
  if (!(capacity >= 0 && capacity < Infinity)) throw new RangeError(`server '${text}': its capacity is a number from 0 up, not ${capacity}`);
  if (text.includes("=") && !/^(?:unix:)?\//.test(text)) throw new TypeError(`server '${text}': its capacity stands beside it, not in its text`);
  return `${text}=${capacity}`;
}

/** One server. */
export function one(server) {
  if (typeof server === "string") return server;
  if (named(server) !== "Object") throw new TypeError(`a server is a text or an object of fields, not ${named(server)}`);
  const fields = {};
  for (const [name, value] of Object.entries(server)) {
    const spelt = SPELT[name] ?? name;
    if (!FIELDS.has(spelt)) throw new TypeError(`a server has no field '${name}'`);
    if (value === undefined || value === null) continue;
    if (typeof value !== "string" && !Number.isFinite(value)) {
      throw new TypeError(`a server's '${name}' is a text or a number, not ${typeof value === "number" ? value : named(value)}`);
    }
    if (spelt in fields) throw new TypeError(`a server's '${spelt}' is given twice`);
    fields[spelt] = value;
  }
  return fields;
}

/** A server as the core writes it, in the words of this package. */
export function shown(server) {
  if (typeof server === "string") return server;
  const fields = Object.entries(server).filter(([, value]) => value !== null);
  return Object.fromEntries(fields.map(([name, value]) => [SHOWN[name] ?? name, value]));
}
