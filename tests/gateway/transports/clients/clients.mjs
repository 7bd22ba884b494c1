// Asks the gateway at the address given with graphql-ws and graphql-sse, and prints what each was told, as JSON.
// The second argument is a token that is taken.
import { createClient as createEvents } from "graphql-sse";
import { createClient as createSocket } from "graphql-ws";
import WebSocket from "ws";

const [address, token] = process.argv.slice(2);
const webSocketImpl = WebSocket;
const ITEM = "{ item { text viewer } }";
const COUNT = "subscription { count(to: 3) }";

// All results of an operation, or of the first of them, and how it failed.
async function asked(client, payload, most = Infinity) {
  const results = [];
  try {
    for await (const result of client.iterate(payload)) {
      results.push(result);
      if (results.length === most) break;
    }
    return { results };
  } catch (error) {
    return { results, failed: told(error) };
  }
}

function told(error) {
  if (Array.isArray(error)) return error.map(({ extensions }) => extensions.code);
  if (error.code) return { code: error.code, reason: error.reason };
  return error.response ? { status: error.response.status } : String(error);
}

async function overSockets() {
  const found = {};
  const url = `${address.replace("http", "ws")}/graphql`;
  let pongs = 0;
  const client = createSocket({
    url,
    webSocketImpl,
    lazyCloseTimeout: 1_000,
    keepAlive: 5,
    connectionParams: { Authorization: `Bearer ${token}` },
    on: { pong: (received) => (pongs += received ? 1 : 0) },
  });
  found.query = await asked(client, { query: ITEM });
  found.mutation = await asked(client, { query: 'mutation { note(text: "a") }' });
  found.subscription = await asked(client, { query: COUNT });
  found.invalid = await asked(client, { query: "{ nothing }" });
  found.fails = await asked(client, { query: "subscription { fails }" });
  const flood = await asked(client, { query: "subscription { flood }" }, 3);
  found.flood = flood.results.length;
  found.together = await Promise.all([1, 2, 3].map(() => asked(client, { query: COUNT })));
  found.after = await asked(client, { query: ITEM });
  while (pongs === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await client.dispose();

  const stranger = createSocket({
    url,
    webSocketImpl,
    retryAttempts: 0,
    connectionParams: { Authorization: "Bearer no" },
  });
  found.stranger = await asked(stranger, { query: ITEM });
  await stranger.dispose();
  return found;
}

async function overEvents() {
  const found = {};
  const url = `${address}/graphql`;
  const client = createEvents({ url, headers: { Authorization: `Bearer ${token}` }, retryAttempts: 0 });
  found.query = await asked(client, { query: ITEM });
  found.mutation = await asked(client, { query: 'mutation { note(text: "b") }' });
  found.subscription = await asked(client, { query: COUNT });
  found.invalid = await asked(client, { query: "{ nothing }" });
  found.fails = await asked(client, { query: "subscription { fails }" });
  const flood = await asked(client, { query: "subscription { flood }" }, 3);
  found.flood = flood.results.length;
  client.dispose();

  const stranger = createEvents({ url, headers: { Authorization: "Bearer no" }, retryAttempts: 0 });
  found.stranger = await asked(stranger, { query: ITEM });
  stranger.dispose();
  return found;
}

console.log(JSON.stringify({ sockets: await overSockets(), events: await overEvents() }));
