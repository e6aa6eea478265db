// Answers that were asked for lately.

/** Keeps at least the last `size` entries that were used, and at most twice as many: when the young generation is full,
 * the old one is forgotten and the young one becomes old. */
export class Recent {
  #size;
  #young = new Map();
  #old = new Map();

  constructor(size) {
    this.#size = size;
  }

  get(key) {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key, value) {
    if (this.#size < 1) return;
    if (this.#young.size >= this.#size) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }

  forEach(visit, self) {
    const seen = new Map([...this.#old, ...this.#young]);
    seen.forEach((value, key) => visit.call(self, value, key));
  }

  reset() {
    this.#young = new Map();
    this.#old = new Map();
  }
}
