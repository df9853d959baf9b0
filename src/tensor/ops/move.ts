// Ops that move values and compute nothing: each copies boxes, and its gradient is another of them.
import { checkArray, checkNumber } from "../../kernels/numbers.ts";
import { kindOf } from "../../kernels/options.ts";
import { checkTensor, type Op, type Tensor } from "../engine.ts";
import { checkShape, format, resolveAxes, resolveAxis, type Shape, size } from "../shape.ts";
import { type Box, fill, moveBox, stridesOf } from "./box.ts";

interface Permutation {
  /** For each axis of y the axis of x. */
  readonly axes: readonly number[];
}

export const transposeOp: Op<"x", Permutation> = {
  name: "transpose",
  shape: ({ x }, { axes }) => axes.map((axis) => x[axis] as number),
  forward(gpu, { x }, y, { axes }) {
    const [xs, ys] = [stridesOf(x.shape), stridesOf(y.shape)];
    const box = y.shape.map((length, i) => ({ length, x: xs[axes[i] as number] as number, y: ys[i] as number }));
    moveBox(gpu, "transpose", { axes: box, xStart: 0, yStart: 0 }, { x: x.buffer, y: y.buffer });
  },
  backward: (dy, _inputs, _y, { axes }) => ({ x: () => transpose(dy, inverse(axes)) }),
};

/** For each axis of x the axis of y. */
const inverse = (axes: readonly number[]): readonly number[] => axes.map((_, axis) => axes.indexOf(axis));

/**
 * x with its axes in another order: axis i of y is axis `axes`[i] of x. Default: in reverse order.
 * Negative axes count from the end. dx = dy with the axes back in place. RangeError unless `axes`
 * names each axis once.
 */
export const transpose = (x: Tensor, axes?: readonly number[]): Tensor => {
  checkTensor("transpose", "x", x);
  const rank = x.shape.length;
  const order = axes ?? [...x.shape.keys()].reverse();
  if (resolveAxes("transpose", order, rank).length !== rank) {
    throw new RangeError(
      `transpose: expected each of the ${rank} axes of ${format(x.shape)} once, got ${format(order)}`,
    );
  }
  return x.engine.apply(transposeOp, { x }, { axes: order.map((axis) => (axis < 0 ? axis + rank : axis)) });
};

/** Which values of a larger tensor a smaller one has: number begin + i · steps along each axis. */
interface Lattice {
  readonly begin: readonly number[];
  readonly steps: readonly number[];
}

type SliceAttributes = Lattice & { readonly size: Shape };
type PadAttributes = Lattice & { readonly shape: Shape; readonly value: number };

/** The box of the smaller tensor in the larger one, as if x were the larger and y the smaller. */
function latticeBox(large: Shape, small: Shape, { begin, steps }: Lattice): Box {
  const [xs, ys] = [stridesOf(large), stridesOf(small)];
  const axes = small.map((length, axis) => ({
    length,
    x: (xs[axis] as number) * (steps[axis] as number),
    y: ys[axis] as number,
  }));
  return { axes, xStart: begin.reduce((start, first, axis) => start + first * (xs[axis] as number), 0), yStart: 0 };
}

/** The box in the other direction. */
const turned = ({ axes, xStart, yStart }: Box): Box => ({
  axes: axes.map(({ length, x, y }) => ({ length, x: y, y: x })),
  xStart: yStart,
  yStart: xStart,
});

export const sliceOp: Op<"x", SliceAttributes> = {
  name: "slice",
  shape: (_shapes, { size }) => size,
  forward: (gpu, { x }, y, attributes) =>
    moveBox(gpu, "slice", latticeBox(x.shape, y.shape, attributes), { x: x.buffer, y: y.buffer }),
  backward: (dy, { x }, _y, { begin, steps }) => ({
    x: () => x.engine.apply(padOp, { x: dy }, { begin, steps, shape: x.shape, value: 0 }),
  }),
};

/** The values of x on a lattice of y, and `value` everywhere else. */
export const padOp: Op<"x", PadAttributes> = {
  name: "pad",
  shape: (_shapes, { shape }) => shape,
  forward(gpu, { x }, y, attributes) {
    const buffers = { x: x.buffer, y: y.buffer };
    const count = size(y.shape);
    if (count > size(x.shape)) fill(gpu, "pad", { value: attributes.value, count }, buffers);
    moveBox(gpu, "pad", turned(latticeBox(y.shape, x.shape, attributes)), buffers);
  },
  backward: (dy, { x }, _y, { begin, steps }) => ({
    x: () => x.engine.apply(sliceOp, { x: dy }, { begin, steps, size: x.shape }),
  }),
};

/**
 * `size` values of x along each axis, from number `begin` on, in steps of `steps`:
 *
 *   y[i, j, …] = x[begin₀ + steps₀·i, begin₁ + steps₁·j, …]
 *
 * A negative `begin` counts from the end. A size of −1, the default, takes all values up to the end
 * of the axis, or with a negative step down to its start. Steps are 1 unless they are given, and
 * axes that the lists do not reach are taken whole. dx = dy at these values and 0 elsewhere.
 * RangeError names the axis where there are no such values.
 */
