// The WebAssembly module: instantiated here, once; what crosses the border to it is written here.

import { decompress } from "fzstd";
// Made by the build: the module, compressed, as base64.
import packed from "packed-wasm";

const NONE = -1;

function bytesOf(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
  return bytes;
}

const module = new WebAssembly.Module(decompress(bytesOf(packed)));
const wasm = new WebAssembly.Instance(module, {}).exports;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

// The room for keys and questions, a view of the module's memory. A memory that grows leaves views of length 0 behind.
let room = 4096;
let start = wasm.continuum_input(room);
let view = new Uint8Array(wasm.memory.buffer);

function makeRoom(bytes) {
  if (bytes > room) {
    room = Math.max(bytes, 2 * room);
    start = wasm.continuum_input(room);
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

function most(key) {
  if (typeof key === "string") return 3 * key.length;
  if (key instanceof Uint8Array) return key.length;
  throw new TypeError(`a key is a string or a Uint8Array, not ${key === null ? "null" : typeof key}`);
}

function alone(key) {
  const bytes = most(key);
  if (bytes > room || view.length === 0) makeRoom(bytes);
  return write(key, 0);
}

/** The index of a key's owner; -1 where nobody owns it. */
export function resolve(number, key) {
  const length = alone(key);
  return wasm.continuum_resolve(number, length);
}

/** The indices of a key's first candidates. */
export function candidates(number, key, count) {
  const length = alone(key);
  const found = wasm.continuum_candidates(number, length, count);
  return owners(found);
}

function owners(count) {
  return new Int32Array(wasm.memory.buffer, wasm.continuum_owners(), count).slice();
}

/** Keys that cross the border at once. */
const BLOCK = 4096;

/** The indices of the owners of many keys; -1 where nobody owns one. */
export function resolveAll(number, keys) {
  const all = new Int32Array(keys.length).fill(NONE);
  for (let first = 0; first < keys.length; first += BLOCK) {
    const last = Math.min(first + BLOCK, keys.length);
    let bytes = 0;
    for (let at = first; at < last; at += 1) bytes += most(keys[at]);
    const place = wasm.continuum_offsets(last - first);
    makeRoom(bytes);
    // Both calls may have made the memory larger: views are made behind them.
    const offsets = new Uint32Array(wasm.memory.buffer, place, last - first + 1);
    let end = 0;
    for (let at = first; at < last; at += 1) {
      end += write(keys[at], end);
      offsets[at - first + 1] = end;
    }
    all.set(owners(wasm.continuum_resolve_all(number)), first);
  }
  return all;
}

/** Gives a continuum back. */
export function drop(number) {
  wasm.continuum_drop(number);
}

/** Asks a question; throws an `Error` with the module's sentence where it refuses. */
export function ask(question) {
  const text = JSON.stringify(question);
  makeRoom(3 * text.length);
  const done = wasm.continuum_ask(encoder.encodeInto(text, view.subarray(start, start + room)).written);
  const at = wasm.continuum_output();
  const output = new Uint8Array(wasm.memory.buffer, at, wasm.continuum_output_len());
  const answer = decoder.decode(output);
  if (done !== 1) throw new Error(answer);
  return JSON.parse(answer);
}

/** A key as the bytes that a question carries. */
export function keyBytes(key) {
  return Array.from(typeof key === "string" ? encoder.encode(key) : (most(key), key));
}
