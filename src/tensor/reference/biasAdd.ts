import { at, type Reference } from "./reference.ts";

export const biasAdd: Reference<"x" | "b"> = ({ x, b }) =>
  x.values.map((v, i) => v + at(b.values, i % b.values.length));

export const biasRelu: Reference<"x" | "b", { alpha: number }> = ({ x, b }, { alpha }) =>
  x.values.map((v, i) => {
    const sum = v + at(b.values, i % b.values.length);
    return sum > 0 ? sum : alpha * sum;
  });
