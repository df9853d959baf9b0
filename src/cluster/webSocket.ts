// NATS from pages, Deno and Bun, by WebSocket: its client is an optional package.
import { host } from "../adapter/web/host.ts";
import { optionalPackage } from "../files/optionalPackage.ts";
import { type LinkOptions, type NatsLink, openLink, type Words } from "./natsLink.ts";

const PACKAGE = "@nats-io/nats-core";
const load = (): Promise<typeof import("@nats-io/nats-core")> => import("@nats-io/nats-core");

const WORDS: Words = {
  protocols: ["ws:", "wss:"],
  creds: "`creds`",
  insecure: "`insecure`",
  start: "start nats-server with `websocket { … }` in its configuration",
  trust: "Deno's --cert FILE and the settings of browsers add",
};

/** Opens a connection to a NATS server's port for WebSockets. */
export async function openWebSocket(options: LinkOptions): Promise<NatsLink> {
  if (host.WebSocket === undefined) {
    throw new Error("cluster: expected a runtime with WebSocket, got none; in Node take `node dist/worker.js`");
  }
  const client = await load().catch((error: unknown) =>
    optionalPackage(PACKAGE, "several machines", (): never => {
      throw error;
    }),
  );
  return openLink(options, {
    client,
    words: WORDS,
    connect(url, connection, needsTls) {
      // A page cannot look at the certificate: its address says whether there is one.
      if (needsTls && url.protocol !== "wss:") throw new Error("the address does not support 'tls'");
      return client.wsconnect({ ...connection, servers: `${url.protocol}//${url.host}` });
    },
  });
}
