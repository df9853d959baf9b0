// What a worker sees of its server.
import { createRequire } from "node:module";
import type { NatsConnection } from "@nats-io/transport-node";
import { MissingPackageError, optionalPackage } from "../files/optionalPackage.ts";
import { oneLine } from "../kernels/oneLine.ts";
import { type NatsOptions, openNats } from "./nats.ts";

const PACKAGE = "@nats-io/jetstream";
const require = createRequire(import.meta.url);
const TRIPS = 21;
const WAIT_MS = 2000;

/** What a server is and has, as rows of a name and a text. An error where there is no server. */
export async function lookAtServer(options: NatsOptions): Promise<readonly (readonly [string, string])[]> {
  const { connection } = await openNats(options);
  try {
    const trips: number[] = [];
    for (let n = 0; n < TRIPS; n++) {
      const before = performance.now();
      await connection.flush();
      trips.push(performance.now() - before);
    }
    const median = trips.sort((a, b) => a - b)[(TRIPS - 1) / 2] as number;
    const { info } = connection;
    const isEncrypted = info?.tls_required === true || info?.tls_available === true;
    return [
      ["server", `nats-server ${info?.version} at ${connection.getServer()}`],
      ["TLS", isEncrypted ? "yes" : "no"],
      ["credentials", info?.auth_required === true ? "taken" : "not asked for"],
      ["max_payload", `${info?.max_payload} bytes`],
      ["round trip", `${median.toFixed(2)} ms, the median of ${TRIPS}`],
      ["streams", await streamsOf(connection)],
    ];
  } finally {
    await connection.close();
  }
}

/** The streams of JetStream, in words. */
async function streamsOf(connection: NatsConnection): Promise<string> {
  try {
    const { jetstreamManager } = optionalPackage(
      PACKAGE,
      "streams",
      () => require(PACKAGE) as typeof import("@nats-io/jetstream"),
    );
    const manager = await jetstreamManager(connection, { timeout: WAIT_MS });
    const all: string[] = [];
    for await (const { config, state } of manager.streams.list()) {
      all.push(`${config.name} (${state.messages} messages, ${state.bytes} bytes)`);
    }
    return all.length === 0 ? "JetStream without streams" : all.join(", ");
  } catch (error) {
    if (error instanceof MissingPackageError) return error.message;
    return `not to be seen (${oneLine((error as Error).message).toLowerCase()})`;
  }
}
