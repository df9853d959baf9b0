import { exp, log1p } from "../../math/elementary.ts";
import { rms, spread, sumBound, TRANSCENDENTAL } from "./bound.ts";
import { sigmoid, sub, weigh, weighted } from "./elementwise.ts";
import { logSoftmax } from "./logSoftmax.ts";
import { at, type OpReference } from "./reference.ts";

interface LossAttributes {
  readonly loss: "bce" | "square" | "absolute";
}

const total = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);

/**
 * −t ln σ(x) − (1 − t) ln(1 − σ(x)), without overflow: the distance of t from the target that the
 * sign of x stands for costs |x| per unit, and nothing where there is none, for an infinite x too.
 */
const bce = (x: number, t: number): number => weighted(x > 0 ? 1 - t : t, Math.abs(x)) + log1p(exp(-Math.abs(x)));
const LOSSES = {
  bce,
  square: (x: number, t: number) => (x - t) * (x - t),
  absolute: (x: number, t: number) => Math.abs(x - t),
};

/** The mean of the loss that `loss` names. */
export const loss: OpReference<"x" | "t", LossAttributes> = {
  kernels: ["loss", "sumVectors"],
  reference({ x, t }, attributes) {
    const terms = x.values.map((v, i) => LOSSES[attributes.loss](v, at(t.values, i)));
    return Float64Array.of(total(terms) / terms.length);
  },
  bound: ({ x }) => ({ tolerance: TRANSCENDENTAL, scale: spread(x) }),
};

/** dy · L'(x, t) / size. */
export const lossGradient: OpReference<"dy" | "x" | "t", LossAttributes> = {
  kernels: ["lossGradient"],
  reference({ dy, x, t }, attributes) {
    const difference = (): Float64Array => sub.reference({ a: x, b: t }, {});
    const slopes = {
      bce: () => sub.reference({ a: { ...x, values: sigmoid.reference({ x }, {}) }, b: t }, {}),
      square: () => difference().map((d) => 2 * d),
      absolute: () => difference().map(Math.sign),
    };
    const rate = at(dy.values, 0) / x.values.length;
    return slopes[attributes.loss]().map((s) => rate * s);
  },
  bound: ({ dy, x }) => ({ tolerance: TRANSCENDENTAL, scale: spread(dy) / x.values.length }),
};

/**
 * −Σ t ln softmax(x) over the last axis, then the mean over rows: logSoftmax, weigh, sum and scale.
 * The error of each of the K · rows terms is that of its logarithm, and so is that of the sum over
 * K.
 */
export const softmaxCrossEntropy: OpReference<"x" | "t", Record<never, never>> = {
  kernels: [],
  reference({ x, t }) {
    const terms = weigh.reference({ a: t, b: { ...x, values: logSoftmax.reference({ x }, {}) } }, {});
    return Float64Array.of((-total(terms) * at(x.shape, x.shape.length - 1)) / terms.length);
  },
  bound({ x, t }) {
    const magnitude = spread(t) * (1 + rms(logSoftmax.reference({ x }, {})));
    const { tolerance } = sumBound(t.values.length, magnitude);
    return { tolerance: TRANSCENDENTAL + tolerance, scale: at(x.shape, x.shape.length - 1) * magnitude };
  },
};
