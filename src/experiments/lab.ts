import { existsSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../data/atomicWrite.ts";
import { DataError } from "../data/error.ts";
import { makeFolder } from "../data/makeFolder.ts";
import { sha256 } from "../data/sha256.ts";
import type { Gpu } from "../kernels/gpu.ts";
import type { SystemOptions } from "../models/system.ts";
import type { NodeGpu } from "../node.ts";
import type { SolveOptions } from "../ot/solver.ts";
import type { Progress } from "../report/progress.ts";
import { type Dataset, loadDataset } from "../run/dataset.ts";
import { Engine } from "../tensor/engine.ts";
import { encode, readJson } from "./json.ts";

export interface LabOptions {
  readonly node: NodeGpu;
  /** Holds all that experiments leave. */
  readonly folder: string;
  /** Holds the data sets, a folder each. */
  readonly dataRoot: string;
  readonly seed: number;
  readonly progress: Progress;
  /** Throws once the user asked to stop. */
  readonly check: () => void;
}

/** A part of an experiment as it is kept. */
interface Part {
  readonly origin: string;
  readonly seconds: number;
  readonly value: unknown;
}

/** Where an experiment works: a device, the data sets, and a folder in which each finished part is kept, so that nothing is done twice. */
export class Lab {
  readonly engine: Engine;
  readonly gpu: Gpu;
  readonly seed: number;
  /** Seed of the pictures that trained systems draw. */
  readonly drawSeed: number;
  readonly progress: Progress;
  readonly check: () => void;
  /** Trained parameters, transports and judges, shared by experiments. */
  readonly trained: string;
  readonly #options: LabOptions;
  readonly #experiment: string;
  readonly #origin: string;
  readonly #sets = new Map<string, Dataset>();
  readonly #seconds = new Map<string, number>();

  /** `origin` is all that decides what the experiment's parts are. */
  constructor(experiment: string, origin: string, options: LabOptions) {
    this.#options = options;
    this.#experiment = experiment;
    this.#origin = sha256(origin);
    this.engine = new Engine(options.node.gpu);
    this.gpu = options.node.gpu;
    this.seed = options.seed;
    this.drawSeed = options.seed + 1000; // no training's
    this.progress = options.progress;
    this.check = options.check;
    this.trained = join(options.folder, "trained");
    for (const folder of [this.trained, join(options.folder, "parts", experiment), join(options.folder, "pictures")])
      makeFolder(folder);
  }

  /** Seconds of each part, whenever it was done. */
  get seconds(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#seconds);
  }

  /** A set of the data folder. DataError where it is missing or wrong. */
  dataset(name: string): Dataset {
    const known = this.#sets.get(name) ?? loadDataset(name, this.#options.dataRoot);
    this.#sets.set(name, known);
    return known;
  }

  /**
   * What `work` returns: a plain JSON value without NaN, read back from the folder where an earlier run has done it. DataError for a part that
   * comes from another version, config or seed.
   */
  async part<T>(name: string, work: () => Promise<T>): Promise<T> {
    const path = join(this.#options.folder, "parts", this.#experiment, `${name}.json`);
    if (existsSync(path)) {
      const found = readJson(path) as Part;
      if (found.origin !== this.#origin) {
        throw new DataError(
          `${path}: expected a part of this version, config and seed, got one of another; remove it, or choose another --out`,
        );
      }
      this.#seconds.set(name, found.seconds);
      return found.value as T;
    }
    this.check();
    const begin = performance.now();
    const value = await work();
    const seconds = Number(((performance.now() - begin) / 1000).toFixed(2));
    writeFileAtomic(path, encode({ origin: this.#origin, seconds, value } satisfies Part));
    this.#seconds.set(name, seconds);
    this.progress.end(`${this.#experiment}: ${name} done in ${seconds.toFixed(1)} s`);
    return value;
  }

  /** What a training takes to tell how far it is and to stop between steps. */
  telling(what: string): Pick<SystemOptions, "onProgress"> {
    return {
      onProgress: ({ step, steps, losses }) => {
        const told = Object.entries(losses).map(([name, loss]) => `${name} ${loss.toPrecision(4)}`);
        this.progress.update(step, steps, `${this.#experiment}  ${what}  ${told.join("  ")}`);
        this.check();
      },
    };
  }

  /** The same for a transport onto so many targets. */
  solving(targets: number): Pick<SolveOptions, "onStep"> {
    return {
      onStep: ({ iteration, of, chi2 }) => {
        const told = chi2 === undefined ? "" : `  chi² ${chi2.toPrecision(3)}`;
        this.progress.update(iteration, of, `${this.#experiment}  transport onto ${targets} targets${told}`);
        this.check();
      },
    };
  }

  /** Writes a picture under the experiment's name; returns the file's name. */
  picture(name: string, png: Uint8Array): string {
    const file = `${this.#experiment}-${name}.png`;
    writeFileAtomic(join(this.#options.folder, "pictures", file), png);
    return file;
  }
}
