import { log as logarithm } from "../../math/elementary.ts";
import type { Tensor } from "../engine.ts";
import { applyBinary, type Binary, type BinaryFunction, binary } from "./byElement.ts";
import { log, mul, sub, weigh } from "./elementwise.ts";
import type { Operand } from "./operands.ts";
import { where } from "./where.ts";

/** ln a, 0 where a is 0. */
const lnOf = (a: Operand): Operand =>
  typeof a !== "number" ? log(where(a, a, 1)) : Math.fround(a) === 0 ? 0 : logarithm(a);

const powOp: Binary = /* @__PURE__ */ binary("pow", (dy, { a, b }, y) => ({
  a: () => weigh(dy, weigh(b, pow(a as Tensor, typeof b === "number" ? b - 1 : sub(b, 1)))),
  b: () => mul(dy, weigh(lnOf(a), y)),
}));

/**
 * aᵇ, as Math.pow gives it: a⁰ = 1 for every a, NaN for a < 0 unless b is whole, (±1)^±∞ = NaN.
 * Whole b of at most 64 take products, so that whole powers below 2²⁴ are exact.
 * da = dy ⊙ b aᵇ⁻¹, 0 where b is 0. db = dy ⊙ aᵇ ln a, 0 where a is 0, NaN where a < 0.
 */
export const pow: BinaryFunction = (a: Operand, b: Operand) => applyBinary(powOp, a, b, {});