export function slice(
  x: Tensor,
  begin: readonly number[],
  size: readonly number[] = [],
  steps: readonly number[] = [],
): Tensor {
  checkTensor("slice", "x", x);
  for (const [name, list] of Object.entries({ begin, size, steps })) {
    checkArray("slice", name, list);
    if (list.length > x.shape.length) {
      throw new RangeError(
        `slice: expected \`${name}\` of at most ${x.shape.length} axes, those of ${format(x.shape)}, got ${format(list)}`,
      );
    }
  }
  const ranges = x.shape.map((length, axis) => {
    const step = steps[axis] ?? 1;
    const given = begin[axis] ?? (step < 0 ? -1 : 0);
    const first = given < 0 ? given + length : given;
    const rest = step < 0 ? first : length - 1 - first;
    const wanted = size[axis] ?? -1;
    const count = wanted === -1 ? Math.floor(rest / Math.abs(step)) + 1 : wanted;
    const whole = [first, step, count].every(Number.isInteger) && step !== 0 && count >= 0;
    if (!whole || first < 0 || first >= length || (count - 1) * Math.abs(step) > rest) {
      throw new RangeError(
        `slice: expected values 0 to ${length - 1} of axis ${axis} of ${format(x.shape)}, got ` +
          `${wanted === -1 ? "all" : wanted} from ${given} on in steps of ${step}`,
      );
    }
    return { first, step, count };
  });
  const attributes = {
    begin: ranges.map(({ first }) => first),
    steps: ranges.map(({ step }) => step),
    size: ranges.map(({ count }) => count),
  };
  checkShape("slice", attributes.size);
  return x.engine.apply(sliceOp, { x }, attributes);
}

/**
 * x between `padding`[axis][0] copies of `value` before and `padding`[axis][1] after it along each
 * axis. dx = dy without these. RangeError unless `padding` has two whole numbers of at least 0 for
 * every axis.
 */
export function pad(x: Tensor, padding: readonly (readonly [before: number, after: number])[], value = 0): Tensor {
  checkTensor("pad", "x", x);
  checkArray("pad", "padding", padding);
  checkNumber("pad", "value", value);
  const good = padding.every(
    (ends) => Array.isArray(ends) && ends.length === 2 && ends.every((n) => Number.isSafeInteger(n) && n >= 0),
  );
  if (!good || padding.length !== x.shape.length) {
    throw new RangeError(
      `pad: expected whole numbers [before, after] of at least 0 for each axis of ${format(x.shape)}, got ` +
        `[${padding.map((ends) => (Array.isArray(ends) ? format(ends) : kindOf(ends))).join(", ")}]`,
    );
  }
  const shape = x.shape.map((length, axis) => length + (padding[axis]?.[0] ?? 0) + (padding[axis]?.[1] ?? 0));
  const steps = x.shape.map(() => 1);
  return x.engine.apply(padOp, { x }, { begin: padding.map(([before]) => before), steps, shape, value });
}

interface Along {
  readonly axis: number;
}

export const concatOp: Op<string, Along> = {
  name: "concat",
  shape(inputs, { axis }) {
    const [first = [], ...others] = Object.values(inputs);
    for (const shape of others) {
      if (shape.length !== first.length || shape.some((length, i) => i !== axis && length !== first[i])) {
        throw new RangeError(
          `concat: expected shapes that are equal but for axis ${axis}, got ${format(first)} and ${format(shape)}`,
        );
      }
    }
    const total = others.reduce((sum, shape) => sum + (shape[axis] as number), first[axis] as number);
    return first.with(axis, total);
  },
  forward(gpu, inputs, y, { axis }) {
    const ys = stridesOf(y.shape);
    let yStart = 0;
    for (const x of Object.values(inputs)) {
      const xs = stridesOf(x.shape);
      const axes = x.shape.map((length, i) => ({ length, x: xs[i] as number, y: ys[i] as number }));
      moveBox(gpu, "concat", { axes, xStart: 0, yStart }, { x: x.buffer, y: y.buffer });
      yStart += (x.shape[axis] as number) * (ys[axis] as number);
    }
  },
  backward(dy, inputs, _y, { axis }) {
    let begin = 0;
    const entries = Object.entries(inputs).map(([name, x]) => {
      const own = begin;
      begin += x.shape[axis] as number;
      const attributes = { begin: x.shape.map((_, i) => (i === axis ? own : 0)), steps: x.shape.map(() => 1) };
      return [name, () => dy.engine.apply(sliceOp, { x: dy }, { ...attributes, size: x.shape })] as const;
    });
    return Object.fromEntries(entries);
  },
};

/** The first of at least one tensor. TypeError for what is none, RangeError for no tensors. */
export function firstOf(op: string, tensors: readonly Tensor[]): Tensor {
  checkArray(op, "tensors", tensors);
  for (const [i, x] of tensors.entries()) checkTensor(op, `tensors[${i}]`, x);
  const [first] = tensors;
  if (first === undefined) throw new RangeError(`${op}: expected at least one tensor, got none`);
  return first;
}

/**
 * Tensors one after another along an axis, which counts from the end where it is negative; their
 * shapes are equal but for that axis. The gradients are the parts of dy. RangeError names shapes
 * that do not fit, and an axis that there is not.
 */
export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  const first = firstOf("concat", tensors);
  const along = resolveAxis("concat", axis, first.shape.length);
  const inputs = Object.fromEntries(tensors.map((x, i) => [`x${i}`, x]));
  return first.engine.apply(concatOp, inputs, { axis: along });
}
