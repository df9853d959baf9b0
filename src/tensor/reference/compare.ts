import { EXACT } from "./bound.ts";
import { binary, type Pair } from "./operands.ts";
import type { OpReference } from "./reference.ts";

const comparison = (holds: (a: number, b: number) => boolean): OpReference<"a" | "b", Pair> =>
  binary((a, b) => (holds(a, b) ? 1 : 0), EXACT);

export const equal: OpReference<"a" | "b", Pair> = comparison((a, b) => a === b);
export const notEqual: OpReference<"a" | "b", Pair> = comparison((a, b) => a !== b);
export const less: OpReference<"a" | "b", Pair> = comparison((a, b) => a < b);
export const lessEqual: OpReference<"a" | "b", Pair> = comparison((a, b) => a <= b);
export const greater: OpReference<"a" | "b", Pair> = comparison((a, b) => a > b);
export const greaterEqual: OpReference<"a" | "b", Pair> = comparison((a, b) => a >= b);
