import type { Constants, Kernel, Workgroups } from "../../kernels/kernel.ts";
import { powerOfTwo } from "../../math/float64.ts";
import { slotOf } from "../../ot/points.ts";
import { placeOf, sourcePoint } from "../../ot/reference/draw.ts";
import { normalScale, TRANSCENDENTAL } from "../../tensor/reference/bound.ts";
import { compareValues, type Finding } from "./compare.ts";

/** One dispatch with the contents of its buffers before it, and of its outputs after it. */
export interface Dispatched {
  readonly kernel: Kernel;
  readonly constants: Constants;
  readonly params: Readonly<Record<string, number>>;
  readonly workgroups: Workgroups;
  readonly before: Readonly<Record<string, ArrayBuffer>>;
  readonly after: Readonly<Record<string, ArrayBuffer>>;
}

/** Runs a kernel of the same text on other buffers, and returns their contents afterwards. */
export type Rerun = (dispatched: Omit<Dispatched, "after">) => Promise<Readonly<Record<string, ArrayBuffer>>>;

/** The comparison of one output. */
export interface Outcome {
  readonly output: string;
  readonly finding: Finding;
}

/** Compares the outputs of a dispatch with its kernel's computation in float64. */
export type Check = (dispatched: Dispatched, rerun: Rerun) => readonly Outcome[] | Promise<readonly Outcome[]>;

/** The float32 values of a buffer; none where there is no such buffer. */
export const floats = (buffers: Dispatched["before"], name: string): Float32Array =>
  new Float32Array(buffers[name] ?? new ArrayBuffer(0));
/** The uint32 values of a buffer; none where there is no such buffer. */
export const integers = (buffers: Dispatched["before"], name: string): Uint32Array =>
  new Uint32Array(buffers[name] ?? new ArrayBuffer(0));
/** A param of a dispatch; NaN where there is none. */
export const param = ({ params }: Pick<Dispatched, "params">, name: string): number => params[name] ?? Number.NaN;

/** Up to `most` of the samples of a draw, evenly spaced. */
export const someSamples = (samples: number, most: number): number[] => {
  const count = Math.min(samples, Math.max(1, most));
  return Array.from({ length: count }, (_, i) => Math.floor((i * samples) / count));
};

/** Greatest number of values of a draw that are checked. */
export const DRAWN_VALUES: number = powerOfTwo(18);

/**
 * Checks source points x, as the kernel `draw` and the kernels that draw samples themselves write
 * them.
 */
export function checkDrawn(d: Dispatched): Outcome {
  const [depth, samples] = [param(d, "depth"), param(d, "samples")];
  const x = floats(d.after, "x");
  const words = d.params as unknown as Parameters<typeof sourcePoint>[0];
  const expected = new Float64Array(x.length);
  const scales = new Float64Array(x.length); // 0: not checked
  for (const sample of someSamples(samples, DRAWN_VALUES / depth)) {
    sourcePoint(words, sample, depth).forEach((value, k, point) => {
      const at = placeOf(sample, slotOf(k, depth), depth);
      expected[at] = value;
      scales[at] = normalScale(point[k - (k % 2)] as number, point[k - (k % 2) + 1] as number);
    });
  }
  const scale = (i: number): number => scales[i] as number;
  return {
    output: "x",
    finding: compareValues(x, expected, { tolerance: TRANSCENDENTAL, scale, written: (i) => scale(i) > 0 }),
  };
}
