import type { ProfileName } from "../../run/settings.ts";
import type { Workspace } from "./workspace.ts";

/**
 * One question about the systems: a config for each profile, and the work that answers it. The
 * profile `cpu` is for two cores, `gpu` for the work that a GPU does in the same time.
 */
export interface Experiment {
  readonly name: string;
  /** The question, in one line. */
  readonly title: string;
  /** Names of the data sets that it needs in the data folder. */
  readonly data: readonly string[];
  /** Whether it needs pictures of the user, so that it is made only where it is named. */
  readonly byName?: boolean;
  /** Everything besides the seed that determines what it does, as JSON. */
  config(profile: ProfileName): unknown;
  /**
   * Approximate number of floating-point operations that it takes, without those of shared results.
   */
  work(profile: ProfileName): number;
  shares(profile: ProfileName): readonly Shared[];
  run(workspace: Workspace, profile: ProfileName): Promise<Findings>;
}

/** A trained result that is kept for every experiment that needs it; see `Workspace.file`. */
export interface Shared {
  readonly kind: string;
  readonly key: object;
  /** Approximate number of floating-point operations. */
  readonly work: number;
}

/** The results of an experiment: plain JSON, from which RESULTS.md is written. */
export interface Findings {
  readonly tables: readonly Table[];
  readonly claims: readonly Claim[];
  readonly pictures: readonly Picture[];
}

export interface Table {
  readonly title: string;
  /** Explains the columns. */
  readonly note?: string;
  readonly columns: readonly Column[];
  /** Rows of one value per column; null where there is none. */
  readonly rows: readonly (readonly (number | string | null)[])[];
}

export interface Column {
  readonly name: string;
  /** Number of decimal places. Default 0. */
  readonly digits?: number;
  /**
   * The publication that its numbers come from, where they are not measurements of this project.
   */
  readonly published?: string;
}

/** A claim: the required value, and the measured one. */
export interface Claim {
  readonly claim: string;
  readonly required: string;
  readonly reached: string;
  readonly met: boolean;
  /** Why the claim does not hold. */
  readonly cause?: string;
}

/** A tested claim, with the cause only where it does not hold. */
export const tested = ({ cause, ...claim }: Required<Claim>): Claim => (claim.met ? claim : { ...claim, cause });

export interface Picture {
  /** Name of a picture file that the workspace wrote. */
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
}: Pick<Experiment, "name" | "title" | "data" | "byName"> & {
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
