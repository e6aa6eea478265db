/** hashring of npm: the same calls, the same answers. */
declare class HashRing {
  static readonly version: string;
  constructor(servers?: HashRing.Servers, algorithm?: HashRing.Algorithm, options?: HashRing.Options);
  vnode: number;
  algorithm: HashRing.Algorithm;
  replicas: number;
  servers: HashRing.Connection[];
  vnodes: Record<string, number>;
  readonly ring: { value: number; server: string }[];
  readonly size: number;
  cache: {
    get(key: string): string | undefined;
    set(key: string, server: string): void;
    forEach(visit: (server: string, key: string) => void): void;
    reset(): void;
  };
  get(key: unknown): string | undefined;
  range(key: unknown, size?: number, unique?: boolean): string[];
  points(servers?: string[]): Record<string, number[]>;
  swap(from: string, to: string): this;
  add(servers: HashRing.Servers): this;
  remove(server: string | HashRing.Connection): this;
  has(server: string): boolean;
  find(hashValue: number): number;
  hash(key: string): Uint8Array | string;
  digest(key: unknown): ArrayLike<number>;
  hashValue(key: unknown): number;
  continuum(): this;
  reset(): this;
  end(): this;
}

declare namespace HashRing {
  type Algorithm = string | ((key: string) => Uint8Array | string);
  interface Connection {
    host: string;
    port: number;
    string?: string;
    weight?: number;
    vnodes?: number;
  }
  type Servers =
    | string
    | (string | { host: string; port: number })[]
    | Record<string, number | { weight?: number; vnodes?: number }>;
  interface Options {
    "vnode count"?: number;
    "default port"?: number;
    compatibility?: "ketama" | "hash_ring";
    replicas?: number;
    "max cache size"?: number;
  }
}

export = HashRing;
