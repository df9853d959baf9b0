import { DIVIDED, UNIT } from "./bound.ts";
import type { OpReference } from "./reference.ts";
import { sum } from "./sum.ts";

/** The relative error of a sum of squares, none of which cancel, and that of the root. */
export const norm: OpReference<"x", { readonly axes: readonly number[] }> = {
  kernels: [],
  reference: ({ x }, attributes) =>
    sum.reference({ x: { ...x, values: x.values.map((v) => v * v) } }, attributes).map(Math.sqrt),
  bound: (inputs, attributes) => ({
    tolerance: DIVIDED + 6 * UNIT * Math.sqrt(inputs.x.values.length / sum.reference(inputs, attributes).length),
    scale: 0,
  }),
};
