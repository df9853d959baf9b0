// What coordinators of experiments, workers and onlookers tell each other about jobs.
import fc from "fast-check";
import * as assert from "uvu/assert";
import { type Line, readJob, readQueue, readTold } from "../../../src/cluster/jobMessages.ts";
import { queueLines, queuesAt, showQueue } from "../../../src/cluster/jobQueues.ts";
import { openNats } from "../../../src/cluster/nats.ts";
import { encodeValue } from "../../../src/cluster/values.ts";
import { describe } from "../../support/suite.ts";
import { startNatsServer } from "./machines.ts";

describe("messages about jobs", {
  async "a queue is shown by small messages as well, however long its lines are"() {
    const server = await startNatsServer({ conf: "max_payload: 4096\n" });
    const [link, other] = await Promise.all([
      openNats({ server: server.url, name: "coordinator" }),
      openNats({ server: server.url, name: "watch" }),
    ]);
    const failed = (n: number, text: string): Line => ({ file: `parts/x/${n}.json`, state: "failed", text });
    for (const [count, text] of [
      [1, "x".repeat(6000)],
      [50, "€".repeat(1200)],
      [200, ""],
    ] as const) {
      const lines = Array.from({ length: count }, (_, n) => failed(n, text));
      const hide = showQueue(link.connection, { set: "0123456789abcdef", title: "t" }, () => lines);
      await link.connection.flush();
      const [first, ...shown] = (await queuesAt(other.connection)).flatMap(queueLines);
      assert.is(first, `t: 0 waiting, 0 running, 0 done, ${count} failed`);
      assert.ok(shown.length >= 1 && shown.length <= count, `${shown.length} lines`);
      hide();
    }
    await Promise.all([link, other].map(({ connection }) => connection.close()));
    await server.remove();
  },

  "messages of any bytes are none of ours, or have every field"() {
    // Seed 21, 300 runs.
    const hostile = (bytes: Uint8Array): void => {
      for (const read of [readJob, readTold, readQueue]) read(bytes);
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), hostile), { seed: 21, numRuns: 300 });
    const job = { set: "0123456789abcdef", file: "parts/planar/ring GAN.json", about: {} };
    assert.equal(readJob(encodeValue(job)), job);
    for (const file of ["../x", "/x", "a/../b", "a//b", "a/.b", "a", "a/b/c/d", "a/b\n", `a/${"x".repeat(200)}`]) {
      assert.is(readJob(encodeValue({ ...job, file })), undefined, file);
    }
    for (const set of ["", "*", ">", "0123456789ABCDEF"]) {
      assert.is(readJob(encodeValue({ ...job, set })), undefined, set);
    }
  },
});
