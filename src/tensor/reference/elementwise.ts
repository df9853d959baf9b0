import { at, type Reference } from "./reference.ts";

const unary =
  (f: (x: number) => number): Reference<"x"> =>
  ({ x }) =>
    x.values.map(f);
const binary =
  (f: (a: number, b: number) => number): Reference<"a" | "b"> =>
  ({ a, b }) =>
    a.values.map((x, i) => f(x, at(b.values, i)));

export const add: Reference<"a" | "b"> = binary((a, b) => a + b);
export const sub: Reference<"a" | "b"> = binary((a, b) => a - b);
export const mul: Reference<"a" | "b"> = binary((a, b) => a * b);
export const div: Reference<"a" | "b"> = binary((a, b) => a / b);
export const affine: Reference<"x", { alpha: number; beta: number }> = ({ x }, { alpha, beta }) =>
  x.values.map((v) => alpha * v + beta);
export const leakyRelu: Reference<"x", { alpha: number }> = ({ x }, { alpha }) =>
  x.values.map((v) => (v > 0 ? v : alpha * v));
export const leakyReluGrad: Reference<"a" | "b", { alpha: number }> = ({ a, b }, { alpha }) =>
  a.values.map((v, i) => (at(b.values, i) > 0 ? v : alpha * v));
export const sigmoid: Reference<"x"> = unary((x) => 1 / (1 + Math.exp(-x)));
export const tanh: Reference<"x"> = unary(Math.tanh);
export const exp: Reference<"x"> = unary(Math.exp);
export const log: Reference<"x"> = unary(Math.log);
export const sqrt: Reference<"x"> = unary(Math.sqrt);
export const square: Reference<"x"> = unary((x) => x * x);
export const abs: Reference<"x"> = unary(Math.abs);
export const signMul: Reference<"a" | "b"> = binary((a, b) => a * Math.sign(b));
