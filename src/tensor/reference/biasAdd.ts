import { ROUNDED } from "./bound.ts";
import { activated } from "./elementwise.ts";
import { at, type OpReference } from "./reference.ts";

/**
 * v where v > 0, else alpha · v, with v = x + b along the last axis. Alpha 1 gives the plain sum,
 * alpha 0 its ReLU.
 */
export const biasAdd: OpReference<"x" | "b", { readonly alpha: number }> = {
  kernels: ["biasAdd"],
  reference: ({ x, b }, { alpha }) => x.values.map((v, i) => activated(v + at(b.values, i % b.values.length), alpha)),
  bound: () => ({ tolerance: ROUNDED, scale: 0 }),
};
