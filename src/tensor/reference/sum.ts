import { type Shape, size } from "../shape.ts";
import { at, type Reference } from "./reference.ts";

/**
 * The place of each value of `from` among those of `to`, whose axes are the same or have length 1.
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

export const sum: Reference<"x", { axes: readonly number[] }> = ({ x }, { axes }) => {
  const summed = new Set(axes.map((axis) => (axis < 0 ? axis + x.shape.length : axis)));
  const kept = x.shape.map((length, axis) => (summed.has(axis) ? 1 : length));
  const y = new Float64Array(size(kept));
  places(x.shape, kept).forEach((place, i) => {
    y[place] = at(y, place) + at(x.values, i);
  });
  return y;
};

export const mean: Reference<"x", { axes: readonly number[] }> = (inputs, attributes) => {
  const total = sum(inputs, attributes);
  return total.map((value) => (value * total.length) / inputs.x.values.length);
};

export const broadcast: Reference<"x", { shape: Shape }> = ({ x }, { shape }) => {
  const aligned = [...Array<number>(shape.length - x.shape.length).fill(1), ...x.shape];
  return Float64Array.from(places(shape, aligned), (place) => at(x.values, place));
};
