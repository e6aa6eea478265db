// Servers under a scheme, ready to resolve keys.

import * as core from "./core.js";
import { listed, one } from "./servers.js";

const freed = new FinalizationRegistry((number) => core.drop(number));

export class Continuum {
  #number;
  #parts;
  #owned;
  #servers;

  /** `servers`: an array of texts (`"10.0.0.1:11211"`, `"10.0.0.1:11211=2"`) and objects, or an object of texts and
   * capacities. `scheme`: a text such as `"libketama"`; by default `python-continuum`, as in the other languages. */
  constructor(servers, scheme) {
    this.#parts = { scheme: scheme ?? null, servers: listed(servers) };
    this.#number = core.ask({ ask: "build", ...this.#parts });
    freed.register(this, this.#number, this);
  }

  /** The number in the module, for questions about it. */
  get _number() {
    return this.#number;
  }

  #asked() {
    this.#owned ??= core.ask({ ask: "ownership", of: this.#number });
    return this.#owned;
  }

  /** The scheme with its options. */
  get scheme() {
    return this.#asked().scheme;
  }

  /** A digest of scheme, options and servers: two continuums share it only where their maps are equal. */
  get fingerprint() {
    return this.#asked().fingerprint;
  }

  /** The servers, in the order given; frozen. */
  get servers() {
    if (this.#servers === undefined) {
      const rows = this.#asked().servers;
      this.#servers = Object.freeze(
        rows.map(({ server, address, zone, capacity }) =>
          Object.freeze({ identity: server, address, zone, capacity }),
        ),
      );
    }
    return this.#servers;
  }

  /** The server that owns a key; undefined where none has capacity. */
  resolve(key) {
    return (this.#servers ?? this.servers)[core.resolve(this.#number, key)];
  }

  /** The address of the server that owns a key, such as `"10.0.0.1:11211"`. */
  getServer(key) {
    return (this.#servers ?? this.servers)[core.resolve(this.#number, key)]?.address;
  }

  /** The index of the server that owns a key; -1 where none has capacity. */
  resolveIndex(key) {
    return core.resolve(this.#number, key);
  }

  /** The indices of the owners of many keys, as an `Int32Array`; -1 where none has capacity. */
  resolveAll(keys) {
    return core.resolveAll(this.#number, keys);
  }

  /** The servers in a key's order of preference, the owner first; `count` at most, by default all. */
  candidates(key, count = this.servers.length) {
    return Array.from(this.candidateIndices(key, count), (index) => this.servers[index]);
  }

  /** Their indices. */
  candidateIndices(key, count = this.servers.length) {
    return core.candidates(this.#number, key, count);
  }

  /** Servers with their shares and fair shares, the busiest, advice. */
  ownership() {
    return this.#asked();
  }

  /** Another continuum: these servers and one more, at the end. */
  with(server) {
    return new Continuum([...this.#parts.servers, one(server)], this.#parts.scheme);
  }

  /** Another continuum: these servers without the one of this identity. */
  without(identity) {
    const at = this.servers.findIndex((server) => server.identity === identity);
    if (at < 0) throw new Error(`no server '${identity}'`);
    return new Continuum(this.#parts.servers.toSpliced?.(at, 1) ?? spliced(this.#parts.servers, at), this.#parts.scheme);
  }

  /** Frees the memory at once, which otherwise happens some time after the last use. */
  free() {
    freed.unregister(this);
    core.drop(this.#number);
    this.#number = 0xffff_ffff;
  }

  /** The form that `JSON.stringify` writes and the library in Rust reads. */
  toJSON() {
    return { scheme: this.scheme, servers: this.#parts.servers };
  }
}

function spliced(list, at) {
  return [...list.slice(0, at), ...list.slice(at + 1)];
}

/** What a change from one continuum to another moves. `mostFlows`: flows listed, the largest first. `pieces`: pieces of
 * the key space, of each of which `strip` says what part moves. */
export function plan(before, after, { mostFlows = 1000, pieces = null } = {}) {
  return core.ask({ ask: "plan", old: before._number, new: after._number, most_flows: mostFlows, pieces });
}

/** Why a key belongs to its server: the bytes hashed, the position, the point or slot met, who takes over. */
export function explain(continuum, key) {
  return core.ask({ ask: "explain", of: continuum._number, key: core.keyBytes(key) });
}

/** The key space in equal pieces: who owns most of each; null where the scheme has no such map. */
export function strip(continuum, pieces = 360) {
  return core.ask({ ask: "strip", of: continuum._number, pieces });
}

/** Every scheme. */
export function schemes() {
  return core.ask({ ask: "schemes" });
}

/** The pools in the text of a configuration of nginx, HAProxy, twemproxy, Envoy and others. `file`, its name, helps to
 * tell the format. */
export function readConfig(text, options = {}) {
  const { file = "configuration", format, scheme, port, haproxyDialect, variables = {} } = options;
  const read = core.ask({
    ask: "read",
    text,
    file,
    format: format ?? null,
    scheme: scheme ?? null,
    port: port === undefined ? null : String(port),
    haproxy_dialect: haproxyDialect ?? null,
    variables: Object.entries(variables).map(([name, value]) => [name, String(value)]),
  });
  return { ...read, pools: read.pools.map((pool) => ({ ...pool, continuum: () => new Continuum(pool.servers, pool.scheme) })) };
}
