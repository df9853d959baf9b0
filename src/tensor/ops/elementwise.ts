import type { Gpu } from "../../kernels/gpu.ts";
import { sweep } from "../../kernels/grid.ts";
import { elementwise as kernel } from "../../kernels/shaders.generated.ts";
import type { Op, Tensor } from "../engine.ts";
import { format, sameShape, size } from "../shape.ts";

/** Names of the cases of shaders/elementwise.wgsl, in its order. */
const FUNCTIONS = [
  "add",
  "sub",
  "mul",
  "div",
  "affine",
  "relu",
  "reluGrad",
  "leakyRelu",
  "leakyReluGrad",
  "sigmoid",
  "tanh",
  "exp",
  "log",
  "sqrt",
  "square",
  "abs",
  "signMul",
  "weigh",
] as const;

interface Coefficients {
  readonly alpha: number;
  readonly beta: number;
}

function dispatchElementwise(
  gpu: Gpu,
  name: (typeof FUNCTIONS)[number],
  { a, b, y }: { readonly a: Tensor; readonly b: Tensor; readonly y: Tensor },
  { alpha = 0, beta = 0 }: Partial<Coefficients>,
): void {
  const vectors = Math.ceil(size(y.shape) / 4);
  const { WORKGROUP_SIZE, chunk, workgroups } = sweep(gpu.family, vectors);
  gpu.dispatch({
    op: name,
    kernel,
    constants: { FUNCTION: FUNCTIONS.indexOf(name), WORKGROUP_SIZE },
    buffers: { a: a.buffer, b: b.buffer, y: y.buffer },
    params: { vectors, chunk, alpha, beta },
    workgroups,
  });
}

type Unary<A> = Op<"x", A>;
type Binary<A> = Op<"a" | "b", A>;

function unary<A extends Partial<Coefficients> = Record<never, never>>(
  name: (typeof FUNCTIONS)[number],
  backward: (dy: Tensor, x: Tensor, y: Tensor, attributes: A) => Tensor,
): Unary<A> {
  return {
    name,
    shape: ({ x }) => x,
    forward: (gpu, { x }, y, attributes) => dispatchElementwise(gpu, name, { a: x, b: x, y }, attributes),
    backward: (dy, { x }, y, attributes) => ({ x: () => backward(dy, x, y, attributes) }),
  };
}

function binary<A extends Partial<Coefficients> = Record<never, never>>(
  name: (typeof FUNCTIONS)[number],
  backward: Binary<A>["backward"],
): Binary<A> {
  return {
    name,
    shape({ a, b }) {
      if (!sameShape(a, b)) {
        throw new RangeError(`${name}: expected equal shapes, got ${format(a)} and ${format(b)}; use \`broadcast\``);
      }
      return a;
    },
    forward: (gpu, { a, b }, y, attributes) => dispatchElementwise(gpu, name, { a, b, y }, attributes),
    backward,
  };
}

export const addOp: Binary<Record<never, never>> = binary("add", (dy) => ({ a: () => dy, b: () => dy }));
export const subOp: Binary<Record<never, never>> = binary("sub", (dy) => ({ a: () => dy, b: () => scale(dy, -1) }));
export const mulOp: Binary<Record<never, never>> = binary("mul", (dy, { a, b }) => ({
  a: () => mul(dy, b),
  b: () => mul(dy, a),
}));
export const divOp: Binary<Record<never, never>> = binary("div", (dy, { b }, y) => ({
  a: () => div(dy, b),
  b: () => scale(div(mul(dy, y), b), -1),
}));
export const affineOp: Unary<Coefficients> = unary("affine", (dy, _x, _y, { alpha }) => scale(dy, alpha));
export const reluOp: Unary<Record<never, never>> = unary("relu", (dy, x) => reluGrad(dy, x));
export const reluGradOp: Binary<Record<never, never>> = binary("reluGrad", (dy, { b }) => ({
  a: () => reluGrad(dy, b),
  b: null, // piecewise constant
}));
export const leakyReluOp: Unary<{ alpha: number }> = unary("leakyRelu", (dy, x, _y, { alpha }) =>
  leakyReluGrad(dy, x, alpha),
);
export const leakyReluGradOp: Binary<{ alpha: number }> = binary("leakyReluGrad", (dy, { b }, _y, { alpha }) => ({
  a: () => leakyReluGrad(dy, b, alpha),
  b: null, // piecewise constant
}));
export const sigmoidOp: Unary<Record<never, never>> = unary("sigmoid", (dy, _x, y) =>
  mul(dy, mul(y, affine(y, -1, 1))),
);
export const tanhOp: Unary<Record<never, never>> = unary("tanh", (dy, _x, y) => mul(dy, affine(square(y), -1, 1)));
export const expOp: Unary<Record<never, never>> = unary("exp", (dy, _x, y) => mul(dy, y));
export const logOp: Unary<Record<never, never>> = unary("log", (dy, x) => div(dy, x));
export const sqrtOp: Unary<Record<never, never>> = unary("sqrt", (dy, _x, y) => div(scale(dy, 0.5), y));
export const squareOp: Unary<Record<never, never>> = unary("square", (dy, x) => mul(scale(dy, 2), x));
export const absOp: Unary<Record<never, never>> = unary("abs", (dy, x) => signMul(dy, x));
export const signMulOp: Binary<Record<never, never>> = binary("signMul", (dy, { b }) => ({
  a: () => signMul(dy, b),
  b: null, // piecewise constant
}));
export const weighOp: Binary<Record<never, never>> = binary("weigh", (dy, { a, b }) => ({
  a: () => mul(dy, b),
  b: () => mul(dy, a),
}));
/** a + b, for equal shapes. da = dy, db = dy. */
export const add = (a: Tensor, b: Tensor): Tensor => a.engine.apply(addOp, { a, b }, {});
/** a − b, for equal shapes. da = dy, db = −dy. */
export const sub = (a: Tensor, b: Tensor): Tensor => a.engine.apply(subOp, { a, b }, {});
/** a ⊙ b, for equal shapes. da = dy ⊙ b, db = dy ⊙ a. */
export const mul = (a: Tensor, b: Tensor): Tensor => a.engine.apply(mulOp, { a, b }, {});
/** a / b by element, for equal shapes. da = dy / b, db = −dy ⊙ y / b. */
export const div = (a: Tensor, b: Tensor): Tensor => a.engine.apply(divOp, { a, b }, {});
/** αx + β. dx = α dy. */
export const affine = (x: Tensor, alpha: number, beta: number): Tensor =>
  x.engine.apply(affineOp, { x }, { alpha, beta });
