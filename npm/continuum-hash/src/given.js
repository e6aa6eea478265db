// What callers give beside keys and servers, checked: what is not understood is refused.

import { named } from "./core.js";

/** The names and values of an object or a Map; undefined of anything else. */
export function pairs(given) {
  if (named(given) === "Map") return [...given];
  // An object that was written as such, in whatever realm: its prototype has none.
  if (named(given) !== "Object" || typeof given[Symbol.iterator] === "function") return undefined;
  const prototype = Object.getPrototypeOf(given);
  return prototype === null || Object.getPrototypeOf(prototype) === null ? Object.entries(given) : undefined;
}

/** Whether it is an object that gives one thing after the other, and no text. */
export const isIterable = (given) =>
  typeof given === "object" && given !== null && !(given instanceof String) && typeof given[Symbol.iterator] === "function";

/** Keys, as an array. */
export function keyList(keys) {
  if (Array.isArray(keys)) return keys;
  if (isIterable(keys) && !ArrayBuffer.isView(keys)) return Array.from(keys);
  throw new TypeError(`keys are an array or another iterable, not ${named(keys)}`);
}

/** A whole number from `least` to `largest`, or Infinity where there is no largest. */
export function whole(what, number, least, largest = Infinity) {
  if (typeof number !== "number") throw new TypeError(`${what} is a number, not ${named(number)}`);
  const fits = number >= least && number <= largest && (Number.isInteger(number) || number === Infinity);
  if (!fits) throw new RangeError(`${what} is a whole number from ${least} ${largest === Infinity ? "up" : `to ${largest}`}, not ${number}`);
  return Math.min(number, 0xffff_ffff);
}

/** A text. */
export function text(what, given) {
  if (typeof given !== "string") throw new TypeError(`${what} is a text, not ${named(given)}`);
  return given;
}

/** Options, each of a known name. */
export function options(of, given, known) {
  if (given === undefined || given === null) return {};
  if (named(given) !== "Object") throw new TypeError(`${of} takes its options as an object, not ${named(given)}`);
  const other = Object.keys(given).find((name) => !known.includes(name));
  if (other !== undefined) throw new TypeError(`${of} has no option '${other}'`);
  return given;
}
