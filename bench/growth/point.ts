// A point of a curve: one stage at given sizes, and what it cost there.
import type { Cost, Traffic } from "./cost.ts";

/** What can grow. */
export const SIZES = ["targets", "dimension", "samples", "images", "batch", "side"] as const;
export type SizeName = (typeof SIZES)[number];

/** Sizes of the work; a stage reads those that it depends on. */
export type Sizes = Readonly<Record<SizeName, number>>;

/** What is measured at one point, in a process of its own. */
export interface Point {
  readonly stage: string;
  readonly sizes: Partial<Sizes>;
  /** Best of `runs` runs. */
  readonly cost: Cost;
  readonly runs: number;
  /** `step`: some steps were taken, and the cost of all that were planned is told from them. */
  readonly how: "whole" | "step";
  /** Of one run. */
  readonly traffic: Traffic;
  readonly memory: {
    /** Resident bytes before the work was set up, and at most. */
    readonly before: number;
    readonly most: number;
    /** Greatest number of bytes on the device. */
    readonly device: number;
  };
}

/** A name for a stage at sizes, such as `assignment, targets 1000, dimension 64`. */
export const nameOf = (stage: string, sizes: Partial<Sizes>): string =>
  [stage, ...SIZES.flatMap((name) => (sizes[name] === undefined ? [] : [`${name} ${sizes[name]}`]))].join(", ");
