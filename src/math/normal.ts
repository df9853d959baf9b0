// The standard normal distribution in float64, accurate in relative terms far into both tails.

import { exp, log } from "./elementary.ts";
import { cos, sin } from "./trigonometric.ts";

const SQRT_2PI = 2.5066282746310002;
/**
 * Width of a panel of Gauss–Legendre quadrature for functions like φ; 16 nodes per panel are then
 * accurate to the last bit.
 */
export const PANEL = 1.5;

/** φ(x) = exp(−x²/2) / √(2π). */
export function normalDensity(x: number): number {
  return exp(-0.5 * x * x) / SQRT_2PI;
}

/** Φ(x) = ½ erfc(−x/√2), with a relative error of about 1e-15 in the left tail too. */
export function normalCdf(x: number): number {
  return 0.5 * erfc(-x * Math.SQRT1_2);
}

/** Φ(b) − Φ(a) without cancellation in either tail. */
export function normalBetween(a: number, b: number): number {
  return a > 0 ? normalCdf(-a) - normalCdf(-b) : normalCdf(b) - normalCdf(a);
}

/**
 * Φ⁻¹(p) for p = `lower` = 1 − `upper`; both are given so that neither tail loses digits. ∓Infinity
 * at 0 and 1. Newton's method on ln Φ, which is concave, so that it overshoots at most once; a step
 * has at most length 2.
 */
export function normalQuantile(lower: number, upper: number = 1 - lower): number {
  if (lower > upper) return -normalQuantile(upper, lower);
  if (!(lower > 0)) return Number.NEGATIVE_INFINITY;
  let x = lower > 0.01 ? (lower - 0.5) * SQRT_2PI : -Math.sqrt(-2 * log(lower));
  for (let i = 0; i < 60; i++) {
    const mass = normalCdf(x);
    const step = (mass * log(lower / mass)) / normalDensity(x);
    x = Math.min(x + Math.max(-2, Math.min(2, step)), 0);
    if (Math.abs(step) <= 2e-16 * Math.abs(x)) break;
  }
  return x;
}

/**
 * Two independent standard normals from two independent uniform numbers, u in (0, 1] and v in an
 * interval of length 1: √(−2 ln u) (cos 2πv, sin 2πv) (Box and Muller 1958).
 */
export function boxMuller(u: number, v: number): readonly [number, number] {
  const radius = Math.sqrt(-2 * log(u));
  const angle = 2 * Math.PI * v;
  return [radius * cos(angle), radius * sin(angle)];
}

const SMALL = {
  up: [3.1611237438705655, 113.86415415105016, 377.485237685302, 3209.3775891384694, 0.18577770618460315],
  down: [23.601290952344122, 244.02463793444417, 1282.6165260773723, 2844.236833439171],
} as const;
const MIDDLE = {
  up: [
    0.5641884969886701, 8.883149794388377, 66.11919063714163, 298.6351381974001, 881.952221241769, 1712.0476126340707,
    2051.0783778260716, 1230.3393547979972, 2.1531153547440383e-8,
  ],
  down: [
    15.744926110709835, 117.6939508913125, 537.1811018620099, 1621.3895745666903, 3290.7992357334597, 4362.619090143247,
    3439.3676741437216, 1230.3393548037495,
  ],
} as const;
const LARGE = {
  up: [
    0.30532663496123236, 0.36034489994980445, 0.12578172611122926, 0.016083785148742275, 0.0006587491615298378,
    0.016315387137302097,
  ],
  down: [2.568520192289822, 1.8729528499234673, 0.5279051029514285, 0.06051834131244132, 0.0023352049762686918],
} as const;
const INVERSE_SQRT_PI = 0.5641895835477563;

/**
 * The quotient of two polynomials in z as Cody stores their coefficients: the last one of `up` is
 * the highest; the highest of `down` is 1 and is not stored.
 */
function quotient(
  { up, down }: { readonly up: readonly number[]; readonly down: readonly number[] },
  z: number,
): number {
  const n = down.length;
  let [a, b] = [(up[n] as number) * z, z];
  for (let k = 0; k < n - 1; k++) {
    a = (a + (up[k] as number)) * z;
    b = (b + (down[k] as number)) * z;
  }
  return (a + (up[n - 1] as number)) / (b + (down[n - 1] as number));
}

/** 2/√π ∫_x^∞ exp(−t²) dt by the rational approximations of W. J. Cody (Math. Comp. 23, 1969). */
export function erfc(x: number): number {
  const y = Math.abs(x);
  if (y <= 0.46875) return 1 - x * quotient(SMALL, y * y);
  let tail = 0;
  if (y < 26.6) {
    const z = 1 / (y * y);
    const scaled = y <= 4 ? quotient(MIDDLE, y) : (INVERSE_SQRT_PI - z * quotient(LARGE, z)) / y;
    // exp(−y²) in two factors, so that y² is exact in the first
    const head = Math.trunc(16 * y) / 16;
    tail = exp(-head * head) * exp(-(y - head) * (y + head)) * scaled;
  }
  return x < 0 ? 2 - tail : tail;
}

/** Nodes and weights of Gauss–Legendre quadrature with n points on [−1, 1]. */
export function gaussLegendre(n: number): { readonly nodes: Float64Array; readonly weights: Float64Array } {
  const [nodes, weights] = [new Float64Array(n), new Float64Array(n)];
  for (let i = 0; i < n; i++) {
    let x = cos((Math.PI * (i + 0.75)) / (n + 0.5));
    let slope = 1;
    for (let step = 0; step < 10; step++) {
      let [p, before] = [x, 1];
      for (let k = 2; k <= n; k++) [p, before] = [((2 * k - 1) * x * p - (k - 1) * before) / k, p];
      slope = (n * (x * p - before)) / (x * x - 1);
      x -= p / slope;
    }
    nodes[i] = x;
    weights[i] = 2 / ((1 - x * x) * slope * slope);
  }
  return { nodes, weights };
}
