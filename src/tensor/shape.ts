import { checkArray } from "../kernels/numbers.ts";
import { kindOf } from "../kernels/options.ts";

/**
 * Lengths of a tensor's axes, outermost first; [] is a scalar. Values lie in row-major order. A
 * length is at least 1: whatever makes a tensor refuses one without values, by its own name.
 */
export type Shape = readonly number[];

/** Number of values: the product of the lengths. */
export function size(shape: Shape): number {
  return shape.reduce((product, length) => product * length, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis]);
}

/** How messages write a shape: [2, 3]. */
export function format(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** Throws RangeError unless every length is a positive integer. */
export function checkShape(op: string, shape: Shape): void {
  if (!Array.isArray(shape))
    throw new TypeError(`${op}: expected a shape as an array of lengths, got ${kindOf(shape)}`);
  if (shape.some((length) => !Number.isSafeInteger(length) || length < 1)) {
    throw new RangeError(`${op}: expected positive integer lengths, got ${format(shape)}`);
  }
}

/**
 * Checks axes of a shape of `rank` axes: distinct, in range; negative ones count from the end.
 * Returns them ascending.
 */
export function resolveAxes(op: string, axes: readonly number[], rank: number): readonly number[] {
  checkArray(op, "axes", axes);
  const resolved = axes.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b);
  const good = resolved.every(
    (axis, i) => Number.isInteger(axis) && axis >= 0 && axis < rank && axis !== resolved[i - 1],
  );
  if (!good)
    throw new RangeError(`${op}: expected distinct \`axes\` of a tensor with ${rank} axes, got [${axes.join(", ")}]`);
  return resolved;
}

/** Checks one axis of a shape of `rank` axes; a negative one counts from the end. */
export function resolveAxis(op: string, axis: number, rank: number): number {
  if (rank === 0) throw new RangeError(`${op}: expected at least one axis, got []`);
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw new RangeError(`${op}: expected \`axis\` from ${-rank} to ${rank - 1}, got ${axis}`);
  }
  return axis < 0 ? axis + rank : axis;
}

/** The index along each axis of the value at an index in row-major order. */
export function indicesOf(index: number, shape: Shape): number[] {
  let rest = index;
  return shape
    .toReversed()
    .map((length) => {
      const at = rest % length;
      rest = Math.floor(rest / length);
      return at;
    })
    .reverse();
}
