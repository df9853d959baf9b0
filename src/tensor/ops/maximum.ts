// The greater and the lesser of two operands by element.
import type { Tensor } from "../engine.ts";
import { applyBinary, type Binary, type BinaryFunction, binary } from "./byElement.ts";
import { weigh } from "./elementwise.ts";
import { checkOperand, type Operand } from "./operands.ts";

/** 1 where a > b, ½ where a = b, 0 where a < b, NaN where either is NaN; without gradients. */
const heavisideOp: Binary = /* @__PURE__ */ binary("heaviside", () => ({ a: null, b: null }));
const heaviside = (a: Operand, b: Operand): Tensor => applyBinary(heavisideOp, a, b, {});

const maximumOp: Binary = /* @__PURE__ */ binary("maximum", (dy, { a, b }) => ({
  a: () => weigh(heaviside(a, b), dy),
  b: () => weigh(heaviside(b, a), dy),
}));
const minimumOp: Binary = /* @__PURE__ */ binary("minimum", (dy, { a, b }) => ({
  a: () => weigh(heaviside(b, a), dy),
  b: () => weigh(heaviside(a, b), dy),
}));

/**
 * The greater of a and b, NaN where either is NaN. dy goes to the greater; where they are equal,
 * each gets a half, as in JAX.
 */
export const maximum: BinaryFunction = (a: Operand, b: Operand) => applyBinary(maximumOp, a, b, {});
/**
 * The lesser of a and b, NaN where either is NaN. dy goes to the lesser; where they are equal, each
 * gets a half, as in JAX.
 */
export const minimum: BinaryFunction = (a: Operand, b: Operand) => applyBinary(minimumOp, a, b, {});

/**
 * minimum(maximum(x, least), most): x within [least, most], `most` where least > most. dx = dy
 * inside, 0 outside and half of dy at a bound.
 */
export const clip = (x: Tensor, least: Operand, most: Operand): Tensor => {
  for (const [name, operand] of Object.entries({ x, least, most })) checkOperand("clip", name, operand);
  return minimum(maximum(x, least), most);
};
