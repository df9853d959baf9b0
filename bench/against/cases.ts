// The work that `npm run bench -- --against REV` times, and the interface that it expects of a
// revision.
import type { Arrays } from "../case.ts";
import type { Timed } from "../measure.ts";

/**
 * The version of `Workloads`. A revision of another version cannot be compared with. It rises only
 * when this interface changes, not with the library's own calls, which `workloads.ts` follows.
 */
export const VERSION = 1;

/**
 * The cases: each is work of a fixed size from fixed seeds. The meaning of a name never changes;
 * other work gets another name, so that a name means equal work in all revisions that have it.
 */
export const CASES = [
  { name: "matmul 512³", tolerance: 2e-5, runs: 1 },
  { name: "conv-AE training step, batch 64", tolerance: 1e-3, runs: 10 },
  { name: "default training step, batch 100", tolerance: 1e-3, runs: 10 },
  { name: "assignment, M = 4096, N = 8192, d = 64", tolerance: 1e-3, runs: 1 },
  { name: "transport solve, N = 1000, d = 16, chi2 .02", tolerance: 0.25, exact: ["steps", "samples"], runs: 1 },
] as const satisfies readonly AgainstCase[];

export type CaseName = (typeof CASES)[number]["name"];

export interface AgainstCase {
  readonly name: string;
  /**
   * Results of both revisions must satisfy |ours − theirs| ≤ `tolerance` · (|theirs| + the root
   * of the mean square of theirs). One sample that another rounding moves to the next cell changes
   * a solve's heights by up to .07 of that, as far as χ² lets them, and all later steps.
   */
  readonly tolerance: number;
  /** Results that must be equal, which shows that the work is equal. */
  readonly exact?: readonly string[];
  /** Least number of runs that are waited for together; trainings wait once in ten steps. */
  readonly runs: number;
}

/** A case, ready to run in the process of its revision. */
export interface Workload extends Timed {
  /** The results to compare with the other revision before anything is timed. */
  results(): Promise<Arrays>;
}

/** The exports of a revision's compiled bench/against/workloads.js. */
export interface Workloads {
  readonly version: number;
  open(): Promise<Opened>;
}

export interface Opened {
  /** The adapter and the kernels that run on it, for the heading. */
  readonly device: string;
  /** By the names of `CASES`; a revision may lack some. */
  readonly workloads: Readonly<Record<string, () => Workload>>;
}
