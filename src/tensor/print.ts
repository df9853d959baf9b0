import { checkOptions } from "../kernels/options.ts";
import { checkTensor, type Tensor } from "./engine.ts";
import { format, type Shape, size } from "./shape.ts";

/** How `print` writes values. */
export interface PrintOptions {
  /** Significant digits, 1 to 17. Default 6. */
  readonly digits?: number;
  /** Greatest number of values that are shown in full. Default 1000. */
  readonly threshold?: number;
  /** How many values are shown at each end of an axis where there are more. Default 3. */
  readonly edge?: number;
}

/**
 * The values of a tensor as text, with its shape in the first line: nested brackets as in NumPy, in
 * columns that are aligned at the point. Of more than `threshold` values only those at both ends
 * of each axis are shown, with … between them. RangeError where the number of values is not that of
 * the shape, and for digits and counts out of range.
 */
export function formatValues(values: ArrayLike<number>, shape: Shape, options: PrintOptions = {}): string {
  checkOptions("formatValues", options, ["digits", "threshold", "edge"]);
  const { digits = 6, threshold = 1000, edge = 3 } = options;
  for (const [name, value, least, most] of [
    ["digits", digits, 1, 17],
    ["threshold", threshold, 0, Number.POSITIVE_INFINITY],
    ["edge", edge, 1, Number.POSITIVE_INFINITY],
  ] as const) {
    if ((Number.isInteger(value) || value === Number.POSITIVE_INFINITY) && value >= least && value <= most) continue;
    throw new RangeError(`formatValues: expected \`${name}\` as an integer from ${least} to ${most}, got ${value}`);
  }
  if (values.length !== size(shape)) {
    throw new RangeError(`formatValues: expected ${size(shape)} values for ${format(shape)}, got ${values.length}`);
  }
  const whole = values.length <= threshold;
  /** The indices that are shown of an axis; undefined stands for those that are left out. */
  const shownOf = (length: number): readonly (number | undefined)[] => {
    const all = [...Array(whole ? length : Math.min(length, 2 * edge + 1)).keys()];
    if (whole || length <= 2 * edge) return all;
    return all.map((i) => (i < edge ? i : i === edge ? undefined : length - 2 * edge - 1 + i));
  };
  const axes = shape.map(shownOf);
  const numbers: number[] = [];
  const visit = (axis: number, first: number): void => {
    if (axis === shape.length) numbers.push(values[first] as number);
    else {
      for (const i of axes[axis] ?? []) if (i !== undefined) visit(axis + 1, first * (shape[axis] ?? 1) + i);
    }
  };
  visit(0, 0);
  const cells = aligned(numbers, digits);
  let next = 0;
  const block = (axis: number): string => {
    if (axis === shape.length) return cells[next++] as string;
    const items = (axes[axis] ?? []).map((i) => (i === undefined ? "…" : block(axis + 1)));
    const inner = shape.length - axis - 1;
    const between = inner === 0 ? ", " : `,${"\n".repeat(inner)}${" ".repeat(axis + 1)}`;
    return `[${items.join(between)}]`;
  };
  return `${format(shape)}\n${block(0)}`;
}

/**
 * The text of a tensor: see `formatValues`. The library itself writes nothing:
 * `console.log(await print(x))`. Rejects as `engine.read` does.
 */
export async function print(x: Tensor, options: PrintOptions = {}): Promise<string> {
  checkOptions("print", options, ["digits", "threshold", "edge"]);
  checkTensor("print", "x", x);
  return formatValues(await x.engine.read(x), x.shape, options);
}

/**
 * Numbers as texts of one length: fixed-point with as many decimals as the one with most needs, up
 * to `digits`, or in exponents where one is as large as 1e8 or smaller than 1e-4.
 */
function aligned(numbers: readonly number[], digits: number): readonly string[] {
  const magnitudes = numbers.map(Math.abs).filter((x) => x > 0 && x < Number.POSITIVE_INFINITY);
  const inExponents = magnitudes.some((x) => x >= 1e8 || x < 1e-4);
  const places = magnitudes.reduce((most, x) => {
    const rounded = Number(x.toPrecision(digits));
    const [, decimals = ""] = /\.(\d+)/.exec(inExponents ? rounded.toExponential() : String(rounded)) ?? [];
    return Math.max(most, Math.min(digits, decimals.length));
  }, 0);
  const texts = numbers.map((x) => {
    if (!Number.isFinite(x)) return String(x);
    return inExponents ? x.toExponential(places) : x.toFixed(places);
  });
  const width = texts.reduce((most, text) => Math.max(most, text.length), 0);
  return texts.map((text) => text.padStart(width));
}
