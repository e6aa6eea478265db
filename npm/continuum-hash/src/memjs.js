// The look-up of a memjs client.

import { Continuum } from "./index.js";

/** A function for a memjs client's `getServer`: the index of the server that owns a key, among `client.servers`.
 *
 *     client.getServer = getServer(client, "libmemcached:distribution=ketama");
 */
export function getServer(client, scheme) {
  const servers = client.servers.map(({ host, port }) => ({ host, port: port === undefined || port === null ? undefined : Number(port) }));
  const continuum = new Continuum(servers, scheme);
  return (key) => continuum.resolveIndex(key);
}
