import type { BufferRef } from "../../kernels/command.ts";
import { sweep } from "../../kernels/grid.ts";
import { where as kernel } from "../../kernels/shaders.generated.ts";
import { broadcastShape } from "../broadcasting.ts";
import { checkTensor, type Op, type Tensor } from "../engine.ts";
import { size } from "../shape.ts";
import { byStrides, type Stride } from "./byElement.ts";
import { applyTo, type Numbers, type Operand } from "./operands.ts";

const whereOp: Op<"condition" | "a" | "b", Numbers<"condition" | "a" | "b">> = {
  name: "where",
  shape: (shapes) => broadcastShape("where", ...Object.values(shapes)),
  forward(gpu, { condition, a, b }, y, numbers) {
    const vectors = Math.ceil(size(y.shape) / 4);
    const { WORKGROUP_SIZE, chunk, workgroups } = sweep(gpu.family, vectors);
    // A number leaves its place to the condition, which the kernel then does not read there.
    const tensors = [condition, a ?? condition, b ?? condition];
    byStrides(gpu, "where", y.shape, tensors, ({ middle, inner, WIDE, strides }, buffers) => {
      const [[co, cm, ci], [ao, am, ai], [bo, bm, bi]] = strides as [Stride, Stride, Stride];
      const [left, right, other] = buffers as [BufferRef, BufferRef, BufferRef];
      gpu.dispatch({
        op: "where",
        kernel,
        constants: { WORKGROUP_SIZE, WIDE, A_NUMBER: a === undefined, B_NUMBER: b === undefined },
        buffers: { c: left, a: right, b: other, y: y.buffer },
        params: {
          ...{ vectors, chunk, middle, inner, co, cm, ci, ao, am, ai, bo, bm, bi },
          ...{ alpha: numbers.a ?? 0, beta: numbers.b ?? 0 },
        },
        workgroups,
      });
    });
  },
  backward: (dy, { condition }) => ({
    condition: null, // piecewise constant
    a: () => where(condition, dy, 0),
    b: () => where(condition, 0, dy),
  }),
};

/**
 * a where the condition is true, that is not 0, else b; what the other holds there has no effect,
 * NaN neither. NaN is true. Shapes broadcast. da = dy where true, else 0; db = dy where false, else
 * 0; none for the condition. An infinite slope in front of it makes NaN of this 0, as 0 · ∞: put x
 * out of its way first, `where(c, log(where(c, x, 1)), 0)`. RangeError where shapes do not
 * broadcast, TypeError for other kinds.
 */
export const where = (condition: Tensor, a: Operand, b: Operand): Tensor => {
  checkTensor("where", "condition", condition);
  return applyTo(whereOp, { condition, a, b }, {});
};
