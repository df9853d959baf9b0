import { hypot } from "../../../math/elementary.ts";
import { gaussLegendre, normalBetween, normalDensity, PANEL } from "../../../math/normal.ts";
import type { Density } from "../../source.ts";
import type { Polygons } from "./polygons.ts";

/** Integrals of the source's density ρ over polygons and along their edges. */
export interface Measures {
  /** w_i = ∫ ρ over polygon i. */
  readonly masses: Float64Array;
  /** ∫ x ρ over polygon i, [n, 2]. */
  readonly moments: Float64Array;
  /** ∫ |x − y_i|² ρ over polygon i. */
  readonly costs: Float64Array;
  /** ∫ ρ along the edge from each vertex to the next. */
  readonly edges: Float64Array;
}

/**
 * Half the side of the square that cells are cut to: that of the cube, or 9 for N(0, I), beyond
 * which the mass is below 1e-18.
 */
export function halfSide(source: Density): number {
  return source === "cube" ? 0.5 : 9;
}

/**
 * The integrals over `polygons` for sites y [n, 2]. All have closed forms, except for the masses
 * under N(0, I), which are integrals along edges.
 */
export function measure(polygons: Polygons, y: Float64Array, source: Density): Measures {
  const { start, across } = polygons;
  const count = start.length - 1;
  const result = {
    masses: new Float64Array(count),
    moments: new Float64Array(2 * count),
    costs: new Float64Array(count),
    edges: new Float64Array(across.length),
  };
  const one = source === "cube" ? uniform : gaussian;
  for (let i = 0; i < count; i++) if ((start[i + 1] as number) > (start[i] as number)) one(polygons, y, i, result);
  return result;
}

/**
 * The integrals over polygon i for density 1: sums over the triangles between vertex 0 and each
 * edge, relative to vertex 0, so that small cells lose no digits.
 */
function uniform(
  { start, vertices: v }: Polygons,
  y: Float64Array,
  i: number,
  { masses, moments, costs, edges }: Measures,
): void {
  const [from, to] = [start[i] as number, start[i + 1] as number];
  const [ox, oy] = [v[2 * from] as number, v[2 * from + 1] as number];
  let [area, mx, my, square] = [0, 0, 0, 0];
  for (let k = from; k < to; k++) {
    const q = k + 1 === to ? from : k + 1;
    const [ax, ay] = [(v[2 * k] as number) - ox, (v[2 * k + 1] as number) - oy];
    const [bx, by] = [(v[2 * q] as number) - ox, (v[2 * q + 1] as number) - oy];
    edges[k] = hypot(bx - ax, by - ay);
    const double = ax * by - ay * bx;
    area += double;
    mx += double * (ax + bx);
    my += double * (ay + by);
    square += double * (ax * ax + ax * bx + bx * bx + ay * ay + ay * by + by * by);
  }
  const [mass, px, py] = [area / 2, mx / 6, my / 6];
  const [dx, dy] = [ox - (y[2 * i] as number), oy - (y[2 * i + 1] as number)];
  masses[i] = mass;
  moments[2 * i] = mass * ox + px;
  moments[2 * i + 1] = mass * oy + py;
  costs[i] = square / 12 + 2 * (dx * px + dy * py) + mass * (dx * dx + dy * dy);
}

const RULE = gaussLegendre(16);

/**
 * The integrals over polygon i for density ρ = exp(−|x|²/2) / 2π. Let edge e have the outer normal
 * n_e, the distance d_e from 0 and G_e = ∫ ρ along it, all in closed form. Then ∇ρ = −xρ gives
 *   ∫ xρ = −Σ n_e G_e and ∫ |x|²ρ = 2w − Σ d_e G_e.
 * The mass is w = ∮ (Φ(x) − Φ(x_0)) φ(y) dy for any x_0.
 */
function gaussian(
  { start, vertices: v }: Polygons,
  y: Float64Array,
  i: number,
  { masses, moments, costs, edges }: Measures,
): void {
  const [from, to] = [start[i] as number, start[i + 1] as number];
  const [yx, yy] = [y[2 * i] as number, y[2 * i + 1] as number];
  const ox = v[2 * from] as number;
  let [mass, mx, my, trace] = [0, 0, 0, 0];
  for (let k = from; k < to; k++) {
    const q = k + 1 === to ? from : k + 1;
    const [ax, ay] = [v[2 * k] as number, v[2 * k + 1] as number];
    const [dx, dy] = [(v[2 * q] as number) - ax, (v[2 * q + 1] as number) - ay];
    const length = hypot(dx, dy);
    if (length === 0) continue;
    const [tx, ty] = [dx / length, dy / length];
    const distance = ax * ty - ay * tx; // along the outer normal (ty, −tx)
    const along = ax * tx + ay * ty;
    const weight = normalDensity(distance) * normalBetween(along, along + length);
    edges[k] = weight;
    mx -= ty * weight;
    my += tx * weight;
    trace += distance * weight;
    mass += sweep(ox, ax, ay, dx, dy, length);
  }
  masses[i] = mass;
  moments[2 * i] = mx;
  moments[2 * i + 1] = my;
  costs[i] = 2 * mass - trace - 2 * (yx * mx + yy * my) + mass * (yx * yx + yy * yy);
}

/** ∫ (Φ(x) − Φ(ox)) φ(y) dy along the edge from (ax, ay) by (dx, dy). */
function sweep(ox: number, ax: number, ay: number, dx: number, dy: number, length: number): number {
  if (dy === 0) return 0;
  const panels = Math.ceil(length / PANEL);
  const half = 0.5 / panels;
  let sum = 0;
  for (let p = 0; p < panels; p++) {
    for (let k = 0; k < 16; k++) {
      const t = half * (2 * p + 1 + (RULE.nodes[k] as number));
      sum += (RULE.weights[k] as number) * normalBetween(ox, ax + t * dx) * normalDensity(ay + t * dy);
    }
  }
  return sum * half * dy;
}
