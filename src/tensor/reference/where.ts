import { EXACT } from "./bound.ts";
import { type Numbers, operands } from "./operands.ts";
import { at, type OpReference } from "./reference.ts";

export const where: OpReference<"condition" | "a" | "b", Numbers<"condition" | "a" | "b">> = {
  kernels: ["where", "move"],
  reference(inputs, numbers) {
    const [condition, a, b] = operands(["condition", "a", "b"], inputs, numbers) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    return condition.map((c, i) => at(c === 0 ? b : a, i));
  },
  bound: () => EXACT,
};
