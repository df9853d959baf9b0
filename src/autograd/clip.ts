import { checkArray } from "../kernels/numbers.ts";
import { checkTensor, type Tensor } from "../tensor/engine.ts";
import { add, div, mul, sqrt, square } from "../tensor/ops/elementwise.ts";
import { maximum } from "../tensor/ops/maximum.ts";
import { sum } from "../tensor/ops/sum.ts";

/**
 * The gradients, all multiplied by min(1, c / ‖g‖) with the Euclidean norm ‖g‖ of all of them
 * together and c > 0 (Pascanu, Mikolov, Bengio 2013, algorithm 1). A NaN or an infinite value among
 * them makes all of them NaN. Norms from 1.8e19 on, whose square float32 does not hold, give zeros.
 * RangeError for no gradients and for another c.
 */
export function clipByGlobalNorm<const G extends readonly Tensor[]>(
  gradients: G,
  c: number,
): { readonly [K in keyof G]: Tensor } {
  if (!(c > 0 && c < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`clipByGlobalNorm: expected a norm above 0, got ${c}`);
  }
  checkArray("clipByGlobalNorm", "gradients", gradients);
  for (const [i, g] of gradients.entries()) checkTensor("clipByGlobalNorm", `gradients[${i}]`, g);
  const squares = gradients.map((g) => sum(square(g)));
  const [first, ...others] = squares;
  if (first === undefined) throw new RangeError("clipByGlobalNorm: expected at least one gradient, got none");
  const norm = sqrt(others.reduce((total, square) => add(total, square), first));
  const factor = div(c, maximum(norm, c));
  return gradients.map((g) => mul(g, factor)) as { [K in keyof G]: Tensor };
}
