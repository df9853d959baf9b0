// Work in a worker: the same bits as in this thread, with progress, cancelling, and an end.
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import * as assert from "uvu/assert";
import { AdapterError } from "../../src/adapter/opened.ts";
import { openGpu } from "../../src/adapter/openGpu.ts";
import { DataError } from "../../src/formats/error.ts";
import { DeviceLostError } from "../../src/kernels/gpu.ts";
import { encodeGenerator } from "../../src/models/generator/generatorFile.ts";
import { openGenerator } from "../../src/models/generator/openGenerator.ts";
import { trainGenerator } from "../../src/models/generator/trainGenerator.ts";
import { pixelSource } from "../../src/models/training/pixelSource.ts";
import { points } from "../../src/ot/points.ts";
import { createProblem } from "../../src/ot/problem.ts";
import { solve } from "../../src/ot/solver/solver.ts";
import type { Engine } from "../../src/tensor/engine.ts";
import { connect, type RemoteWorker } from "../../src/worker/connect.ts";
import { PROTOCOL } from "../../src/worker/protocol.ts";
import { serve } from "../../src/worker/serve.ts";
import { testEngine } from "../support/device.ts";
import { generatorOf } from "../support/generators.ts";
import { describe } from "../support/suite.ts";
import { rejects, throws } from "../support/throws.ts";

const engine = await testEngine();
const config = { height: 4, width: 4, channels: 1, latent: 3 };
const bytes = encodeGenerator(
  generatorOf({ config, targets: 30, seed: 5, source: "gaussian", rule: "facet", labels: 2 }),
);
const pixels = Uint8Array.from({ length: 16 * 40 }, (_, i) => 128 + 100 * Math.sin(i * (1 + (Math.floor(i / 16) % 5))));
const training = { epochs: 3, batch: 10, seed: 1, chi2: 0.5 };
const targets = points(
  "targets",
  Float32Array.from({ length: 90 }, (_, i) => Math.sin(i * i)),
  3,
);

const worker = new Worker(new URL("../support/worker.js", import.meta.url));
const remote = connect(worker);

/** A worker and its program in this thread. */
function pair(open: () => Promise<Engine> = () => openGpu()): { remote: RemoteWorker; port: MessagePort } {
  const { port1, port2 } = new MessageChannel();
  serve(port1, open);
  return { remote: connect(port2), port: port2 };
}

const nameOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "no error",
    (error: Error) => error.name,
  );

