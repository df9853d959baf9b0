// The nearest of a set of sites: their power cells at equal radii are Voronoi cells, so the
// transport's kernel finds them.
import type { Gpu } from "../../kernels/gpu.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import { type Points, pick } from "../points.ts";
import { Cells, NONE } from "./cells.ts";

/** The nearest sites of each point, nearest first, ties by index. */
export interface Neighbours {
  /** [count, k]; rows end in NONE where there are fewer. */
  readonly index: Uint32Array<ArrayBuffer>;
  /** [count, k]: Euclidean distances; Infinity beside NONE. */
  readonly distance: Float64Array<ArrayBuffer>;
}

const SPARE = 4; // candidates beyond k, so that rounding on the device seldom hides one
const MOST = 1024; // of the kernel

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
 * k]. r = 0, the default, makes them the nearest.
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
  /** How many, at most 1024. */
  readonly k: number;
  /** Whether points and sites are one set, and no point is its own neighbour. Default: false. */
  readonly others?: boolean;
  /** Whether site i counts. Default: all do. */
  readonly keep?: (i: number) => boolean;
}

/**
 * The k sites nearest to each point, by Euclidean distance. The nearest site of x has the greatest
 * <x, y_i> − |y_i|²/2; the device finds candidates by it, and their distances, and the order by
 * them, are float64.
 *
 * A site may be missed for one whose squared distance is greater by at most (6 d + 20) 2⁻²⁴ R²,
 * with R the greatest distance of sites and points from the sites' mean.
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
