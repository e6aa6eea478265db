/** A key: bytes, or a string, which is its UTF-8. */
export type Key = string | Uint8Array;

/** A server as fields; schemes hash different ones of them. */
export interface ServerFields {
  host: string;
  port?: number | null;
  /** 1 unless given; 0: present, but owns nothing. */
  capacity?: number;
  /** Another name of `capacity`. */
  weight?: number;
  /** Hashed in place of `host:port`. */
  name?: string;
  id?: number;
  zone?: string;
  hashKey?: string;
  guid?: string;
  instance?: string;
  hostname?: string;
  locality?: string;
  localityWeight?: number;
}

/** Texts such as `10.0.0.1:11211` or `10.0.0.1:11211=2` and fields; or texts and capacities, as an object or a Map. */
export type ServersGiven =
  | Iterable<string | ServerFields | ServerRecord>
  | Readonly<Record<string, number>>
  | ReadonlyMap<string, number>;

/** A server in the form that the library in Rust reads and writes. */
export interface ServerRecord extends Omit<ServerFields, "hashKey" | "localityWeight"> {
  hash_key?: string;
  locality_weight?: number;
}

export interface Server {
  /** What is hashed. */
  readonly identity: string;
  /** What is dialled. */
  readonly address: string;
  readonly zone: string | null;
  readonly capacity: number;
}

export interface ServerShare {
  server: string;
  address: string;
  zone: string | null;
  capacity: number;
  /** The part of the key space that it owns, from 0 to 1. */
  share: number;
  /** Its capacity over the sum of all. */
  fair: number;
}

export interface Ownership {
  scheme: string;
  fingerprint: string;
  /** Whether shares were counted over the whole map. */
  exact: boolean;
  /** How far a share may be off, where they were sampled. */
  bound: number | null;
  /** The largest share over its fair one. */
  busiest: number;
  servers: ServerShare[];
  advice: { topic: string; sentence: string }[];
}

export interface Part {
  capacity: number;
  share: number;
  fair: number;
}

export interface Plan {
  scheme: string;
  scheme_after: string;
  matched: "identity" | "address";
  /** The part of all keys that has another owner. */
  moved: number;
  /** The least that any scheme could move. */
  least: number;
  /** What moves between servers that stay as they are. */
  needless: number;
  exact: boolean;
  bound: number | null;
  busiest: { before: number; after: number };
  servers: { server: string; before: Part | null; after: Part | null }[];
  /** The largest flows. */
  flows: { from: string | null; to: string | null; share: number }[];
  /** How many flows there are. */
  all_flows: number;
  /** Servers that keep their names at other addresses: their keys are looked for there. `share`: what each owns after. */
  readdressed: { server: string; before: string; after: string; share: number }[];
  /** Where along the key space keys move, where `pieces` were asked for. */
  strip: Strip | null;
}

export type Hit =
  | { kind: "point"; label: string | null; position: string; distance: string; below: boolean }
  | { kind: "slot"; slot: number; of: number; label: string | null }
  | { kind: "bucket"; bucket: number; of: number }
  | { kind: "scores"; scores: { server: string; score: number }[] };

export interface Explanation {
  server: string | null;
  scheme: string;
  /** The bytes hashed, escaped where they are not ASCII. */
  hashed: string;
  hash: string;
  /** A text, as it may be beyond 2^53. */
  position: string | null;
  hit: Hit | null;
  /** The owner, then who takes over, in order: as many as were asked for. */
  candidates: string[];
}

export interface Strip {
  kind: "ring" | "table";
  of: number;
  /** Of each piece the server that owns most of it; of a plan empty. */
  owners: (number | null)[];
  /** The part of each piece that is that server's; of a plan the part that moves. */
  parts: number[];
}

export interface Scheme {
  name: string;
  aliases: string[];
  program: string;
  versions: string;
  about: string;
  answers: number;
  options: { name: string; default: string; accepts: string; about: string }[];
}

export interface ReadOptions {
  /** The file's name: complaints name it, and its ending helps to tell the format. */
  file?: string;
  format?: string;
  /** The scheme of a format that names none. */
  scheme?: string;
  /** The port of servers that have none. */
  port?: number | string;
  haproxyDialect?: string;
  /** Values of variables that the configuration names. */
  variables?: Readonly<Record<string, string | number>> | ReadonlyMap<string, string | number>;
}

export interface Pool {
  name: string;
  scheme: string;
  servers: (string | ServerFields)[];
  /** What of a request is hashed. */
  hashes: string;
  /** Equal for two pools that hash the same of a request; null where the file does not say. */
  mark: string | null;
  /** Whether of a key only a part is hashed. */
  cuts: boolean;
  bounded: number | null;
  down: string[];
  notes: string[];
  /** The pool, built. */
  continuum(): Continuum;
}

export interface Read {
  format: string;
  pools: Pool[];
  skipped: { name: string; why: string }[];
  refused: { name: string; why: string }[];
  notes: string[];
}

/** Servers under a scheme. It never changes; a change gives another one. */
export class Continuum {
  constructor(servers: ServersGiven, scheme?: string);
  readonly scheme: string;
  /** A digest that two continuums share only where their maps are equal. */
  readonly fingerprint: string;
  readonly servers: readonly Server[];
  /** The server that owns a key; undefined where none has capacity. */
  resolve(key: Key): Server | undefined;
  /** Its address, such as `10.0.0.1:11211`. */
  getServer(key: Key): string | undefined;
  /** Its index; -1 where none has capacity. */
  resolveIndex(key: Key): number;
  /** The indices of the owners of many keys. */
  resolveAll(keys: Iterable<Key>): Int32Array;
  /** The servers in a key's order of preference, the owner first; `count` at most, by default all. */
  candidates(key: Key, count?: number): Server[];
  /** Their indices. */
  candidateIndices(key: Key, count?: number): Int32Array;
  ownership(): Ownership;
  /** These servers and one more, at the end. */
  with(server: string | ServerFields | ServerRecord): Continuum;
  /** These servers without the one of this identity. */
  without(identity: string): Continuum;
  /** Frees the memory at once; otherwise it is freed some time after the last use. A call after it throws. */
  free(): void;
  /** The form that the library in Rust reads; the constructor takes its servers too. */
  toJSON(): { scheme: string; servers: (string | ServerRecord)[] };
}

/** What a change moves. */
export function plan(before: Continuum, after: Continuum, options?: { mostFlows?: number; pieces?: number }): Plan;
/** Why a key belongs to its server. */
export function explain(continuum: Continuum, key: Key, options?: { mostCandidates?: number }): Explanation;
/** The key space in equal pieces, 1 to 4,096; null where the scheme has no map of it. */
export function strip(continuum: Continuum, pieces?: number): Strip | null;
/** Every scheme. */
export function schemes(): Scheme[];
/** The pools in the text of a configuration, or in the bytes of its file. */
export function readConfig(content: string | Uint8Array, options?: ReadOptions): Read;
