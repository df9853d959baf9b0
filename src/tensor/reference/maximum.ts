import { EXACT } from "./bound.ts";
import { binary, type Numbers, operands, type Pair } from "./operands.ts";
import { at, type OpReference } from "./reference.ts";

export const maximum: OpReference<"a" | "b", Pair> = binary((a, b) => Math.max(a, b), EXACT);
export const minimum: OpReference<"a" | "b", Pair> = binary((a, b) => Math.min(a, b), EXACT);
/** The share of a in the gradient of maximum(a, b). */
export const heaviside: OpReference<"a" | "b", Pair> = binary(
  (a, b) => (a > b ? 1 : a < b ? 0 : a === b ? 0.5 : Number.NaN),
  EXACT,
);

/** maximum and minimum. */
export const clip: OpReference<"x" | "least" | "most", Numbers<"x" | "least" | "most">> = {
  kernels: [],
  reference(inputs, numbers) {
    const [x, least, most] = operands(["x", "least", "most"], inputs, numbers) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    return x.map((v, i) => Math.min(Math.max(v, at(least, i)), at(most, i)));
  },
  bound: () => EXACT,
};
