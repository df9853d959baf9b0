// Broadcasting, by NumPy's rule: shapes are aligned at their last axes, and an operand is repeated
// along axes that it lacks or that have length 1.
import { format, type Shape, sameShape } from "./shape.ts";

/**
 * The shape to which all given shapes are repeated. RangeError where lengths other than 1 differ.
 */
export function broadcastShape(op: string, ...shapes: readonly Shape[]): Shape {
  let result = shapes[0] ?? [];
  for (const shape of shapes) {
    if (sameShape(result, shape)) continue;
    const [long, short] = result.length >= shape.length ? [result, shape] : [shape, result];
    const missing = long.length - short.length;
    result = long.map((length, axis) => {
      const other = short[axis - missing] ?? 1;
      if (length !== other && length !== 1 && other !== 1) throw mismatch(op, shapes);
      return length === 1 ? other : length;
    });
  }
  return result;
}

function mismatch(op: string, shapes: readonly Shape[]): RangeError {
  const all = shapes.map(format);
  return new RangeError(`${op}: expected shapes that broadcast, got ${all.slice(0, -1).join(", ")} and ${all.at(-1)}`);
}

/** Whether a shape can be repeated to another. */
export function repeatsTo(from: Shape, to: Shape): boolean {
  const missing = to.length - from.length;
  return missing >= 0 && from.every((length, axis) => length === 1 || length === to[axis + missing]);
}

/** Which axes of `to` repeat `from`. */
export function repeatedAxes(from: Shape, to: Shape): readonly boolean[] {
  const missing = to.length - from.length;
  return to.map((length, axis) => axis < missing || from[axis - missing] !== length);
}

/** A run of neighbouring axes that operands repeat, or have, in common. */
export interface MergedAxis {
  readonly length: number;
  /** For each operand the distance of neighbours along the axis in its buffer; 0 if repeated. */
  readonly strides: readonly number[];
}

/**
 * The axes of `shape`, to which the operands are repeated, without those of length 1, and with
 * neighbours merged that every operand repeats or none, so that two shapes rarely leave more than
 * three. The outermost comes first.
 */
export function mergeAxes(shape: Shape, operands: readonly Shape[]): readonly MergedAxis[] {
  const repeated = operands.map((operand) => repeatedAxes(operand, shape));
  const strides = operands.map(() => 1);
  const merged: MergedAxis[] = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = shape[axis] as number;
    if (length === 1) continue;
    const marks = repeated.map((marked) => marked[axis] === true);
    const inner = merged.at(-1);
    if (inner !== undefined && marks.every((mark, i) => mark === (inner.strides[i] === 0))) {
      merged[merged.length - 1] = { ...inner, length: inner.length * length };
    } else {
      merged.push({ length, strides: strides.map((stride, i) => (marks[i] ? 0 : stride)) });
    }
    for (const [i, mark] of marks.entries()) if (!mark) (strides[i] as number) *= length;
  }
  return merged.reverse();
}
