// Servers as hashring takes them: a text, an array of texts or objects, or an object of texts and weights.

/** The servers, each with `host`, `port`, `string`, `weight` and, from a text, `vnodes`. */
export function connections(given) {
  if (Array.isArray(given)) return given.map((server) => connection(server));
  if (given !== null && typeof given === "object") {
    return Object.entries(given).map(([server, value]) => connection(server, value));
  }
  return given ? [connection(given)] : [];
}

function connection(server, value) {
  const settings = value !== null && typeof value === "object" ? value : undefined;
  if (typeof server !== "string") {
    server.string = `${server.host}:${server.port}`;
    server.weight = Number(settings?.weight) || 1;
    return server;
  }
  const [host, port] = server.split(":");
  return {
    host,
    port: Number(port),
    string: server,
    weight: Number(settings ? settings.weight : value) || 1,
    vnodes: settings && !Array.isArray(settings) ? Number(settings.vnodes) || 0 : 0,
  };
}

/** Each server's own number of labels. */
export function ownVnodes(servers) {
  return Object.fromEntries(servers.map((server) => [server.string, server.vnodes]));
}
