// Operands of ops by element: tensors, and numbers that stand for tensors of one value. A number is
// no tensor on the device but an attribute of the op, under the operand's name, and reaches the
// kernel as a param.
import { kindOf } from "../../kernels/options.ts";
import { type Op, Tensor } from "../engine.ts";

/** A tensor, or a number that stands for it in every place, rounded to float32. */
export type Operand = Tensor | number;

/** The operands of an op that are numbers. */
export type Numbers<N extends string> = { readonly [K in N]?: number };

type Each<N extends string, T> = { readonly [K in N]: T };

/** TypeError unless the operand `name` of an op is a tensor or a number. */
export function checkOperand(op: string, name: string, x: unknown): asserts x is Operand {
  if (x instanceof Tensor || typeof x === "number") return;
  throw new TypeError(
    `${op}: expected a tensor or a number as \`${name}\`, got ${kindOf(x)}; make one by \`engine.tensor\``,
  );
}

/**
 * Applies an op to its operands, at least one of them a tensor. TypeError for what is neither
 * tensor nor number, and where all are numbers.
 */
export function applyTo<N extends string, A extends Numbers<N>>(
  op: Op<N, A>,
  operands: Each<N, Operand>,
  attributes: Omit<A, N>,
): Tensor {
  const inputs: Record<string, Tensor> = {};
  const numbers: Record<string, number> = {};
  let first: Tensor | undefined;
  for (const name in operands) {
    const operand = operands[name];
    if (operand instanceof Tensor) {
      inputs[name] = operand;
      first ??= operand;
    } else {
      checkOperand(op.name, name, operand);
      numbers[name] = operand;
    }
  }
  if (first === undefined) {
    const names = Object.keys(operands).map((name) => `\`${name}\``);
    throw new TypeError(`${op.name}: expected a tensor among ${names.join(" and ")}, got numbers alone`);
  }
  // An op by element gets by its name what it was given, from the inputs or from the attributes.
  return first.engine.apply(op, inputs as Each<N, Tensor>, { ...attributes, ...numbers } as unknown as A);
}
