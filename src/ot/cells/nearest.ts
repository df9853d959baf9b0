// The nearest of a set of sites. Power cells of sites with equal radii are Voronoi cells, so that
// the transport's kernel finds them.
import type { Gpu } from "../../kernels/gpu.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import { type Points, pick } from "../points.ts";
import { NONE } from "./counter.ts";
import { PlainCells } from "./plainCells.ts";

/** The nearest sites of each point, nearest first, ties by index. */
export interface Neighbours {
  /** [count, k]; rows end in NONE where there are fewer sites. */
  readonly index: Uint32Array<ArrayBuffer>;
  /** [count, k]: Euclidean distances; Infinity where the index is NONE. */
  readonly distance: Float64Array<ArrayBuffer>;
}

const SPARE = 4; // candidates beyond k, so that rounding on the device seldom hides one
const MOST = 1024; // greatest k of the kernel

/** Sites on the device, translated so that their mean is 0 and scores lose little to rounding. */
export interface Sites {
  readonly given: Points;
  readonly centre: Float64Array;
  readonly cells: PlainCells;
}

/** Uploads the sites. The caller disposes of `cells`. */
export function openSites(gpu: Gpu, given: Points): Sites {
  const { values, count, dimension } = given;
  const centre = new Float64Array(dimension);
  values.forEach((v, i) => {
    (centre[i % dimension] as number) += v / count;
  });
  const moved = values.map((v, i) => v - (centre[i % dimension] as number));
  return { given, centre, cells: new PlainCells(gpu, { values: moved, count, dimension }) };
}

/**
 * For each point, the k sites with the greatest r_i² − |x − y_i|², in the device's float32:
 * [count, k]. With the default r = 0 they are the nearest sites.
 */
export async function powerNearest(
  { given, centre, cells }: Sites,
  x: Points,
  k: number,
  { radius, signal }: { readonly radius?: Float64Array } & Cancellable = {},
): Promise<Uint32Array<ArrayBuffer>> {
  const { count, dimension } = given;
  const y = cells.targets.values;
  const heights = Float64Array.from({ length: count }, (_, i) => {
    const r = radius?.[i] ?? 0;
    const site = y.subarray(i * dimension, (i + 1) * dimension);
    return site.reduce((height, v) => height - v * v, r * r) / 2;
  });
  cells.setHeights(heights);
  const moved = x.values.map((v, i) => v - (centre[i % dimension] as number));
  return (await cells.topK({ values: moved, count: x.count, dimension }, k, { signal })).index;
}

/** |x_m − y_i| in float64. */
export function distanceBetween(x: Points, m: number, y: Points, i: number): number {
  const d = x.dimension;
  let sum = 0;
  for (let k = 0; k < d; k++) {
    const off = (x.values[m * d + k] as number) - (y.values[i * d + k] as number);
    sum += off * off;
  }
  return Math.sqrt(sum);
}

export interface NearestOptions extends Cancellable {
  /** Number of sites per point, at most 1024. */
  readonly k: number;
  /**
   * Whether points and sites are the same set, so that a point is not its own neighbour. Default:
   * false.
   */
  readonly others?: boolean;
  /** Whether site i may be found. Default: all may. */
  readonly keep?: (i: number) => boolean;
}

/**
 * The k sites nearest to each point, by Euclidean distance. The nearest site of x has the greatest
 * <x, y_i> − |y_i|²/2. The device finds candidates by this score; their distances, and the order by
 * distance, are computed in float64.
 *
 * A site may be missed in favour of one whose squared distance is greater by at most (6 d + 20)
 * 2⁻²⁴ R², with R the greatest distance of sites and points from the mean of the sites.
 */
export async function nearestSites(
  gpu: Gpu,
  sites: Points,
  x: Points,
  { k, others = false, keep = () => true, signal }: NearestOptions,
): Promise<Neighbours> {
  const result = {
    index: new Uint32Array(x.count * k).fill(NONE),
    distance: new Float64Array(x.count * k).fill(Number.POSITIVE_INFINITY),
  };
  const kept = Array.from({ length: sites.count }, (_, i) => i).filter(keep);
  if (kept.length === 0) return result;
  const opened = openSites(gpu, kept.length === sites.count ? sites : pick(sites, kept));
  try {
    const width = Math.min(kept.length, Math.max(k, Math.min(MOST, k + SPARE + (others ? 1 : 0))));
    const found = await powerNearest(opened, x, width, { signal });
    for (let m = 0; m < x.count; m++) {
      const near = Array.from(found.subarray(m * width, (m + 1) * width), (at) => kept[at] as number)
        .filter((i) => !(others && i === m))
        .map((i) => ({ i, distance: distanceBetween(x, m, sites, i) }))
        .sort((a, b) => a.distance - b.distance || a.i - b.i);
      for (const [r, { i, distance }] of near.slice(0, k).entries()) {
        result.index[m * k + r] = i;
        result.distance[m * k + r] = distance;
      }
    }
    return result;
  } finally {
    opened.cells.dispose();
  }
}
