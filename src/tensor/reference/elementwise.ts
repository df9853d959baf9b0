import * as elementary from "../../math/elementary.ts";
import { DIVIDED, ROUNDED, spread, TRANSCENDENTAL } from "./bound.ts";
import { at, type Bound, type KernelName, type OpReference } from "./reference.ts";

const kernels: readonly KernelName[] = ["elementwise"];

const unary = (f: (x: number) => number, tolerance: number, scale = 0): OpReference<"x", Record<never, never>> => ({
  kernels,
  reference: ({ x }) => x.values.map(f),
  bound: () => ({ tolerance, scale }),
});
const binary = (
  f: (a: number, b: number) => number,
  tolerance: number,
): OpReference<"a" | "b", Record<never, never>> => ({
  kernels,
  reference: ({ a, b }) => a.values.map((x, i) => f(x, at(b.values, i))),
  bound: () => ({ tolerance, scale: 0 }),
});

interface Slope {
  readonly alpha: number;
}
const rounded = (): Bound => ({ tolerance: ROUNDED, scale: 0 });

export const add: OpReference<"a" | "b", Record<never, never>> = binary((a, b) => a + b, ROUNDED);
export const sub: OpReference<"a" | "b", Record<never, never>> = binary((a, b) => a - b, ROUNDED);
export const mul: OpReference<"a" | "b", Record<never, never>> = binary((a, b) => a * b, ROUNDED);
export const div: OpReference<"a" | "b", Record<never, never>> = binary((a, b) => a / b, DIVIDED);
/** αx + β, with both rounded to float32, like every param. */
export const affine: OpReference<"x", Slope & { readonly beta: number }> = {
  kernels,
  reference: ({ x }, { alpha, beta }) => x.values.map((v) => Math.fround(alpha) * v + Math.fround(beta)),
  bound: ({ x }, { alpha, beta }) => ({
    tolerance: 2 * ROUNDED,
    scale: Math.abs(beta) + Math.abs(alpha) * spread(x),
  }),
};
export const leakyRelu: OpReference<"x", Slope> = {
  kernels,
  reference: ({ x }, { alpha }) => x.values.map((v) => (v > 0 ? v : Math.fround(alpha) * v)),
  bound: rounded,
};
export const leakyReluGrad: OpReference<"a" | "b", Slope> = {
  kernels,
  reference: ({ a, b }, { alpha }) => a.values.map((v, i) => (at(b.values, i) > 0 ? v : Math.fround(alpha) * v)),
  bound: rounded,
};
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
export const signMul: OpReference<"a" | "b", Record<never, never>> = binary((a, b) => a * Math.sign(b), 0);
