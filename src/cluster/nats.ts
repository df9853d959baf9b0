// NATS, the one messenger between machines: its client is an optional package.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Authenticator, NatsConnection, NodeConnectionOptions } from "@nats-io/transport-node";
import { optionalPackage } from "../files/optionalPackage.ts";
import { DataError } from "../formats/error.ts";
import type { Messenger } from "./messenger.ts";

const PACKAGE = "@nats-io/transport-node";
const require = createRequire(import.meta.url);
const nats = (): typeof import("@nats-io/transport-node") =>
  optionalPackage(PACKAGE, "several machines", () => require(PACKAGE) as typeof import("@nats-io/transport-node"));

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

const WAIT_MS = 500;
/** A server that was stopped may come back for two minutes. */
const MOST_TRIES = 240;
const LEAST_PAYLOAD = 4096;
const CONNECT_MS = 5000;

const isLocal = ({ hostname }: URL): boolean => /^(localhost|127(\.\d+){3}|\[::1\])$/i.test(hostname);

/** What is wrong with the options, before anything is tried; undefined where all is well. */
export function wrongServer({ server, creds, insecure = false }: Omit<NatsOptions, "name">): string | undefined {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url === undefined || !/^(nats|tls):$/.test(url.protocol) || url.hostname === "") {
    return `expected nats://HOST:PORT or tls://HOST:PORT, got ${server}`;
  }
  // Everyone on the machine can read the arguments of a process.
  if (url.username !== "" || url.password !== "")
    return "expected a server without a password in its address; give --creds FILE";
  if (isLocal(url) || insecure || creds !== undefined) return undefined;
  return `expected credentials for ${url.host}, which is another machine, got none; give --creds FILE, or --insecure to go without`;
}

/** An open connection, and what is wrong with the server at its other end. */
export interface NatsLink {
  readonly connection: NatsConnection;
  readonly host: string;
  /** Looked at anew whenever the connection came back, since the server may be another then. */
  readonly fault: () => Error | undefined;
}

/** Opens a connection to a NATS server. An error with one clear line where there is none. */
export async function openNats(options: NatsOptions): Promise<NatsLink> {
  const { connect } = nats();
  const wrong = wrongServer(options);
  if (wrong !== undefined) throw new RangeError(`cluster: ${wrong}`);
  const { server, creds, insecure = false, name } = options;
  const url = new URL(server);
  const authenticator = creds === undefined ? undefined : authenticatorOf(creds);
  const needsTls = url.protocol === "tls:" || (!isLocal(url) && !insecure);
  // The client says nothing of itself before TLS, and would hold an address without a name against
  // a certificate of localhost.
  const tls = { host: url.hostname.replace(/^\[|\]$/g, "") } as NonNullable<NodeConnectionOptions["tls"]>;
  let connection: NatsConnection;
  try {
    connection = await connect({
      servers: url.host,
      name,
      timeout: CONNECT_MS,
      reconnectTimeWait: WAIT_MS,
      maxReconnectAttempts: MOST_TRIES,
      ignoreClusterUpdates: true,
      ...(needsTls ? { tls } : {}),
      ...(authenticator === undefined ? {} : { authenticator }),
    });
  } catch (error) {
    throw new Error(`cluster: ${whyNot(error as Error, url.host, creds)}`, { cause: error });
  }
  const fault = (): Error | undefined => {
    const { info } = connection;
    if ((info?.max_payload ?? 0) >= LEAST_PAYLOAD) return undefined;
    return new Error(
      `cluster: expected \`max_payload\` of ${url.host} of at least ${LEAST_PAYLOAD}, got ${info?.max_payload}`,
    );
  };
  const first = fault();
  if (first === undefined) return { connection, host: url.host, fault };
  await connection.close();
  throw first;
}

/** A messenger over a connection to a NATS server; see `openNats`. */
export async function connectNats(options: NatsOptions): Promise<Messenger> {
  return messengerOver(await openNats(options));
}

