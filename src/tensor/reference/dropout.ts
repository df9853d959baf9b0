import { ROUNDED } from "./bound.ts";
import { uniform } from "./random.ts";
import { at, type OpReference } from "./reference.ts";

interface Dropout {
  readonly p: number;
  readonly draw: { readonly seed: number; readonly stream: number; readonly offset?: number };
}

/** The values are kept where a uniform number is above p. */
export const dropout: OpReference<"x", Dropout> = {
  kernels: [],
  reference({ x }, { p, draw }) {
    const numbers = uniform.reference({}, { ...draw, shape: x.shape });
    return x.values.map((v, i) => (p === 0 || at(numbers, i) > Math.fround(p) ? v / (1 - p) : 0));
  },
  bound: () => ({ tolerance: 2 * ROUNDED, scale: 0 }),
};
