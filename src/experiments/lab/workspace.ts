import { existsSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import type { OpenedGpu } from "../../adapter/opened.ts";
import { pause } from "../../adapter/pause.ts";
import { type Dataset, loadDataset } from "../../datasets/dataset.ts";
import { datasetSourceOf } from "../../datasets/sources.ts";
import { writeFileAtomic } from "../../files/atomicWrite.ts";
import { makeFolder } from "../../files/makeFolder.ts";
import { readBytes } from "../../files/readBytes.ts";
import { sha256 } from "../../files/sha256.ts";
import { FormatError } from "../../formats/checkFormat.ts";
import { DataError } from "../../formats/error.ts";
import type { Gpu } from "../../kernels/gpu.ts";
import type { Signal } from "../../kernels/signal.ts";
import type { TrainingState, TrainOptions } from "../../models/training/training.ts";
import type { SolveOptions, SolverState } from "../../ot/solver/solution.ts";
import type { Progress } from "../../run/progress.ts";
import { saveOrStop } from "../../run/saveOrStop.ts";
import { decodeState, encodeState } from "../../run/stateFile.ts";
import type { Engine } from "../../tensor/engine.ts";
import { encode, parseJson, readJson } from "./json.ts";

/**
 * Has a file of the folder made: `work` writes it, here or, on another machine, by the same code.
 * `check` throws DataError for bytes that are not those of the file.
 */
export type Maker = (file: string, work: () => Promise<void>, check: (bytes: Uint8Array) => void) => Promise<void>;

export interface WorkspaceOptions {
  readonly gpu: OpenedGpu;
  /** Folder for everything that experiments write. */
  readonly folder: string;
  /** Folder of the data sets, each in a folder of its own. */
  readonly dataRoot: string;
  readonly seed: number;
  readonly progress: Progress;
  /** Aborted once the user asked to stop. */
  readonly signal: Signal;
  /** Takes what trainings and transports tell, for their curves. */
  readonly tell?: (told: Told) => void;
  /** Who makes parts and trained results. Default: this process, one part after the other. */
  readonly make?: Maker;
}

/** Names of values that a training or a transport tells beside its losses. */
export const RATE = "learning rate";
export const CHI2 = "χ²";

/** What a training or a transport told after a step of `of`. */
export interface Told {
  readonly experiment: string;
  readonly what: string;
  readonly step: number;
  readonly of: number;
  readonly values: Readonly<Record<string, number>>;
}

/** A part of an experiment as it is stored. */
interface Part {
  readonly origin: string;
  readonly seconds: number;
  readonly value: unknown;
}

/** File name of a trained result. */
export const trainedName = (kind: string, key: object, seed: number): string =>
  `${kind}-${sha256(JSON.stringify({ ...key, seed })).slice(0, 12)}.safetensors`;

const STATE = "brenier.state.2";
const KEEP_MS = 60_000; // between two saved states of a training or a transport

/**
 * The workspace of an experiment: a device, the data sets, and a folder in which each finished part
 * is stored, so that no work is done twice.
 */
export class Workspace {
  readonly engine: Engine;
  readonly gpu: Gpu;
  readonly seed: number;
  /** Seed of the pictures that trained systems draw. */
  readonly drawSeed: number;
  readonly progress: Progress;
  readonly signal: Signal;
  /** Folder of the trained parameters, transports and classifiers that experiments share. */
  readonly trained: string;
  readonly #options: WorkspaceOptions;
  readonly #experiment: string;
  readonly #origin: string;
  readonly #sets = new Map<string, Dataset>();
  readonly #seconds = new Map<string, number>();
  /** Settled once the last part that was begun is made. */
  #last: Promise<void> = Promise.resolve();

  /** `origin` describes everything that determines the results of the experiment's parts. */
  constructor(experiment: string, origin: string, options: WorkspaceOptions) {
    this.#options = options;
    this.#experiment = experiment;
    this.#origin = sha256(origin);
    this.engine = options.gpu;
    this.gpu = options.gpu;
    this.seed = options.seed;
    this.drawSeed = options.seed + 1000; // differs from the seed of any training
    this.progress = options.progress;
    this.signal = options.signal;
    this.trained = join(options.folder, "trained");
    for (const folder of [this.trained, join(options.folder, "parts", experiment), join(options.folder, "pictures")])
      makeFolder(folder);
  }

  /** Seconds of each part, in this run or an earlier one. */
  get seconds(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#seconds);
  }

  /**
   * Loads a set from the data folder: one that can be fetched, or else the prepared set in the
   * folder of its name. DataError where it is missing or wrong.
   */
  async dataset(name: string): Promise<Dataset> {
    const { dataRoot } = this.#options;
    const place = datasetSourceOf(name) === undefined ? join(dataRoot, name) : name;
    const known = this.#sets.get(name) ?? (await loadDataset(place, dataRoot, this.signal));
    this.#sets.set(name, known);
    return known;
  }

  /**
   * The result of `work`, a plain JSON value without NaN; it is read from the folder where an
   * earlier run has stored it. Parts that are begun together are made one after the other, and none
   * after one that failed. DataError for a part from another version, config or seed.
   */
  async part<T>(name: string, work: () => Promise<T>): Promise<T> {
    const file = `parts/${this.#experiment}/${name}.json`;
    const path = join(this.#options.folder, file);
    this.#seconds.set(name, 0); // in the order in which parts are begun
    if (!existsSync(path)) {
      const make = async (): Promise<void> => {
        await pause(this.signal);
        const begin = performance.now();
        const value = await work();
        const seconds = Number(((performance.now() - begin) / 1000).toFixed(2));
        writeFileAtomic(path, encode({ origin: this.#origin, seconds, value } satisfies Part));
      };
      await (this.#options.make ?? this.#inTurn)(file, make, (bytes) => void this.#read(parseJson(bytes, file), file));
      const { seconds } = this.#read(readJson(path), path);
      this.progress.end(`${this.#experiment}: ${name} done in ${seconds.toFixed(1)} s`);
    }
    const { seconds, value } = this.#read(readJson(path), path);
    this.#seconds.set(name, seconds);
    return value as T;
  }

  readonly #inTurn: Maker = (_, work) => {
    this.#last = this.#last.then(work);
    return this.#last;
  };

  /** A part as it was stored. */
  #read(found: unknown, path: string): Part {
    const part = (typeof found === "object" && found !== null ? found : {}) as Partial<Part>;
    if (part.origin === this.#origin && typeof part.seconds === "number") return part as Part;
    throw new DataError(
      `${path}: expected a part of this version, config and seed, got one of another; remove it, or choose another --out`,
    );
  }

  /**
   * Path of a trained result, which `work` writes there where it is missing. Equal kinds, keys and
   * workspace seeds mean the same result. RangeError for a key with a seed of its own.
   */
  async result(kind: string, key: object, work: (path: string) => Promise<void>): Promise<string> {
    const path = this.file(kind, key);
    const make = this.#options.make ?? ((_, made) => made());
    if (!existsSync(path))
      await make(
        `trained/${basename(path)}`,
        () => work(path),
        () => undefined,
      );
    return path;
  }

  /**
   * Path of what is kept of a trained result under way. RangeError for a key with its own seed.
   */
  file(kind: string, key: object): string {
    if ("seed" in key)
      throw new RangeError(`workspace: expected a key of ${kind} without \`seed\`, got one; number its runs`);
    return join(this.trained, trainedName(kind, key, this.seed));
  }

  /**
   * The result of `work`, which trains with the given options. They make it report its progress and
   * continue where it was stopped.
   */
  training<T>(
    what: string,
    file: string,
    work: (options: Pick<TrainOptions, "from" | "onStep" | "onProgress" | "signal">) => Promise<T>,
  ): Promise<T> {
    return this.#resumed<TrainingState, T>(file, (from, keep) =>
      work({
        ...from,
        signal: this.signal,
        onStep: (training) => keep(() => training.save()),
        onProgress: ({ step, steps, losses, learningRate }) => {
          this.#tell(what, step, steps, { ...losses, [RATE]: learningRate });
          const told = Object.entries(losses).map(([name, loss]) => `${name} ${loss.toPrecision(4)}`);
          this.progress.update(step, steps, `${this.#experiment}  ${what}  ${told.join("  ")}`);
        },
      }),
    );
  }

  /** The same for a transport onto `targets` targets. */
  solving<T>(
    targets: number,
    file: string,
    work: (options: Pick<SolveOptions, "from" | "onStep" | "signal">) => Promise<T>,
  ): Promise<T> {
    return this.#resumed<SolverState, T>(file, (from, keep) =>
      work({
        ...from,
        signal: this.signal,
        onStep: ({ iteration, of, chi2, lr, state }) => {
          const values = { ...(chi2 !== undefined && { [CHI2]: chi2 }), [RATE]: lr };
          this.#tell(`transport onto ${targets} targets`, iteration, of, values);
          const told = chi2 === undefined ? "" : `  chi² ${chi2.toPrecision(3)}`;
          this.progress.update(iteration, of, `${this.#experiment}  transport onto ${targets} targets${told}`);
          return keep(state && (() => state));
        },
      }),
    );
  }

  /**
   * Runs `work` with a state file beside `file`. It is written at intervals and when the user
   * stops, and removed once the work is done.
   */
  async #resumed<S extends object, T>(
    file: string,
    work: (
      from: { readonly from?: S },
      keep: (state: (() => S | Promise<S>) | undefined) => Promise<void>,
    ) => Promise<T>,
  ): Promise<T> {
    const path = `${file}.state`;
    const from = this.#stateAt<S>(path);
    let last = performance.now();
    const value = await work(from, async (state) => {
      const save = async (): Promise<void> => {
        if (state !== undefined) writeFileAtomic(path, encodeState(STATE, await state()));
        last = performance.now();
      };
      await saveOrStop(this.signal, () => performance.now() - last > KEEP_MS, state && save);
    });
    rmSync(path, { force: true });
    return value;
  }

  /** The state in a file, if there is one. A damaged file is reported and removed. */
  #stateAt<S extends object>(path: string): { readonly from?: S } {
    if (!existsSync(path)) return {};
    try {
      return { from: decodeState(STATE, readBytes(path), path, "remove it to begin again") as S };
    } catch (error) {
      if (!(error instanceof DataError) || error instanceof FormatError) throw error;
      this.progress.end(`damaged state: ${error.message}; beginning again what it was of`);
      rmSync(path);
      return {};
    }
  }

  #tell(what: string, step: number, of: number, values: Told["values"]): void {
    this.#options.tell?.({ experiment: this.#experiment, what, step, of, values });
  }

  /** Writes a picture under the experiment's name; returns the file's name. */
  picture(name: string, png: Uint8Array): string {
    const file = `${this.#experiment}-${name}.png`;
    writeFileAtomic(join(this.#options.folder, "pictures", file), png);
    return file;
  }
}
