import { DIVIDED, ROUNDED, spread, sumBound } from "./bound.ts";
import { at, type OpReference, type Values } from "./reference.ts";
import { mean as meanOver } from "./sum.ts";

interface Epsilon {
  readonly epsilon: number;
}

/** Mean and biased variance for each index of the last axis. */
export function moments(x: Values): { readonly mean: Float64Array; readonly variance: Float64Array } {
  const axes = [...x.shape.keys()].slice(0, -1);
  const mean = meanOver.reference({ x }, { axes });
  const squares = x.values.map((v, i) => {
    const off = v - at(mean, i % mean.length);
    return off * off;
  });
  return { mean, variance: meanOver.reference({ x: { shape: x.shape, values: squares } }, { axes }) };
}

/**
 * Relative errors of the steps, added up: a difference, half the error of variance + ε, a root and
 * a quotient.
 */
const TOLERANCE = ROUNDED + ROUNDED + 2 * DIVIDED;

/**
 * `batchNorm` with given moments. The error of each step is relative to the value, so that nothing
 * cancels.
 */
export const batchNorm: OpReference<"x" | "mean" | "variance", Epsilon> = {
  kernels: [],
  reference: ({ x, mean, variance }, { epsilon }) =>
    x.values.map((v, i) => {
      const c = i % mean.values.length;
      return (v - at(mean.values, c)) / Math.sqrt(at(variance.values, c) + epsilon);
    }),
  bound: () => ({ tolerance: TOLERANCE, scale: 0 }),
};

/**
 * `batchNorm` with the moments of x itself, by a kernel of its own for few rows. The error of the
 * mean, which is the rounding of a sum of the rows divided by their number, is divided by the
 * standard deviation of the channel, which √ε bounds from below.
 */
export const batchNormTraining: OpReference<"x", Epsilon> = {
  kernels: ["batchNormTraining"],
  reference({ x }, { epsilon }) {
    const { mean, variance } = moments(x);
    const shape = [mean.length];
    const inputs = { x, mean: { shape, values: mean }, variance: { shape, values: variance } };
    return batchNorm.reference(inputs, { epsilon });
  },
  bound({ x }, { epsilon }) {
    const { variance } = moments(x);
    const rows = x.values.length / variance.length;
    const { tolerance, scale } = sumBound(rows, spread(x));
    return {
      tolerance: TOLERANCE + tolerance,
      scale: (i) => scale / rows / Math.sqrt(at(variance, i % variance.length) + epsilon),
    };
  },
};

/**
 * The gradient of `batchNormTraining`: (dy − mean(dy) − y · mean(dy · y)) / √(variance + ε). The
 * terms may cancel, and the error of y is that of the mean of x over the standard deviation.
 */
export const batchNormGradient: OpReference<"dy" | "x", Epsilon> = {
  kernels: ["batchNormGradient"],
  reference({ dy, x }, { epsilon }) {
    const { variance } = moments(x);
    const y = batchNormTraining.reference({ x }, { epsilon });
    const axes = [...x.shape.keys()].slice(0, -1);
    const average = (values: Float64Array) => meanOver.reference({ x: { shape: x.shape, values } }, { axes });
    const direct = average(dy.values);
    const along = average(dy.values.map((v, i) => v * at(y, i)));
    return dy.values.map((v, i) => {
      const c = i % variance.length;
      return (v - at(direct, c) - at(y, i) * at(along, c)) / Math.sqrt(at(variance, c) + epsilon);
    });
  },
  bound({ dy, x }, { epsilon }) {
    const { variance } = moments(x);
    const rows = x.values.length / variance.length;
    const { tolerance } = sumBound(rows, 1);
    const magnitude = [spread(dy), spread(x)] as const;
    return {
      tolerance: 2 * TOLERANCE + tolerance,
      scale(i) {
        const deviation = Math.sqrt(at(variance, i % variance.length) + epsilon);
        return (Math.sqrt(rows) * magnitude[0] * (1 + magnitude[1] / deviation)) / deviation;
      },
    };
  },
};
