// Comparisons by element: 1 where they hold and 0 elsewhere, also where an operand is NaN, which
// only `notEqual` holds for. They are piecewise constant, so there are no gradients.
import type { Tensor } from "../engine.ts";
import { applyBinary, type Binary, type BinaryFunction, binary, type FunctionName } from "./byElement.ts";
import type { Operand } from "./operands.ts";

const comparison = (name: FunctionName): BinaryFunction => {
  const op: Binary = binary(name, () => ({ a: null, b: null }));
  return (a: Operand, b: Operand) => applyBinary(op, a, b, {});
};

/** 1 where a = b, else 0. */
export const equal: BinaryFunction = /* @__PURE__ */ comparison("equal");
/** 1 where a ≠ b, else 0; NaN differs from everything. */
export const notEqual: BinaryFunction = /* @__PURE__ */ comparison("notEqual");
/** 1 where a < b, else 0. */
export const less: BinaryFunction = /* @__PURE__ */ comparison("less");
/** 1 where a ≤ b, else 0. */
export const lessEqual: BinaryFunction = /* @__PURE__ */ comparison("lessEqual");
/** 1 where a > b, else 0. */
export const greater: BinaryFunction = /* @__PURE__ */ comparison("greater");
/** 1 where a ≥ b, else 0. */
export const greaterEqual: BinaryFunction = /* @__PURE__ */ comparison("greaterEqual");
/** 1 where x is 0, else 0: every other value is true, NaN among them. */
export const not = (x: Tensor): Tensor => equal(x, 0);
