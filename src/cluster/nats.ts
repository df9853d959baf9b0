// NATS from Node, by TCP: its client is an optional package.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { NodeConnectionOptions } from "@nats-io/transport-node";
import { optionalPackage } from "../files/optionalPackage.ts";
import { DataError } from "../formats/error.ts";
import type { Messenger } from "./messenger.ts";
import { messengerOver, type NatsLink, openLink, type Words, wrongAddress } from "./natsLink.ts";

const PACKAGE = "@nats-io/transport-node";
const require = createRequire(import.meta.url);
const nats = (): typeof import("@nats-io/transport-node") =>
  optionalPackage(PACKAGE, "several machines", () => require(PACKAGE) as typeof import("@nats-io/transport-node"));

const WORDS: Words = {
  protocols: ["nats:", "tls:"],
  creds: "--creds FILE",
  insecure: "--insecure",
  start: "start nats-server",
  trust: "NODE_EXTRA_CA_CERTS=FILE adds",
};

export interface NatsOptions {
  /** nats://HOST:PORT, or tls://HOST:PORT where nothing else than TLS will do. */
  readonly server: string;
  /** Path of a .creds file, or of a file with the seed of an nkey. */
  readonly creds?: string | undefined;
  /** Allows a server that is not on this machine to go without TLS or without credentials. */
  readonly insecure?: boolean | undefined;
  /** Says in the server's list of connections who this is. */
  readonly name: string;
}

/** What is wrong with the options, before anything is tried; undefined where all is well. */
export const wrongServer = ({ server, creds, insecure }: Omit<NatsOptions, "name">): string | undefined =>
  wrongAddress({ server, hasCreds: creds !== undefined, insecure }, WORDS);

/** Opens a connection to a NATS server. An error with one clear line where there is none. */
export async function openNats({ server, creds: path, insecure, name }: NatsOptions): Promise<NatsLink> {
  const client = nats();
  const creds = path === undefined ? undefined : { text: textOf(path), from: path };
  return openLink(
    { server, creds, insecure, name },
    {
      client,
      words: WORDS,
      connect(url, options, needsTls) {
        // The client says nothing of itself before TLS, and would hold an address without a name
        // against a certificate of localhost.
        const tls = { host: url.hostname.replace(/^\[|\]$/g, "") } as NonNullable<NodeConnectionOptions["tls"]>;
        return client.connect({ ...options, servers: url.host, ...(needsTls ? { tls } : {}) });
      },
    },
  );
}

/** A messenger over a connection to a NATS server; see `openNats`. */
export async function connectNats(options: NatsOptions): Promise<Messenger> {
  return messengerOver(await openNats(options));
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new DataError(
      `${path}: expected a file with credentials, got none (${(error as NodeJS.ErrnoException).code})`,
    );
  }
}
