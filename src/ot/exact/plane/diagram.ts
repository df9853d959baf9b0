import { hypot } from "../../../math/elementary.ts";
import { powerOfTwo } from "../../../math/float64.ts";
import type { Density } from "../../source.ts";
import { type Laplacian, laplacian } from "./laplacian.ts";
import { halfSide, type Measures, measure } from "./measure.ts";
import { clipCells, type Polygons } from "./polygons.ts";
import { hilbertOrder, triangulate } from "./triangulation.ts";

/** Power cells of sites in the plane, and the source's integrals over them. */
export interface Diagram extends Measures {
  readonly polygons: Polygons;
}

/**
 * Sites around all others are at least this share of a coordinate away, for which float64 has
 * digits.
 */
const SHARE = powerOfTwo(-40);

/**
 * Power diagrams of the same sites y [n, 2] at any heights. Costs are those to `centred`, rows that
 * are y up to a shift: sites that are far from 0 lose nothing by it, while differences between
 * close ones are those of y.
 */
export function diagrams(y: Float64Array, source: Density, centred: Float64Array = y): (h: Float64Array) => Diagram {
  const count = y.length / 2;
  const half = halfSide(source);
  const order = hilbertOrder(y);
  const [left, low] = [y[0] as number, y[1] as number];
  const reach = y.reduce(
    (most, value, at) => Math.max(most, Math.abs(value - (at % 2 === 0 ? left : low)), Math.abs(value) * SHARE),
    Number.MIN_VALUE,
  );
  // Four sites around all others, so far out and with such low heights that their own cells do not
  // reach the square. With site 0 as the origin, which changes no cell, every score
  // there is at least max h − √2 · √2 half · reach, and the score of a far site is at most max h −
  // 8 reach · half.
  const far = 8 * reach;
  const sites = Float64Array.from([...y, left + far, low, left, low + far, left - far, low, left, low - far]);
  return (h) => {
    const top = h.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
    const heights = new Float64Array(count + 4).fill(top - 2 * far * half, count);
    heights.set(h);
    const polygons = clipCells(sites, heights, triangulate(sites, heights, order), { count, half });
    return { polygons, ...measure(polygons, centred, source) };
  };
}

/**
 * The Hessian of E at a diagram: off the diagonal −(1/|y_i − y_j|) ∫ ρ along the edge between cells
 * i and j.
 */
export function hessian({ polygons: { start, across }, edges }: Diagram, y: Float64Array): Laplacian {
  const [from, to, weights]: [number[], number[], number[]] = [[], [], []];
  const count = start.length - 1;
  for (let i = 0; i < count; i++) {
    for (let k = start[i] as number; k < (start[i + 1] as number); k++) {
      const j = across[k] as number;
      if (j <= i) continue; // the edge belongs to cell j as well, up to rounding
      const dx = (y[2 * i] as number) - (y[2 * j] as number);
      const dy = (y[2 * i + 1] as number) - (y[2 * j + 1] as number);
      from.push(i);
      to.push(j);
      weights.push((edges[k] as number) / hypot(dx, dy));
    }
  }
  return laplacian(count, from, to, weights);
}
