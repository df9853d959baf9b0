import { checkOptions } from "../kernels/options.ts";
import { type Cancellable, type Signal, throwIfAborted } from "../kernels/signal.ts";
import { CODE_DRAW, type CodeDraw } from "../models/autoencoder/generator.ts";
import type { Drawn, GenerateOptions, Path } from "../models/generator/openGenerator.ts";
import type { Pictures } from "../models/generator/pictures.ts";
import {
  type GeneratorProgress,
  TRAIN_GENERATOR,
  type TrainGeneratorOptions,
} from "../models/generator/trainGenerator.ts";
import type { AutoencoderConfig } from "../models/networks/networks.ts";
import type { Pixels } from "../models/training/pixelSource.ts";
import type { Transported } from "../ot/map/map.ts";
import type { Points } from "../ot/points.ts";
import { SOLVE_OPTIONS, type Solution } from "../ot/solver/solution.ts";
import { type Calls, isSent, type Method, type Opened, type SentSolveOptions } from "./calls.ts";
import { connectTo, type Port } from "./port.ts";
import { type Answer, buffersIn, errorOf, isMessage, PROTOCOL } from "./protocol.ts";

/** How a call to a worker ends early, and whether its arrays are copied. */
export interface CallOptions extends Cancellable {
  /**
   * Hands the arrays over instead of copying them; they are empty afterwards. Default: false.
   */
  readonly transfer?: boolean | undefined;
}

const CALL_OPTIONS = ["signal", "transfer"] as const;

/** A generator in a worker: what OpenGenerator does, each call in its turn. */
export interface RemoteGenerator extends Omit<Opened, "handle"> {
  /** As of an `OpenGenerator`, in the worker, here and below. */
  generate(options: GenerateOptions): Promise<Drawn>;
  /** The source points of the pictures that `generate` draws without a label. */
  noise(draw: CodeDraw): Promise<Float32Array>;
  /** Codes of pictures. */
  encode(pixels: Float32Array, options?: CallOptions): Promise<Float32Array<ArrayBuffer>>;
  /** Pictures of codes. */
  decode(codes: Float32Array, options?: CallOptions): Promise<Pictures>;
  /** T(x) and the cells of source points. */
  transport(x: Float32Array, options?: CallOptions): Promise<Transported>;
  /** Pictures along a straight path, and all cells that it crosses. */
  interpolate(x0: Float32Array, x1: Float32Array, steps: number, options?: CallOptions): Promise<Path>;
  /** Lets go of the generator's memory in the worker. */
  dispose(): Promise<void>;
}

/** How far a solver in a worker is. */
export interface SolveProgress {
  readonly iteration: number;
  readonly of: number;
  readonly chi2: number | undefined;
}

/** How a worker solves: options of `solve` and of the problem. */
export interface RemoteSolveOptions extends SentSolveOptions, CallOptions {
  /** Called after each step. */
  readonly onProgress?: ((progress: SolveProgress) => void) | undefined;
}

const REMOTE_SOLVE: readonly (keyof RemoteSolveOptions)[] = [
  "nu",
  "source",
  ...SOLVE_OPTIONS.filter(isSent),
  "onProgress",
  ...CALL_OPTIONS,
];

/**
 * How a worker trains a generator. It waits for the promise of `onProgress`, so that a page can
 * step through a training.
 */
export interface RemoteTrainOptions extends TrainGeneratorOptions, CallOptions {}

/**
 * The other side of a connection. A call whose signal is aborted rejects with the signal's reason
 * at once; the worker ends the work at its next pause and goes on with the next call. So does a
 * call whose `onProgress` throws. Errors come back with their class and their one line.
 */
export interface RemoteWorker {
  /** Opens the bytes of a generator.safetensors. */
  openGenerator(bytes: Uint8Array | ArrayBuffer, options?: CallOptions): Promise<RemoteGenerator>;
  /** Solves the transport to targets: `createProblem` and `solve` in one. */
  solve(targets: Points, options?: RemoteSolveOptions): Promise<Solution>;
  /** The bytes of a generator.safetensors for pictures: `trainGenerator` and `encodeGenerator`. */
  train(config: AutoencoderConfig, pixels: Pixels, options: RemoteTrainOptions): Promise<Uint8Array<ArrayBuffer>>;
  /** Waits for the calls under way, lets go of the device, and ends the worker. */
  close(): Promise<void>;
  /** Ends the worker at once. Calls under way reject, as do later ones. */
  terminate(): void;
}

/** A call that waits for its answer. */
interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
  readonly onProgress: ((value: never) => unknown) | undefined;
}

/** The part of an AbortSignal that tells of its abortion; one without it is read at each answer. */
interface Telling extends Signal {
  addEventListener?(type: "abort", listener: () => void): void;
  removeEventListener?(type: "abort", listener: () => void): void;
}

