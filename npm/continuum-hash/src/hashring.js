// A drop-in for hashring of npm: the same calls, the same answers, from the scheme `npm-hashring`.

import { Continuum, _ask as ask } from "./index.js";
import { connections, ownVnodes } from "./connections.js";
import { Recent } from "./recent.js";

const word = (bytes, at) =>
  ((bytes[at + 3] << 24) | (bytes[at + 2] << 16) | (bytes[at + 1] << 8) | bytes[at]) >>> 0;

function bytesOf(hexadecimal) {
  const bytes = new Uint8Array(hexadecimal.length / 2);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = parseInt(hexadecimal.slice(2 * at, 2 * at + 2), 16);
  return bytes;
}

/** A text whose lone surrogates are what UTF-8 makes of them. */
const whole = (text) => text.replace(/\p{Surrogate}/gu, "\ufffd");

/** Where a ring keeps what it was built of. */
const STATE = Symbol("state");

class State {
  // The servers as they were; `name` is what answers say, which `swap` changes.
  built = [];
  // The points, ascending, once somebody needs them.
  ring = null;
  // The continuum, where the scheme takes these servers and options, and nobody hashes otherwise; else points are searched.
  continuum = null;
  algorithm = null;

  empty() {
    this.built = [];
    this.ring = [];
    this.continuum?.free();
    this.continuum = null;
  }
}

/** A function, as a caller may have its own constructor on it: `HashRing.call(this, servers)`. */
export default function HashRing(servers, algorithm, options) {
  if (!(this instanceof HashRing)) throw new TypeError("HashRing is called with 'new'");
  options ||= {};
  Object.defineProperty(this, STATE, { value: new State(), configurable: true });
  this.vnode = "vnode count" in options ? options["vnode count"] : 40;
  this.algorithm = algorithm || "md5";
  this.defaultport = options["default port"] || null;
  const replicas = "replicas" in options ? Number(options.replicas) : 4;
  this.replicas = options.compatibility ? (options.compatibility === "hash_ring" ? 3 : 4) : replicas;
  if (this.replicas <= 0) this.replicas = 1;
  this.cache = new Recent("max cache size" in options ? options["max cache size"] : 5000);
  if (typeof this.algorithm === "function") this.hash = this.algorithm;
  this.servers = connections(servers);
  this.vnodes = ownVnodes(this.servers);
  this.continuum();
}

/** The release of hashring whose calls and answers these are. */
HashRing.version = "3.2.0";

/** The continuum of the scheme; null for what only a search of points can do: a server twice, odd options. */
function schemed(ring, built) {
  const port = typeof ring.defaultport === "number" ? ring.defaultport : 0;
  const options = `vnodes=${ring.vnode},replicas=${ring.replicas},default_port=${port},hash=${ring.algorithm}`;
  const servers = built.map(({ string, weight, own }) => ({
    host: string,
    name: string,
    weight,
    ...(own ? { hash_key: String(own) } : {}),
  }));
  try {
    return new Continuum(servers, `npm-hashring:${options}`);
  } catch (refused) {
    // An algorithm that is not to be had is refused here, in words; the rest is searched.
    ring.digest("");
    return null;
  }
}

/** How many labels each server has. */
function labelCounts(ring, built) {
  const total = built.reduce((sum, server) => sum + server.weight, 0);
  return built.map((server) => {
    // In doubles and in this order, as the library counts.
    const share = server.weight / total;
    const vnodes = server.own || ring.vnode;
    return vnodes === ring.vnode ? Math.floor(share * vnodes * built.length) : vnodes;
  });
}

/** The points, by a function from labels to digests. */
function points(ring, built, digests) {
  const counts = labelCounts(ring, built);
  const labels = [];
  for (const [index, server] of built.entries()) {
    const text = ring.defaultport && server.port === ring.defaultport ? server.host : server.string;
    for (let at = 0; at < counts[index]; at += 1) labels.push([server, `${text}-${at}`]);
  }
  const bytes = digests(labels.map(([, label]) => label));
  const made = labels.flatMap(([server], at) =>
    Array.from({ length: ring.replicas }, (_, replica) => ({
      value: word(bytes[at], 4 * replica),
      server: server.name,
    })),
  );
  return made.sort((a, b) => a.value - b.value);
}

/** The digests of texts as the ring itself makes them, all at once. */
const own = (algorithm) => (texts) => ask({ ask: "digests", algorithm, texts: texts.map(whole) }).map(bytesOf);

/** Whether keys are put where the scheme puts them: nobody has put a method or an algorithm in place of the ring's own. */
const plain = (ring) =>
  ring.hash === methods.hash &&
  ring.digest === methods.digest &&
  ring.hashValue === methods.hashValue &&
  ring.find === methods.find &&
  ring.algorithm === ring[STATE].algorithm;

