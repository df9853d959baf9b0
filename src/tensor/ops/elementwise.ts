// Arithmetic and functions by element.
import { checkNumber } from "../../kernels/numbers.ts";
import { checkTensor, type Tensor } from "../engine.ts";
import {
  applyBinary,
  applyUnary,
  type Binary,
  type BinaryFunction,
  binary,
  type Coefficients,
  type Unary,
  unary,
} from "./byElement.ts";
import type { Operand } from "./operands.ts";
import { sumTo } from "./sum.ts";

export const addOp: Binary = /* @__PURE__ */ binary("add", (dy) => ({ a: () => dy, b: () => dy }));
export const subOp: Binary = /* @__PURE__ */ binary("sub", (dy, { b }) => ({
  a: () => dy,
  b: () => scale(summedTo(dy, b), -1),
}));
export const mulOp: Binary = /* @__PURE__ */ binary("mul", (dy, { a, b }) => ({
  a: () => mul(dy, b),
  b: () => mul(dy, a),
}));
export const divOp: Binary = /* @__PURE__ */ binary("div", (dy, { b }, y) => ({
  a: () => div(dy, b),
  b: () => scale(summedTo(div(mul(dy, y), b), b), -1),
}));
export const affineOp: Unary<Required<Coefficients>> = /* @__PURE__ */ unary("affine", (dy, _x, _y, { alpha }) =>
  scale(dy, alpha),
);
export const reluOp: Unary = /* @__PURE__ */ unary("relu", (dy, x) => reluGrad(dy, x));
export const reluGradOp: Binary = /* @__PURE__ */ binary("reluGrad", (dy, { b }) => ({
  a: () => reluGrad(dy, b),
  b: null, // piecewise constant
}));
export const leakyReluOp: Unary<{ alpha: number }> = /* @__PURE__ */ unary("leakyRelu", (dy, x, _y, { alpha }) =>
  leakyReluGrad(dy, x, alpha),
);
export const leakyReluGradOp: Binary<{ alpha: number }> = /* @__PURE__ */ binary(
  "leakyReluGrad",
  (dy, { b }, _y, { alpha }) => ({
    a: () => leakyReluGrad(dy, b, alpha),
    b: null, // piecewise constant
  }),
);
export const sigmoidOp: Unary = /* @__PURE__ */ unary("sigmoid", (dy, _x, y) => mul(dy, mul(y, affine(y, -1, 1))));
export const tanhOp: Unary = /* @__PURE__ */ unary("tanh", (dy, _x, y) => mul(dy, affine(square(y), -1, 1)));
export const expOp: Unary = /* @__PURE__ */ unary("exp", (dy, _x, y) => mul(dy, y));
export const logOp: Unary = /* @__PURE__ */ unary("log", (dy, x) => div(dy, x));
export const sqrtOp: Unary = /* @__PURE__ */ unary("sqrt", (dy, _x, y) => div(scale(dy, 0.5), y));
export const squareOp: Unary = /* @__PURE__ */ unary("square", (dy, x) => mul(scale(dy, 2), x));
export const absOp: Unary = /* @__PURE__ */ unary("abs", (dy, x) => signMul(dy, x));
export const signMulOp: Binary = /* @__PURE__ */ binary("signMul", (dy, { b }) => ({
  a: () => signMul(dy, b),
  b: null, // piecewise constant
}));
export const weighOp: Binary = /* @__PURE__ */ binary("weigh", (dy, { a, b }) => ({
  a: () => mul(dy, b),
  b: () => mul(dy, a),
}));
/** A gradient that is summed to the operand's shape already, where less then remains to be done. */
const summedTo = (gradient: Tensor, operand: Operand): Tensor =>
  typeof operand === "number" ? gradient : sumTo(gradient, operand.shape);

