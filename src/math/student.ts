import { normalQuantile } from "./normal.ts";

/**
 * Student's quantile for n degrees of freedom, by Cornish and Fisher's expansion around the normal
 * one: to 1 % from n = 10 and p = .999.
 */
export function studentQuantile(p: number, n: number): number {
  const z = normalQuantile(p);
  const z2 = z * z;
  const z3 = z2 * z;
  const z5 = z3 * z2;
  const z7 = z5 * z2;
  return (
    z +
    (z3 + z) / (4 * n) +
    (5 * z5 + 16 * z3 + 3 * z) / (96 * n * n) +
    (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * n * n * n)
  );
}
