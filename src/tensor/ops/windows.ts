// Ops that reduce every window of an image to one value, and the adjoints of these. An axis of a
// tensor is an image as well, with one window that is as long as the axis.
import type { Gpu } from "../../kernels/gpu.ts";
import { grid } from "../../kernels/grid.ts";
import type { Workgroups } from "../../kernels/kernel.ts";
import { poolDown, poolIndex as poolIndexKernel, poolUp } from "../../kernels/shaders.generated.ts";
import type { Op, Tensor } from "../engine.ts";
import type { Shape } from "../shape.ts";
import type { Geometry } from "./convolution/geometry.ts";

/**
 * Windows of kh × kw pixels of a large side [batch, lh, lw, c], of which a small side [batch, sh,
 * sw, c] has one value each: window oy, ox begins at pixel oy · stride − pad, ox · stride − pad.
 * What sticks out of the image does not count, and no window lies outside. Inputs have these sizes,
 * in any shape.
 */
export type Windows = Omit<Geometry, "d">;

interface Reduction {
  readonly windows: Windows;
}

interface Extreme extends Reduction {
  /** Whether to look for the least value, not for the greatest. */
  readonly least: boolean;
}

const small = ({ batch, sh, sw, c }: Windows): Shape => [batch, sh, sw, c];
const large = ({ batch, lh, lw, c }: Windows): Shape => [batch, lh, lw, c];

/** How many values a thread computes: a CPU divides slowly, and a thread divides once. */
const runOf = (gpu: Gpu): number => (gpu.family === "subgroup" ? 16 : 1);

/** The workgroups for threads that compute runs of the rows of a side. */
const groupsOf = (gpu: Gpu, [batch = 1, height = 1, width = 1, channels = 1]: Shape): Workgroups =>
  grid(Math.ceil((batch * height * Math.ceil((width * channels) / runOf(gpu))) / 64));

/** The number ky · kw + kx of the pixel with the greatest value in each window, or the least. */
export const poolIndexOp: Op<"x", Extreme> = {
  name: "poolIndex",
  shape: (_shapes, { windows }) => small(windows),
  forward(gpu, { x }, index, { windows, least }) {
    gpu.dispatch({
      op: "poolIndex",
      kernel: poolIndexKernel,
      constants: { LEAST: least, RUN: runOf(gpu) },
      buffers: { x: x.buffer, index: index.buffer },
      params: windows,
      workgroups: groupsOf(gpu, index.shape),
    });
  },
  backward: () => ({ x: null }), // piecewise constant
};

/**
 * Dispatches a pass from the large side to the small one, or back; without `index` it is a mean.
 */
function dispatchPool(
  gpu: Gpu,
  op: string,
  kernel: typeof poolDown | typeof poolUp,
  { windows, x, index, y }: Reduction & { readonly x: Tensor; readonly index?: Tensor; readonly y: Tensor },
): void {
  gpu.dispatch({
    op,
    kernel,
    buffers: { x: x.buffer, index: (index ?? x).buffer, y: y.buffer },
    constants: { RUN: runOf(gpu) },
    params: { ...windows, mean: index === undefined ? 1 : 0 },
    workgroups: groupsOf(gpu, y.shape),
  });
}

/** The pixel of each window whose number `index` gives. */
const pickOp: Op<"x" | "index", Reduction> = {
  name: "pick",
  shape: (_shapes, { windows }) => small(windows),
  forward: (gpu, { x, index }, y, { windows }) => dispatchPool(gpu, "pick", poolDown, { windows, x, index, y }),
  backward: (dy, { x, index }, _y, { windows }) => ({
    x: () => x.engine.reshape(x.engine.apply(putOp, { x: dy, index }, { windows }), x.shape),
    index: null, // piecewise constant
  }),
};

/** The sum of the values of all windows whose `index` gives a pixel, for each pixel. */
const putOp: Op<"x" | "index", Reduction> = {
  name: "put",
  shape: (_shapes, { windows }) => large(windows),
  forward: (gpu, { x, index }, y, { windows }) => dispatchPool(gpu, "put", poolUp, { windows, x, index, y }),
  backward: (dy, { x, index }, _y, { windows }) => ({
    x: () => x.engine.reshape(pick(dy, index, windows), x.shape),
    index: null, // piecewise constant
  }),
};

const avgPoolOp: Op<"x", Reduction> = {
  name: "avgPool",
  shape: (_shapes, { windows }) => small(windows),
  forward: (gpu, { x }, y, { windows }) => dispatchPool(gpu, "avgPool", poolDown, { windows, x, y }),
  backward: (dy, _inputs, _y, { windows }) => ({ x: () => dy.engine.apply(avgPoolGradOp, { x: dy }, { windows }) }),
};

/** The share of each window's value that a pixel has in its mean, summed over windows. */
const avgPoolGradOp: Op<"x", Reduction> = {
  name: "avgPoolGrad",
  shape: (_shapes, { windows }) => large(windows),
  forward: (gpu, { x }, y, { windows }) => dispatchPool(gpu, "avgPoolGrad", poolUp, { windows, x, y }),
  backward: (dy, _inputs, _y, { windows }) => ({ x: () => average(dy, windows) }),
};

/** The number of the first pixel with the greatest value in each window. None for a gradient. */
export const poolIndex = (x: Tensor, windows: Windows, least: boolean): Tensor =>
  x.engine.apply(poolIndexOp, { x }, { windows, least });

/**
 * x at the pixel of each window that `index` names. dx = Σ dy over the windows that name a pixel.
 */
export const pick = (x: Tensor, index: Tensor, windows: Windows): Tensor =>
  x.engine.apply(pickOp, { x, index }, { windows });

/** The mean of each window. */
export const average = (x: Tensor, windows: Windows): Tensor => x.engine.apply(avgPoolOp, { x }, { windows });
