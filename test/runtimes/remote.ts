// What a program and its worker do with each other, and after the loss of a device, the same in
// every runtime: each part throws where it is not as it should be.
import { DeviceLostError } from "../../src/kernels/gpu.ts";
import { openGenerator } from "../../src/models/generator/openGenerator.ts";
import { trainGenerator } from "../../src/models/generator/trainGenerator.ts";
import { pixelSource } from "../../src/models/training/pixelSource.ts";
import { points } from "../../src/ot/points.ts";
import { createProblem } from "../../src/ot/problem.ts";
import { solve } from "../../src/ot/solver/solver.ts";
import { connect, type RemoteWorker } from "../../src/worker/connect.ts";
import type { Port } from "../../src/worker/port.ts";
import { PROTOCOL } from "../../src/worker/protocol.ts";
import { openHere } from "./openHere.ts";

interface AbortSource {
  readonly signal: { readonly aborted: boolean; readonly reason: unknown };
  abort(reason?: unknown): void;
}

interface Channel {
  readonly port1: Port & { postMessage(message: unknown): void; close(): void };
  readonly port2: Port & { close(): void };
}

const { AbortController, MessageChannel, Worker } = globalThis as unknown as {
  readonly AbortController: new () => AbortSource;
  readonly MessageChannel: new () => Channel;
  readonly Worker: new (url: URL, options: { readonly type: "module" }) => Channel["port1"];
};

/** Starts a worker that serves, or one that throws while it loads. */
const start = (name: "serving" | "throwing") =>
  new Worker(new URL(`./${name}.js`, import.meta.url), { type: "module" });

const config = { network: "small", height: 8, width: 8, channels: 1, latent: 3 } as const;
const pixels = Uint8Array.from({ length: 64 * 30 }, (_, i) => (37 * i * (1 + (Math.floor(i / 64) % 5))) % 256);
const training = { epochs: 2, batch: 10, seed: 1, chi2: 100 };
const targets = points(
  "targets",
  Float32Array.from({ length: 90 }, (_, i) => ((i * i) % 17) / 8 - 1),
  3,
);

/** A value as text, with all bits of its arrays. */
const bits = (value: unknown): string =>
  JSON.stringify(value, (_, part) => (ArrayBuffer.isView(part) ? Array.from(part as Float32Array) : part));

function same(what: string, got: unknown, wanted: unknown): void {
  const [a, b] = [bits(got), bits(wanted)];
  if (a !== b) throw new Error(`${what}: expected ${b.slice(0, 200)}, got ${a.slice(0, 200)}`);
}

/** The name and the line of what a call rejects with. */
const failing = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => "no error",
    (error: Error) => `${error.name}: ${error.message}`,
  );

function says(what: string, got: string, part: string): void {
  if (!got.includes(part)) throw new Error(`${what}: expected an error with ${part}, got ${got}`);
}

/** Does everything once, and tells what was done. */
export async function remote(): Promise<readonly string[]> {
  const there = connect(start("serving"));
  const file = await computes(there);
  const done = [computes.name];
  for (const part of [cancels, isOutOfOrder, ends]) {
    await part(there);
    done.push(part.name);
  }
  await reopens(file);
  done.push(reopens.name);
  await there.close();
  says("closed", await failing(there.solve(targets)), "got one that ended: it was closed");
  return done;
}

/** Trains, solves and draws with the bits of this thread, and with progress. Gives a generator. */
async function computes(there: RemoteWorker): Promise<Uint8Array> {
  const gpu = await openHere();
  const told: string[] = [];
  const bytes = await there.train(config, pixels, {
    ...training,
    onProgress: ({ stage, value }) => stage === "autoencoder" && told.push(`${value}`),
  });
  const losses: string[] = [];
  const source = new AbortController();
  const cut = trainGenerator(gpu, config, pixelSource("train", pixels, config), {
    ...training,
    signal: source.signal,
    onProgress: ({ stage, value }) => (stage === "autoencoder" ? losses.push(`${value}`) : source.abort()),
  });
  says("cancelled here", await failing(cut), "AbortError: ");
  same("the loss of the last step", told, losses);
  same("reports", told.length, 1);

  const steps: number[] = [];
  const found = await there.solve(targets, {
    maxSteps: 40,
    seed: 2,
    onProgress: ({ iteration }) => steps.push(iteration),
  });
  const wanted = await solve(gpu, createProblem(targets), { maxSteps: 40, seed: 2 });
  same("solving", { ...found, seconds: 0 }, { ...wanted, seconds: 0 });
  if (!(steps.length >= found.steps)) throw new Error(`solving: expected ${found.steps} reports, got ${steps.length}`);

  const [here, far] = [await openGenerator(gpu, bytes), await there.openGenerator(bytes.slice(), { transfer: true })];
  const parts: number[] = [];
  const drawn = await far.generate({ count: 20, seed: 3, onProgress: (now, count) => parts.push(now, count) });
  same("drawing", drawn, await here.generate({ count: 20, seed: 3 }));
  same("progress", parts, [20, 20]);
  const x = await far.noise({ count: 2, seed: 3 });
  same("transport", await far.transport(x), await here.transport(x));
  same("encoding", await far.encode(drawn.pixels), await here.encode(drawn.pixels));
  await far.dispose();
  says("disposed of", await failing(far.noise({ count: 1, seed: 1 })), "got one that was disposed of");
  here.dispose();
  says("wrong bytes", await failing(there.openGenerator(bytes.slice(0, 100))), "safetensors: generator: expected");
  await gpu.dispose();
  return bytes;
}

