// Ways to take tensors apart and to put them together that are made of reshape and moves.
import { checkArray } from "../../kernels/numbers.ts";
import { checkTensor, type Tensor } from "../engine.ts";
import { checkShape, format, resolveAxes, resolveAxis } from "../shape.ts";
import { concat, firstOf, slice } from "./move.ts";
import { broadcast } from "./sum.ts";

/**
 * x with one more axis, of length 1, which is axis number `axis` of the result; −1 is the last.
 * Nothing is copied. RangeError where there can be no such axis.
 */
export const expandDims = (x: Tensor, axis = 0): Tensor => {
  checkTensor("expandDims", "x", x);
  return x.engine.reshape(x, x.shape.toSpliced(resolveAxis("expandDims", axis, x.shape.length + 1), 0, 1));
};

/**
 * x without the given axes, which have length 1. Default: all that have. Nothing is copied.
 * RangeError for an axis of another length.
 */
export function squeeze(x: Tensor, axes?: readonly number[]): Tensor {
  checkTensor("squeeze", "x", x);
  const { shape } = x;
  const gone = axes === undefined ? undefined : resolveAxes("squeeze", axes, shape.length);
  const long = gone?.find((axis) => shape[axis] !== 1);
  if (long !== undefined) {
    throw new RangeError(`squeeze: expected axes of length 1, got axis ${long} of ${format(shape)}`);
  }
  return x.engine.reshape(
    x,
    shape.filter((length, axis) => (gone === undefined ? length !== 1 : !gone.includes(axis))),
  );
}

/**
 * Tensors of one shape along a new axis, which is axis number `axis` of the result; −1 is the last.
 * The gradients are the slices of dy. RangeError names shapes that differ.
 */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  const first = firstOf("stack", tensors);
  for (const { shape } of tensors) {
    if (format(shape) !== format(first.shape)) {
      throw new RangeError(`stack: expected equal shapes, got ${format(first.shape)} and ${format(shape)}`);
    }
  }
  const place = resolveAxis("stack", axis, first.shape.length + 1);
  return concat(
    tensors.map((x) => expandDims(x, place)),
    place,
  );
}

/**
 * x cut along an axis into parts of the given lengths, or into as many equal parts as `parts` says.
 * RangeError unless the parts are the whole axis.
 */
export function split(x: Tensor, parts: number | readonly number[], axis = 0): Tensor[] {
  checkTensor("split", "x", x);
  const along = resolveAxis("split", axis, x.shape.length);
  const length = x.shape[along] as number;
  const lengths = typeof parts === "number" ? equalParts(length, parts) : parts;
  checkArray("split", "parts", lengths);
  const whole = lengths.every((part) => Number.isInteger(part) && part >= 0);
  if (!whole || lengths.reduce((sum, part) => sum + part, 0) !== length) {
    const got = typeof parts === "number" ? `${parts} equal parts` : format(parts);
    throw new RangeError(`split: expected parts of axis ${along} of ${format(x.shape)}, got ${got}`);
  }
  let first = 0;
  return lengths.map((part) => {
    const begin = x.shape.map((_, i) => (i === along ? first : 0));
    first += part;
    return slice(x, begin, x.shape.with(along, part));
  });
}

/** Empty, which is no whole axis, where the number of parts is none. */
const equalParts = (length: number, parts: number): readonly number[] =>
  Number.isInteger(parts) && parts > 0 && parts <= length ? Array<number>(parts).fill(length / parts) : [];

/** The slices of x along an axis, which they do not have. The inverse of `stack`. */
export function unstack(x: Tensor, axis = 0): Tensor[] {
  checkTensor("unstack", "x", x);
  const along = resolveAxis("unstack", axis, x.shape.length);
  return split(x, x.shape[along] as number, along).map((part) => squeeze(part, [along]));
}

/**
 * x repeated `times`[axis] times along each axis, one copy after another. dx = the sum over the
 * copies. RangeError unless `times` has a whole number of at least 1 for every axis.
 */
export function tile(x: Tensor, times: readonly number[]): Tensor {
  checkTensor("tile", "x", x);
  checkArray("tile", "times", times);
  const { shape, engine } = x;
  if (times.length !== shape.length) {
    throw new RangeError(`tile: expected a number for each axis of ${format(shape)}, got ${format(times)}`);
  }
  checkShape("tile", times);
  const apart = engine.reshape(
    x,
    shape.flatMap((length) => [1, length]),
  );
  const copies = broadcast(
    apart,
    shape.flatMap((length, axis) => [times[axis] as number, length]),
  );
  return engine.reshape(
    copies,
    shape.map((length, axis) => length * (times[axis] as number)),
  );
}

/** x in reverse order along the given axes. Default: all. dx = dy in reverse order. */
export function reverse(x: Tensor, axes?: readonly number[]): Tensor {
  checkTensor("reverse", "x", x);
  const rank = x.shape.length;
  const turned = resolveAxes("reverse", axes ?? [...x.shape.keys()], rank);
  const steps = x.shape.map((_, axis) => (turned.includes(axis) ? -1 : 1));
  return slice(x, [], [], steps);
}