const methods = {
  /** Builds the ring of the servers. */
  continuum() {
    const state = this[STATE];
    state.built = this.servers.map((server) => ({ ...server, name: server.string, own: this.vnodes[server.string] }));
    state.ring = null;
    state.continuum?.free();
    state.continuum = null;
    state.algorithm = this.algorithm;
    if (state.built.length === 0) return this;
    if (this.hash === methods.hash && this.digest === methods.digest) state.continuum = schemed(this, state.built);
    // By methods of somebody's own as they are now: points made later might be made by others.
    else state.ring = points(this, state.built, (texts) => texts.map((text) => this.digest(text)));
    return this;
  },

  /** The points, ascending. */
  get ring() {
    const state = this[STATE];
    state.ring ??= points(this, state.built, own(state.algorithm));
    return state.ring;
  },

  /** How many points there are. */
  get size() {
    return this.ring.length;
  },

  /** The server of a key; undefined where there is none. */
  get(key) {
    const text = typeof key === "string" ? key : `${key}`;
    const known = this.cache.get(text);
    if (known !== undefined) return known;
    const { continuum, built } = this[STATE];
    const found =
      continuum !== null && plain(this)
        ? built[continuum.resolveIndex(text)]?.name
        : this.ring[this.find(this.hashValue(key))]?.server;
    if (found !== undefined) this.cache.set(text, found);
    return found;
  },

  /** The index in `ring` of the point that a hash belongs to. */
  find(hashValue) {
    const ring = this.ring;
    let [low, high] = [0, ring.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ring[middle].value < hashValue) low = middle + 1;
      else high = middle;
    }
    return low === ring.length ? 0 : low;
  },

  /** The digest of a text. */
  hash(key) {
    return own(this.algorithm)([key])[0];
  },

  /** The digest of a key, as bytes. */
  digest(key) {
    const hash = this.hash(`${key}`);
    return typeof hash === "string" ? Array.from(hash, (char) => char.charCodeAt(0)) : hash;
  },

  /** The position of a key. */
  hashValue(key) {
    return word(this.digest(key), 0);
  },

  /** The servers that follow a key, its own first: `size` of them, each once unless `unique` is false. */
  range(key, size, unique = true) {
    const count = size || this.servers.length;
    const { continuum, built } = this[STATE];
    if (unique && continuum !== null && plain(this)) {
      const bare = labelCounts(this, built).map((labels) => labels === 0);
      const lacking = bare.filter(Boolean).length;
      const indices = continuum.candidateIndices(`${key}`, count + lacking);
      const owning = Array.from(indices).filter((index) => !bare[index]);
      return owning.slice(0, count).map((index) => built[index].name);
    }
    const ring = this.ring;
    if (ring.length === 0) return [];
    const first = this.find(this.hashValue(key));
    const servers = [];
    for (let step = 0; step < ring.length && servers.length < count; step += 1) {
      const { server } = ring[(first + step) % ring.length];
      if (!unique || !servers.includes(server)) servers.push(server);
    }
    return servers;
  },

  /** The positions of servers, by default of all. */
  points(servers) {
    const names = Array.isArray(servers) ? servers : Object.keys(this.vnodes);
    const points = Object.assign(Object.create(null), Object.fromEntries(names.map((name) => [name, []])));
    for (const { server, value } of this.ring) points[server]?.push(value);
    return points;
  },

  /** Puts another server in one's place: every key of `from` is `to`'s, and nothing else moves. */
  swap(from, to) {
    const [{ host, port }] = connections(to).slice(-1);
    const state = this[STATE];
    for (const server of state.built) if (server.name === from) server.name = to;
    for (const point of state.ring ?? []) if (point.server === from) point.server = to;
    this.cache.forEach((server, key) => {
      if (server === from) this.cache.set(key, to);
    });
    this.vnodes[to] = this.vnodes[from];
    delete this.vnodes[from];
    for (const server of this.servers) if (server.string === from) Object.assign(server, { string: to, host, port });
    return this;
  },

  /** Adds servers; those that are there already stay as they are. */
  add(servers) {
    const all = Object.fromEntries(this.servers.map((server) => [server.string, server]));
    for (const server of connections(servers)) all[server.string] ??= server;
    this.servers = connections(all);
    this.vnodes = ownVnodes(this.servers);
    this.reset();
    return this.continuum();
  },

  /** Removes a server. */
  remove(server) {
    const [{ string }] = connections(server).slice(-1);
    delete this.vnodes[string];
    this.servers = this.servers.filter((other) => other.string !== string);
    this.reset();
    return this.continuum();
  },

  /** Whether a server has a point on the ring. */
  has(server) {
    return this.ring.some((point) => point.server === server);
  },

  /** Empties the ring and forgets answers; the list of servers stays. */
  reset() {
    this[STATE].empty();
    this.cache.reset();
    return this;
  },

  /** Empties all. */
  end() {
    this.reset();
    this.vnodes = {};
    this.servers.length = 0;
    return this;
  },
};

Object.defineProperties(HashRing.prototype, Object.getOwnPropertyDescriptors(methods));

// Calls of its first releases, which the library still answers with a warning.
const former = { removeServer: "remove", addServer: "add", getNode: "get", getNodePosition: "find", position: "find" };
for (const name of [...Object.keys(former), "replaceServer", "replace"]) {
  let warned = false;
  HashRing.prototype[name] = function (...given) {
    const instead = former[name];
    if (!warned) console.warn(`HashRing#${name} is of old: ${instead ? `use ${instead}` : "nothing stands in its place"}`);
    warned = true;
    return instead ? HashRing.prototype[instead].apply(this, given) : undefined;
  };
}
