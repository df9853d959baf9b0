import { AsyncLocalStorage } from "node:async_hooks";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { writeFileAtomic } from "../../files/atomicWrite.ts";
import { makeFolder } from "../../files/makeFolder.ts";
import { readBytes } from "../../files/readBytes.ts";
import { encodeUtf8 } from "../../formats/utf8.ts";
import { type Signal, throwIfAborted } from "../../kernels/signal.ts";
import type { ProfileName } from "../../run/settings.ts";
import { curvesOf, Thinning } from "./curves.ts";
import type { Experiment } from "./experiment.ts";
import { originOf } from "./reproduce.ts";
import { type Maker, type Told, Workspace, type WorkspaceOptions } from "./workspace.ts";

/** Files that several machines share, each written once. */
export interface Shelf {
  get(file: string): Promise<Uint8Array | undefined>;
  has(file: string): Promise<boolean>;
  put(file: string, bytes: Uint8Array): Promise<void>;
}

interface Pending {
  readonly work: () => Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const LOOK_MS = 100;
/** An experiment that needs nothing new for so long does not need what was asked for. */
const STILL_MS = 1_200_000;

/**
 * An experiment under way on a machine that makes only some of its files. It stands still wherever
 * it needs a file, until the file is on the shelf or is to be made here.
 */
export class Session {
  readonly #folder: string;
  readonly #shelf: Shelf;
  readonly #pending = new Map<string, Pending>();
  readonly #run: Promise<unknown>;
  /** Set in all that the work of a job calls: it goes on without jobs of its own. */
  readonly #within = new AsyncLocalStorage<true>();
  readonly #signal: Signal;
  /** What the job under way told of its steps. */
  #told: Told[] = [];
  #error: unknown;
  #isOver = false;
  #changed: () => void = () => undefined;

  constructor(
    experiment: Experiment,
    { shelf, profile, ...options }: WorkspaceOptions & { readonly shelf: Shelf; readonly profile: ProfileName },
  ) {
    this.#folder = options.folder;
    this.#shelf = shelf;
    this.#signal = options.signal;
    const origin = originOf(experiment, profile, options.seed);
    const thinning = new Thinning();
    const tell = (told: Told): void => void (thinning.keeps(told) && this.#told.push(told));
    const workspace = new Workspace(experiment.name, origin, { ...options, make: this.#make, tell });
    this.#run = experiment
      .run(workspace, profile)
      .catch((error: unknown) => {
        this.#error = error;
      })
      .finally(() => {
        this.#isOver = true;
        this.#changed();
      });
  }

  /** Makes a file and puts it on the shelf, after pictures and curves of the way there. */
  async make(file: string): Promise<void> {
    for (const [other, { resolve }] of this.#pending) {
      if (other === file || !(await this.#fetch(other))) continue;
      this.#pending.delete(other);
      resolve();
    }
    // It may have been made before, and the shelf been full.
    if (!existsSync(join(this.#folder, file))) {
      await this.#reached(file);
      this.#told = [];
      await this.#within.run(true, (this.#pending.get(file) as Pending).work);
    }
    const lines = this.#told.map((told) => `${JSON.stringify(told)}\n`);
    if (lines.length > 0) await this.#shelf.put(curvesOf(file), encodeUtf8(lines.join("")));
    this.#told = [];
    for (const picture of this.#pictures()) await this.#put(`pictures/${picture}`);
    await this.#put(file);
    this.#pending.get(file)?.resolve();
    this.#pending.delete(file);
  }

  /** Until the experiment needs a file. */
  async #reached(file: string): Promise<void> {
    let until = performance.now() + STILL_MS;
    for (let before = -1; !this.#pending.has(file); ) {
      throwIfAborted(this.#signal);
      if (this.#error !== undefined) throw this.#error;
      if (this.#pending.size !== before) until = performance.now() + STILL_MS;
      if (this.#isOver || performance.now() > until) {
        throw new Error(`expected a file that the experiment has, got ${file}`);
      }
      before = this.#pending.size;
      await Promise.race([this.#change(), sleep(LOOK_MS)]);
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#changed = resolve;
    });
  }

  /** Ends the experiment where it stands. */
  async close(): Promise<void> {
    const closed = new Error("the session is over");
    for (;;) {
      for (const { reject } of this.#pending.values()) reject(closed);
      this.#pending.clear();
      if (this.#isOver) return;
      await Promise.race([this.#run, this.#change()]);
    }
  }

  readonly #make: Maker = async (file, work) => {
    if (await this.#fetch(file)) return;
    if (this.#within.getStore() === true) {
      await work();
      await this.#put(file);
      return;
    }
    await new Promise<void>((resolve, reject) => {
      this.#pending.set(file, { work, resolve, reject });
      this.#changed();
    });
  };

  #pictures(): readonly string[] {
    return readdirSync(join(this.#folder, "pictures")).filter((name) => name.endsWith(".png"));
  }

  #put(file: string): Promise<void> {
    return this.#shelf.put(file, readBytes(join(this.#folder, file)));
  }

  /** Takes a file from the shelf, if it is there. */
  async #fetch(file: string): Promise<boolean> {
    if (!(await this.#shelf.has(file))) return false;
    const bytes = await this.#shelf.get(file);
    if (bytes === undefined) return false;
    const path = join(this.#folder, file);
    makeFolder(dirname(path));
    writeFileAtomic(path, bytes);
    return true;
  }
}
