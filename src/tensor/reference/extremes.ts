import { indicesOf, type Shape, size } from "../shape.ts";
import { EXACT } from "./bound.ts";
import { at, type OpReference, type Values } from "./reference.ts";
import { beats } from "./windows.ts";

/** The values that each value of the result is found among, in row-major order. */
function groups({ shape, values }: Values, axes: readonly number[]): readonly (readonly number[])[] {
  const reduced = new Set(axes.map((axis) => (axis < 0 ? axis + shape.length : axis)));
  const kept: Shape = shape.map((length, axis) => (reduced.has(axis) ? 1 : length));
  const found: number[][] = Array.from({ length: size(kept) }, () => []);
  values.forEach((v, i) => {
    const place = indicesOf(i, shape).reduce(
      (n, index, axis) => n * at(kept, axis) + (reduced.has(axis) ? 0 : index),
      0,
    );
    found[place]?.push(v);
  });
  return found;
}

/** The number of the first greatest or least value; that of the first NaN where there is one. */
const placeIn = (values: readonly number[], least: boolean): number =>
  values.reduce((best, v, i) => (beats(v, at(values, best), least) ? i : best), 0);

interface Axes {
  readonly axes: readonly number[];
}

const extreme = (least: boolean): OpReference<"x", Axes> => ({
  kernels: [],
  reference: ({ x }, { axes }) => Float64Array.from(groups(x, axes), (values) => at(values, placeIn(values, least))),
  bound: () => EXACT,
});

export const max: OpReference<"x", Axes> = extreme(false);
export const min: OpReference<"x", Axes> = extreme(true);

interface Axis {
  /** Undefined: all axes as one. */
  readonly axis: number | undefined;
}

const place = (least: boolean): OpReference<"x", Axis> => ({
  kernels: [],
  reference: ({ x }, { axis }) =>
    Float64Array.from(groups(x, axis === undefined ? [...x.shape.keys()] : [axis]), (values) => placeIn(values, least)),
  bound: () => EXACT,
});

export const argMax: OpReference<"x", Axis> = place(false);
export const argMin: OpReference<"x", Axis> = place(true);
