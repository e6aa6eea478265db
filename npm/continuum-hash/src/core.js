// The WebAssembly module: instantiated here; what crosses the border to it is written here.

import { decompress } from "fzstd";
// Made by the build: the module, compressed, as base64.
import packed from "packed-wasm";

const NONE = -1;
/** The number of a continuum that was freed. */
export const FREED = -1;
/** Bytes of a key or a question: a string counts three a character. */
const LARGEST = 2 ** 30;
/** Keys that cross the border at once, and bytes of them, unless one alone has more. */
const BLOCK = 4096;
const BLOCK_BYTES = 2 ** 22;

function bytesOf(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
  return bytes;
}

const module = new WebAssembly.Module(decompress(bytesOf(packed)));
const encoder = new TextEncoder();
const decoder = new TextDecoder();

let wasm;
// The room for keys and questions, a view of the module's memory. A memory that grows leaves views of length 0 behind.
let room;
let start;
let view;
// Continuums have numbers from `first` up to `end`; what is below `first` was lost with an earlier instance.
let first = 0;
let end = 0;

/** An instance that holds nothing. */
function begin() {
  first = end;
  wasm = new WebAssembly.Instance(module, {}).exports;
  room = 4096;
  start = wasm.continuum_input(room);
  view = new Uint8Array(wasm.memory.buffer);
}

begin();

/** What to throw where the module stopped in the middle of something: it is of no more use, and another takes its place. */
function stopped(cause) {
  begin();
  return new Error(
    "the module stopped, as it does when its memory runs out, of which WebAssembly has 4 GiB: continuums made before are lost",
    { cause },
  );
}

/** Where the module keeps a continuum. */
function place(number) {
  if (number >= first) return number - first;
  throw new Error(
    number === FREED
      ? "this continuum was freed: make another one"
      : "this continuum was lost when the module stopped: make it again",
  );
}

function makeRoom(bytes) {
  if (bytes > room) {
    const wanted = Math.max(bytes, Math.min(2 * room, LARGEST));
    start = wasm.continuum_input(wanted);
    room = wanted;
  }
  if (view.length === 0 || view.buffer !== wasm.memory.buffer) view = new Uint8Array(wasm.memory.buffer);
}

/** Writes a key at an offset of the room, which is large enough; how many bytes it has. */
function write(key, offset) {
  const at = start + offset;
  if (typeof key !== "string") {
    view.set(key, at);
    return key.length;
  }
  const length = key.length;
  // Short texts are mostly ASCII, and a call of the encoder costs more than they do.
  if (length <= 64) {
    let index = 0;
    for (; index < length; index += 1) {
      const code = key.charCodeAt(index);
      if (code > 127) break;
      view[at + index] = code;
    }
    if (index === length) return length;
  }
  return encoder.encodeInto(key, view.subarray(at, at + 3 * length)).written;
}

/** What a value is called in a complaint. */
export function named(value) {
  if (value === null) return "null";
  return typeof value === "object" ? Object.prototype.toString.call(value).slice(8, -1) : typeof value;
}

/** Whether it is a Uint8Array, of this realm or of another. */
export const isBytes = (value) =>
  value instanceof Uint8Array || (ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === "[object Uint8Array]");

/** The most bytes that a key may have. */
function most(key) {
  const bytes = typeof key === "string" ? 3 * key.length : isBytes(key) ? key.length : NaN;
  if (bytes <= LARGEST) return bytes;
  if (bytes > LARGEST) throw new RangeError("a key has at most 1 GiB, three bytes a character where it is a string");
  throw new TypeError(`a key is a string or a Uint8Array, not ${named(key)}`);
}

/** The index of a key's owner; -1 where nobody owns it. */
export function resolve(number, key) {
  const at = place(number);
  const bytes = most(key);
  try {
    if (bytes > room || view.length === 0) makeRoom(bytes);
    return wasm.continuum_resolve(at, write(key, 0));
  } catch (error) {
    throw stopped(error);
  }
}

/** The indices of a key's first candidates. */
export function candidates(number, key, count) {
  const at = place(number);
  const bytes = most(key);
  try {
    if (bytes > room || view.length === 0) makeRoom(bytes);
    return owners(wasm.continuum_candidates(at, write(key, 0), count));
  } catch (error) {
    throw stopped(error);
  }
}

function owners(count) {
  return new Int32Array(wasm.memory.buffer, wasm.continuum_owners(), count).slice();
}

/** The indices of the owners of many keys, an array; -1 where nobody owns one. */
export function resolveAll(number, keys) {
  const continuum = place(number);
  const all = new Int32Array(keys.length).fill(NONE);
  for (let from = 0; from < keys.length; ) {
    let [bytes, to] = [0, from];
    for (const last = Math.min(from + BLOCK, keys.length); to < last; to += 1) {
      const more = most(keys[to]);
      if (to > from && bytes + more > BLOCK_BYTES) break;
      bytes += more;
    }
    try {
      all.set(block(continuum, keys, from, to, bytes), from);
    } catch (error) {
      throw stopped(error);
    }
    from = to;
  }
  return all;
}

/** The owners of the keys from one on up to another, which have so many bytes at most. */
function block(continuum, keys, from, to, bytes) {
  const offset = wasm.continuum_offsets(to - from);
  makeRoom(bytes);
  // Both calls may have made the memory larger: views are made behind them.
  const offsets = new Uint32Array(wasm.memory.buffer, offset, to - from + 1);
  let written = 0;
  for (let at = from; at < to; at += 1) {
    written += write(keys[at], written);
    offsets[at - from + 1] = written;
  }
  return owners(wasm.continuum_resolve_all(continuum));
}

/** Builds a continuum: its number. It is made sooner out of another one, `like`, that differs in a few servers. */
export function build(scheme, servers, like) {
  const known = like !== undefined && like >= first;
  const number = first + ask({ ask: "build", scheme, servers, like: known ? like - first : null });
  end = Math.max(end, number + 1);
  return number;
}

/** Gives a continuum back. */
export function drop(number) {
  if (number < first) return;
  try {
    wasm.continuum_drop(number - first);
  } catch {
    begin();
  }
}

/** Asks a question about a continuum. */
export const askOf = (number, question) => ask({ ...question, of: place(number) });

/** What moves from one continuum to another. */
export const askPlan = (before, after, question) => ask({ ask: "plan", ...question, old: place(before), new: place(after) });

/** Asks a question; throws an `Error` with the module's sentence where it refuses. */
export function ask(question) {
  const text = JSON.stringify(question);
  if (3 * text.length > LARGEST) throw new RangeError("this is more than the module takes at once");
  let done;
  let answer;
  try {
    makeRoom(3 * text.length);
    done = wasm.continuum_ask(encoder.encodeInto(text, view.subarray(start, start + room)).written);
    const at = wasm.continuum_output();
    answer = decoder.decode(new Uint8Array(wasm.memory.buffer, at, wasm.continuum_output_len()));
  } catch (error) {
    throw stopped(error);
  }
  if (done !== 1) throw new Error(answer);
  return JSON.parse(answer);
}

/** A key as the bytes that a question carries. */
export function keyBytes(key) {
  most(key);
  return Array.from(typeof key === "string" ? encoder.encode(key) : key);
}
