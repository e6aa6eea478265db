// What the page knows: a pool as it is, a draft of it after a change, and what the core says of both.

import { Continuum, explain as explained, plan, readConfig, schemes, strip } from "../../continuum-hash/src/index.js";

/** Pieces that a strip has: about as many as a narrow screen has points. */
export const PIECES = 360;
/** A scheme without a map is counted over keys, of each of which every server is asked: beyond so many servers, on request. */
export const COUNTED = 64;
/** Flows that are listed. */
const FLOWS = 200;
/** Candidates of a key that are shown: the owner and the next three. */
const CANDIDATES = 4;

let names;
/** The names of all schemes. */
export const schemeNames = () => (names ??= schemes().map(({ name }) => name));

/** Whether the text of a server says its capacity. */
export const weighed = (text) => text.includes("=");

/** The server with another capacity. What ends in `=` and a number is a capacity: servers are texts where a text says all. */
export function reweighed(given, capacity) {
  if (typeof given === "string") return `${given.replace(/=[0-9.eE+-]+$/, "")}=${capacity}`;
  return { ...given, capacity };
}

/** Whether there is anything to read. */
export const given = ({ text, read, bytes }) => text.trim() !== "" || read !== undefined || bytes !== undefined;

/** A pool; what is worked out of it is worked out once, when it is asked for. */
class Pool {
  #like;
  #continuum;
  #owned;
  #strip;

  /** `like`: another pool, which differs in a few servers. */
  constructor({ name, scheme, servers, hashes, mark = null, cuts, down = [], notes = [] }, like) {
    Object.assign(this, { name, scheme, servers, hashes, mark, cuts, down, notes });
    this.#like = like;
  }

