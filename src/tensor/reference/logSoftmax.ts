import { exp, log } from "../../math/elementary.ts";
import { size } from "../shape.ts";
import { rms, TRANSCENDENTAL } from "./bound.ts";
import { at, type OpReference } from "./reference.ts";

interface Along {
  /** Default: the last. */
  readonly axis?: number;
}

export const logSoftmax: OpReference<"x", Along> = {
  kernels: ["logSoftmax"],
  reference({ x }, { axis = x.shape.length - 1 }) {
    const [channels, inner] = [at(x.shape, axis), size(x.shape.slice(axis + 1))];
    return x.values.map((v, i) => {
      const start = i - (i % (channels * inner)) + (i % inner);
      const row = Array.from({ length: channels }, (_, k) => at(x.values, start + k * inner));
      const most = row.reduce((a, b) => Math.max(a, b));
      return v - most - log(row.reduce((total, u) => total + exp(u - most), 0));
    });
  },
  bound: () => ({ tolerance: TRANSCENDENTAL, scale: 1 }),
};

/** exp of logSoftmax, whose error is absolute, and so relative to the value. */
export const softmax: OpReference<"x", Along> = {
  kernels: [],
  reference: (inputs, attributes) => logSoftmax.reference(inputs, attributes).map(exp),
  bound: (inputs, attributes) => ({
    tolerance: TRANSCENDENTAL * (2 + rms(logSoftmax.reference(inputs, attributes))),
    scale: 0,
  }),
};