/** A call that is cancelled rejects at once, and the next ones have their turn. */
async function cancels(there: RemoteWorker): Promise<void> {
  for (const run of [
    (signal: AbortSource["signal"], stop: () => void) =>
      there.solve(targets, { chi2: 0.0001, signal, onProgress: stop }),
    (signal: AbortSource["signal"], stop: () => void) =>
      there.train(config, pixels, { ...training, epochs: 10_000, signal, onProgress: stop }),
  ]) {
    const source = new AbortController();
    says("cancelled", await failing(run(source.signal, () => source.abort())), "AbortError: ");
    same("after it", (await there.solve(targets, { maxSteps: 20 })).heights.length, 30);
  }
  const reason = new Error("enough");
  const waiting = new AbortController();
  const calls = [
    there.solve(targets, { maxSteps: 40 }),
    failing(there.solve(targets, { maxSteps: 40, signal: waiting.signal })),
  ] as const;
  waiting.abort(reason); // while the call before it is under way
  says("cancelled in the queue", await calls[1], "enough");
  same("before it", (await calls[0]).heights.length, 30);
}

/** Foreign messages, repeated ones and such of no call change nothing, on both sides. */
async function isOutOfOrder(there: RemoteWorker): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  const listening = port1 as unknown as { onmessage: (event: { data: { kind: string; id: number } }) => void };
  listening.onmessage = ({ data: { kind, id } }) => {
    if (kind !== "call") return;
    const tell = (kind: string, of: number, value: unknown): void =>
      port1.postMessage({ protocol: PROTOCOL, kind, id: of, value });
    for (const stray of [7, { kind: "result", id }, { protocol: "other", kind: "result", id }])
      port1.postMessage(stray);
    tell("result", id + 1, "of a call that was not made yet");
    tell("progress", id + 5, 0);
    tell("result", id, "first");
    tell("result", id, "second");
    tell("progress", id, "late");
  };
  const program = connect(port2);
  const told: unknown[] = [];
  for (let n = 0; n < 2; n++) {
    same("answers", await program.solve(targets, { onProgress: (value) => told.push(value) }), "first");
  }
  same("late progress", told, []);
  port1.close();
  port2.close();

  const worker = start("serving");
  for (const stray of [
    null,
    { protocol: PROTOCOL, kind: "call", id: "1", method: "close", parameters: [] },
    { protocol: PROTOCOL, kind: "cancel", id: 99 },
    { protocol: PROTOCOL, kind: "call", id: 1e6, method: "toString", parameters: [] },
    { protocol: PROTOCOL, kind: "call", id: 1e6, method: "noise", parameters: [7, {}] },
    { protocol: PROTOCOL, kind: "call", id: 1e6 + 1, method: "generate" },
  ]) {
    worker.postMessage(stray);
  }
  const other = connect(worker);
  // Two workers at once do not mix their answers up.
  const both = await Promise.all([other, there].map((each) => each.solve(targets, { maxSteps: 40, seed: 2 })));
  same("two workers", { ...both[0], seconds: 0 }, { ...both[1], seconds: 0 });
  await other.close();
}

/** A worker that ends rejects the calls under way and later ones. */
async function ends(): Promise<void> {
  const other = connect(start("serving"));
  const call = failing(other.solve(targets, { chi2: 0.0001 }));
  other.terminate();
  says("terminated", await call, "worker: expected a worker that runs, got one that ended: it was terminated; start");
  says("later", await failing(other.solve(targets)), "got one that ended: it was terminated");
  await other.close(); // nothing to wait for
  const broken = connect(start("throwing"));
  says("broken", await failing(broken.solve(targets)), "got one that ended: ");
  broken.terminate();
}

/** After a device is lost, during a download or before one, a generator is opened on another. */
async function reopens(file: Uint8Array): Promise<void> {
  const gpu = await openHere();
  const generator = await openGenerator(gpu, file);
  const drawn = await generator.generate({ count: 4, seed: 1 });
  const reason = (error: unknown): unknown => error;
  const during = gpu.download(gpu.allocate("loss", 16)).catch(reason);
  (gpu.device as GPUDevice).destroy();
  const lost = await openHere();
  const drawing = await openGenerator(lost, file);
  (lost.device as GPUDevice).destroy();
  const before = drawing.generate({ count: 4, seed: 1 }).catch(reason);
  for (const [when, error] of Object.entries({ during: await during, before: await before })) {
    if (!(error instanceof DeviceLostError)) throw new Error(`${when}: expected a DeviceLostError, got ${error}`);
  }
  const again = await openHere();
  const other = await openGenerator(again, file);
  same("after a loss", await other.generate({ count: 4, seed: 1 }), drawn);
  await again.dispose();
}
