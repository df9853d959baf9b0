import type { Tensor } from "../tensor/engine.ts";
import { add, affine, div, mul, relu, scale, sqrt, square } from "../tensor/ops/elementwise.ts";
import { broadcast, sum } from "../tensor/ops/sum.ts";

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
  const squares = gradients.map((g) => sum(square(g)));
  const [first, ...others] = squares;
  if (first === undefined) throw new RangeError("clipByGlobalNorm: expected at least one gradient, got none");
  const norm = sqrt(others.reduce(add, first));
  // c / max(‖g‖, c), the greater of both as c + relu(‖g‖ − c).
  const greater = affine(relu(affine(norm, 1, -c)), 1, c);
  const factor = div(scale(first.engine.ones([]), c), greater);
  return gradients.map((g) => mul(g, broadcast(factor, g.shape))) as { [K in keyof G]: Tensor };
}