/** αx. dx = α dy. */
export const scale = (x: Tensor, alpha: number): Tensor => affine(x, alpha, 0);
/** x where x > 0, else 0, for −∞ too; NaN stays NaN. dx = dy where x > 0, else 0. */
export const relu = (x: Tensor): Tensor => x.engine.apply(reluOp, { x }, {});
/**
 * a where b > 0, else 0, whatever a is there; NaN where b is: the gradient of relu. da =
 * reluGrad(dy, b); none for b.
 */
export const reluGrad = (a: Tensor, b: Tensor): Tensor => a.engine.apply(reluGradOp, { a, b }, {});
/** x where x > 0, else αx; relu where α is 0 in float32. dx = dy where x > 0, else α dy. */
export const leakyRelu = (x: Tensor, alpha = 0.01): Tensor =>
  Math.fround(alpha) === 0 ? relu(x) : x.engine.apply(leakyReluOp, { x }, { alpha });
/**
 * a where b > 0, else αa, NaN where b is: the gradient of leakyRelu; reluGrad where α is 0 in
 * float32. da = leakyReluGrad(dy, b, α); none for b.
 */
export const leakyReluGrad = (a: Tensor, b: Tensor, alpha = 0.01): Tensor =>
  Math.fround(alpha) === 0 ? reluGrad(a, b) : a.engine.apply(leakyReluGradOp, { a, b }, { alpha });
/** 1 / (1 + e⁻ˣ). dx = dy ⊙ y(1 − y). */
export const sigmoid = (x: Tensor): Tensor => x.engine.apply(sigmoidOp, { x }, {});
/** tanh x. dx = dy ⊙ (1 − y²). */
export const tanh = (x: Tensor): Tensor => x.engine.apply(tanhOp, { x }, {});
/** eˣ. dx = dy ⊙ y. */
export const exp = (x: Tensor): Tensor => x.engine.apply(expOp, { x }, {});
/** ln x, NaN for x < 0. dx = dy / x. */
export const log = (x: Tensor): Tensor => x.engine.apply(logOp, { x }, {});
/** √x, NaN for x < 0. dx = dy / 2y. */
export const sqrt = (x: Tensor): Tensor => x.engine.apply(sqrtOp, { x }, {});
/** x². dx = 2x dy. */
export const square = (x: Tensor): Tensor => x.engine.apply(squareOp, { x }, {});
/** |x|. dx = dy · sign x, 0 at 0. */
export const abs = (x: Tensor): Tensor => x.engine.apply(absOp, { x }, {});
/**
 * a · sign b, 0 where b is 0, whatever a is there, NaN where b is: the gradient of abs.
 * da = dy · sign b; none for b.
 */
export const signMul = (a: Tensor, b: Tensor): Tensor => a.engine.apply(signMulOp, { a, b }, {});
/**
 * a ⊙ b for weights a, where a weight of 0 leaves nothing of an infinite b: 0 · ±∞ = 0, as in the
 * sum −Σ p ln p. NaN stays NaN. da = dy ⊙ b, db = dy ⊙ a.
 */
export const weigh = (a: Tensor, b: Tensor): Tensor => a.engine.apply(weighOp, { a, b }, {});
