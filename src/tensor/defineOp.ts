import { kindOf } from "../kernels/options.ts";
import { apply, type Op, Tensor } from "./engine.ts";
import { checkShape } from "./shape.ts";

type Inputs<N extends string> = { readonly [K in N]: Tensor };

/** The public function of an op. Attributes may be left out where the op needs none. */
export interface DefinedOp<N extends string, A> {
  (inputs: Inputs<N>, ...attributes: Record<never, never> extends A ? [attributes?: A] : [attributes: A]): Tensor;
  readonly op: Op<N, A>;
}

/**
 * An op of the caller's own, which tapes, records and audits see as they see those of this package.
 * Its kernels are read by `kernel`, and `checkOp` of `brenier/audit` holds it to a reference in
 * float64. TypeError for a record that is no op; the function throws RangeError where `shape` gives
 * no shape.
 *
 *     const cubeOp = defineOp({
 *       name: "cube",
 *       shape: ({ x }) => x,
 *       forward(gpu, { x }, y) { gpu.dispatch({ op: "cube", kernel: cubeKernel, … }); },
 *       backward: (dy, { x }) => ({ x: () => mul(dy, scale(square(x), 3)) }),
 *     });
 *     const y = cubeOp({ x });
 */
export function defineOp<N extends string, A = Record<never, never>>(op: Op<N, A>): DefinedOp<N, A> {
  if (typeof op !== "object" || op === null) {
    throw new TypeError(`defineOp: expected a record with name, shape, forward and backward, got ${kindOf(op)}`);
  }
  const { name, shape, forward, backward } = op;
  if (typeof name !== "string" || !/^[A-Za-z]\w*$/.test(name)) {
    throw new TypeError(`defineOp: expected an identifier as \`name\`, got ${JSON.stringify(name)}`);
  }
  for (const [what, f] of Object.entries({ shape, forward, backward })) {
    if (typeof f !== "function") throw new TypeError(`${name}: expected a function as \`${what}\`, got ${typeof f}`);
  }
  const checked: Op<N, A> = {
    name,
    shape(shapes, attributes) {
      const found = shape.call(op, shapes, attributes);
      checkShape(name, found);
      return found;
    },
    forward: forward.bind(op),
    backward: backward.bind(op),
  };
  const run = (inputs: Inputs<N>, attributes = {} as A): Tensor => {
    if (typeof inputs === "object" && inputs !== null && !(inputs instanceof Tensor)) {
      return apply(checked, inputs, attributes);
    }
    throw new TypeError(`${name}: expected a record of tensors, got ${kindOf(inputs)}; call \`${name}({ x })\``);
  };
  return Object.assign(run, { op: checked });
}
