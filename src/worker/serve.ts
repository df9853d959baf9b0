import { DataError } from "../formats/error.ts";
import { inPieces } from "../kernels/batches.ts";
import type { Signal } from "../kernels/signal.ts";
import { encodeGenerator } from "../models/generator/generatorFile.ts";
import { type OpenGenerator, openGenerator } from "../models/generator/openGenerator.ts";
import { trainGenerator } from "../models/generator/trainGenerator.ts";
import { pixelSource } from "../models/training/pixelSource.ts";
import { problemSteps } from "../ot/problem.ts";
import { solve } from "../ot/solver/solver.ts";
import type { Engine } from "../tensor/engine.ts";
import type { Calls, Method } from "./calls.ts";
import { connectTo, type Port } from "./port.ts";
import { type Answer, buffersIn, failureOf, isMessage, PROTOCOL, type Request } from "./protocol.ts";

/** A signal that this side aborts itself. */
interface OwnSignal extends Signal {
  aborted: boolean;
}

/** What a method gets beside its parameters. */
interface Context {
  readonly signal: OwnSignal;
  readonly progress: (value: unknown) => void;
  /** Tells the progress, and resolves when the program has taken it or has cancelled the call. */
  readonly report: (value: unknown) => Promise<void>;
}

type Methods = {
  readonly [M in Method]: (context: Context, ...parameters: Parameters<Calls[M]>) => Promise<ReturnType<Calls[M]>>;
};

const cancelled = (): Error =>
  Object.defineProperty(new Error("worker: the call was cancelled"), "name", { value: "AbortError" });

/**
 * Makes this worker serve the program that started it; see `connect`. In a browser's module worker,
 * Deno and Bun: `serve(self, openGpu)`; in `node:worker_threads`: `serve(parentPort, openGpu)`. The
 * device is opened at the first call that needs it, and opened again after it was lost. Calls run
 * one after the other, in the order in which they came. TypeError for what is no port: outside of a
 * worker `parentPort` is null. Call it before the worker's first `await`: browsers drop messages
 * that nobody listens to.
 */
export function serve(port: Port | null, openGpu: () => Promise<Engine>): void {
  let opened: Promise<Engine> | undefined;
  const generators = new Map<number, OpenGenerator>();
  let handles = 0;
  const signals = new Map<number, OwnSignal>();
  const waiting = new Map<number, () => void>();
  let last: Promise<unknown> = Promise.resolve();

  const engine = (): Promise<Engine> => {
    opened ??= openGpu().then((gpu) => {
      const forget = (): void => {
        opened = undefined;
        generators.clear();
      };
      void gpu.lost.then(forget);
      return gpu;
    });
    opened.catch(() => {
      opened = undefined; // the next call may find an adapter
    });
    return opened;
  };
  const generatorOf = (handle: number): OpenGenerator => {
    const found = generators.get(handle);
    if (found !== undefined) return found;
    throw new Error(
      "worker: expected an open generator, got one that was disposed of or lost its device; open it again",
    );
  };

  const methods: Methods = {
    async open({ signal }, bytes) {
      const generator = await openGenerator(await engine(), bytes, { signal });
      const { config, labels, version } = generator;
      generators.set(++handles, generator);
      return { handle: handles, config, labels, version };
    },
    generate: async ({ signal, progress }, handle, options) =>
      generatorOf(handle).generate({ ...options, signal, onProgress: (done, count) => progress([done, count]) }),
    noise: async ({ signal }, handle, draw) => generatorOf(handle).noise({ ...draw, signal }),
    encode: async ({ signal }, handle, pixels) => generatorOf(handle).encode(pixels, { signal }),
    decode: async ({ signal }, handle, codes) => generatorOf(handle).decode(codes, { signal }),
    transport: async ({ signal }, handle, x) => generatorOf(handle).transport(x, { signal }),
    interpolate: async ({ signal }, handle, x0, x1, steps) =>
      generatorOf(handle).interpolate(x0, x1, steps, { signal }),
    async dispose(_, handle) {
      generators.get(handle)?.dispose();
      generators.delete(handle);
    },
    async solve({ signal, progress }, targets, { nu, source, ...options }) {
      const given = { ...(nu !== undefined && { nu }), ...(source !== undefined && { source }) };
      const gpu = await engine();
      return solve(gpu, await inPieces(gpu, problemSteps(targets, given), signal), {
        ...options,
        signal,
        onStep: ({ iteration, of, chi2 }) => progress({ iteration, of, chi2 }),
      });
    },
    async train({ signal, report }, config, pixels, options) {
      const images = pixelSource("train", pixels, config);
      const values = await trainGenerator(await engine(), config, images, { ...options, signal, onProgress: report });
      return encodeGenerator(values);
    },
    async close() {
      const gpu = await opened?.catch(() => undefined);
      for (const generator of generators.values()) generator.dispose();
      generators.clear();
      opened = undefined;
      await gpu?.dispose();
    },
  };

  const answer = (message: Answer, transfer: Iterable<ArrayBuffer> = []): void => connection.send(message, transfer);
  const run = async ({ id, method, parameters }: Extract<Request, { kind: "call" }>): Promise<void> => {
    const signal = signals.get(id) as OwnSignal;
    const tell = (value: unknown, waits: boolean): void =>
      answer({ protocol: PROTOCOL, kind: "progress", id, value, waits });
    const progress = (value: unknown): void => tell(value, false);
    const report = (value: unknown): Promise<void> =>
      new Promise((resolve) => {
        waiting.set(id, resolve);
        tell(value, true);
        if (signal.aborted) resolve();
      });
    try {
      if (signal.aborted) throw signal.reason;
      if (!Object.hasOwn(methods, method)) throw new DataError(`worker: expected a method, got ${method}`);
      const call = methods[method as Method] as (context: Context, ...all: readonly unknown[]) => Promise<unknown>;
      const value = await call({ signal, progress, report }, ...parameters);
      answer({ protocol: PROTOCOL, kind: "result", id, value }, buffersIn(value));
    } catch (error) {
      answer({ protocol: PROTOCOL, kind: "error", id, error: failureOf(error) });
    } finally {
      signals.delete(id);
      waiting.delete(id);
    }
  };
  const connection = connectTo("serve", port, (message) => {
    if (!isMessage(message, ["call", "cancel", "proceed"])) return;
    const request = message as Request;
    if (request.kind !== "call") {
      const signal = signals.get(request.id);
      if (signal !== undefined && request.kind === "cancel") signal.aborted = true;
      waiting.get(request.id)?.();
      return;
    }
    if (signals.has(request.id)) return; // under way already
    signals.set(request.id, { aborted: false, reason: cancelled() });
    last = last.then(() => run(request));
  });
}