export const messengerOver = (link: NatsLink): Messenger => new NatsMessenger(link);

/** What was expected of a server, and what it is. */
function whyNot(error: Error, host: string, creds: string | undefined): string {
  const said = `${error.message} ${error.cause instanceof Error ? error.cause.message : ""}`;
  if (error instanceof nats().errors.AuthorizationError || /authorization/i.test(said)) {
    return `expected credentials that ${host} takes, got ${creds === undefined ? "none" : `those in ${creds}`}`;
  }
  if (/does not support 'tls'/.test(said)) {
    return `expected TLS at ${host}, got none; configure \`tls\` there, or give nats:// and --insecure`;
  }
  const code = (error.cause as NodeJS.ErrnoException | undefined)?.code;
  if (/certificate|altname/i.test(`${said} ${code}`)) {
    return (
      `expected a certificate for ${host} that this machine trusts, got another (${said.trim().toLowerCase()}); ` +
      "NODE_EXTRA_CA_CERTS=FILE adds those of an authority of your own"
    );
  }
  return `expected a NATS server at ${host}, got none (${code ?? error.message.toLowerCase()}); start nats-server`;
}

/** Signs in by what is in a file: a user's JWT with its seed, or a seed alone. */
function authenticatorOf(path: string): Authenticator {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new DataError(
      `${path}: expected a file with credentials, got none (${(error as NodeJS.ErrnoException).code})`,
    );
  }
  const text = new TextDecoder().decode(bytes).trim();
  if (text.includes("BEGIN NATS USER JWT")) return nats().credsAuthenticator(bytes);
  if (/^SU[A-Z2-7]{56}$/.test(text)) return nats().nkeyAuthenticator(new TextEncoder().encode(text));
  throw new DataError(`${path}: expected a .creds file or the seed of a user's nkey, SU…, got something else`);
}

class NatsMessenger implements Messenger {
  readonly mostBytes: number;
  readonly lost: Promise<Error>;
  readonly #connection: NatsConnection;
  #isClosing = false;

  constructor({ connection, host, fault }: NatsLink) {
    this.#connection = connection;
    this.mostBytes = connection.info?.max_payload ?? LEAST_PAYLOAD;
    this.lost = new Promise((resolve) => {
      void connection.closed().then((reason) => {
        if (this.#isClosing) return;
        const because = reason instanceof Error ? ` (${reason.message.toLowerCase()})` : "";
        resolve(new Error(`cluster: expected the connection to ${host} to stay, got its end${because}`));
      });
      void this.#watch(resolve, fault);
    });
  }

  publish(subject: string, bytes: Uint8Array): void {
    if (!this.#connection.isClosed()) this.#connection.publish(subject, bytes);
  }

  listen(subject: string, take: (bytes: Uint8Array) => void): () => void {
    // A message is heard once, however long `take` needs: NATS keeps the others meanwhile.
    const callback = (error: Error | null, message: { readonly data: Uint8Array }): void => {
      if (error === null) take(message.data);
    };
    const subscription = this.#connection.subscribe(subject, { callback });
    return () => subscription.unsubscribe();
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    if (!this.#connection.isClosed()) await this.#connection.drain().catch(() => this.#connection.close());
  }

  /**
   * Rights that are missing, but for those to JetStream, which says so itself, and a server that
   * came back as another, end the connection.
   */
  async #watch(end: (error: Error) => void, fault: () => Error | undefined): Promise<void> {
    for await (const status of this.#connection.status()) {
      if (status.type === "reconnect") {
        const found = fault();
        if (found !== undefined) end(found);
      } else if (status.type === "error" && /permissions(?!.*"(?:\$JS|\$O|_INBOX)\.)/i.test(status.error.message)) {
        end(new Error(`cluster: expected the right to a subject, got ${status.error.message.toLowerCase()}`));
      }
    }
  }
}
