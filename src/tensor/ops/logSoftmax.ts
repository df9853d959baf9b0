import { grid } from "../../kernels/grid.ts";
import { logSoftmax as kernel } from "../../kernels/shaders.generated.ts";
import { apply, type Op, type Tensor } from "../engine.ts";
import { size } from "../shape.ts";
import { exp, mul, sub } from "./elementwise.ts";
import { broadcast, sum } from "./sum.ts";

export const logSoftmaxOp: Op<"x"> = {
  name: "logSoftmax",
  shape({ x }) {
    if (x.length === 0) throw new RangeError("logSoftmax: expected at least one axis, got []");
    return x;
  },
  forward(gpu, { x }, y) {
    const channels = x.shape.at(-1) ?? 1;
    const rows = size(x.shape) / channels;
    gpu.dispatch({
      op: "logSoftmax",
      kernel,
      buffers: { x: x.buffer, y: y.buffer },
      params: { rows, channels },
      workgroups: grid(Math.ceil(rows / 64)),
    });
  },
  backward: (dy, _inputs, y) => ({
    x: () => sub(dy, mul(exp(y), broadcast(sum(dy, [-1], { keepDims: true }), y.shape))),
  }),
};

/**
 * y = x − ln Σⱼ exp xⱼ over the last axis, stable for large |x|. dx = dy − eʸ Σⱼ dyⱼ. A NaN makes
 * its whole row NaN.
 */
export const logSoftmax = (x: Tensor): Tensor => apply(logSoftmaxOp, { x }, {});
