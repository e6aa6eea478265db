// npm's hashring and memcached: the ring, and the client's choice of a server.
const readline = require("readline");
const HashRing = require("hashring");
const Memcached = require("memcached");

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const question = JSON.parse(line);
  const keys = question.keys.map((key) => Buffer.from(key, "hex").toString("utf8"));
  const weights = new Map(question.servers.map((server) => [server.name, server.weight]));
  const places = new Map([...weights.keys()].map((name, place) => [name, place]));
  const servers = Object.fromEntries(weights);
  let choose;
  if (question.client) {
    const client = new Memcached(servers, question.options);
    // With one server it hashes nothing.
    const only = client.servers.length === 1 ? client.servers[0] : null;
    choose = (key) => only ?? client.HashRing.get(key);
  } else {
    const ring = new HashRing(servers, question.algorithm, question.options);
    choose = (key) => ring.get(key);
  }
  process.stdout.write(JSON.stringify(keys.map((key) => places.get(choose(key)))) + "\n");
});
