import { normalBetween, normalDensity, normalQuantile } from "../../math/normal.ts";
import type { Density } from "../source.ts";
import type { Measures } from "./plane/measure.ts";
import type { Polygons } from "./plane/polygons.ts";

/** Indices of the sites in rising order; of equal sites the lower index comes first. */
function rising(y: Float64Array): Int32Array {
  return Int32Array.from({ length: y.length }, (_, i) => i).sort(
    (a, b) => (y[a] as number) - (y[b] as number) || a - b,
  );
}

/**
 * The ends F⁻¹(nu_1 + … + nu_i) of cells that have masses nu ≥ 0 from left to right, for the
 * targets in the given order, with F the distribution function of the source: [count − 1].
 */
function endsOf(order: Int32Array, nu: Float64Array, source: Density): Float64Array {
  const count = order.length;
  // Mass above a site. Sums from both ends are kept, so that neither tail loses digits.
  const upper = new Float64Array(count + 1);
  for (let r = count - 1; r > 0; r--) upper[r] = (upper[r + 1] as number) + (nu[order[r] as number] as number);
  let lower = 0;
  return Float64Array.from({ length: count - 1 }, (_, r) => {
    lower += nu[order[r] as number] as number;
    return quantile(lower, upper[r + 1] as number, source);
  });
}

/**
 * Heights at which the cells of distinct sites y on a line have masses nu > 0. In rising order of
 * the sites
 *   h_{i+1} = h_i − (y_{i+1} − y_i) b_i, where b_i is the end of cell i,
 * since a cell ends where its score equals the next one's.
 */
export function lineHeights(y: Float64Array, nu: Float64Array, source: Density): Float64Array {
  const order = rising(y);
  const h = new Float64Array(y.length);
  for (const [r, end] of endsOf(order, nu, source).entries()) {
    const [i, j] = [order[r] as number, order[r + 1] as number];
    h[j] = (h[i] as number) - ((y[j] as number) - (y[i] as number)) * end;
  }
  return h;
}

/**
 * W2² of the source to points y on a line with masses nu ≥ 0: the integral of (x − T(x))² for the
 * monotone map T. No height enters, so that close points and small masses cost no digits.
 */
export function lineCost(y: Float64Array, nu: Float64Array, source: Density): number {
  const order = rising(y);
  const [low, high] = borders(source);
  let [cost, from] = [0, low];
  for (const [r, end] of [...endsOf(order, nu, source), high].entries()) {
    if (from < end) cost += integrals(from, end, y[order[r] as number] as number, source)[2];
    from = end;
  }
  return cost;
}

function quantile(lower: number, upper: number, source: Density): number {
  if (source === "gaussian") return normalQuantile(lower, upper);
  return lower < upper ? lower - 0.5 : 0.5 - upper;
}

/**
 * The power cells of sites y on a line at heights h, as intervals, and the source's integrals over
 * them. Costs are those to `centred`, sites that are y up to a shift.
 */
export function lineCells(
  y: Float64Array,
  h: Float64Array,
  source: Density,
  centred: Float64Array = y,
): Omit<Measures, "edges"> & { readonly polygons: Polygons } {
  const count = y.length;
  const hull: number[] = []; // upper hull of the points (y_i, h_i)
  for (const i of rising(y)) {
    while (hull.length > 0) {
      const last = hull.at(-1) as number;
      const equal = y[last] === y[i];
      if (equal && (h[last] as number) >= (h[i] as number)) break;
      const before = hull.at(-2);
      if (!equal && (before === undefined || border(y, h, before, last) < border(y, h, last, i))) break;
      hull.pop();
    }
    const last = hull.at(-1);
    if (last === undefined || y[last] !== y[i]) hull.push(i);
  }
  const [low, high] = borders(source);
  const ends = new Float64Array(2 * count);
  const across = new Int32Array(2 * count);
  const filled = new Uint8Array(count);
  const result = { masses: new Float64Array(count), moments: new Float64Array(count), costs: new Float64Array(count) };
  for (const [r, i] of hull.entries()) {
    const [left, right] = [hull[r - 1], hull[r + 1]];
    const a = Math.max(low, left === undefined ? low : border(y, h, left, i));
    const b = Math.min(high, right === undefined ? high : border(y, h, i, right));
    if (!(a < b)) continue;
    filled[i] = 1;
    ends.set([a, b], 2 * i);
    across.set([a > low && left !== undefined ? left : -1, b < high && right !== undefined ? right : -1], 2 * i);
    const [mass, moment, square] = integrals(a, b, centred[i] as number, source);
    result.masses[i] = mass;
    result.moments[i] = moment;
    result.costs[i] = square;
  }
  const start = new Int32Array(count + 1);
  for (let i = 0; i < count; i++) start[i + 1] = (start[i] as number) + 2 * (filled[i] as number);
  const kept = (_: number, at: number): boolean => filled[at >> 1] === 1;
  const polygons = { dimension: 1, start, vertices: ends.filter(kept), across: across.filter(kept) } as const;
  return { polygons, ...result };
}

/** The point at which the scores of i and j are equal. */
function border(y: Float64Array, h: Float64Array, i: number, j: number): number {
  return ((h[i] as number) - (h[j] as number)) / ((y[j] as number) - (y[i] as number));
}

/** The domain of the source. */
function borders(source: Density): readonly [number, number] {
  return source === "cube" ? [-0.5, 0.5] : [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
}

/** ∫ ρ, ∫ xρ and ∫ (x − y)²ρ over [a, b]. */
function integrals(a: number, b: number, y: number, source: Density): readonly [number, number, number] {
  return source === "cube" ? uniform(a, b, y) : gaussian(a, b, y);
}

/** The integrals for ρ = 1. */
function uniform(a: number, b: number, y: number): readonly [number, number, number] {
  const [width, middle] = [b - a, (a + b) / 2];
  const off = middle - y;
  return [width, width * middle, width * (off * off + (width * width) / 12)];
}

/** The integrals for ρ = φ: ∫ xφ = φ(a) − φ(b) and ∫ x²φ = w + aφ(a) − bφ(b). */
function gaussian(a: number, b: number, y: number): readonly [number, number, number] {
  const mass = normalBetween(a, b);
  const [atA, atB] = [normalDensity(a), normalDensity(b)];
  const moment = atA - atB;
  const square = mass + (atA === 0 ? 0 : a * atA) - (atB === 0 ? 0 : b * atB);
  return [mass, moment, square - 2 * y * moment + y * y * mass];
}
