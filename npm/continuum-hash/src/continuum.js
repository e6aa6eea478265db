// Servers under a scheme, ready to resolve keys.

import * as core from "./core.js";
import { keyList, options, pairs, text, whole } from "./given.js";
import { listed, one, shown } from "./servers.js";

const freed = new FinalizationRegistry((number) => core.drop(number));

/** The most pieces that a strip has. */
const PIECES = 4096;

/** The number in the module, of a continuum of this copy of the package; `asker` is who needs it. */
let numberOf;

export class Continuum {
  #number;
  #parts;
  #about;
  #owned;
  #servers;

  static {
    numberOf = (continuum, asker) => {
      if (typeof continuum === "object" && continuum !== null && #number in continuum) return continuum.#number;
      const other = typeof continuum?.candidateIndices === "function";
      throw new TypeError(
        other
          ? `${asker} takes a Continuum of its own copy of this package: 'import' and 'require' load one each`
          : `${asker} takes a Continuum, not ${core.named(continuum)}`,
      );
    };
  }

  /** `servers`: an array or another iterable of texts (`"10.0.0.1:11211"`, `"10.0.0.1:11211=2"`) and objects, or an object
   * or Map of texts and capacities. `scheme`: a text such as `"libketama"`; by default `python-continuum`, as in the other
   * languages. */
  constructor(servers, scheme, like) {
    this.#parts = { scheme: scheme === undefined || scheme === null ? null : text("a scheme", scheme), servers: listed(servers) };
    // Not for callers: another continuum to start from, which `with` and `without` know.
    const start = typeof like === "object" && like !== null && #number in like ? like.#number : undefined;
    this.#number = core.build(this.#parts.scheme, this.#parts.servers, start);
    freed.register(this, this.#number, this);
  }

  #described() {
    this.#about ??= core.askOf(this.#number, { ask: "describe" });
    return this.#about;
  }

  /** The scheme with its options. */
  get scheme() {
    return this.#described().scheme;
  }

  /** A digest of scheme, options and servers: two continuums share it only where their maps are equal. */
  get fingerprint() {
    return this.#described().fingerprint;
  }

  /** The servers, in the order given; frozen. */
  get servers() {
    this.#servers ??= Object.freeze(this.#described().servers.map((server) => Object.freeze(server)));
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

  /** The indices of the owners of many keys, an array or another iterable, as an `Int32Array`; -1 where none has capacity. */
  resolveAll(keys) {
    return core.resolveAll(this.#number, keyList(keys));
  }

  /** The servers in a key's order of preference, the owner first; `count` at most, by default all. */
  candidates(key, count = Infinity) {
    return Array.from(this.candidateIndices(key, count), (index) => this.servers[index]);
  }

  /** Their indices. */
  candidateIndices(key, count = Infinity) {
    return core.candidates(this.#number, key, whole("the count of candidates", count, 0));
  }

  /** Servers with their shares and fair shares, the busiest, advice. */
  ownership() {
    this.#owned ??= core.askOf(this.#number, { ask: "ownership" });
    return this.#owned;
  }

  /** Another continuum: these servers and one more, at the end. */
  with(server) {
    return new Continuum([...this.#parts.servers, one(server)], this.#parts.scheme, this);
  }

  /** Another continuum: these servers without the one of this identity. */
  without(identity) {
    const at = this.servers.findIndex((server) => server.identity === identity);
    if (at < 0) throw new Error(`no server '${identity}'`);
    return new Continuum(this.#parts.servers.filter((_, other) => other !== at), this.#parts.scheme, this);
  }

  /** Frees the memory at once, which otherwise happens some time after the last use. */
  free() {
    freed.unregister(this);
    core.drop(this.#number);
    this.#number = core.FREED;
  }

  /** The form that `JSON.stringify` writes and the library in Rust reads. */
  toJSON() {
    return { scheme: this.scheme, servers: this.#parts.servers };
  }
}

/** What a change from one continuum to another moves. `mostFlows`: flows listed, the largest first. `pieces`: pieces of
 * the key space, of each of which `strip` says what part moves. */
export function plan(before, after, given) {
  const { mostFlows = 1000, pieces = null } = options("plan", given, ["mostFlows", "pieces"]);
  return core.askPlan(numberOf(before, "plan"), numberOf(after, "plan"), {
    most_flows: whole("mostFlows", mostFlows, 0),
    pieces: pieces === null ? null : whole("the number of pieces", pieces, 1, PIECES),
  });
}

/** Why a key belongs to its server: the bytes hashed, the position, the point or slot met, who takes over. `mostCandidates`:
 * servers listed in the key's order of preference, by default all. */
export function explain(continuum, key, given) {
  const { mostCandidates = Infinity } = options("explain", given, ["mostCandidates"]);
  return core.askOf(numberOf(continuum, "explain"), {
    ask: "explain",
    key: core.keyBytes(key),
    most_candidates: whole("mostCandidates", mostCandidates, 0),
  });
}

/** The key space in equal pieces: who owns most of each; null where the scheme has no such map. */
export function strip(continuum, pieces = 360) {
  return core.askOf(numberOf(continuum, "strip"), { ask: "strip", pieces: whole("the number of pieces", pieces, 1, PIECES) });
}

/** Every scheme. */
export function schemes() {
  return core.ask({ ask: "schemes" });
}

const READING = ["file", "format", "scheme", "port", "haproxyDialect", "variables"];

/** The pools in the text of a configuration of nginx, HAProxy, twemproxy, Envoy and others, or in the bytes of its file.
 * `file`, its name, helps to tell the format. */
export function readConfig(content, given) {
  const { file = "configuration", format, scheme, port, haproxyDialect, variables = {} } = options("readConfig", given, READING);
  const optional = (what, value) => (value === undefined || value === null ? null : text(what, value));
  const named = pairs(variables);
  if (named === undefined) throw new TypeError(`variables are an object or a Map, not ${core.named(variables)}`);
  const read = core.ask({
    ask: "read",
    text: core.isBytes(content) ? decoded(content) : text("a configuration", content),
    file: text("the name of the file", file),
    format: optional("the format", format),
    scheme: optional("the scheme", scheme),
    port: typeof port === "number" ? String(whole("the port", port, 0, 65_535)) : optional("the port", port),
    haproxy_dialect: optional("haproxyDialect", haproxyDialect),
    variables: named.map(([name, value]) => [name, typeof value === "number" ? String(value) : text(`variable '${name}'`, value)]),
  });
  const pool = (pool) => ({ ...pool, servers: pool.servers.map(shown), continuum: () => new Continuum(pool.servers, pool.scheme) });
  return { ...read, pools: read.pools.map(pool) };
}

/** The text that bytes are; what is none goes on as bytes, of which the core says what it makes. */
function decoded(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return Array.from(bytes);
  }
}
