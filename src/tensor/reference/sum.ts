import { type Shape, size } from "../shape.ts";
import { EXACT, ROUNDED, spread, sumBound } from "./bound.ts";
import { at, type OpReference, type Values } from "./reference.ts";

/**
 * For each value of a tensor of shape `from`, its index in one of shape `to`, whose axes are the
 * same or have length 1.
 */
function places(from: Shape, to: Shape): Uint32Array {
  const found = new Uint32Array(size(from));
  for (let i = 0; i < found.length; i++) {
    let [rest, place, stride] = [i, 0, 1];
    for (let axis = from.length - 1; axis >= 0; axis--) {
      const length = at(from, axis);
      if (at(to, axis) !== 1) place += (rest % length) * stride;
      stride *= at(to, axis);
      rest = Math.floor(rest / length);
    }
    found[i] = place;
  }
  return found;
}

interface Axes {
  readonly axes: readonly number[];
}

/** The shape with summed axes of length 1; axes may count from the end. */
function kept(shape: Shape, { axes }: Axes): Shape {
  const summed = new Set(axes.map((axis) => (axis < 0 ? axis + shape.length : axis)));
  return shape.map((length, axis) => (summed.has(axis) ? 1 : length));
}

export const sum: OpReference<"x", Axes> = {
  kernels: ["sum", "sumVectors"],
  reference({ x }, attributes) {
    const shape = kept(x.shape, attributes);
    const y = new Float64Array(size(shape));
    places(x.shape, shape).forEach((place, i) => {
      y[place] = at(y, place) + at(x.values, i);
    });
    return y;
  },
  bound: ({ x }, attributes) => sumBound(x.values.length / size(kept(x.shape, attributes)), spread(x)),
};

/**
 * A sum and a scaling: the bound of the sum divided by the number of terms, and two more roundings.
 */
export const mean: OpReference<"x", Axes> = {
  kernels: [],
  reference(inputs, attributes) {
    const total = sum.reference(inputs, attributes);
    return total.map((value) => value / (inputs.x.values.length / total.length));
  },
  bound({ x }, attributes) {
    const terms = x.values.length / size(kept(x.shape, attributes));
    const { tolerance, scale } = sumBound(terms, spread(x));
    return { tolerance: tolerance + 2 * ROUNDED, scale: scale / terms };
  },
};

/** The values of x, repeated to `shape`. */
export function repeated(x: Values, shape: Shape): Float64Array {
  const aligned = [...Array<number>(shape.length - x.shape.length).fill(1), ...x.shape];
  return Float64Array.from(places(shape, aligned), (place) => at(x.values, place));
}

export const broadcast: OpReference<"x", { readonly shape: Shape }> = {
  kernels: ["broadcast"],
  reference: ({ x }, { shape }) => repeated(x, shape),
  bound: () => EXACT,
};
