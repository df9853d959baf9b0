import { indicesOf, size } from "../shape.ts";
import { EXACT, ROUNDED, spread, sumBound } from "./bound.ts";
import { at, type OpReference } from "./reference.ts";

interface Axes {
  readonly axes: readonly number[];
}

/** mul, of slices: one rounding for each factor but the first. */
export const prod: OpReference<"x", Axes> = {
  kernels: [],
  reference({ x }, { axes }) {
    const kept = x.shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
    const y = new Float64Array(size(kept)).fill(1);
    x.values.forEach((v, i) => {
      const indices = indicesOf(i, x.shape);
      const place = kept.reduce((n, length, axis) => n * length + (length === 1 ? 0 : at(indices, axis)), 0);
      y[place] = at(y, place) * v;
    });
    return y;
  },
  bound: ({ x }, { axes }) => ({
    tolerance: ROUNDED * size(axes.map((axis) => at(x.shape, axis))),
    scale: 0,
  }),
};

/** add, of the values so far and those moved along. */
export const cumsum: OpReference<"x", { readonly axis: number }> = {
  kernels: [],
  reference({ x }, { axis }) {
    const inner = size(x.shape.slice(axis + 1));
    const y = new Float64Array(x.values.length);
    x.values.forEach((v, i) => {
      const first = Math.floor(i / inner) % at(x.shape, axis) === 0;
      y[i] = first ? v : at(y, i - inner) + v;
    });
    return y;
  },
  bound: ({ x }, { axis }) => (at(x.shape, axis) === 1 ? EXACT : sumBound(at(x.shape, axis), spread(x))),
};