/**
 * Connects to a worker that calls `serve`, so that drawing, solving and training take no time of
 * this thread: a page's `new Worker(url, { type: "module" })`, one of `node:worker_threads`, or a
 * MessagePort. It may be called before the worker has loaded.
 */
export function connect(port: Port): RemoteWorker {
  const waiting = new Map<number, Waiting>();
  let calls = 0;
  let ended: string | undefined;
  const gone = (): Error =>
    new Error(`worker: expected a worker that runs, got one that ended: ${ended}; start another and connect to it`);
  const end = (why: string): void => {
    ended ??= why;
    for (const { reject } of waiting.values()) reject(gone());
    waiting.clear();
  };
  const connection = connectTo(
    "connect",
    port,
    (message) => {
      if (!isMessage(message, ["progress", "result", "error"])) return;
      const answer = message as Answer;
      const call = waiting.get(answer.id);
      if (call === undefined) return; // of a call that was cancelled, or of none
      if (answer.kind === "progress") {
        const { id, value, waits } = answer;
        const send = (kind: "proceed" | "cancel"): void => connection.send({ protocol: PROTOCOL, kind, id }, []);
        const taken = async (): Promise<unknown> => call.onProgress?.(value as never);
        void taken().then(
          () => waits && send("proceed"),
          (error: unknown) => {
            waiting.delete(id);
            send("cancel");
            call.reject(error);
          },
        );
        return;
      }
      waiting.delete(answer.id);
      if (answer.kind === "result") call.resolve(answer.value as never);
      else call.reject(errorOf(answer.error));
    },
    end,
  );

  async function call<M extends Method>(
    method: M,
    parameters: Parameters<Calls[M]>,
    { signal, transfer = false }: CallOptions = {},
    onProgress?: (value: never) => unknown,
  ): Promise<ReturnType<Calls[M]>> {
    throwIfAborted(signal);
    if (ended !== undefined) throw gone();
    const id = ++calls;
    const telling: Telling | undefined = signal;
    let cancel = (): void => undefined;
    try {
      return await new Promise<ReturnType<Calls[M]>>((resolve, reject) => {
        cancel = () => {
          waiting.delete(id);
          connection.send({ protocol: PROTOCOL, kind: "cancel", id }, []);
          reject(signal?.reason);
        };
        telling?.addEventListener?.("abort", cancel);
        waiting.set(id, { resolve, reject, onProgress });
        const message = { protocol: PROTOCOL, kind: "call", id, method, parameters } as const;
        connection.send(message, transfer ? buffersIn(parameters) : []);
      });
    } finally {
      waiting.delete(id);
      telling?.removeEventListener?.("abort", cancel);
    }
  }

  return {
    async openGenerator(bytes, options = {}) {
      checkOptions("openGenerator", options, CALL_OPTIONS);
      const { handle, ...opened } = await call("open", [bytes], options);
      return {
        ...opened,
        generate(options) {
          checkOptions("generate", options, [...CODE_DRAW, "label", "onProgress"]);
          const { signal, onProgress, ...draw } = options;
          const told = onProgress && (([done, count]: readonly [number, number]) => onProgress(done, count));
          return call("generate", [handle, draw], { signal }, told);
        },
        noise(options) {
          checkOptions("noise", options, CODE_DRAW);
          const { signal, ...draw } = options;
          return call("noise", [handle, draw], { signal });
        },
        encode(pixels, options = {}) {
          checkOptions("encode", options, CALL_OPTIONS);
          return call("encode", [handle, pixels], options);
        },
        decode(codes, options = {}) {
          checkOptions("decode", options, CALL_OPTIONS);
          return call("decode", [handle, codes], options);
        },
        transport(x, options = {}) {
          checkOptions("transport", options, CALL_OPTIONS);
          return call("transport", [handle, x], options);
        },
        interpolate(x0, x1, steps, options = {}) {
          checkOptions("interpolate", options, CALL_OPTIONS);
          return call("interpolate", [handle, x0, x1, steps], options);
        },
        dispose: () => call("dispose", [handle]),
      };
    },
    async solve(targets, options = {}) {
      checkOptions("solve", options, REMOTE_SOLVE);
      const { signal, transfer, onProgress, ...sent } = options;
      return call("solve", [targets, sent], { signal, transfer }, onProgress);
    },
    async train(config, pixels, options) {
      checkOptions("train", options, [...TRAIN_GENERATOR, "transfer"]);
      const { signal, transfer, onProgress, ...sent } = options;
      return call(
        "train",
        [config, pixels, sent],
        { signal, transfer },
        onProgress as (value: GeneratorProgress) => unknown,
      );
    },
    async close() {
      if (ended !== undefined) return;
      await call("close", []);
      connection.close();
      end("it was closed");
    },
    terminate() {
      connection.close();
      end("it was terminated");
    },
  };
}
