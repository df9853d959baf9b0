// Copies of boxes of values between buffers, from any strides to any others: what transposes,
// slices, concatenates and pads, and what gives matrices rows of another pitch.
import type { BufferRef } from "../../kernels/command.ts";
import type { Gpu } from "../../kernels/gpu.ts";
import { grid } from "../../kernels/grid.ts";
import { move as kernel } from "../../kernels/shaders.generated.ts";
import { repeatedAxes } from "../broadcasting.ts";
import type { Shape } from "../shape.ts";

/** One axis of a box. Strides are distances of neighbours in values; those of x may be negative. */
export interface BoxAxis {
  readonly length: number;
  /** 0 repeats one value. */
  readonly x: number;
  /** Not 0. */
  readonly y: number;
}

/** The values number xStart + Σ iₐ·xₐ of x, which become number yStart + Σ iₐ·yₐ of y. */
export interface Box {
  /** The outermost comes first: strides of y fall from axis to axis. */
  readonly axes: readonly BoxAxis[];
  readonly xStart: number;
  readonly yStart: number;
}

/** Two buffers, of which y is written. */
export interface FromTo {
  readonly x: BufferRef;
  readonly y: BufferRef;
}

/** Most axes that shaders/move.wgsl takes. */
const MOST_AXES = 6;

/** Distances of neighbours along each axis, in values, of a tensor in row-major order. */
export function stridesOf(shape: Shape): readonly number[] {
  let stride = 1;
  return shape
    .toReversed()
    .map((length) => {
      const own = stride;
      stride *= length;
      return own;
    })
    .reverse();
}

/** All values of a tensor, repeated to a shape by NumPy's rule. */
export function repeatedBox(from: Shape, to: Shape): Box {
  const [xs, ys] = [stridesOf(from), stridesOf(to)];
  const missing = to.length - from.length;
  const axes = repeatedAxes(from, to).map((repeated, axis) => ({
    length: to[axis] as number,
    x: repeated ? 0 : (xs[axis - missing] as number),
    y: ys[axis] as number,
  }));
  return { axes, xStart: 0, yStart: 0 };
}

/** Copies the values of a box from x to y; other values of y stay as they are. */
export function moveBox(gpu: Gpu, op: string, box: Box, buffers: FromTo): void {
  const { axes, xStart, yStart } = forwards(box);
  const merged = mergeBox(axes);
  if (merged.length <= MOST_AXES) {
    dispatchMove(gpu, op, { axes: merged, xStart, yStart }, buffers);
    return;
  }
  // So many axes are short: each index of the shortest is a box of its own.
  const shortest = merged.reduce((best, axis) => (axis.length < best.length ? axis : best));
  const others = merged.filter((axis) => axis !== shortest);
  for (let i = 0; i < shortest.length; i++) {
    const part = { axes: others, xStart: xStart + i * shortest.x, yStart: yStart + i * shortest.y };
    moveBox(gpu, op, part, buffers);
  }
}

/** Writes `value` to the first `count` values of y; x may be any other buffer. */
export function fill(
  gpu: Gpu,
  op: string,
  { value, count }: { readonly value: number; readonly count: number },
  buffers: FromTo,
): void {
  dispatchMove(gpu, op, { axes: [{ length: count, x: 0, y: 1 }], xStart: 0, yStart: 0, value }, buffers);
}

/** The same box with strides in y that are positive. */
function forwards({ axes, xStart, yStart }: Box): Box {
  const back = (side: "x" | "y"): number =>
    axes.reduce((sum, axis) => sum + (axis.y < 0 ? (axis.length - 1) * axis[side] : 0), 0);
  return {
    axes: axes.map((axis) => (axis.y < 0 ? { length: axis.length, x: -axis.x, y: -axis.y } : axis)),
    xStart: xStart + back("x"),
    yStart: yStart + back("y"),
  };
}

/** The axes without those of length 1, and with neighbours merged that are one run in x and y. */
function mergeBox(axes: readonly BoxAxis[]): readonly BoxAxis[] {
  const merged: BoxAxis[] = [];
  for (const axis of axes) {
    const { length, x, y } = axis;
    const outer = merged.at(-1);
    if (length === 1) continue;
    if (outer?.x === length * x && outer.y === length * y) {
      merged[merged.length - 1] = { length: outer.length * length, x, y };
    } else merged.push(axis);
  }
  return merged;
}

function dispatchMove(
  gpu: Gpu,
  op: string,
  { axes, xStart, yStart, value }: Box & { readonly value?: number },
  buffers: FromTo,
): void {
  // A CPU copies runs; on a GPU neighbouring threads write neighbouring values.
  const RUN = gpu.family === "subgroup" ? 16 : 1;
  const [n0 = ONE, n1 = ONE, n2 = ONE, n3 = ONE, n4 = ONE, n5 = ONE] = axes.toReversed();
  const runs = Math.ceil(n0.length / RUN);
  const count = axes.slice(0, -1).reduce((product, { length }) => product * length, runs);
  gpu.dispatch({
    op,
    kernel,
    constants: { AXES: Math.max(1, axes.length), RUN, FILL: value !== undefined },
    buffers,
    params: {
      count,
      value: value ?? 0,
      xStart,
      yStart,
      n0: n0.length,
      n1: n1.length,
      n2: n2.length,
      n3: n3.length,
      n4: n4.length,
      n5: n5.length,
      x0: n0.x,
      x1: n1.x,
      x2: n2.x,
      x3: n3.x,
      x4: n4.x,
      x5: n5.x,
      y0: n0.y,
      y1: n1.y,
      y2: n2.y,
      y3: n3.y,
      y4: n4.y,
      y5: n5.y,
    },
    workgroups: grid(Math.ceil(count / 64)),
  });
}

const ONE: BoxAxis = { length: 1, x: 0, y: 0 };
