// Sums over axes and their adjoint, the repetition along axes: one file, because each is the
// other's gradient.
import type { BufferRef } from "../../kernels/command.ts";
import type { Gpu } from "../../kernels/gpu.ts";
import { grid } from "../../kernels/grid.ts";
import { checkOptions, kindOf } from "../../kernels/options.ts";
import { broadcast as broadcastKernel, sum as sumKernel, sumVectors } from "../../kernels/shaders.generated.ts";
import { mergeAxes, repeatedAxes, repeatsTo } from "../broadcasting.ts";
import { apply, checkTensor, type Op, type Tensor } from "../engine.ts";
import { checkShape, format, resolveAxes, type Shape, sameShape } from "../shape.ts";

export interface SumOptions {
  /** Whether summed axes stay, with length 1. Default: false. */
  readonly keepDims?: boolean;
}

/**
 * Whether summed axes stay. TypeError for an unknown option, another value, or where x is
 * no tensor.
 */
export function keepsDims(op: string, x: Tensor, options: SumOptions): boolean {
  checkOptions(op, options, ["keepDims"]);
  checkTensor(op, "x", x);
  const { keepDims = false } = options;
  if (typeof keepDims === "boolean") return keepDims;
  throw new TypeError(`${op}: expected \`keepDims\` as true or false, got ${kindOf(keepDims)}`);
}

