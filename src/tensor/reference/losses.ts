import { bce, sub } from "./elementwise.ts";
import { logSoftmax } from "./logSoftmax.ts";
import { at, type Reference } from "./reference.ts";

const total = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);
const meanOf = (values: Float64Array): Float64Array => Float64Array.of(total(values) / values.length);

export const softmaxCrossEntropy: Reference<"x" | "t"> = ({ x, t }) => {
  const terms = logSoftmax({ x }, {}).map((value, i) => value * at(t.values, i));
  return Float64Array.of((-total(terms) * at(x.shape, x.shape.length - 1)) / terms.length);
};
export const bceWithLogits: Reference<"x" | "t"> = ({ x, t }) => meanOf(bce({ a: x, b: t }, {}));
export const mse: Reference<"x" | "t"> = ({ x, t }) => meanOf(sub({ a: x, b: t }, {}).map((v) => v * v));
export const l1: Reference<"x" | "t"> = ({ x, t }) => meanOf(sub({ a: x, b: t }, {}).map(Math.abs));
