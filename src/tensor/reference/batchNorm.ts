import { at, type Reference, type Values } from "./reference.ts";
import { mean as meanOver } from "./sum.ts";

/** Mean and biased variance for each index of the last axis. */
export function moments(x: Values): { readonly mean: Float64Array; readonly variance: Float64Array } {
  const axes = [...x.shape.keys()].slice(0, -1);
  const mean = meanOver({ x }, { axes });
  const squares = x.values.map((v, i) => (v - at(mean, i % mean.length)) ** 2);
  return { mean, variance: meanOver({ x: { shape: x.shape, values: squares } }, { axes }) };
}

export const batchNorm: Reference<"x" | "mean" | "variance", { epsilon: number }> = (
  { x, mean, variance },
  { epsilon },
) =>
  x.values.map((v, i) => {
    const c = i % mean.values.length;
    return (v - at(mean.values, c)) / Math.sqrt(at(variance.values, c) + epsilon);
  });
