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

export default class HashRing {
  /** The release of hashring whose calls and answers these are. */
  static version = "3.2.0";

  // What the ring was built of; `name` is what answers say, which `swap` changes.
  #built = [];
  // The continuum, where the scheme takes these servers and options; else points are searched here.
  #continuum = null;
  #ring = null;
  #custom = null;

  constructor(servers, algorithm, options = {}) {
    options ??= {};
    this.vnode = "vnode count" in options ? options["vnode count"] : 40;
    this.algorithm = algorithm || "md5";
    this.defaultport = options["default port"] || null;
    const replicas = "replicas" in options ? Number(options.replicas) : 4;
    this.replicas = options.compatibility ? (options.compatibility === "hash_ring" ? 3 : 4) : replicas;
    if (this.replicas <= 0) this.replicas = 1;
    this.cache = new Recent("max cache size" in options ? options["max cache size"] : 5000);
    if (typeof this.algorithm === "function") {
      this.#custom = this.algorithm;
      this.hash = this.algorithm;
    }
    this.servers = connections(servers);
    this.vnodes = ownVnodes(this.servers);
    this.continuum();
  }

  /** Builds the ring of the servers. */
  continuum() {
    this.#built = this.servers.map((server) => ({ ...server, name: server.string, own: this.vnodes[server.string] }));
    this.#ring = null;
    this.#continuum?.free();
    this.#continuum = this.#custom === null && this.#built.length > 0 ? this.#scheme() : null;
    return this;
  }

