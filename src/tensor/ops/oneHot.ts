import { checkTensor, type Tensor } from "../engine.ts";
import { equal } from "./compare.ts";

/** Whole numbers up to 2²⁴ are exact in float32. */
const MOST_CLASSES = 16777216;

/**
 * y[…, k] = 1 where the class x[…] is k, else 0, for x of any shape and y […, classes]. What is no
 * class, such as −1, ½ or NaN, gives zeros. There is no gradient. RangeError unless `classes` is
 * whole and from 1 to 2²⁴.
 */
export const oneHot = (x: Tensor, classes: number): Tensor => {
  checkTensor("oneHot", "x", x);
  if (!(Number.isInteger(classes) && classes >= 1 && classes <= MOST_CLASSES)) {
    throw new RangeError(`oneHot: expected a whole number of \`classes\` from 1 to 2^24, got ${classes}`);
  }
  const { engine, shape } = x;
  return engine.scope(() => {
    const range = engine.tensor(Float32Array.from({ length: classes }, (_, k) => k));
    return equal(engine.reshape(x, [...shape, 1]), range);
  });
};
