// A map's cells around a point and in a plane, in float64 and in any dimension.
import type { Pausing } from "../../kernels/batches.ts";
import { checkOptions } from "../../kernels/options.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import { itemsOf } from "../../math/steps.ts";
import { Clipper, type Polygons } from "../exact/plane/polygons.ts";
import { fullRows } from "../points.ts";
import { centredAngle } from "./angles.ts";
import type { TransportMap } from "./map.ts";

/** The facet of a point's cell that is nearest to it. */
export interface NearestFacet {
  /** The cell of x. */
  readonly cell: number;
  /** The cell across the facet; -1 where there is only one cell. */
  readonly across: number;
  /** Distance of x from the facet; Infinity where there is none. */
  readonly distance: number;
  /**
   * The angle between the normals of the graph of u on both sides, in radians; see `centredAngle`.
   * T jumps there, and the rule `facet` mixes the two targets only up to θ̂. NaN without a facet.
   */
  readonly angle: number;
}

/**
 * The cell i of a source point x [d] and the facet of it that is nearest to x: over all cells j the
 * least (s_i − s_j) / |y_i − y_j| with s_j = <x, y_j> + h_j. A ball around x of this radius lies in
 * the cell and touches the facet. Takes 3Nd operations.
 *
 * @param lift last coordinate of the normals, by default that of the rule `facet`.
 * @throws RangeError for a point of another dimension.
 */
export function nearestFacet(
  { problem, heights }: Pick<TransportMap, "problem" | "heights">,
  x: ArrayLike<number>,
  lift = 0.1,
): NearestFacet {
  const { count, dimension: d } = problem.targets;
  if (x.length !== d) throw new RangeError(`nearestFacet: expected a point of ${d} numbers, got ${x.length}`);
  const y = fullRows(problem.targets);
  const scores = Float64Array.from(heights, (h, i) => h + dot(y, i, x, d));
  let cell = 0;
  for (let i = 1; i < count; i++) if ((scores[i] as number) > (scores[cell] as number)) cell = i;
  let [across, distance] = [-1, Number.POSITIVE_INFINITY];
  for (let j = 0; j < count; j++) {
    if (j === cell || scores[j] === Number.NEGATIVE_INFINITY) continue;
    let square = 0;
    for (let k = 0; k < d; k++) {
      const off = (y[j * d + k] as number) - (y[cell * d + k] as number);
      square += off * off;
    }
    if (square === 0) continue; // the same target again: its cell has no facet
    const away = ((scores[cell] as number) - (scores[j] as number)) / Math.sqrt(square);
    if (away < distance) [across, distance] = [j, away];
  }
  return { cell, across, distance, angle: across < 0 ? Number.NaN : centredAngle(problem, lift)(cell, across) };
}

/** The plane of the points origin + a u + b v, with orthonormal directions u and v, [d] each. */
export interface Plane {
  readonly origin: ArrayLike<number>;
  readonly u: ArrayLike<number>;
  readonly v: ArrayLike<number>;
}

/** How far from 1 and 0 the products of the directions of a plane may be. */
const TOLERANCE = 1e-5;

/**
 * The part of each cell in the square |a|, |b| ≤ half of a plane: polygons with vertices (a, b).
 * There the score of target i is <(a, b), (<u, y_i>, <v, y_i>)> + h_i + <origin, y_i>, so that the
 * parts are power cells of projected targets. They are found from one at the origin on, across the
 * edges, in N operations for each of them, after 6Nd for the projections.
 *
 * @throws RangeError for vectors of another dimension, directions that are not orthonormal, and
 *   unless `half` is above 0.
 */
export async function cellsInPlane(
  { problem, heights, gpu }: Pick<TransportMap, "problem" | "heights"> & { readonly gpu: Pausing },
  { origin, u, v }: Plane,
  half: number,
  options: Cancellable = {},
): Promise<Polygons> {
  checkOptions("cellsInPlane", options, ["signal"]);
  const { signal } = options;
  const { count, dimension: d } = problem.targets;
  for (const [name, { length }] of Object.entries({ origin, u, v })) {
    if (length !== d) throw new RangeError(`cellsInPlane: expected \`${name}\` of ${d} numbers, got ${length}`);
  }
  const products = [dot(u, 0, u, d) - 1, dot(v, 0, v, d) - 1, dot(u, 0, v, d)];
  if (!products.every((product) => Math.abs(product) <= TOLERANCE)) {
    throw new RangeError("cellsInPlane: expected orthonormal directions `u` and `v`; make them so");
  }
  if (!(half > 0 && half < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`cellsInPlane: expected \`half\` above 0, got ${half}`);
  }
  const y = fullRows(problem.targets);
  const [px, py, h] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
  for (let i = 0; i < count; i++) {
    if (i % itemsOf(6 * d) === 0) await gpu.pause(signal);
    px[i] = dot(y, i, u, d);
    py[i] = dot(y, i, v, d);
    h[i] = (heights[i] as number) + dot(y, i, origin, d);
  }
  let first = 0;
  for (let i = 1; i < count; i++) if ((h[i] as number) > (h[first] as number)) first = i;
  const clip = new Clipper(half);
  const found = new Map<number, { readonly vertices: number[]; readonly across: number[] }>();
  const waiting = [first];
  for (let i = waiting.pop(); i !== undefined; i = waiting.pop()) {
    if (found.has(i)) continue;
    if (found.size % itemsOf(16 * count) === 0) await gpu.pause(signal);
    clip.reset(count);
    for (let j = 0; j < count && clip.count > 0; j++) {
      if (j === i || h[j] === Number.NEGATIVE_INFINITY) continue;
      const [nx, ny] = [(px[j] as number) - (px[i] as number), (py[j] as number) - (py[i] as number)];
      clip.cut(nx, ny, (h[i] as number) - (h[j] as number), j);
    }
    const part = { vertices: [] as number[], across: [] as number[] };
    for (let k = 0; k < clip.count; k++) {
      part.vertices.push(clip.x[k] as number, clip.y[k] as number);
      part.across.push(clip.label[k] as number);
      if ((clip.label[k] as number) >= 0) waiting.push(clip.label[k] as number);
    }
    found.set(i, part);
  }
  const parts = Array.from({ length: count }, (_, i) => found.get(i) ?? { vertices: [], across: [] });
  const start = new Int32Array(count + 1);
  for (let i = 0; i < count; i++) start[i + 1] = (start[i] as number) + (parts[i]?.across.length ?? 0);
  return {
    dimension: 2,
    start,
    vertices: Float64Array.from(parts.flatMap(({ vertices }) => vertices)),
    across: Int32Array.from(parts.flatMap(({ across }) => across)),
  };
}

/** <row i of y, x>. */
function dot(y: ArrayLike<number>, i: number, x: ArrayLike<number>, d: number): number {
  let sum = 0;
  for (let k = 0; k < d; k++) sum += (y[i * d + k] as number) * (x[k] as number);
  return sum;
}
