// Jobs of experiments: what a coordinator asks for, and what a worker makes of it.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { OpenedGpu } from "../../adapter/opened.ts";
import type { JobGiver } from "../../cluster/jobGiver.ts";
import type { Job } from "../../cluster/jobMessages.ts";
import { fetchSet } from "../../datasets/fetch.ts";
import { datasetSourceOf } from "../../datasets/sources.ts";
import { writeFileAtomic } from "../../files/atomicWrite.ts";
import { makeFolder } from "../../files/makeFolder.ts";
import { readBytes } from "../../files/readBytes.ts";
import { DataError } from "../../formats/error.ts";
import { PROFILES, type ProfileName } from "../../run/settings.ts";
import { hasCurves } from "./curves.ts";
import type { Experiment } from "./experiment.ts";
import type { Makers } from "./reproduce.ts";
import { Session, type Shelf } from "./session.ts";
import type { WorkspaceOptions } from "./workspace.ts";

/** What a worker has to know to make a file. */
export type About = { readonly experiment: string; readonly profile: ProfileName; readonly seed: number };

/** Files that come along with parts; others are taken where they were asked for. */
export const comesAlong = (file: string): boolean => /^pictures\/[\w ,.+-]+\.png$/.test(file) || hasCurves(file);

/** Writes a file that a worker made into the folder. */
export function keepFile(folder: string, file: string, bytes: Uint8Array): void {
  makeFolder(join(folder, file, ".."));
  writeFileAtomic(join(folder, file), bytes);
}

/** Puts what an earlier command left in the folder where workers find it. */
export async function offerFiles(folder: string, shelf: Shelf): Promise<void> {
  const inside = (sub: string): readonly string[] =>
    existsSync(join(folder, sub)) ? readdirSync(join(folder, sub)) : [];
  const parts = inside("parts").flatMap((experiment) =>
    inside(`parts/${experiment}`).map((name) => `parts/${experiment}/${name}`),
  );
  const trained = inside("trained").map((name) => `trained/${name}`);
  const wanted = [
    ...parts.filter((name) => name.endsWith(".json")),
    ...trained.filter((name) => name.endsWith(".safetensors")),
  ];
  for (const file of wanted) await shelf.put(file, readBytes(join(folder, file)));
}

/** Workers in place of this process. */
export const makersOf = (giver: JobGiver, profile: ProfileName, seed: number): Makers => ({
  make: ({ name }, file, _, check) =>
    giver.make(file, { experiment: name, profile, seed } satisfies About as Job["about"], check),
  rest: () => giver.rest(),
});

type MakingOptions = Pick<WorkspaceOptions, "dataRoot" | "progress" | "signal"> & {
  readonly gpu: OpenedGpu;
  /** A folder for what is made on the way. */
  readonly folder: string;
  readonly experiments: readonly Experiment[];
  readonly say: (line: string) => void;
};

/** Makes the files of jobs. The experiment of the last one stays open for others of it. */
export class Making {
  readonly #options: MakingOptions;
  #open: { readonly key: string; readonly session: Session } | undefined;

  constructor(options: MakingOptions) {
    this.#options = options;
  }

  /** Makes a file of a set and puts it on the shelf. DataError for a job that no experiment has. */
  async make(set: string, file: string, about: object, shelf: Shelf): Promise<void> {
    const { experiment, profile, seed } = this.#checked(about);
    const key = JSON.stringify([set, experiment.name, profile, seed]);
    if (this.#open?.key !== key) {
      await this.close();
      await this.#fetchData(experiment);
      const options = { ...this.#options, folder: join(this.#options.folder, set), seed };
      this.#open = { key, session: new Session(experiment, { ...options, shelf, profile }) };
    }
    try {
      await this.#open.session.make(file);
    } catch (error) {
      await this.close(); // it begins anew at the next try
      throw error;
    }
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.session.close();
  }

  #checked(about: object): { readonly experiment: Experiment; readonly profile: ProfileName; readonly seed: number } {
    const { experiment: name, profile, seed } = about as Partial<Record<keyof About, unknown>>;
    const experiment = this.#options.experiments.find((each) => each.name === name);
    if (experiment === undefined)
      throw new DataError(`jobs: expected an experiment that this version has, got ${String(name)}`);
    const known = PROFILES.find((each) => each === profile);
    if (known === undefined || !Number.isSafeInteger(seed) || (seed as number) < 0) {
      throw new DataError("jobs: expected a profile and a seed, got others");
    }
    return { experiment, profile: known, seed: seed as number };
  }

  /** Fetches and verifies the data sets of an experiment. */
  async #fetchData({ data }: Experiment): Promise<void> {
    const { dataRoot, say: log, signal } = this.#options;
    for (const name of data) {
      const source = datasetSourceOf(name);
      if (source !== undefined) await fetchSet(source, join(dataRoot, name), { log, signal: signal as AbortSignal });
    }
  }
}
