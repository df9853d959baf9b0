// Points that are too close to be told apart are treated as one: the first of them, which gets the
// mass of all.
import { nextPowerOfTwo, powerOfTwo } from "../math/float64.ts";
import { hostRandom } from "../math/philox.ts";
import { atOnce, itemsOf, type Steps } from "../math/steps.ts";
import { STREAMS } from "../math/streams.ts";

/** Rows of points. */
type Rows = Float32Array | Float64Array;
/** Selects points by their number. */
type Keep = (i: number) => boolean;

const all: Keep = () => true;

/**
 * For each of the points, row after row in `values`, the number of the point that stands for it.
 * Points are taken in their order: one at a distance of at most `radius` from earlier points that
 * stand for themselves is represented by the first of these; any other stands for itself. So points
 * that stand for themselves are more than `radius` apart, nothing is moved by more than `radius`,
 * and a chain of neighbours across the whole cloud does not become one point. With radius 0 equal
 * rows are found, where 0 and −0 are equal. Distances are computed in float64.
 *
 * Points that `keep` refuses stand for themselves and for no other.
 *
 * Points are projected along up to three fixed directions and entered into the cubes of a grid, so
 * that a point is compared with few others. The directions are random, so that the points of a
 * lattice have different projections. The work is of the order of count · dimension while few
 * points are within some radii of each other.
 */
export function closePoints(
  values: Rows,
  dimension: number,
  radius: number,
  keep: Keep = all,
): Uint32Array<ArrayBuffer> {
  return atOnce(closePointsSteps(values, dimension, radius, keep));
}

/** `closePoints` in pieces. */
export function* closePointsSteps(
  values: Rows,
  dimension: number,
  radius: number,
  keep: Keep = all,
): Steps<Uint32Array<ArrayBuffer>> {
  const count = values.length / dimension;
  const first = Uint32Array.from({ length: count }, (_, i) => i);
  // A projection is wrong by at most (dimension + 2) 2⁻⁵³ times the distance from the first point,
  // or by underflow.
  const rounding =
    dimension * powerOfTwo(-1073) + (dimension + 2) * powerOfTwo(-53) * (yield* diameterSteps(values, dimension, keep));
  const reach = radius + 2 * rounding;
  const side = 4 * reach;
  // What is within `reach` is within 1/4 of a side; 1/8 more is for the rounding of quotients.
  const cube = (at: number): number => Math.floor(at / side + 1 / 2);
  const from = (at: number): number => Math.floor(at / side + 1 / 8);
  const to = (at: number): number => Math.floor(at / side + 7 / 8);
  const far = (a: number, b: number): boolean => Math.abs(a - b) > reach;
  const [u, v, w] = directions(dimension);
  const [x, y, z] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
  // The points of each cube that stand for themselves, as a list: the last one by the hash of the
  // cube, and for each the one before it. Numbers are increased by 1, and 0 ends a list.
  const last = new Uint32Array(nextPowerOfTwo(2 * count));
  const before = new Uint32Array(count);
  const slot = (a: number, b: number, c: number): number => {
    const hash = Math.imul(Math.imul(Math.imul(a, 0x9e3779b1) ^ b, 0x85ebca6b) ^ c, 0xc2b2ae35);
    return (hash ^ (hash >>> 15)) & (last.length - 1);
  };
  let origin: number | undefined;
  const rows = itemsOf(8 * dimension + 64);
  for (let i = 0; i < count; i++) {
    if (i % rows === 0) yield;
    if (!keep(i)) continue;
    origin ??= i;
    let [xi, yi, zi] = [0, 0, 0];
    for (let k = 0; k < dimension; k++) {
      const off = (values[i * dimension + k] as number) - (values[origin * dimension + k] as number);
      xi += off * (u[k] as number);
      yi += off * (v[k] as number);
      zi += off * (w[k] as number);
    }
    x[i] = xi;
    y[i] = yi;
    z[i] = zi;
    for (let a = from(xi); a <= to(xi); a++) {
      for (let b = from(yi); b <= to(yi); b++) {
        for (let c = from(zi); c <= to(zi); c++) {
          for (let at = last[slot(a, b, c)] as number; at > 0; at = before[at - 1] as number) {
            const j = at - 1;
            if (j >= (first[i] as number)) continue;
            if (far(xi, x[j] as number) || far(yi, y[j] as number) || far(zi, z[j] as number)) continue;
            if (within(values, dimension, radius, i, j)) first[i] = j;
          }
        }
      }
    }
    if (first[i] !== i) continue;
    const here = slot(cube(xi), cube(yi), cube(zi));
    before[i] = last[here] as number;
    last[here] = i + 1;
  }
  return first;
}

