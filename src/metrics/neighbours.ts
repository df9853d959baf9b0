import { batches, type Cancellable } from "../kernels/batches.ts";
import type { Gpu } from "../kernels/gpu.ts";
import { Cells } from "../ot/cells/cells.ts";
import type { Points } from "../ot/points.ts";
import { checkDimensions, checkSamples, rowsBetweenPauses } from "./samples.ts";

/** The nearest sites of each point, nearest first. */
export interface Neighbours {
  /** [count, k]. */
  readonly index: Uint32Array<ArrayBuffer>;
  /** [count, k]: Euclidean distances. */
  readonly distance: Float64Array<ArrayBuffer>;
}

const SPARE = 4; // candidates beyond k, so that rounding on the device seldom hides one

/** Sites on the device, moved so that they surround 0 and scores lose little to rounding. */
export interface Sites {
  readonly given: Points;
  readonly centre: Float64Array;
  readonly cells: Cells;
}

/** The caller disposes of `cells`. */
export function openSites(gpu: Gpu, given: Points): Sites {
  const { values, count, dimension } = given;
  const centre = new Float64Array(dimension);
  values.forEach((v, i) => {
    centre[i % dimension] = (centre[i % dimension] as number) + v / count;
  });
  const moved = values.map((v, i) => v - (centre[i % dimension] as number));
  return { given, centre, cells: new Cells(gpu, { values: moved, count, dimension }) };
}

/**
 * The k sites with the greatest r_i² − |x − y_i|², by the device's float32, of each point: [count,
 * k]. r = 0 makes them the nearest.
 */
export async function powerNearest(
  { given, centre, cells }: Sites,
  x: Points,
  k: number,
  radius?: Float64Array,
): Promise<Uint32Array<ArrayBuffer>> {
  const { count, dimension } = given;
  const y = cells.targets.values;
  const heights = Float64Array.from({ length: count }, (_, i) => {
    let height = (radius?.[i] ?? 0) ** 2;
    for (let at = i * dimension; at < (i + 1) * dimension; at++) height -= (y[at] as number) ** 2;
    return height / 2;
  });
  cells.setHeights(heights);
  const moved = x.values.map((v, i) => v - (centre[i % dimension] as number));
  return (await cells.topK({ values: moved, count: x.count, dimension }, k)).index;
}

/** |x_m − y_i| in float64. */
export function distanceBetween(x: Points, m: number, y: Points, i: number): number {
  const d = x.dimension;
  let sum = 0;
  for (let k = 0; k < d; k++) sum += ((x.values[m * d + k] as number) - (y.values[i * d + k] as number)) ** 2;
  return Math.sqrt(sum);
}

/**
 * The k sites nearest to each point, by Euclidean distance; with `others`, points and sites are one
 * set and no point is its own neighbour. The nearest site of x has the greatest <x, y_i> −
 * |y_i|²/2, a power cell of equal radii, so the transport's kernel finds candidates; their
 * distances, and the order by them, are float64.
 *
 * A site may be missed for one whose squared distance is greater by at most (6 d + 20) 2⁻²⁴ R²,
 * with R the greatest distance of sites and points from the sites' mean. RangeError unless k is
 * from 1 to the number of sites, other ones where `others` is set, and at most 1,000; also for NaN.
 */
export async function nearestNeighbours(
  gpu: Gpu,
  sites: Points,
  x: Points,
  { k, others = false, signal }: Cancellable & { readonly k: number; readonly others?: boolean },
): Promise<Neighbours> {
  checkDimensions("nearestNeighbours", "sites", sites, "x", x);
  checkSamples("nearestNeighbours", "sites", sites, 1);
  checkSamples("nearestNeighbours", "x", x, 1);
  const most = Math.min(1000, sites.count - (others ? 1 : 0));
  if (!(Number.isInteger(k) && k >= 1 && k <= most)) {
    throw new RangeError(`nearestNeighbours: expected \`k\` from 1 to ${most}, got ${k}`);
  }
  const opened = openSites(gpu, sites);
  try {
    const candidates = Math.min(sites.count, k + SPARE + (others ? 1 : 0));
    await gpu.pause(signal);
    const found = await powerNearest(opened, x, candidates);
    const result = { index: new Uint32Array(x.count * k), distance: new Float64Array(x.count * k) };
    const size = rowsBetweenPauses(candidates * x.dimension);
    for await (const { first, count } of batches(gpu, { count: x.count, size, signal })) {
      for (let m = first; m < first + count; m++) {
        const near = Array.from(found.subarray(m * candidates, (m + 1) * candidates))
          .filter((i) => !(others && i === m))
          .map((i) => ({ i, distance: distanceBetween(x, m, sites, i) }))
          .sort((a, b) => a.distance - b.distance || a.i - b.i);
        for (let r = 0; r < k; r++) {
          const { i, distance } = near[r] as { i: number; distance: number };
          result.index[m * k + r] = i;
          result.distance[m * k + r] = distance;
        }
      }
    }
    return result;
  } finally {
    opened.cells.dispose();
  }
}
