// NATS, the one messenger between machines, in every runtime: `nats.ts` reaches a server from Node
// by TCP, and `webSocket.ts` from pages, Deno and Bun.
import type { Authenticator, ConnectionOptions, NatsConnection } from "@nats-io/nats-core";
import { type Address, host } from "../adapter/web/host.ts";
import { DataError } from "../formats/error.ts";
import { encodeUtf8 } from "../formats/utf8.ts";
import type { Messenger } from "./messenger.ts";

/** What a server is reached with. */
export interface LinkOptions {
  readonly server: string;
  /** What is in a .creds file or in a file with the seed of an nkey, and where it came from. */
  readonly creds?: { readonly text: string; readonly from: string } | undefined;
  readonly insecure?: boolean | undefined;
  /** Says in the server's list of connections who this is. */
  readonly name: string;
}

/** The client of NATS, as far as it is the same in all runtimes. */
type Client = Pick<
  typeof import("@nats-io/nats-core"),
  "credsAuthenticator" | "errors" | "nkeyAuthenticator" | "nkeys"
>;

/** How a runtime reaches servers. */
export interface Transport {
  readonly client: Client;
  readonly words: Words;
  connect(url: Address, options: ConnectionOptions, needsTls: boolean): Promise<NatsConnection>;
}

/** What the options of a runtime are called, in messages. */
export interface Words {
  /** Without and with TLS. */
  readonly protocols: readonly [plain: string, secure: string];
  readonly creds: string;
  readonly insecure: string;
  readonly start: string;
  /** What adds a certificate to those that are trusted. */
  readonly trust: string;
}

const WAIT_MS = 500;
/** A server that was stopped may come back for two minutes. */
const AWAY_MS = 120_000;
/** So many tries take as long where each fails at once. */
const MOST_TRIES = AWAY_MS / WAIT_MS;
const LEAST_PAYLOAD = 4096;
const CONNECT_MS = 5000;
/** A server that is away or hangs takes no farewell. */
const CLOSE_MS = 2000;

const isLocal = ({ hostname }: Address): boolean => /^(localhost|127(\.\d+){3}|\[::1\])$/i.test(hostname);

/** What is wrong with an address, before anything is tried; undefined where all is well. */
export function wrongAddress(
  { server, hasCreds, insecure = false }: { server: string; hasCreds: boolean; insecure?: boolean | undefined },
  words: Words,
): string | undefined {
  const url = host.URL.canParse(server) ? new host.URL(server) : undefined;
  const isWhole = url !== undefined && words.protocols.includes(url.protocol) && url.hostname !== "";
  if (!isWhole || !/^\/?$/.test(url.pathname + url.search + url.hash)) {
    return `expected ${words.protocols.map((name) => `${name}//HOST:PORT`).join(" or ")}, got ${server}`;
  }
  // Everyone on the machine can read the arguments of a process.
  if (url.username !== "" || url.password !== "")
    return `expected a server without a password in its address; give ${words.creds}`;
  if (isLocal(url) || insecure || hasCreds) return undefined;
  return `expected credentials for ${url.host}, which is another machine, got none; give ${words.creds}, or ${words.insecure} to go without`;
}

/** An open connection, and what is wrong with the server at its other end. */
export interface NatsLink {
  readonly connection: NatsConnection;
  readonly host: string;
  /** Looked at anew whenever the connection came back, since the server may be another then. */
  readonly fault: () => Error | undefined;
}

