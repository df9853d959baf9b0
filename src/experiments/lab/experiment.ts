import type { ProfileName } from "../../run/settings.ts";
import type { Workspace } from "./workspace.ts";

/**
 * One question put to the systems: a config for each profile, and the work that answers it. `cpu`
 * is for two cores, `gpu` for what a real GPU does in the same time.
 */
export interface Experiment {
  readonly name: string;
  /** The question, in one line. */
  readonly title: string;
  /** Sets that must lie in the data folder. */
  readonly data: readonly string[];
  /** Everything beside the seed that decides what it does, as JSON. */
  config(profile: ProfileName): unknown;
  /** Floating-point operations that it takes, about, without what it shares. */
  work(profile: ProfileName): number;
  shares(profile: ProfileName): readonly Shared[];
  run(workspace: Workspace, profile: ProfileName): Promise<Findings>;
}

/** Something trained that is kept for every experiment that needs it: see `Workspace.file`. */
export interface Shared {
  readonly kind: string;
  readonly key: object;
  /** Floating-point operations, about. */
  readonly work: number;
}

/** What an experiment found: plain JSON, from which RESULTS.md is written. */
export interface Findings {
  readonly tables: readonly Table[];
  readonly claims: readonly Claim[];
  readonly pictures: readonly Picture[];
}

export interface Table {
  readonly title: string;
  /** What a reader must know of the columns. */
  readonly note?: string;
  readonly columns: readonly Column[];
  /** One value per column; null where there is none. */
  readonly rows: readonly (readonly (number | string | null)[])[];
}

export interface Column {
  readonly name: string;
  /** Digits after the point of its numbers. Default 0. */
  readonly digits?: number;
  /** Where its numbers were published: they are not measurements of this project. */
  readonly published?: string;
}

/** A number that was asked for, and what came. */
export interface Claim {
  readonly claim: string;
  readonly required: string;
  readonly reached: string;
  readonly met: boolean;
  /** Why it was missed. */
  readonly cause?: string;
}

/** A claim that was put to the test, with the cause where it was missed. */
export const tested = ({ cause, ...claim }: Required<Claim>): Claim => (claim.met ? claim : { ...claim, cause });

export interface Picture {
  /** Name of a file that the workspace wrote. */
  readonly file: string;
  readonly caption: string;
}

/** An experiment whose `run` gets the config of its profile. */
export function experiment<C>({
  configs,
  work,
  shares = () => [],
  run,
  ...named
}: Pick<Experiment, "name" | "title" | "data"> & {
  readonly configs: Readonly<Record<ProfileName, C>>;
  readonly work: (config: C) => number;
  readonly shares?: (config: C) => readonly Shared[];
  readonly run: (workspace: Workspace, config: C) => Promise<Findings>;
}): Experiment {
  return {
    ...named,
    config: (profile) => configs[profile],
    work: (profile) => work(configs[profile]),
    shares: (profile) => shares(configs[profile]),
    run: (workspace, profile) => run(workspace, configs[profile]),
  };
}