interface SumAttributes {
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

/** One dispatch of shaders/sumVectors.wgsl or sum.wgsl. */
export interface SumRows {
  readonly outer: number;
  readonly row: number;
  readonly width: number;
  /**
   * Number of values of a row that are summed into `width` sums, a multiple of `width`. Default:
   * all. RangeError where rows are not whole vec4s, see `isVector`.
   */
  readonly chunk?: number;
}

/** The buffers that a pass reads and writes. */
interface FromTo {
  readonly x: BufferRef;
  readonly y: BufferRef;
}

export const sumOp: Op<"x", SumAttributes> = {
  name: "sum",
  shape: ({ x }, { axes, keepDims }) =>
    keepDims
      ? x.map((length, axis) => (axes.includes(axis) ? 1 : length))
      : x.filter((_, axis) => !axes.includes(axis)),
  forward(gpu, { x }, y, { axes }) {
    const summed = x.shape.map((_, axis) => axes.includes(axis));
    sumChain(gpu, "sum", sumPasses(x.shape, summed), { x: x.buffer, y: y.buffer });
  },
  backward(dy, { x }, _y, { axes }) {
    const kept = x.shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
    return { x: () => broadcast(x.engine.reshape(dy, kept), x.shape) };
  },
};

export const broadcastOp: Op<"x", { shape: Shape }> = {
  name: "broadcast",
  shape({ x }, { shape }) {
    checkShape("broadcast", shape);
    if (!repeatsTo(x, shape)) {
      throw new RangeError(
        `broadcast: expected a shape whose last axes are those of ${format(x)} where these are not 1, got ${format(shape)}`,
      );
    }
    return shape;
  },
  forward: (gpu, { x }, y) => repeat(gpu, "broadcast", [x.shape, y.shape], { x: x.buffer, y: y.buffer }),
  backward: (dy, { x }) => ({ x: () => sumTo(dy, x.shape) }),
};

/** Writes the values of x, of shape `from`, repeated to shape `to` into y. */
export function repeat(gpu: Gpu, op: string, [from, to]: readonly [Shape, Shape], { x, y }: FromTo): void {
  const passes = broadcastPasses(to, repeatedAxes(from, to));
  chain(gpu, op, { passes, x, y }, ({ length, inner, size }, buffers) => {
    const vectors = Math.ceil(size / 4);
    gpu.dispatch({
      op,
      kernel: broadcastKernel,
      buffers,
      params: { vectors, length, inner },
      workgroups: grid(Math.ceil(vectors / 1024)),
    });
  });
}

/**
 * Σ x over `axes` (default: all; negative ones count from the end), which are removed, or kept with
 * length 1 when `keepDims`. dx = dy repeated along them. Sums are blocked, in an order that depends
 * on the shape only: equal runs give equal bits.
 */
export const sum = (x: Tensor, axes?: readonly number[], options: SumOptions = {}): Tensor => {
  const keepDims = keepsDims("sum", x, options);
  return apply(sumOp, { x }, { axes: resolveAxes("sum", axes ?? [...x.shape.keys()], x.shape.length), keepDims });
};

/**
 * x repeated to `shape` by NumPy's rule: shapes are aligned at their last axes, and axes of x that
 * are missing or have length 1 are repeated. dx = Σ dy over the repeated axes. RangeError when
 * another axis of x differs from that of `shape`.
 */
export const broadcast = (x: Tensor, shape: Shape): Tensor => apply(broadcastOp, { x }, { shape });

/**
 * Σ x over the axes along which `shape` is repeated to that of x, by `broadcast` or as an operand:
 * the gradient of that. dx = dy repeated along them.
 */
export const sumTo = (x: Tensor, shape: Shape): Tensor => {
  if (sameShape(x.shape, shape)) return x;
  const axes = repeatedAxes(shape, x.shape).flatMap((repeated, axis) => (repeated ? [axis] : []));
  return x.engine.reshape(axes.length === 0 ? x : sum(x, axes), shape);
};

/** y[0] = Σ x[i] over i < count. */
export function sumAll(gpu: Gpu, op: string, count: number, buffers: FromTo): void {
  sumChain(gpu, op, sumPasses([count], [true]), buffers);
}

/**
 * y[o, j] = Σₖ x[o, j + k · width] for x [outer, row] and y [outer, width], width ≤ row. One
 * dispatch, which is fastest where all rows are whole vec4s.
 */
export function sumRows(gpu: Gpu, op: string, { outer, row, width, chunk }: SumRows, { x, y }: FromTo): void {
  if (isVector(outer, row) && (width === 1 || width % 4 === 0)) {
    const columns = Math.max(width, 4);
    const whole = chunk ?? Math.ceil(row / columns) * columns;
    const chunks = Math.ceil(row / whole);
    gpu.dispatch({
      op,
      kernel: sumVectors,
      constants: { FOLD: width === 1 },
      buffers: { x, y },
      params: { outer, row, chunk: whole, chunks, width: columns },
      workgroups: grid(Math.ceil((outer * chunks * columns) / 256)),
    });
  } else {
    if (chunk !== undefined) {
      throw new RangeError(`${op}: expected rows in whole vec4s for a \`chunk\`, got ${row} to ${width} values`);
    }
    gpu.dispatch({
      op,
      kernel: sumKernel,
      buffers: { x, y },
      params: { outer, row, width },
      workgroups: grid(Math.ceil((outer * width) / 64)),
    });
  }
}

/** Whether every row of [outer, row] starts at a whole vec4. */
function isVector(outer: number, row: number): boolean {
  return outer === 1 || row % 4 === 0;
}

interface AxisGroup {
  readonly length: number;
  readonly marked: boolean;
}

/** Neighbouring axes with the same mark as one, without those of length 1. */
const groupsOf = (shape: Shape, marked: readonly boolean[]): readonly AxisGroup[] =>
  mergeAxes(shape, [shape.map((length, axis) => (marked[axis] === true ? 1 : length))]).map(
    ({ length, strides: [stride] }) => ({ length, marked: stride === 0 }),
  );

interface Pass {
  /** Values that the pass writes. */
  readonly size: number;
}

type SumPass = Pass & SumRows;

/**
 * The passes of a sum: groups of summed axes one by one, outermost first, each
 *   [outer, length, inner] → [outer, splits, inner] → … → [outer, inner].
 */
function sumPasses(shape: Shape, summed: readonly boolean[]): readonly SumPass[] {
  const groups = groupsOf(shape, summed);
  const passes: SumPass[] = [];
  let outer = 1;
  groups.forEach((group, i) => {
    const inner = product(groups.slice(i + 1));
    if (!group.marked) outer *= group.length;
    for (let length = group.marked ? group.length : 1; length > 1; ) {
      const { splits, ...pass } = split(outer, length, inner);
      passes.push({ ...pass, size: outer * splits * inner });
      length = splits;
    }
  });
  return passes;
}

/**
 * The next pass over [outer, length, inner], which leaves [outer, splits, inner]. There are as few
 * passes as possible, each of at most about 256 terms per sum, but enough threads for a large GPU
 * when there is much to sum, and partial sums are whole vec4s. With chunks a workgroup reads
 * consecutive memory.
 */
function split(outer: number, length: number, inner: number): SumRows & { readonly splits: number } {
  const row = length * inner;
  if (length <= 256) return { outer, row, width: inner, splits: 1 };
  const even = Math.ceil(Math.sqrt(length)); // two passes of equal length
  const parallel = Math.min(Math.ceil(length / 32), Math.ceil(16384 / (outer * inner)));
  const unit = inner % 4 === 0 ? 1 : inner % 2 === 0 ? 2 : 4;
  const whole = (n: number): number => Math.ceil(n / unit) * unit;
  const splits = whole(length <= 65536 ? even : Math.max(Math.ceil(length / 256), parallel));
  if (!isVector(outer, row)) return { outer, row, width: splits * inner, splits };
  const abreast = Math.min(splits, whole(Math.ceil(256 / inner))); // the 64 vec4s of a workgroup
  const terms = Math.ceil(length / (abreast * Math.ceil(splits / abreast)));
  const width = abreast * inner;
  const chunk = terms * width;
  return { outer, row, width, chunk, splits: abreast * Math.ceil(row / chunk) };
}

interface BroadcastPass extends Pass {
  readonly length: number;
  readonly inner: number;
}

/**
 * The passes of a broadcast: groups of repeated axes one by one, innermost first, so that the last
 * and largest pass writes the longest runs.
 */
function broadcastPasses(shape: Shape, repeated: readonly boolean[]): readonly BroadcastPass[] {
  const groups = groupsOf(shape, repeated);
  return groups
    .flatMap(({ length, marked }, i) => {
      const inner = product(groups.slice(i + 1));
      const outer = product(groups.slice(0, i).filter((group) => !group.marked));
      return marked ? [{ length, inner, size: outer * length * inner }] : [];
    })
    .reverse();
}

function product(groups: readonly AxisGroup[]): number {
  return groups.reduce((result, { length }) => result * length, 1);
}

/** Runs passes of sums from x to y. */
function sumChain(gpu: Gpu, op: string, passes: readonly SumPass[], ends: FromTo): void {
  chain(gpu, op, { passes, ...ends }, (pass, buffers) => sumRows(gpu, op, pass, buffers));
}

/** Runs passes from x to y through temporaries; without any pass, it copies x to y. */
function chain<P extends Pass>(
  gpu: Gpu,
  op: string,
  { passes, x, y }: FromTo & { readonly passes: readonly P[] },
  run: (pass: P, buffers: FromTo) => void,
): void {
  if (passes.length === 0) gpu.copy(op, x, y);
  let from = x;
  passes.forEach((pass, i) => {
    const to = i === passes.length - 1 ? y : gpu.allocate(op, 4 * pass.size);
    run(pass, { x: from, y: to });
    if (from !== x) gpu.release(from);
    from = to;
  });
}