  /** The continuum of the scheme; null for what only a search of points can do: a server twice, odd options. */
  #scheme() {
    const port = typeof this.defaultport === "number" ? this.defaultport : 0;
    const options = `vnodes=${this.vnode},replicas=${this.replicas},default_port=${port},hash=${this.algorithm}`;
    const servers = this.#built.map(({ string, weight, own }) => ({
      host: string,
      name: string,
      weight,
      ...(own ? { hash_key: String(own) } : {}),
    }));
    try {
      return new Continuum(servers, `npm-hashring:${options}`);
    } catch (refused) {
      // An algorithm that is not to be had is refused here, in words; the rest is searched.
      this.digest("");
      return null;
    }
  }

  /** The points, ascending. */
  get ring() {
    this.#ring ??= this.#points();
    return this.#ring;
  }

  /** How many points there are. */
  get size() {
    return this.ring.length;
  }

  /** How many labels each server has. */
  #labels() {
    const total = this.#built.reduce((sum, server) => sum + server.weight, 0);
    return this.#built.map((server) => {
      // In doubles and in this order, as the library counts.
      const share = server.weight / total;
      const vnodes = server.own || this.vnode;
      return vnodes === this.vnode ? Math.floor(share * vnodes * this.#built.length) : vnodes;
    });
  }

  #points() {
    const counts = this.#labels();
    const labels = [];
    for (const [index, server] of this.#built.entries()) {
      const count = counts[index];
      const text = this.defaultport && server.port === this.defaultport ? server.host : server.string;
      for (let at = 0; at < count; at += 1) labels.push([server, `${text}-${at}`]);
    }
    const digests = this.#digests(labels.map(([, label]) => label));
    const points = labels.flatMap(([server], at) =>
      Array.from({ length: this.replicas }, (_, replica) => ({
        value: word(digests[at], 4 * replica),
        server: server.name,
      })),
    );
    return points.sort((a, b) => a.value - b.value);
  }

  #digests(texts) {
    if (this.#custom !== null || this.hash !== HashRing.prototype.hash) return texts.map((text) => this.digest(text));
    return ask({ ask: "digests", algorithm: this.algorithm, texts: texts.map(whole) }).map(bytesOf);
  }

  /** The server of a key; undefined where there is none. */
  get(key) {
    const text = typeof key === "string" ? key : `${key}`;
    const known = this.cache.get(text);
    if (known !== undefined) return known;
    const found = this.#continuum
      ? this.#built[this.#continuum.resolveIndex(text)]?.name
      : this.ring[this.find(this.hashValue(text))]?.server;
    if (found !== undefined) this.cache.set(text, found);
    return found;
  }

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
  }

  /** The digest of a text. */
  hash(key) {
    return bytesOf(ask({ ask: "digests", algorithm: this.algorithm, texts: [whole(key)] })[0]);
  }

  /** The digest of a key, as bytes. */
  digest(key) {
    const hash = this.hash(`${key}`);
    return typeof hash === "string" ? Array.from(hash, (char) => char.charCodeAt(0)) : hash;
  }

  /** The position of a key. */
  hashValue(key) {
    return word(this.digest(key), 0);
  }

  /** The servers that follow a key, its own first: `size` of them, each once unless `unique` is false. */
  range(key, size, unique = true) {
    const count = size || this.servers.length;
    const text = `${key}`;
    if (unique && this.#continuum) {
      const bare = this.#labels().map((labels) => labels === 0);
      const lacking = bare.filter(Boolean).length;
      const indices = this.#continuum.candidateIndices(text, count + lacking);
      const owning = Array.from(indices).filter((index) => !bare[index]);
      return owning.slice(0, count).map((index) => this.#built[index].name);
    }
    const ring = this.ring;
    const first = this.find(this.hashValue(text));
    const servers = [];
    for (let step = 0; step < ring.length && servers.length < count; step += 1) {
      const { server } = ring[(first + step) % ring.length];
      if (!unique || !servers.includes(server)) servers.push(server);
    }
    return servers;
  }

  /** The positions of servers, by default of all. */
  points(servers) {
    const names = Array.isArray(servers) ? servers : Object.keys(this.vnodes);
    const points = Object.assign(Object.create(null), Object.fromEntries(names.map((name) => [name, []])));
    for (const { server, value } of this.ring) points[server]?.push(value);
    return points;
  }

  /** Puts another server in one's place: every key of `from` is `to`'s, and nothing else moves. */
  swap(from, to) {
    const [{ host, port }] = connections(to).slice(-1);
    for (const server of this.#built) if (server.name === from) server.name = to;
    for (const point of this.#ring ?? []) if (point.server === from) point.server = to;
    this.cache.forEach((server, key) => {
      if (server === from) this.cache.set(key, to);
    });
    this.vnodes[to] = this.vnodes[from];
    delete this.vnodes[from];
    for (const server of this.servers) if (server.string === from) Object.assign(server, { string: to, host, port });
    return this;
  }

  /** Adds servers; those that are there already stay as they are. */
  add(servers) {
    const all = Object.fromEntries(this.servers.map((server) => [server.string, server]));
    for (const server of connections(servers)) all[server.string] ??= server;
    this.servers = connections(all);
    this.vnodes = ownVnodes(this.servers);
    this.reset();
    return this.continuum();
  }

  /** Removes a server. */
  remove(server) {
    const [{ string }] = connections(server).slice(-1);
    delete this.vnodes[string];
    this.servers = this.servers.filter((other) => other.string !== string);
    this.reset();
    return this.continuum();
  }

  /** Whether a server has a point on the ring. */
  has(server) {
    return this.ring.some((point) => point.server === server);
  }

  /** Empties the ring and forgets answers; the list of servers stays. */
  reset() {
    this.#built = [];
    this.#ring = [];
    this.#continuum?.free();
    this.#continuum = null;
    this.cache.reset();
    return this;
  }

  /** Empties all. */
  end() {
    this.reset();
    this.vnodes = {};
    this.servers.length = 0;
    return this;
  }
}

// Calls of its first releases, which the library still answers with a warning.
const former = { removeServer: "remove", addServer: "add", getNode: "get", getNodePosition: "find", position: "find" };
for (const name of [...Object.keys(former), "replaceServer", "replace"]) {
  let warned = false;
  HashRing.prototype[name] = function (...given) {
    const instead = former[name];
    if (!warned) console.warn(`HashRing#${name} is of old: ${instead ? `use ${instead}` : "nothing stands in its place"}`);
    warned = true;
    return instead ? this[instead](...given) : undefined;
  };
}
