// A plane of the noise, its cells, and the facets between them.
import type { Polygons } from "../../../src/ot/exact/plane/polygons.ts";

type Pair = readonly [a: number, b: number];

/** The plane through three source points: origin + a u + b v, with their mean as its origin. */
export interface View {
  readonly origin: Float64Array;
  readonly u: Float64Array;
  readonly v: Float64Array;
  /** What is seen: |a|, |b| ≤ half. */
  readonly half: number;
  /** Where the three points lie. */
  readonly corners: readonly Pair[];
}

const MARGIN = 1.25;

/** The plane through three rows [3, d]. RangeError where they lie on a line. */
export function viewThrough(rows: Float32Array, d: number): View {
  const row = (i: number): Float64Array => Float64Array.from(rows.subarray(i * d, (i + 1) * d));
  const [p, q, r] = [row(0), row(1), row(2)];
  const origin = p.map((value, k) => (value + (q[k] as number) + (r[k] as number)) / 3);
  const u = unit(q.map((value, k) => value - (p[k] as number)));
  const up = r.map((value, k) => value - (p[k] as number));
  const along = dot(up, u);
  const v = unit(up.map((value, k) => value - along * (u[k] as number)));
  if (d < 2 || u.some(Number.isNaN) || v.some(Number.isNaN)) {
    throw new RangeError("plane: expected three draws that do not lie on a line; choose other numbers");
  }
  const corners = [p, q, r].map((x): Pair => {
    const off = x.map((value, k) => value - (origin[k] as number));
    return [dot(off, u), dot(off, v)];
  });
  const half = MARGIN * Math.max(...corners.flat().map(Math.abs));
  return { origin, u, v, half, corners };
}

/** The source point at (a, b). */
export const pointAt = ({ origin, u, v }: View, [a, b]: Pair): Float32Array<ArrayBuffer> =>
  Float32Array.from(origin, (value, k) => value + a * (u[k] as number) + b * (v[k] as number));

/** An edge between two cells of the plane. */
export interface Edge {
  readonly between: readonly [number, number];
  readonly from: Pair;
  readonly to: Pair;
  /** Angle between the normals of the graph of u on both sides, in radians. */
  readonly angle: number;
}

/** All edges between cells, each once. */
export function edgesOf({ start, vertices, across }: Polygons, angleOf: (i: number, j: number) => number): Edge[] {
  const edges: Edge[] = [];
  for (let i = 0; i + 1 < start.length; i++) {
    const [first, end] = [start[i] as number, start[i + 1] as number];
    for (let k = first; k < end; k++) {
      const j = across[k] as number;
      if (j <= i) continue;
      const next = k + 1 === end ? first : k + 1;
      const vertex = (at: number): Pair => [vertices[2 * at] as number, vertices[2 * at + 1] as number];
      edges.push({ between: [i, j], from: vertex(k), to: vertex(next), angle: angleOf(i, j) });
    }
  }
  return edges;
}

/** The point of all edges that is nearest to (a, b), and its edge; undefined without edges. */
export function nearestOn(
  edges: readonly Edge[],
  [a, b]: Pair,
): { readonly foot: Pair; readonly edge: Edge } | undefined {
  let best: { readonly foot: Pair; readonly edge: Edge; readonly away: number } | undefined;
  for (const edge of edges) {
    const [dx, dy] = [edge.to[0] - edge.from[0], edge.to[1] - edge.from[1]];
    const square = dx * dx + dy * dy;
    const t = square === 0 ? 0 : ((a - edge.from[0]) * dx + (b - edge.from[1]) * dy) / square;
    const at = Math.max(0.02, Math.min(0.98, t)); // not at a corner, where a third cell begins
    const foot: Pair = [edge.from[0] + at * dx, edge.from[1] + at * dy];
    const away = Math.hypot(foot[0] - a, foot[1] - b);
    if (best === undefined || away < best.away) best = { foot, edge, away };
  }
  return best;
}

/**
 * A point on each side of an edge at its point `foot`, the first on the side of (a, b): so near
 * that nothing but this edge lies between them, and at most `most` away from it.
 */
export function sidesOf(
  edges: readonly Edge[],
  { foot, edge }: { readonly foot: Pair; readonly edge: Edge },
  [a, b]: Pair,
  most: number,
): readonly [Pair, Pair] {
  const other = nearestOn(
    edges.filter((each) => each !== edge),
    foot,
  );
  const room = other === undefined ? most : Math.hypot(other.foot[0] - foot[0], other.foot[1] - foot[1]);
  const [dx, dy] = [edge.to[0] - edge.from[0], edge.to[1] - edge.from[1]];
  const side = (a - foot[0]) * -dy + (b - foot[1]) * dx < 0 ? -1 : 1;
  const step = (side * Math.min(most, room / 2)) / Math.hypot(dx, dy);
  return [
    [foot[0] - step * dy, foot[1] + step * dx],
    [foot[0] + step * dy, foot[1] - step * dx],
  ];
}

const dot = (x: Float64Array, y: Float64Array): number =>
  x.reduce((sum, value, k) => sum + value * (y[k] as number), 0);

function unit(x: Float64Array): Float64Array {
  const length = Math.sqrt(dot(x, x));
  return x.map((value) => (length > 1e-9 ? value / length : Number.NaN));
}
