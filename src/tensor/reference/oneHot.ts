import { EXACT } from "./bound.ts";
import type { OpReference } from "./reference.ts";

export const oneHot: OpReference<"x", { readonly classes: number }> = {
  kernels: [],
  reference: ({ x }, { classes }) =>
    Float64Array.from([...x.values].flatMap((v) => Array.from({ length: classes }, (_, k) => (v === k ? 1 : 0)))),
  bound: () => EXACT,
};
