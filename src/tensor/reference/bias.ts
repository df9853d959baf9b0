import { at, type Reference } from "./reference.ts";

export const bias: Reference<"x" | "b"> = ({ x, b }) => x.values.map((v, i) => v + at(b.values, i % b.values.length));
