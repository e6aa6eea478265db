// Servers as people write them, made into what the core reads.

const FIELDS = new Set([
  ...["host", "port", "capacity", "weight", "name", "id", "zone", "hash_key", "guid", "instance"],
  ...["hostname", "locality", "locality_weight"],
]);

/** An array of texts and objects, or an object of texts and capacities. */
export function listed(servers) {
  if (Array.isArray(servers)) return servers.map(one);
  if (servers !== null && typeof servers === "object") {
    return Object.entries(servers).map(([text, capacity]) => {
      if (typeof capacity !== "number") {
        throw new TypeError(`server '${text}': its capacity is a number, not ${typeof capacity}`);
      }
      return `${text}=${capacity}`;
    });
  }
  throw new TypeError("servers are an array, or an object of texts and capacities");
}

/** One server. */
export function one(server) {
  if (typeof server === "string") return server;
  if (server === null || typeof server !== "object") {
    throw new TypeError(`a server is a text or an object, not ${server === null ? "null" : typeof server}`);
  }
  const fields = {};
  for (const [name, value] of Object.entries(server)) {
    const spelt = name === "hashKey" ? "hash_key" : name === "localityWeight" ? "locality_weight" : name;
    if (!FIELDS.has(spelt)) throw new TypeError(`a server has no field '${name}'`);
    if (value !== undefined && value !== null) fields[spelt] = value;
  }
  return fields;
}
