// A connection whose server is away.
import type { NatsConnection } from "@nats-io/nats-core";
import * as assert from "uvu/assert";
import { messengerOver } from "../../src/cluster/natsLink.ts";
import { describe } from "../support/suite.ts";

/** What becomes of a connection that tells this of itself, where two minutes are 30 ms. */
async function ending(...types: readonly string[]): Promise<string> {
  const { setTimeout: real } = globalThis;
  const never = new Promise<never>(() => undefined);
  const connection = {
    closed: () => never,
    isClosed: () => true,
    async *status() {
      for (const type of types) yield { type };
      await never;
    },
  };
  globalThis.setTimeout = ((f: () => void, ms: number) => real(f, ms === 120_000 ? 30 : ms)) as typeof setTimeout;
  try {
    const link = { connection: connection as unknown as NatsConnection, host: "here", fault: () => undefined };
    const messenger = messengerOver(link);
    const stays = new Promise<Error>((resolve) => void real(() => resolve(new Error("it stays")), 100));
    const { message } = await Promise.race([messenger.lost, stays]);
    await messenger.close();
    return message;
  } finally {
    globalThis.setTimeout = real;
  }
}

describe("a connection", {
  async "ends where its server is away for two minutes, however long a try takes"() {
    const gone = "cluster: expected here to come back within two minutes, got nothing";
    assert.is(await ending("disconnect"), gone);
    assert.is(await ending("disconnect", "reconnecting", "reconnecting"), gone);
    assert.is(await ending("disconnect", "reconnect", "disconnect"), gone);
    assert.is(await ending("disconnect", "reconnecting", "reconnect"), "it stays");
    assert.is(await ending("reconnecting", "ping"), "it stays");
  },
});
