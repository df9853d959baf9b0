import { size } from "../shape.ts";
import { spread, sumBound } from "./bound.ts";
import { at, type OpReference } from "./reference.ts";

interface Along {
  readonly axis: number;
  readonly reverse?: boolean;
}

export const cumsum: OpReference<"x", Along> = {
  kernels: ["cumsum"],
  reference({ x }, { axis, reverse = false }) {
    const inner = size(x.shape.slice(axis + 1));
    const y = Float64Array.from(x.values);
    const order = [...y.keys()];
    for (const i of reverse ? order.reverse() : order) {
      const k = Math.floor(i / inner) % at(x.shape, axis);
      const [first, before] = reverse ? [at(x.shape, axis) - 1, i + inner] : [0, i - inner];
      if (k !== first) y[i] = at(y, before) + at(y, i);
    }
    return y;
  },
  bound: ({ x }, { axis }) => sumBound(at(x.shape, axis), spread(x)),
};