describe("a worker", {
  async "draws the bits that this thread draws, with progress"() {
    const here = await openGenerator(engine, bytes);
    const there = await remote.openGenerator(bytes);
    assert.equal([there.config, there.labels, there.version], [here.config, [0, 10], "0.0.1"]);
    const told: number[] = [];
    const drawn = await there.generate({ count: 2100, seed: 3, onProgress: (done, count) => told.push(done, count) });
    assert.equal(told, [2000, 2100, 2100, 2100]);
    assert.equal(drawn, await here.generate({ count: 2100, seed: 3 }));
    const labelled = { count: 7, seed: 3, label: 10, first: 2 };
    assert.equal(await there.generate(labelled), await here.generate(labelled));
    const x = await there.noise({ count: 2, seed: 3 });
    assert.equal(x, await here.noise({ count: 2, seed: 3 }));
    assert.equal(await there.transport(x), await here.transport(x));
    const [x0, x1] = [x.subarray(0, 3), x.subarray(3)];
    assert.equal(await there.interpolate(x0, x1, 4), await here.interpolate(x0, x1, 4));
    const codes = await there.encode(drawn.pixels.subarray(0, 160));
    assert.equal(codes, await here.encode(drawn.pixels.subarray(0, 160)));
    assert.equal(await there.decode(codes), await here.decode(codes));
    await there.dispose();
    await rejects(
      there.noise({ count: 1, seed: 1 }),
      "worker: expected an open generator, got one that was disposed of",
    );
    here.dispose();
  },

  async "solves and trains to the bits of this thread"() {
    const told: number[] = [];
    const solution = await remote.solve(targets, {
      chi2: 0.3,
      seed: 2,
      onProgress: ({ iteration }) => told.push(iteration),
    });
    const { seconds: _, ...wanted } = await solve(engine, createProblem(targets), { chi2: 0.3, seed: 2 });
    const { seconds, ...found } = solution;
    assert.ok(Number.isNaN(seconds));
    assert.equal(found, wanted);
    assert.ok(told.length >= solution.steps && told.every((n, i) => i === 0 || n >= (told[i - 1] as number)));

    const stages = new Set<string>();
    const made = await remote.train(config, pixels, { ...training, onProgress: ({ stage }) => stages.add(stage) });
    assert.equal([...stages], ["autoencoder", "transport"]);
    const values = await trainGenerator(engine, config, pixelSource("train", pixels, config), training);
    assert.is(Buffer.compare(made, encodeGenerator(values)), 0);
    const generator = await remote.openGenerator(made, { transfer: true });
    assert.is(made.length, 0, "handed over");
    assert.is((await generator.generate({ count: 3, seed: 1 })).count, 3);
    await generator.dispose();
  },

  async "a training waits for the promise of each report, and ends where one fails"() {
    const told: string[] = [];
    await remote.train(config, pixels, {
      ...training,
      preview: 2,
      async onProgress({ stage, step }) {
        told.push(`begin ${stage} ${step}`);
        await new Promise((resolve) => setTimeout(resolve, 2));
        told.push(`end ${stage} ${step}`);
      },
    });
    assert.is(told[0], "begin autoencoder 0");
    for (let i = 0; i < told.length; i += 2) assert.is(told[i + 1], told[i]?.replace("begin", "end"));
    const controller = new AbortController();
    const waiting = remote.train(config, pixels, {
      ...training,
      signal: controller.signal,
      onProgress: () => {
        controller.abort();
        return new Promise(() => undefined);
      },
    });
    assert.is(await nameOf(waiting), "AbortError", "a call that waits is cancelled");
    const onProgress = (): never => {
      throw new RangeError("enough");
    };
    await rejects(remote.train(config, pixels, { ...training, epochs: 1000, onProgress }), "enough");
    assert.is((await remote.solve(targets, { chi2: 0.5 })).stop, "reached", "the next call has its turn");
  },

  async "a cancelled call rejects with AbortError, and the device works on"() {
    const there = await remote.openGenerator(bytes);
    for (const run of [
      (signal: AbortSignal, stop: () => void) => remote.solve(targets, { chi2: 0.001, signal, onProgress: stop }),
      (signal: AbortSignal, stop: () => void) =>
        remote.train(config, pixels, { ...training, epochs: 1000, signal, onProgress: stop }),
      (signal: AbortSignal, stop: () => void) => there.generate({ count: 20_000, seed: 1, signal, onProgress: stop }),
    ]) {
      const controller = new AbortController();
      assert.is(await nameOf(run(controller.signal, () => controller.abort())), "AbortError");
      assert.is((await there.generate({ count: 2, seed: 1 })).count, 2, "the next call has its turn at once");
    }
    const reason = new Error("enough");
    assert.is(
      await there.noise({ count: 1, seed: 1, signal: AbortSignal.abort(reason) }).catch((e: unknown) => e),
      reason,
    );
    const waiting = new AbortController();
    const calls = [
      there.generate({ count: 4000, seed: 1 }),
      there.generate({ count: 4, seed: 2, signal: waiting.signal }),
    ];
    waiting.abort(reason); // while the call before it is under way
    assert.is(await calls[1]?.catch((e: unknown) => e), reason);
    assert.is((await calls[0])?.count, 4000);
    await there.dispose();
  },

  async "errors come back with their class and their line"() {
    for (const [call, Class, message] of [
      [() => remote.openGenerator(bytes.subarray(0, 100)), DataError, "safetensors: generator: expected"],
      [() => remote.solve(targets, { chi2: -1 }), RangeError, "solve: expected `chi2` above 0, got -1"],
      [() => remote.train(config, pixels.subarray(1), training), RangeError, "`pixels` of whole pictures of 16"],
      [() => remote.solve({} as never), RangeError, "expected points"],
      [() => remote.solve(targets, { chi: 1 } as never), TypeError, "solve: expected options among nu, source, chi2"],
    ] as const) {
      const error: unknown = await call().catch((thrown: unknown) => thrown);
      assert.instance(error, Class);
      assert.ok((error as Error).message.includes(message), String(error));
    }
    throws(() => connect({} as never), "connect: expected a worker or a port, got an object with {  }");
    throws(() => serve(null, openGpu), "serve: expected a worker or a port, got null");
  },

  async "one that is terminated rejects the calls under way and later ones"() {
    const other = new Worker(new URL("../support/worker.js", import.meta.url));
    const connected = connect(other);
    const call = connected.solve(targets, { chi2: 0.0001 });
    const failed = rejects(call, "worker: expected a worker that runs, got one that ended: it ended; start another");
    await other.terminate(); // by its owner, as a page may do
    await failed;
    await rejects(connected.openGenerator(bytes), "got one that ended: it ended");
    await connected.close(); // nothing to wait for
    const third = connect(new Worker(new URL("../support/worker.js", import.meta.url)));
    const last = rejects(third.openGenerator(bytes), "got one that ended: it was terminated");
    third.terminate();
    await last;
    const broken = connect(new Worker("throw new Error('no such module')", { eval: true }));
    await rejects(broken.openGenerator(bytes), "got one that ended: no such module");
  },

  async "messages that are foreign, out of order, repeated or of no call change nothing"() {
    const { port1, port2 } = new MessageChannel();
    const sent: { readonly kind: string; readonly id: number }[] = [];
    port1.on("message", (message) => {
      sent.push(message);
      if (message.kind !== "call") return;
      const { id } = message;
      for (const stray of [undefined, 7, "text", { kind: "result", id }, { protocol: "other", kind: "result", id }]) {
        port1.postMessage(stray);
      }
      const tell = (kind: string, of: number, value: unknown): void =>
        port1.postMessage({ protocol: PROTOCOL, kind, id: of, value });
      tell("result", id + 1, "of a call that was not made yet");
      tell("progress", id + 5, 0);
      tell("result", id, "first");
      tell("result", id, "second");
      tell("progress", id, "late");
      port1.postMessage({ protocol: PROTOCOL, kind: "error", id, error: { name: "Error", message: "late" } });
    });
    const program = connect(port2);
    const told: unknown[] = [];
    for (let n = 0; n < 2; n++) {
      assert.is(await program.solve(targets, { onProgress: (value) => told.push(value) }), "first" as unknown);
    }
    assert.equal(told, []);
    port1.close();

    const { remote: local, port } = pair(async () => engine);
    for (const stray of [
      null,
      { protocol: PROTOCOL, kind: "call", id: "1", method: "close", parameters: [] },
      { protocol: PROTOCOL, kind: "cancel", id: 99 },
      { protocol: PROTOCOL, kind: "call", id: 1e6, method: "toString", parameters: [] },
      { protocol: PROTOCOL, kind: "call", id: 1e6, method: "noise", parameters: [7, {}] },
      { protocol: PROTOCOL, kind: "call", id: 1e6 + 1, method: "generate" },
    ]) {
      port.postMessage(stray);
    }
    const generator = await local.openGenerator(bytes);
    assert.is((await generator.generate({ count: 3, seed: 1 })).count, 3);
    await generator.dispose();
    port.close();
  },

  async "a device that cannot be opened or is lost is a typed error, and the next call opens another"() {
    let tries = 0;
    let current: Engine | undefined;
    const { remote: local, port } = pair(async () => {
      if (++tries === 1) throw new AdapterError("adapter: expected a WebGPU adapter, found none");
      current = await openGpu();
      return current;
    });
    const error = await local.openGenerator(bytes).catch((thrown: Error) => thrown);
    assert.equal(
      [(error as Error).name, (error as Error).message],
      ["AdapterError", "adapter: expected a WebGPU adapter, found none"],
    );
    const generator = await local.openGenerator(bytes);
    const lost = generator.generate({ count: 100_000, seed: 1, onProgress: () => current?.device.destroy() });
    assert.instance(await lost.catch((thrown: unknown) => thrown), DeviceLostError);
    await rejects(generator.generate({ count: 1, seed: 1 }), "or lost its device; open it again");
    const again = await local.openGenerator(bytes);
    assert.is((await again.generate({ count: 3, seed: 1 })).count, 3);
    assert.is(tries, 3);
    await local.close();
    port.close();
  },

  async "closes when its calls are done, and lets the process end"() {
    const ended = new Promise((resolve) => worker.once("exit", resolve));
    const call = remote.solve(targets, { chi2: 0.5 });
    await remote.close();
    assert.is((await call).stop, "reached");
    await ended;
    await rejects(remote.solve(targets), "got one that ended: it was closed");
  },
});
