import { grid } from "../../kernels/grid.ts";
import { logSoftmax as kernel } from "../../kernels/shaders.generated.ts";
import { apply, checkTensor, type Op, type Tensor } from "../engine.ts";
import { resolveAxis, size } from "../shape.ts";
import { exp, mul, sub } from "./elementwise.ts";
import { broadcast, sum } from "./sum.ts";

interface Along {
  readonly axis: number;
}

export const logSoftmaxOp: Op<"x", Along> = {
  name: "logSoftmax",
  shape: ({ x }) => x,
  forward(gpu, { x }, y, { axis }) {
    const channels = x.shape[axis] as number;
    const rows = size(x.shape) / channels;
    gpu.dispatch({
      op: "logSoftmax",
      kernel,
      buffers: { x: x.buffer, y: y.buffer },
      params: { rows, channels, inner: size(x.shape.slice(axis + 1)) },
      workgroups: grid(Math.ceil(rows / 64)),
    });
  },
  backward: (dy, _inputs, y, { axis }) => ({
    x: () => sub(dy, mul(exp(y), broadcast(sum(dy, [axis], { keepDims: true }), y.shape))),
  }),
};

/**
 * y = x − ln Σⱼ exp xⱼ over an axis, the last one by default, stable for large |x|.
 * dx = dy − eʸ Σⱼ dyⱼ. A NaN makes all values along its axis NaN. RangeError for an axis that there
 * is not.
 */
export const logSoftmax = (x: Tensor, axis = -1): Tensor => {
  checkTensor("logSoftmax", "x", x);
  return apply(logSoftmaxOp, { x }, { axis: resolveAxis("logSoftmax", axis, x.shape.length) });
};

/**
 * exp x / Σⱼ exp xⱼ over an axis, the last one by default: exp of `logSoftmax`.
 * dx = y ⊙ (dy − Σⱼ yⱼ dyⱼ).
 */
export const softmax = (x: Tensor, axis = -1): Tensor => exp(logSoftmax(x, axis));
