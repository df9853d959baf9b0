import { normalQuantile } from "./normal.ts";

/**
 * Student's quantile for n degrees of freedom, by Cornish and Fisher's expansion around the normal
 * one: to 1 % from n = 10 and p = .999.
 */
export function studentQuantile(p: number, n: number): number {
  const z = normalQuantile(p);
  const [z3, z5, z7] = [z ** 3, z ** 5, z ** 7];
  return (
    z +
    (z3 + z) / (4 * n) +
    (5 * z5 + 16 * z3 + 3 * z) / (96 * n ** 2) +
    (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * n ** 3)
  );
}
