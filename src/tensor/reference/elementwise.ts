import * as elementary from "../../math/elementary.ts";
import { DIVIDED, EXACT, ROUNDED, spread, TRANSCENDENTAL } from "./bound.ts";
import { binary, type Pair } from "./operands.ts";
import type { Bound, KernelName, OpReference } from "./reference.ts";

const kernels: readonly KernelName[] = ["elementwise"];

const unary = (f: (x: number) => number, tolerance: number, scale = 0): OpReference<"x", Record<never, never>> => ({
  kernels,
  reference: ({ x }) => x.values.map(f),
  bound: () => ({ tolerance, scale }),
});
interface Slope {
  readonly alpha: number;
}
const within = (tolerance: number): Bound => ({ tolerance, scale: 0 });
const rounded = within(ROUNDED);

export const add: OpReference<"a" | "b", Pair> = binary((a, b) => a + b, rounded);
export const sub: OpReference<"a" | "b", Pair> = binary((a, b) => a - b, rounded);
export const mul: OpReference<"a" | "b", Pair> = binary((a, b) => a * b, rounded);
export const div: OpReference<"a" | "b", Pair> = binary((a, b) => a / b, within(DIVIDED));
/** αx + β, with both rounded to float32, like every param. */
export const affine: OpReference<"x", Slope & { readonly beta: number }> = {
  kernels,
  reference: ({ x }, { alpha, beta }) => x.values.map((v) => Math.fround(alpha) * v + Math.fround(beta)),
  bound: ({ x }, { alpha, beta }) => ({
    tolerance: 2 * ROUNDED,
    scale: Math.abs(beta) + Math.abs(alpha) * spread(x),
  }),
};
const rectified = (x: number): number => (x <= 0 ? 0 : x);
const leaky = (x: number, alpha: number): number => (x <= 0 ? Math.fround(alpha) * x : x);
/** The activation after a bias: leakyRelu, or relu for a slope of 0, since 0 · −∞ is NaN. */
export const activated = (x: number, alpha: number): number =>
  Math.fround(alpha) === 0 ? rectified(x) : leaky(x, alpha);
/** `above` where b > 0, `below` where b ≤ 0, whatever the other is; NaN where b is NaN. */
const slope = (b: number, above: number, below: number): number => (b > 0 ? above : b <= 0 ? below : b);

export const relu: OpReference<"x", Record<never, never>> = unary(rectified, ROUNDED);
export const reluGrad: OpReference<"a" | "b", Pair> = binary((a, b) => slope(b, a, 0), rounded);
export const leakyRelu: OpReference<"x", Slope> = {
  kernels,
  reference: ({ x }, { alpha }) => x.values.map((v) => leaky(v, alpha)),
  bound: () => rounded,
};
export const leakyReluGrad: OpReference<"a" | "b", Slope & Pair> = binary(
  (a, b, { alpha }) => slope(b, a, Math.fround(alpha) * a),
  rounded,
);
export const sigmoid: OpReference<"x", Record<never, never>> = unary(
  (x) => 1 / (1 + elementary.exp(-x)),
  TRANSCENDENTAL,
);
export const tanh: OpReference<"x", Record<never, never>> = unary(elementary.tanh, TRANSCENDENTAL);
export const exp: OpReference<"x", Record<never, never>> = unary(elementary.exp, TRANSCENDENTAL);
export const log: OpReference<"x", Record<never, never>> = unary(elementary.log, TRANSCENDENTAL, 1);
export const sqrt: OpReference<"x", Record<never, never>> = unary(Math.sqrt, DIVIDED);
export const square: OpReference<"x", Record<never, never>> = unary((x) => x * x, ROUNDED);
export const abs: OpReference<"x", Record<never, never>> = unary(Math.abs, 0);
export const signMul: OpReference<"a" | "b", Pair> = binary((a, b) => (b === 0 ? 0 : slope(b, a, -a)), EXACT);
/** a · b with 0 · ±∞ = 0. */
export const weighted = (a: number, b: number): number => (a === 0 && !Number.isNaN(b) ? 0 : a * b);
export const weigh: OpReference<"a" | "b", Pair> = binary(weighted, rounded);
