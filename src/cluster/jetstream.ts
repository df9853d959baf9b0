// JetStream and its object store: optional packages, as the client of NATS is.
import { createRequire } from "node:module";
import type { JetStreamClient, JetStreamManager } from "@nats-io/jetstream";
import type { ObjectStore } from "@nats-io/obj";
import { optionalPackage } from "../files/optionalPackage.ts";
import { consumerOf, STREAM, SUBJECTS } from "./jobMessages.ts";
import type { NatsLink } from "./natsLink.ts";

const require = createRequire(import.meta.url);
const load = <T>(name: string): T => optionalPackage(name, "jobs of several machines", () => require(name) as T);
const jetstream = (): typeof import("@nats-io/jetstream") => load("@nats-io/jetstream");
const objects = (): typeof import("@nats-io/obj") => load("@nats-io/obj");

export interface Stores {
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly host: string;
}

const LEFT_MS = 30 * 24 * 3600 * 1000; // what a coordinator that was killed left behind
const GET_MS = 60_000;
const MOST_JOB_BYTES = 65_536;

/** JetStream of a server; an error that names the setting where it has none. */
export async function openJetStream({ connection, host }: NatsLink): Promise<Stores> {
  const { jetstream: clientOf, jetstreamManager } = jetstream();
  objects().setSha256Backend("native"); // its own takes ten times as long
  try {
    const manager = await jetstreamManager(connection);
    await manager.getAccountInfo();
    return { client: clientOf(connection), manager, host };
  } catch (error) {
    const reason = (error as Error).message.toLowerCase();
    throw new Error(
      `cluster: expected JetStream at ${host}, got none (${reason}); add \`jetstream { store_dir: … }\` to the server's configuration`,
      { cause: error },
    );
  }
}

/** What JetStream could not do, in one line that says what to change. */
export function told(error: unknown, { host }: Stores, what: string): Error {
  const { message } = error as Error;
  if (/maximum bytes exceeded|insufficient (storage )?resources|no space left|maximum.*storage/i.test(message)) {
    return new Error(`cluster: expected room for ${what} at ${host}, got none; raise \`max_file\` of jetstream there`, {
      cause: error,
    });
  }
  return new Error(`cluster: ${host} did not take ${what}: ${message}`, { cause: error });
}

/** The files of a set, each written once. */
export class Files {
  readonly #stores: Stores;
  readonly #objects: ObjectStore;

  constructor(stores: Stores, all: ObjectStore) {
    this.#stores = stores;
    this.#objects = all;
  }

  /** The names that are there, and later those that come, until it is stopped. */
  async watch(take: (file: string) => void, failed: (error: unknown) => void): Promise<() => void> {
    const all = await this.#objects.watch({ includeHistory: true, ignoreDeletes: true });
    const listen = async (): Promise<void> => {
      for await (const { name } of all) take(name);
    };
    listen().catch(failed);
    return () => all.stop();
  }

  async has(file: string): Promise<boolean> {
    const found = await this.#objects.info(file);
    return found !== null && !found.deleted;
  }

  /** The bytes, whose digest was verified; undefined where there are none. */
  async get(file: string): Promise<Uint8Array | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const error = new Error(`cluster: expected ${file} from the object store within a minute, got nothing`);
      timer = setTimeout(() => reject(error), GET_MS);
    });
    try {
      return (await Promise.race([this.#objects.getBlob(file), late])) ?? undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Writes a file, unless another did. */
  async put(file: string, bytes: Uint8Array): Promise<void> {
    if (await this.has(file)) return;
    try {
      await this.#objects.putBlob({ name: file }, bytes);
    } catch (error) {
      throw told(error, this.#stores, `${file} of ${bytes.length} bytes`);
    }
  }

  async remove(file: string): Promise<void> {
    await this.#objects.delete(file);
  }

  async destroy(): Promise<void> {
    await this.#objects.destroy();
  }
}

/** Creates the files of a set. */
export async function createFiles(stores: Stores, bucket: string): Promise<Files> {
  try {
    return new Files(stores, await new (objects().Objm)(stores.client).create(bucket, { ttl: LEFT_MS * 1e6 }));
  } catch (error) {
    throw told(error, stores, `the object store ${bucket}`);
  }
}

/** Opens files that a coordinator created. */
export const openFiles = async (stores: Stores, bucket: string): Promise<Files> =>
  new Files(stores, await new (objects().Objm)(stores.client).open(bucket));

/** Creates the queue, and the way to it of those who fit. */
export async function createQueue(stores: Stores, fit: string, patience: number): Promise<void> {
  const { AckPolicy, DiscardPolicy, RetentionPolicy } = jetstream();
  const { streams, consumers } = stores.manager;
  try {
    await streams.add({
      name: STREAM,
      subjects: [SUBJECTS.all],
      retention: RetentionPolicy.Workqueue,
      // A job is there once, however often it is published.
      max_msgs_per_subject: 1,
      discard: DiscardPolicy.New,
      discard_new_per_subject: true,
      max_msg_size: MOST_JOB_BYTES,
    });
    const ours = { filter_subject: SUBJECTS.fit(fit), ack_policy: AckPolicy.Explicit, ack_wait: patience * 1e6 };
    await consumers.add(STREAM, { durable_name: consumerOf(fit), ...ours });
  } catch (error) {
    throw told(error, stores, "the queue of jobs");
  }
}
