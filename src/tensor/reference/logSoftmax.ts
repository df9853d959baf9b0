import { exp, log } from "../../math/elementary.ts";
import { TRANSCENDENTAL } from "./bound.ts";
import { at, type OpReference } from "./reference.ts";

export const logSoftmax: OpReference<"x", Record<never, never>> = {
  kernels: ["logSoftmax"],
  reference({ x }) {
    const channels = at(x.shape, x.shape.length - 1);
    return x.values.map((v, i) => {
      const start = i - (i % channels);
      const row = x.values.subarray(start, start + channels);
      const most = row.reduce((a, b) => Math.max(a, b));
      return v - most - log(row.reduce((total, u) => total + exp(u - most), 0));
    });
  },
  bound: () => ({ tolerance: TRANSCENDENTAL, scale: 1 }),
};
