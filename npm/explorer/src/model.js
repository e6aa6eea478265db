// What the page knows: a pool as it is, a draft of it after a change, and what the core says of both.

import { Continuum, explain, plan, readConfig, schemes, strip } from "../../continuum-hash/src/index.js";

export { explain, schemes };

/** Pieces that a strip has: about as many as a narrow screen has points. */
export const PIECES = 360;
/** A scheme without a map is counted over keys, of each of which every server is asked: beyond so many servers, on request. */
export const COUNTED = 64;
/** Flows that are listed. */
const FLOWS = 200;

/** The server with another capacity. What ends in `=` and a number is a capacity: servers are texts where a text says all. */
export function reweighed(given, capacity) {
  if (typeof given === "string") return `${given.replace(/=[0-9.eE+-]+$/, "")}=${capacity}`;
  return { ...given, capacity };
}

/** Whether there is anything to read. */
export const given = ({ text, read }) => text.trim() !== "" || read !== undefined;

/** A pool, built. */
function built(pool) {
  const continuum = new Continuum(pool.servers, pool.scheme);
  return { ...pool, continuum, owned: continuum.ownership() };
}

/** The pools of a file's text; refuses in the core's words. */
export function read({ name, text, read }, scheme) {
  // What the program has read already, while no text stands in its place.
  if (read && text === "") return read;
  return readConfig(text, { file: name || "configuration", scheme: scheme || undefined });
}

/** The pool of that name, or the first. */
export function chosen(found, name) {
  return built(found.pools.find((pool) => pool.name === name) ?? found.pools[0]);
}

/** Rows of a draft: each server of a pool as it stands. */
export function rows(pool) {
  return pool.servers.map((given, at) => {
    const { server, capacity } = pool.owned.servers[at];
    return { given, identity: server, capacity, removed: false };
  });
}

/** The capacity that all servers share; else 1. */
export function usual(pool) {
  const [first, ...others] = pool.owned.servers.map((server) => server.capacity);
  return first !== undefined && others.every((capacity) => capacity === first) ? first : 1;
}

/** Whether a draft differs from the pool. */
export function differs(pool, draft) {
  const before = rows(pool);
  return (
    draft.scheme !== pool.scheme ||
    draft.rows.length !== before.length ||
    draft.rows.some((row, at) => row.removed || row.identity !== before[at].identity || row.capacity !== before[at].capacity)
  );
}

/** The draft, built. */
export function after(draft) {
  const kept = draft.rows.filter((row) => !row.removed);
  if (kept.length === 0) throw new Error("no server is left");
  const servers = kept.map((row) => (row.changed ? reweighed(row.given, row.capacity) : row.given));
  return built({ scheme: draft.scheme, servers });
}

/** Whether the plan is worked out at once. */
export const atOnce = (before, later) =>
  (before.owned.exact && later.owned.exact) || Math.max(before.servers.length, later.servers.length) <= COUNTED || strip(before.continuum, 1) !== null;

export const planned = (before, later) => plan(before.continuum, later.continuum, { mostFlows: FLOWS, pieces: PIECES });
export const strips = (pool) => strip(pool.continuum, PIECES);

/** A colour for the server of a number: neighbours differ. */
export const colour = (number) => `hsl(${(number * 137.508 + 200) % 360} 55% ${[45, 58, 38][number % 3]}%)`;

export const percent = (share) => `${(100 * share).toFixed(2)}%`;
export const count = (number) => number.toLocaleString("en");
