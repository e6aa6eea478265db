/** A function for a memjs client's `getServer`: the index of the server that owns a key. */
export function getServer(
  client: { servers: readonly { host: string; port: number | string }[] },
  scheme?: string,
): (key: string | Uint8Array) => number;
