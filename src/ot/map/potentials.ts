// What follows from the potential besides the map itself. The cost is ½ |x − y|² throughout, see
// problem.ts.
import { checkOptions } from "../../kernels/options.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import { STREAMS } from "../../math/streams.ts";
import { conjugating } from "../cells/conjugate.ts";
import { fullRows, type Points, points, portions, rows } from "../points.ts";
import type { Draw } from "../source.ts";
import { potential, type TransportMap, transport } from "./map.ts";

/**
 * McCann's displacement interpolation (1 − t) x + t T(x), [count, d]: points of the geodesic from
 * mu to nu at time t. RangeError unless 0 ≤ t ≤ 1.
 */
export async function displacementInterpolation(
  map: TransportMap,
  x: Points,
  t: number,
  options: Cancellable = {},
): Promise<Float32Array<ArrayBuffer>> {
  checkOptions("displacementInterpolation", options, ["signal"]);
  if (!(t >= 0 && t <= 1)) throw new RangeError(`displacement: expected \`t\` from 0 to 1, got ${t}`);
  const { y } = await transport(map, x, options);
  return y.map((to, i) => (1 - t) * (x.values[i] as number) + t * to);
}

/** φ(x) = |x|²/2 − u(x) and its gradient x − T(x), [count, d]: minus the displacement of x. */
export interface Kantorovich {
  readonly phi: Float64Array;
  readonly gradient: Float32Array<ArrayBuffer>;
}

/**
 * The Kantorovich potential φ of the cost ½ |x − y|². With ψ(y) = |y|²/2 − u*(y) it fulfils
 * φ(x) + ψ(y) ≤ ½ |x − y|².
 */
export async function kantorovich(map: TransportMap, x: Points, options: Cancellable = {}): Promise<Kantorovich> {
  checkOptions("kantorovich", options, ["signal"]);
  const [u, { y }] = [await potential(map, x, options), await transport(map, x, options)];
  const phi = u.map((value, m) => rows(x, m, 1).values.reduce((sum, v) => sum + (v * v) / 2, -value));
  return { phi, gradient: y.map((to, i) => (x.values[i] as number) - to) };
}

/**
 * u*(y_i) = −h_i at all targets, exact for cells that are not empty; +Infinity where h_i is
 * −Infinity.
 */
export function conjugateAtTargets({ heights }: TransportMap): Float64Array {
  return heights.map((h) => -h);
}

/**
 * u*(y) = sup_x <x, y> − u(x) at any y, estimated from below by the greatest value over `samples`
 * source points, which takes `samples` · count scores. In the convex hull of the targets the
 * estimate rises to u* of the map from the source's support; outside of it u* is infinite.
 */
export async function conjugate(
  { cells, problem }: TransportMap,
  y: Points,
  options: { readonly samples?: number; readonly seed?: number } & Cancellable = {},
): Promise<Float64Array> {
  checkOptions("conjugate", options, ["samples", "seed", "signal"]);
  const { samples = 16384, seed = 1, signal } = options;
  const d = problem.targets.dimension;
  if (y.dimension !== d) throw new RangeError(`conjugate: expected points of dimension ${d}, got ${y.dimension}`);
  // The potential u for given targets is that for centred targets plus <x, offset>. So u*(y) is
  // that for centred targets at y − offset.
  const centred = Float64Array.from(fullRows(y), (v, i) => v - (problem.offset[i % d] as number));
  const draw = { seed, stream: STREAMS.source.inverse, first: 0, count: samples };
  const rows = points("conjugate: `y`", centred, d);
  return Float64Array.from(await cells.ask(conjugating, rows, draw, { signal }));
}

/** The preimage of a target: T⁻¹(y_i) = W_i. */
export interface Preimage {
  /** Source points in the cell, [count, d], in the order of their draw. */
  readonly samples: Points;
  /** Their mean, an estimate of the cell's mass centre; NaN where there is none. */
  readonly centre: Float64Array;
}

/**
 * Preimages: source points in the cells of `targets`, up to `each` per cell, from at most `most`
 * draws of the source (default: 64 · N · each, at least 65536). About w · most of them fall into a
 * cell of mass w, so that small cells may get fewer than `each`. RangeError for an index that is no
 * target, and unless `each` and `most` are whole numbers from 1.
 */
export async function preimages(
  { cells, problem }: TransportMap,
  targets: readonly number[],
  options: { readonly each?: number; readonly most?: number; readonly seed?: number } & Cancellable = {},
): Promise<Preimage[]> {
  checkOptions("preimages", options, ["each", "most", "seed", "signal"]);
  const { count, dimension: d } = problem.targets;
  const wrong = targets.find((i) => !(Number.isInteger(i) && i >= 0 && i < count));
  if (wrong !== undefined) throw new RangeError(`preimages: expected \`targets\` from 0 to ${count - 1}, got ${wrong}`);
  const { each = 16, seed = 1, signal } = options;
  if (!(Number.isSafeInteger(each) && each >= 1))
    throw new RangeError(`preimages: expected a whole number \`each\` from 1, got ${each}`);
  const most = options.most ?? Math.max(65536, 64 * count * each);
  if (!(Number.isSafeInteger(most) && most >= 1))
    throw new RangeError(`preimages: expected a whole number \`most\` from 1, got ${most}`);
  const found = new Map<number, number[]>(targets.map((i) => [i, []]));
  let missing = found.size;
  for (const portion of portions(most, d, 65536)) {
    if (missing === 0) break;
    const draw: Draw = { seed, stream: STREAMS.source.inverse, ...portion };
    const { index, points: x } = await cells.assign(draw, ["index", "points"], { signal });
    index.forEach((i, m) => {
      const own = found.get(i);
      if (own === undefined || own.length >= each * d) return;
      own.push(...x.subarray(m * d, (m + 1) * d));
      if (own.length >= each * d) missing--;
    });
  }
  return targets.map((i) => {
    const values = Float32Array.from(found.get(i) as number[]);
    const n = values.length / d;
    const centre = new Float64Array(d).fill(n === 0 ? Number.NaN : 0);
    values.forEach((v, at) => {
      (centre[at % d] as number) += v / n;
    });
    return { samples: { values, count: n, dimension: d }, centre };
  });
}
