import { type Shape, size } from "../shape.ts";
import { EXACT, spread, sumBound } from "./bound.ts";
import { at, type OpReference } from "./reference.ts";

/** The values behind an axis, and those before it. */
const around = (shape: Shape, axis: number) => [size(shape.slice(0, axis)), size(shape.slice(axis + 1))] as const;

export const gather: OpReference<"x" | "index", { readonly axis: number; readonly missing?: number }> = {
  kernels: ["gather"],
  reference({ x, index }, { axis, missing = Number.NaN }) {
    const [outer, inner] = around(x.shape, axis);
    const rows = at(x.shape, axis);
    const length = index.values.length;
    return Float64Array.from({ length: outer * length * inner }, (_, place) => {
      const [row, i] = [Math.floor(place / inner), place % inner];
      const r = at(index.values, row % length);
      const there = Number.isInteger(r) && r >= 0 && r < rows;
      return there ? at(x.values, (Math.floor(row / length) * rows + r) * inner + i) : missing;
    });
  },
  bound: () => EXACT,
};

export const scatter: OpReference<"x" | "index", { readonly axis: number; readonly shape: Shape }> = {
  kernels: ["links", "scatter"],
  reference({ x, index }, { axis, shape }) {
    const [outer, inner] = around(shape, axis);
    const rows = at(shape, axis);
    const length = index.values.length;
    const y = new Float64Array(size(shape));
    index.values.forEach((r, k) => {
      if (!(Number.isInteger(r) && r >= 0 && r < rows)) return;
      for (let o = 0; o < outer; o++) {
        for (let i = 0; i < inner; i++) {
          const place = (o * rows + r) * inner + i;
          y[place] = at(y, place) + at(x.values, (o * length + k) * inner + i);
        }
      }
    });
    return y;
  },
  bound({ x, index }) {
    const places = new Map<number, number>();
    for (const r of index.values) places.set(r, (places.get(r) ?? 0) + 1);
    return sumBound(
      [...places.values()].reduce((most, count) => Math.max(most, count), 1),
      spread(x),
    );
  },
};
