// Measurements of kernels that are kept from one opening of an adapter to the next.
import { FAMILIES, type KernelConfig } from "../kernels/family.ts";
import type { Measurement, TuneShape, Tuning } from "../tensor/diagnostics/autotune.ts";

/**
 * Measurements of kernels on adapters, by key. It is only a cache: an entry that cannot be read is
 * measured again, and one that cannot be written is lost.
 */
export interface TuningCache {
  /** The file; undefined where there is no place for one. */
  readonly path: string | undefined;
  read(key: string): Tuning | undefined | Promise<Tuning | undefined>;
  /** Writes an entry; returns whether that succeeded. */
  write(key: string, tuning: Tuning): boolean | Promise<boolean>;
}

export const isRecord = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === "object" && x !== null && !Array.isArray(x);
const isListOf = <T>(x: unknown, is: (item: unknown) => item is T): x is readonly T[] =>
  Array.isArray(x) && x.every(is);
const isNumber = (x: unknown): x is number => typeof x === "number" && Number.isFinite(x) && x > 0;

const isKernels = (x: unknown): x is KernelConfig =>
  isRecord(x) &&
  FAMILIES.some((family) => family === x["family"]) &&
  (x["tile"] === undefined ||
    (isRecord(x["tile"]) && ["m", "n", "k", "rows", "columns"].every((side) => isNumber((x["tile"] as never)[side]))));

const isShape = (x: unknown): x is TuneShape =>
  isRecord(x) && [x["m"], x["n"], x["k"]].every(isNumber) && typeof x["transposed"] === "boolean";

const isMeasurement = (x: unknown): x is Measurement =>
  isRecord(x) &&
  isKernels(x["kernels"]) &&
  isListOf(x["gflops"], isNumber) &&
  (x["problem"] === undefined || typeof x["problem"] === "string");

/** Whether a value that was parsed from JSON has the form of a tuning. */
export const isTuning = (x: unknown): x is Tuning =>
  isRecord(x) && isKernels(x["kernels"]) && isListOf(x["shapes"], isShape) && isListOf(x["measured"], isMeasurement);