/** Three directions of length at most 1; those past the dimension are 0. */
function directions(dimension: number): readonly [Float64Array, Float64Array, Float64Array] {
  const random = hostRandom(1, STREAMS.host.closePoints);
  const draw = (number: number): Float64Array => {
    const along = Float64Array.from({ length: dimension }, () => 0.5 + random.uniform());
    const length = Math.sqrt(along.reduce((sum, c) => sum + c * c, 0));
    return along.map((c) => (number > dimension ? 0 : (random.uniform() < 0.5 ? -c : c) / length));
  };
  return [draw(1), draw(2), draw(3)];
}

/** |y_i − y_j| ≤ radius, of numbers of any magnitude. */
function within(values: Rows, dimension: number, radius: number, i: number, j: number): boolean {
  let sum = 0;
  for (let k = 0; k < dimension; k++) {
    const off = (values[i * dimension + k] as number) - (values[j * dimension + k] as number);
    if (off === 0) continue;
    const share = off / radius;
    sum += share * share;
    if (!(sum <= 1)) return false;
  }
  return true;
}

/**
 * A number D with diameter ≤ D ≤ c · diameter, up to rounding, for the diameter max |y_i − y_j| of
 * the points that `keep` selects. It is the diagonal of their bounding box (c = √dimension), or
 * twice the greatest distance from the first of them (c = 2), whichever is less. 0 without points.
 */
export function diameterBound(values: Rows, dimension: number, keep: Keep = all): number {
  return atOnce(diameterSteps(values, dimension, keep));
}

/** `diameterBound` in pieces. */
export function* diameterSteps(values: Rows, dimension: number, keep: Keep = all): Steps<number> {
  const rows = itemsOf(4 * dimension);
  const count = values.length / dimension;
  let origin: number | undefined;
  const [low, high] = [new Float64Array(dimension), new Float64Array(dimension)];
  for (let i = 0; i < count; i++) {
    if (i % rows === 0) yield;
    if (!keep(i)) continue;
    origin ??= i;
    for (let k = 0; k < dimension; k++) {
      const from = (values[i * dimension + k] as number) - (values[origin * dimension + k] as number);
      if (from < (low[k] as number)) low[k] = from;
      if (from > (high[k] as number)) high[k] = from;
    }
  }
  if (origin === undefined) return 0;
  // In units of the longest side, so that no square overflows or vanishes.
  const sides = high.map((to, k) => to - (low[k] as number));
  const unit = sides.reduce((most, side) => Math.max(most, side), 0);
  if (unit === 0) return 0;
  const diagonal = sides.reduce((sum, side) => sum + (side / unit) * (side / unit), 0);
  let farthest = 0;
  for (let i = 0; i < count; i++) {
    if (i % rows === 0) yield;
    if (!keep(i)) continue;
    let square = 0;
    for (let k = 0; k < dimension; k++) {
      const from = ((values[i * dimension + k] as number) - (values[origin * dimension + k] as number)) / unit;
      square += from * from;
    }
    farthest = Math.max(farthest, square);
  }
  return unit * Math.sqrt(Math.min(diagonal, 4 * farthest));
}

/** Masses in which each point's mass is added to the point that stands for it. */
export function gatherMasses(nu: Float64Array, first: Uint32Array): Float64Array<ArrayBuffer> {
  const gathered = Float64Array.from(nu);
  first.forEach((to, i) => {
    if (to === i) return;
    (gathered[to] as number) += gathered[i] as number;
    gathered[i] = 0;
  });
  return gathered;
}

/**
 * √(Σ nu_i |y_i − y_first(i)|²): the cost of moving each point's mass to the point that stands for
 * it, so that W2 to the gathered masses differs from W2 to those given by at most this, by the
 * triangle inequality.
 */
export function gatherDistance(nu: Float64Array, first: Uint32Array, values: Rows, dimension: number): number {
  let sum = 0;
  first.forEach((to, i) => {
    if (to === i) return;
    for (let k = 0; k < dimension; k++) {
      const off = (values[i * dimension + k] as number) - (values[to * dimension + k] as number);
      sum += (nu[i] as number) * off * off;
    }
  });
  return Math.sqrt(sum);
}