/** a + b. da = dy, db = dy. */
export const add: BinaryFunction = (a: Operand, b: Operand) => applyBinary(addOp, a, b, {});
/** a − b. da = dy, db = −dy. */
export const sub: BinaryFunction = (a: Operand, b: Operand) => applyBinary(subOp, a, b, {});
/** a ⊙ b. da = dy ⊙ b, db = dy ⊙ a. */
export const mul: BinaryFunction = (a: Operand, b: Operand) => applyBinary(mulOp, a, b, {});
/** a / b by element. da = dy / b, db = −dy ⊙ y / b. */
export const div: BinaryFunction = (a: Operand, b: Operand) => applyBinary(divOp, a, b, {});
/** αx + β under the name of a function in errors. */
const affineAs = (op: string, x: Tensor, alpha: number, beta: number): Tensor => {
  checkTensor(op, "x", x);
  checkNumber(op, "alpha", alpha);
  checkNumber(op, "beta", beta);
  return x.engine.apply(affineOp, { x }, { alpha, beta });
};
/** αx + β. dx = α dy. */
export const affine = (x: Tensor, alpha: number, beta: number): Tensor => affineAs("affine", x, alpha, beta);
/** αx. dx = α dy. */
export const scale = (x: Tensor, alpha: number): Tensor => affineAs("scale", x, alpha, 0);
/** −x. dx = −dy. */
export const neg = (x: Tensor): Tensor => affineAs("neg", x, -1, 0);
/** x where x > 0, else 0, for −∞ too; NaN stays NaN. dx = dy where x > 0, else 0. */
export const relu = (x: Tensor): Tensor => applyUnary(reluOp, x, {});
/**
 * a where b > 0, else 0, whatever a is there; NaN where b is: the gradient of relu. da =
 * reluGrad(dy, b); none for b.
 */
export const reluGrad: BinaryFunction = (a: Operand, b: Operand) => applyBinary(reluGradOp, a, b, {});
/** x where x > 0, else αx; relu where α is 0 in float32. dx = dy where x > 0, else α dy. */
export const leakyRelu = (x: Tensor, alpha = 0.01): Tensor => {
  checkNumber("leakyRelu", "alpha", alpha);
  return Math.fround(alpha) === 0 ? relu(x) : applyUnary(leakyReluOp, x, { alpha });
};
/**
 * a where b > 0, else αa, NaN where b is: the gradient of leakyRelu; reluGrad where α is 0 in
 * float32. da = leakyReluGrad(dy, b, α); none for b.
 */
export const leakyReluGrad: BinaryFunction<readonly [alpha?: number]> = (a: Operand, b: Operand, alpha = 0.01) => {
  checkNumber("leakyReluGrad", "alpha", alpha);
  return Math.fround(alpha) === 0 ? applyBinary(reluGradOp, a, b, {}) : applyBinary(leakyReluGradOp, a, b, { alpha });
};
/** 1 / (1 + e⁻ˣ). dx = dy ⊙ y(1 − y). */
export const sigmoid = (x: Tensor): Tensor => applyUnary(sigmoidOp, x, {});
/** tanh x. dx = dy ⊙ (1 − y²). */
export const tanh = (x: Tensor): Tensor => applyUnary(tanhOp, x, {});
/** eˣ. dx = dy ⊙ y. */
export const exp = (x: Tensor): Tensor => applyUnary(expOp, x, {});
/** ln x, NaN for x < 0. dx = dy / x. */
export const log = (x: Tensor): Tensor => applyUnary(logOp, x, {});
/** √x, NaN for x < 0. dx = dy / 2y. */
export const sqrt = (x: Tensor): Tensor => applyUnary(sqrtOp, x, {});
/** x². dx = 2x dy. */
export const square = (x: Tensor): Tensor => applyUnary(squareOp, x, {});
/** |x|. dx = dy · sign x, 0 at 0. */
export const abs = (x: Tensor): Tensor => applyUnary(absOp, x, {});
/**
 * a · sign b, 0 where b is 0, whatever a is there, NaN where b is: the gradient of abs.
 * da = dy · sign b; none for b.
 */
export const signMul: BinaryFunction = (a: Operand, b: Operand) => applyBinary(signMulOp, a, b, {});
/**
 * a ⊙ b for weights a, where a weight of 0 leaves nothing of an infinite b: 0 · ±∞ = 0, as in the
 * sum −Σ p ln p. NaN stays NaN. da = dy ⊙ b, db = dy ⊙ a.
 */
export const weigh: BinaryFunction = (a: Operand, b: Operand) => applyBinary(weighOp, a, b, {});
