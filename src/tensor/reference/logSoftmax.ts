import { at, type Reference } from "./reference.ts";

export const logSoftmax: Reference<"x"> = ({ x }) => {
  const channels = at(x.shape, x.shape.length - 1);
  return x.values.map((v, i) => {
    const start = i - (i % channels);
    const row = x.values.subarray(start, start + channels);
    const most = row.reduce((a, b) => Math.max(a, b));
    return v - most - Math.log(row.reduce((total, u) => total + Math.exp(u - most), 0));
  });
};
