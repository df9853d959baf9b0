// Rows of a tensor by their numbers, and their adjoint, sums of rows by the numbers that they have:
// one file, because each is the other's gradient.
import { grid } from "../../kernels/grid.ts";
import {
  gather as gatherKernel,
  links as linksKernel,
  scatter as scatterKernel,
} from "../../kernels/shaders.generated.ts";
import { checkTensor, type Op, type Tensor } from "../engine.ts";
import { format, resolveAxis, type Shape, size } from "../shape.ts";

/** Greatest number of rows whose numbers float32 holds, 2²⁴. */
const MOST_ROWS = 16_777_216;

interface GatherAttributes {
  readonly axis: number;
  /** What rows without a number in range hold. */
  readonly missing: number;
}

interface ScatterAttributes {
  readonly axis: number;
  /** The shape of y. */
  readonly shape: Shape;
}

/** The values before, along and behind an axis. */
const around = (shape: Shape, axis: number) => {
  return { outer: size(shape.slice(0, axis)), rows: shape[axis] as number, inner: size(shape.slice(axis + 1)) };
};

export const gatherOp: Op<"x" | "index", GatherAttributes> = {
  name: "gather",
  shape({ x, index }, { axis }) {
    if ((x[axis] as number) > MOST_ROWS) {
      throw new RangeError(
        `gather: expected an axis of at most 2^24 values, whose numbers float32 holds, got axis ${axis} of ${format(x)}`,
      );
    }
    return x.toSpliced(axis, 1, ...index);
  },
  forward(gpu, { x, index }, y, { axis, missing }) {
    const { outer, rows, inner } = around(x.shape, axis);
    const length = size(index.shape);
    const RUN = gpu.family === "subgroup" ? 16 : 1;
    const count = outer * length * Math.ceil(inner / RUN);
    gpu.dispatch({
      op: "gather",
      kernel: gatherKernel,
      constants: { RUN },
      buffers: { x: x.buffer, index: index.buffer, y: y.buffer },
      params: { count, rows, length, inner, missing },
      workgroups: grid(Math.ceil(count / 64)),
    });
  },
  backward: (dy, { x, index }, _y, { axis }) => ({
    x: () => x.engine.apply(scatterOp, { x: dy, index }, { axis, shape: x.shape }),
    index: null, // piecewise constant
  }),
};

/** y[…, r, …] = Σₖ x[…, k, …] over all k with index[k] = r, in rising order. */
export const scatterOp: Op<"x" | "index", ScatterAttributes> = {
  name: "scatter",
  shape: (_shapes, { shape }) => shape,
  forward(gpu, { x, index }, y, { axis }) {
    const { outer, rows, inner } = around(y.shape, axis);
    const length = size(index.shape);
    const links = gpu.allocate("scatter", 4 * (rows + length));
    gpu.dispatch({
      op: "scatter",
      kernel: linksKernel,
      buffers: { index: index.buffer, links },
      params: { rows, length },
      workgroups: grid(Math.ceil(rows / 64)),
    });
    gpu.dispatch({
      op: "scatter",
      kernel: scatterKernel,
      buffers: { x: x.buffer, links, y: y.buffer },
      params: { outer, rows, length, inner },
      workgroups: grid(Math.ceil(size(y.shape) / 64)),
    });
    gpu.release(links);
  },
  // Rows of x whose number is out of range are in no sum.
  backward: (dy, { index }, _y, { axis }) => ({
    x: () => dy.engine.apply(gatherOp, { x: dy, index }, { axis, missing: 0 }),
    index: null, // piecewise constant
  }),
};

/**
 * The slices of x along an axis by their numbers:
 *
 *   y[o…, k…, i…] = x[o…, index[k…], i…] for x [o…, rows, i…] and index of any shape [k…]
 *
 * Numbers are whole and count from 0. Where `index` holds anything else, such as −1, `rows` or NaN,
 * the values of y are NaN. dx = Σ dy over the places of each number, in their order, so that equal
 * runs give equal bits; it takes rows · places comparisons. No gradient for `index`. RangeError for
 * an axis that there is not and for more than 2²⁴ rows, whose numbers float32 does not hold.
 */
export const gather = (x: Tensor, index: Tensor, axis = 0): Tensor => {
  checkTensor("gather", "x", x);
  const along = resolveAxis("gather", axis, x.shape.length);
  return x.engine.apply(gatherOp, { x, index }, { axis: along, missing: Number.NaN });
};
