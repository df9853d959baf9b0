import { indicesOf, type Shape, size } from "../shape.ts";
import { EXACT } from "./bound.ts";
import { at, type KernelName, type OpReference, type Values } from "./reference.ts";

const kernels: readonly KernelName[] = ["move"];

/** The value at the given indices. */
function valueAt({ shape, values }: Values, indices: readonly number[]): number {
  return at(
    values,
    shape.reduce((index, length, axis) => index * length + at(indices, axis), 0),
  );
}

/** A tensor in row-major order from its values by their indices. */
const tensorOf = (shape: Shape, f: (indices: readonly number[]) => number): Float64Array =>
  Float64Array.from({ length: size(shape) }, (_, i) => f(indicesOf(i, shape)));

export const transpose: OpReference<"x", { readonly axes: readonly number[] }> = {
  kernels,
  reference: ({ x }, { axes }) =>
    tensorOf(
      axes.map((axis) => at(x.shape, axis)),
      (i) =>
        valueAt(
          x,
          x.shape.map((_, axis) => at(i, axes.indexOf(axis))),
        ),
    ),
  bound: () => EXACT,
};

interface Lattice {
  readonly begin: readonly number[];
  readonly steps: readonly number[];
}

export const slice: OpReference<"x", Lattice & { readonly size: Shape }> = {
  kernels,
  reference: ({ x }, { begin, steps, size }) =>
    tensorOf(size, (indices) =>
      valueAt(
        x,
        indices.map((i, axis) => at(begin, axis) + at(steps, axis) * i),
      ),
    ),
  bound: () => EXACT,
};

export const pad: OpReference<"x", Lattice & { readonly shape: Shape; readonly value: number }> = {
  kernels,
  reference: ({ x }, { begin, steps, shape, value }) =>
    tensorOf(shape, (indices) => {
      const places = indices.map((i, axis) => (i - at(begin, axis)) / at(steps, axis));
      const inside = places.every((place, axis) => Number.isInteger(place) && place >= 0 && place < at(x.shape, axis));
      return inside ? valueAt(x, places) : Math.fround(value);
    }),
  bound: () => EXACT,
};

export const concat: OpReference<string, { readonly axis: number }> = {
  kernels,
  reference(inputs, { axis }) {
    const parts = Object.values(inputs);
    const [first] = parts;
    if (first === undefined) throw new RangeError("reference: expected at least one part");
    const total = parts.reduce((sum, { shape }) => sum + at(shape, axis), 0);
    return tensorOf(first.shape.with(axis, total), (indices) => {
      let place = at(indices, axis);
      const part = parts.find(({ shape }) => {
        if (place < at(shape, axis)) return true;
        place -= at(shape, axis);
        return false;
      }) as Values;
      return valueAt(part, indices.with(axis, place));
    });
  },
  bound: () => EXACT,
};
