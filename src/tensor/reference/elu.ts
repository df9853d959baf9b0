import { exp } from "../../math/elementary.ts";
import { TRANSCENDENTAL } from "./bound.ts";
import type { OpReference } from "./reference.ts";

export const elu: OpReference<"x", { readonly alpha: number }> = {
  kernels: [],
  reference: ({ x }, { alpha }) => x.values.map((v) => (v > 0 ? v : Math.fround(alpha) * (exp(v) - 1))),
  bound: (_inputs, { alpha }) => ({ tolerance: TRANSCENDENTAL, scale: Math.abs(alpha) }),
};
