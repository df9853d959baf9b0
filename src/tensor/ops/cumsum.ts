import { grid } from "../../kernels/grid.ts";
import { cumsum as kernel } from "../../kernels/shaders.generated.ts";
import { checkTensor, type Op, type Tensor } from "../engine.ts";
import { resolveAxis, type Shape, size } from "../shape.ts";
import { add } from "./elementwise.ts";
import { pad, slice } from "./move.ts";
import { isOneThreadEach } from "./overAxes.ts";
import { broadcast } from "./sum.ts";

interface Along {
  readonly axis: number;
  /** Whether sums begin at the end of the axis. */
  readonly reverse: boolean;
}

const around = (shape: Shape, axis: number) => {
  return { outer: size(shape.slice(0, axis)), length: shape[axis] as number, inner: size(shape.slice(axis + 1)) };
};

export const cumsumOp: Op<"x", Along> = {
  name: "cumsum",
  shape: ({ x }) => x,
  forward(gpu, { x }, y, { axis, reverse }) {
    const params = around(x.shape, axis);
    gpu.dispatch({
      op: "cumsum",
      kernel,
      constants: { REVERSE: reverse },
      buffers: { x: x.buffer, y: y.buffer },
      params,
      workgroups: grid(Math.ceil((params.outer * params.inner) / 64)),
    });
  },
  backward: (dy, _inputs, _y, { axis, reverse }) => ({
    x: () => dy.engine.apply(cumsumOp, { x: dy }, { axis, reverse: !reverse }),
  }),
};

/**
 * The sums along the middle axis of x [outer, length, inner]. A long axis is cut into rows where
 * there is little else to compute in parallel: each row is summed, then the sums of the rows before
 * it are added.
 */
function cumsumAlong(x: Tensor): Tensor {
  const { engine, shape } = x;
  const { outer, length, inner } = around(shape, 1);
  if (isOneThreadEach(shape)) {
    return engine.apply(cumsumOp, { x }, { axis: 1, reverse: false });
  }
  const row = Math.ceil(Math.sqrt(length));
  const rows = Math.ceil(length / row);
  const along = (before: number, after: number) =>
    [
      [0, 0],
      [before, after],
      [0, 0],
    ] as const;
  const cut = engine.reshape(pad(x, along(0, rows * row - length)), [outer, rows, row, inner]);
  const sums = engine.apply(cumsumOp, { x: cut }, { axis: 2, reverse: false });
  const totals = engine.reshape(slice(sums, [0, 0, row - 1]), [outer, rows, inner]);
  const before = pad(slice(cumsumAlong(totals), [], [outer, rows - 1]), along(1, 0));
  const all = add(sums, broadcast(engine.reshape(before, [outer, rows, 1, inner]), sums.shape));
  return slice(engine.reshape(all, [outer, rows * row, inner]), [], shape);
}

/**
 * y[…, k, …] = Σ x[…, j, …] over j ≤ k along an axis, the first one by default. dx = Σ dy over
 * k ≥ j. RangeError for an axis that there is not.
 */
export function cumsum(x: Tensor, axis = 0): Tensor {
  checkTensor("cumsum", "x", x);
  const { outer, length, inner } = around(x.shape, resolveAxis("cumsum", axis, x.shape.length));
  return x.engine.reshape(cumsumAlong(x.engine.reshape(x, [outer, length, inner])), x.shape);
}
