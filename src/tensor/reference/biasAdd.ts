import { ROUNDED } from "./bound.ts";
import { at, type OpReference } from "./reference.ts";

/**
 * v where v > 0, else alpha · v, with v = x + b along the last axis. Alpha 1 gives the plain sum.
 */
export const biasAdd: OpReference<"x" | "b", { readonly alpha: number }> = {
  kernels: ["biasAdd"],
  reference: ({ x, b }, { alpha }) =>
    x.values.map((v, i) => {
      const sum = v + at(b.values, i % b.values.length);
      return sum > 0 ? sum : Math.fround(alpha) * sum;
    }),
  bound: () => ({ tolerance: ROUNDED, scale: 0 }),
};
