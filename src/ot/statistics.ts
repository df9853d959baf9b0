/** Φ(z) by its Taylor series, ½ + φ(z) Σ z^(2k+1) / (1·3·…·(2k+1)) (Marsaglia 2004): to 1e-15 for |z| < 8. */
export function normalCdf(z: number): number {
  if (Math.abs(z) > 8) return z > 0 ? 1 : 0;
  let [term, sum, previous] = [z, z, Number.NaN];
  for (let i = 3; sum !== previous; i += 2) {
    previous = sum;
    term *= (z * z) / i;
    sum += term;
  }
  return 0.5 + sum * Math.exp(-0.5 * z * z - 0.9189385332046727);
}

/** Φ⁻¹(p) for p from 1e-15 to 1 − 1e-15, by bisection. */
export function normalQuantile(p: number): number {
  let [low, high] = [-8, 8];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (normalCdf(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Student's quantile for n degrees of freedom, by Cornish and Fisher's expansion around the normal one: to 1 % from n = 10 and p = .999. */
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