/** Opens a connection to a NATS server. An error with one clear line where there is none. */
export async function openLink(
  { server, creds, insecure = false, name }: LinkOptions,
  { client, words, connect }: Transport,
): Promise<NatsLink> {
  const wrong = wrongAddress({ server, hasCreds: creds !== undefined, insecure }, words);
  if (wrong !== undefined) throw new RangeError(`cluster: ${wrong}`);
  const url = new host.URL(server);
  const authenticator = creds && authenticatorOf(creds, client);
  const needsTls = url.protocol === words.protocols[1] || (!isLocal(url) && !insecure);
  const options = {
    name,
    timeout: CONNECT_MS,
    reconnectTimeWait: WAIT_MS,
    maxReconnectAttempts: MOST_TRIES,
    ignoreClusterUpdates: true,
    ...(authenticator && { authenticator }),
  };
  let connection: NatsConnection;
  try {
    connection = await connect(url, options, needsTls);
  } catch (error) {
    throw new Error(`cluster: ${whyNot(error as Error, url.host, creds, { client, words })}`, { cause: error });
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

export const messengerOver = (link: NatsLink): Messenger => new NatsMessenger(link);

/** What was expected of a server, and what it is. */
function whyNot(
  error: Error,
  at: string,
  creds: LinkOptions["creds"],
  { client, words }: Pick<Transport, "client" | "words">,
): string {
  const said = `${error.message} ${error.cause instanceof Error ? error.cause.message : ""}`;
  if (error instanceof client.errors.AuthorizationError || /authorization/i.test(said)) {
    return `expected credentials that ${at} takes, got ${creds === undefined ? "none" : `those in ${creds.from}`}`;
  }
  const [plain] = words.protocols;
  if (/does not support 'tls'/.test(said)) {
    const other = `configure \`tls\` there, or give ${plain}//… and ${words.insecure}`;
    return `expected TLS at ${at}, got none; ${other}`;
  }
  const { code } = { ...(error.cause as { readonly code?: string } | undefined) };
  if (/certificate|altname/i.test(`${said} ${code}`)) {
    return (
      `expected a certificate for ${at} that this machine trusts, got another (${said.trim().toLowerCase()}); ` +
      `${words.trust} that of an authority of your own`
    );
  }
  // Pages are not told why.
  const reason = code ?? String(error.message || "no reason told").toLowerCase();
  return `expected a NATS server at ${at}, got none (${reason}); ${words.start}`;
}

/** Signs in by what is in a file: a user's JWT with its seed, or a seed alone. */
function authenticatorOf({ text, from }: NonNullable<LinkOptions["creds"]>, client: Client): Authenticator {
  const all = text.trim();
  if (all.includes("BEGIN NATS USER JWT")) return client.credsAuthenticator(encodeUtf8(all));
  if (isSeed(all, client)) return client.nkeyAuthenticator(encodeUtf8(all));
  throw new DataError(`${from}: expected a .creds file or the seed of a user's nkey, SU…, got something else`);
}

/** Whether it is the seed of a user's nkey; a letter that is wrong shows in its checksum. */
function isSeed(text: string, { nkeys }: Client): boolean {
  try {
    return text.startsWith("SU") && nkeys.fromSeed(encodeUtf8(text)) !== undefined;
  } catch {
    return false;
  }
}

class NatsMessenger implements Messenger {
  readonly mostBytes: number;
  readonly lost: Promise<Error>;
  readonly #connection: NatsConnection;
  #isClosing = false;
  #end: (error: Error) => void = () => undefined;
  /** Gives the server up that is away. */
  #away: unknown;

  constructor({ connection, host: server, fault }: NatsLink) {
    this.#connection = connection;
    this.mostBytes = connection.info?.max_payload ?? LEAST_PAYLOAD;
    this.lost = new Promise((resolve) => {
      this.#end = resolve;
    });
    void connection.closed().then((reason) => {
      if (this.#isClosing) return;
      const because = reason instanceof Error ? ` (${reason.message.toLowerCase()})` : "";
      this.#end(new Error(`cluster: expected the connection to ${server} to stay, got its end${because}`));
    });
    void this.#watch(server, fault);
  }

  publish(subject: string, bytes: Uint8Array): void {
    if (!this.#connection.isClosed()) this.#connection.publish(subject, bytes);
  }

  async flush(): Promise<void> {
    if (!this.#connection.isClosed()) await this.#connection.flush().catch(() => undefined);
  }

  listen(subject: string, take: (bytes: Uint8Array) => void): () => void {
    // A message is heard once, however long `take` needs: NATS keeps the others meanwhile.
    const callback = (error: Error | null, message: { readonly data: Uint8Array }): void => {
      if (error !== null) return;
      try {
        take(message.data);
      } catch (thrown) {
        // The client would hear nothing more, and say nothing of it.
        this.#end(thrown instanceof Error ? thrown : new Error(String(thrown)));
      }
    };
    const subscription = this.#connection.subscribe(subject, { callback });
    return () => subscription.unsubscribe();
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    host.clearTimeout(this.#away);
    if (this.#connection.isClosed()) return;
    let timer: unknown;
    const late = new Promise<void>((resolve) => {
      timer = host.setTimeout(resolve, CLOSE_MS);
    });
    await Promise.race([this.#connection.drain().catch(() => undefined), late]);
    host.clearTimeout(timer);
    // It waits for the server as well.
    if (!this.#connection.isClosed()) void this.#connection.close();
  }

  /**
   * Rights that are missing, but for those to JetStream, which says so itself, and a server that
   * came back as another, end the connection.
   */
  async #watch(server: string, fault: NatsLink["fault"]): Promise<void> {
    for await (const status of this.#connection.status()) {
      if (status.type === "disconnect") {
        // A machine that is gone refuses nothing: a try takes its whole time.
        const gone = new Error(`cluster: expected ${server} to come back within two minutes, got nothing`);
        this.#away ??= host.setTimeout(() => this.#end(gone), AWAY_MS);
      } else if (status.type === "reconnect") {
        host.clearTimeout(this.#away);
        this.#away = undefined;
        const found = fault();
        if (found !== undefined) this.#end(found);
      } else if (status.type === "error" && /permissions(?!.*"(?:\$JS|\$O|_INBOX)\.)/i.test(status.error.message)) {
        this.#end(new Error(`cluster: expected the right to a subject, got ${status.error.message.toLowerCase()}`));
      }
    }
  }
}
