// Helpers that the tests of random numbers share.

type Words4 = readonly [number, number, number, number];

interface KnownAnswer {
  readonly counter: Words4;
  readonly key: readonly [number, number];
  readonly bits: Words4;
}

/** philox4x32-10 in kat_vectors of Random123 (Salmon, Moraes, Dror, Shaw 2011). */
export const knownAnswers: readonly KnownAnswer[] = [
  { counter: [0, 0, 0, 0], key: [0, 0], bits: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8] },
  {
    counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    key: [0xffffffff, 0xffffffff],
    bits: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  },
  {
    counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    key: [0xa4093822, 0x299f31d0],
    bits: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  },
];

/**
 * Kolmogorov and Smirnov's distance: the largest gap between the values' empirical distribution and
 * `cdf`.
 */
export function ksDistance(values: Float64Array, cdf: (x: number) => number): number {
  return values.toSorted().reduce((worst, x, i) => {
    const p = cdf(x);
    return Math.max(worst, p - i / values.length, (i + 1) / values.length - p);
  }, 0);
}

/** Φ(x) = 1/2 + φ(x) Σ x^(2k+1) / (1·3·…·(2k+1)), to 1e-15 for |x| < 6. */
export function normalCdf(x: number): number {
  let [sum, term] = [0, x];
  for (let k = 1; Math.abs(term) > 1e-17 * Math.abs(sum); k++) {
    sum += term;
    term *= (x * x) / (2 * k + 1);
  }
  return 0.5 + (sum * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI);
}
