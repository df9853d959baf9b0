import { indicesOf, size } from "../shape.ts";
import { ROUNDED } from "./bound.ts";
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