  get continuum() {
    return (this.#continuum ??= new Continuum(this.servers, this.scheme, this.#like?.continuum));
  }

  /** What each server owns. */
  get owned() {
    return (this.#owned ??= this.continuum.ownership());
  }

  get strip() {
    return (this.#strip ??= { is: strip(this.continuum, PIECES) }).is;
  }

  explain(key) {
    return explained(this.continuum, key, { mostCandidates: CANDIDATES });
  }
}

/** What a file has, by the core or by the program that wrote the page; refuses in the core's words. */
export function read({ name, text, read, bytes }, scheme) {
  const file = name || "configuration";
  // What the program has read already, or is no text, while no text stands in its place.
  if (read && text === "") return { skipped: [], ...read, file };
  return { ...readConfig(bytes && text === "" ? bytes : text, { file, scheme: scheme || undefined }), file };
}

/** A pool of a file, built. */
export function chosen(found, at, like) {
  const pool = new Pool(found.pools[at] ?? found.pools[0], like);
  // Refused here if at all.
  pool.continuum.servers;
  return pool;
}

/** What is, or might be, a pool. */
const called = (found) => [...found.pools, ...found.refused].map(({ name }) => name);
const has = (found, name) => [...found.pools, ...found.refused, ...found.skipped].some((other) => other.name === name);

/** Whether each has one alone, which the other does not know by its name. */
function single(first, second) {
  const [olds, news] = [called(first), called(second)];
  return olds.length === 1 && news.length === 1 && !has(second, olds[0]) && !has(first, news[0]);
}

/** The pool of a second file that a pool of the first is compared with, as `continuum plan` matches them: by name, and single
 * pools whatever their names. Or the sentence that says why there is none. */
export function counterpart(first, second, pool) {
  const { name } = pool;
  const [olds, news] = [called(first), called(second)];
  for (const [found, list] of [[first, olds], [second, news]]) {
    if (list.indexOf(name) !== list.lastIndexOf(name)) throw new Error(`${found.file} has two pools named '${name}'`);
  }
  const other = single(first, second) ? news[0] : name;
  const found = second.pools.findIndex((pool) => pool.name === other);
  if (found >= 0) return { pool: chosen(second, found, pool) };
  const reason = (list) => list.find((one) => one.name === other)?.why;
  const [unread, unhashed] = [reason(second.refused), reason(second.skipped)];
  if (unread !== undefined) return { lack: `${name} could not be read (${unread})` };
  if (unhashed !== undefined) return { lack: `${name} no longer hashes keys (${unhashed})` };
  return { lack: `${name} is gone: it is only in ${first.file}` };
}

/** Sentences on pools that only a second file has. */
export function onlyIn(second, first) {
  if (single(first, second)) return [];
  const alone = second.pools.filter(({ name }) => !called(first).includes(name));
  return alone.map(({ name }) => {
    const why = first.skipped.find((other) => other.name === name)?.why;
    return why === undefined ? `${name} is new: it is only in ${second.file}` : `${name} hashes keys only in ${second.file} (${why})`;
  });
}

/** A draft: the servers of a pool as they stand, each a row. `of` is the pool that it begins with. */
export function drafted(pool) {
  const rows = pool.servers.map((given, at) => {
    const { identity, capacity } = pool.continuum.servers[at];
    return { given, identity, capacity, was: capacity, removed: false };
  });
  return { of: pool, scheme: pool.scheme, rows };
}

/** Whether a draft was edited. */
export const edited = ({ rows }) => rows.some((row) => row.removed || row.added || row.capacity !== row.was);

/** The draft, built. */
export function after(draft) {
  if (!edited(draft)) return draft.of;
  const kept = draft.rows.filter((row) => !row.removed);
  if (kept.length === 0) throw new Error("no server is left");
  const servers = kept.map((row) => (row.capacity === row.was ? row.given : reweighed(row.given, row.capacity)));
  const pool = new Pool({ ...draft.of, scheme: draft.scheme, servers }, draft.of);
  // Refused here if at all.
  pool.continuum.servers;
  return pool;
}

/** The capacity that all servers share; else 1. */
export function usual(pool) {
  const [first, ...others] = pool.continuum.servers.map((server) => server.capacity);
  return first !== undefined && others.every((capacity) => capacity === first) ? first : 1;
}

/** Whether the plan is worked out at once. */
export const atOnce = (before, later) =>
  Math.max(before.servers.length, later.servers.length) <= COUNTED || (before.strip !== null && (before.scheme === later.scheme || later.strip !== null));

/** What the change moves, and what of it no share says. */
export function planned(before, later) {
  const found = plan(before.continuum, later.continuum, { mostFlows: FLOWS, pieces: PIECES });
  return { ...found, rule: ruleChange(before, later), elsewhere: elsewhere(found.readdressed), down: marked(before, later) };
}

/** What each server owns after a change, or as it is, by identity. A plan that is exact has it counted. */
export function sharesAfter(pool, later, plan) {
  if (later && plan?.exact && plan.matched === "identity") {
    return new Map(plan.servers.filter(({ after }) => after !== null).map(({ server, after }) => [server, after]));
  }
  return new Map((later ?? pool).owned.servers.map((row) => [row.server, row]));
}

/** Where the two hash different things of a request; null where they do not, or a file does not say. */
function ruleChange(before, later) {
  const differ = before.mark !== null && later.mark !== null && before.mark !== later.mark;
  return differ ? `Hashes ${later.hashes} instead of ${before.hashes}: every key may move.` : null;
}

const more = (list) => (list.length > 1 ? ` and ${count(list.length - 1)} more` : "");

/** Servers that keep their names at other addresses, in a sentence. */
function elsewhere(servers) {
  const [first] = servers;
  if (first === undefined) return null;
  const share = servers.reduce((sum, server) => sum + server.share, 0);
  return `Keeps the name of '${first.server}' at another address (${first.before} → ${first.after})${more(servers)}: ${percent(share)} of keys are looked for there.`;
}

/** Servers of both sides that one side alone marks down, in a sentence. */
function marked(before, later) {
  const present = (pool, name) => pool.continuum.servers.some((server) => server.identity === name);
  const differ = [...new Set([...before.down, ...later.down])].filter((name) => before.down.includes(name) !== later.down.includes(name));
  const both = differ.filter((name) => present(before, name) && present(later, name)).sort();
  if (both.length === 0) return null;
  return `Has ${both[0]}${more(both)} marked down in one configuration only: their keys go to others, which no share counts.`;
}

/** A colour for the server of a number: neighbours differ. */
export const colour = (number) => `hsl(${(number * 137.508 + 200) % 360} 55% ${[45, 58, 38][number % 3]}%)`;

export const percent = (share) => `${(100 * share).toFixed(2)}%`;
export const count = (number) => number.toLocaleString("en");

/** A number of positions or slots: powers of two beyond what a double counts by ones are written as such. */
export function size(number) {
  const power = Math.log2(number);
  if (Number.isSafeInteger(number)) return count(number);
  return Number.isInteger(power) ? `2${[...String(power)].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]).join("")}` : BigInt(Math.round(number)).toLocaleString("en");
}
