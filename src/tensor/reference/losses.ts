import { sigmoid, sub } from "./elementwise.ts";
import { logSoftmax } from "./logSoftmax.ts";
import { at, type Reference } from "./reference.ts";

type LossName = "bce" | "square" | "absolute";

const total = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);
const meanOf = (values: Float64Array): Float64Array => Float64Array.of(total(values) / values.length);

export const softmaxCrossEntropy: Reference<"x" | "t"> = ({ x, t }) => {
  const terms = logSoftmax({ x }, {}).map((value, i) => value * at(t.values, i));
  return Float64Array.of((-total(terms) * at(x.shape, x.shape.length - 1)) / terms.length);
};
/** −t ln σ(x) − (1 − t) ln(1 − σ(x)), without overflow. */
const bce = (x: number, t: number): number => Math.max(x, 0) - x * t + Math.log1p(Math.exp(-Math.abs(x)));

export const bceWithLogits: Reference<"x" | "t"> = ({ x, t }) =>
  meanOf(x.values.map((v, i) => bce(v, at(t.values, i))));
export const mse: Reference<"x" | "t"> = ({ x, t }) => meanOf(sub({ a: x, b: t }, {}).map((v) => v * v));
export const l1: Reference<"x" | "t"> = ({ x, t }) => meanOf(sub({ a: x, b: t }, {}).map(Math.abs));

/** The mean of the loss that `loss` names. */
export const loss: Reference<"x" | "t", { readonly loss: LossName }> = (inputs, attributes) =>
  ({ bce: bceWithLogits, square: mse, absolute: l1 })[attributes.loss](inputs, {});

/** dy · L'(x, t) / size. */
export const lossGradient: Reference<"dy" | "x" | "t", { readonly loss: LossName }> = ({ dy, x, t }, attributes) => {
  const slopes = {
    bce: () => sub({ a: { ...x, values: sigmoid({ x }, {}) }, b: t }, {}),
    square: () => sub({ a: x, b: t }, {}).map((d) => 2 * d),
    absolute: () => sub({ a: x, b: t }, {}).map(Math.sign),
  };
  const rate = at(dy.values, 0) / x.values.length;
  return slopes[attributes.loss]().map((s) => rate * s);
};
