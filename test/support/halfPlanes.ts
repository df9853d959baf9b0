// Power cells of points on a line or in the plane, made by cutting the domain by every other
// point's half-plane, and bounds of W2 from them. This is the reference for src/ot/exact and shares
// no code with it. Everything is float64; with N points, rows and heights of at most r, integrals
// over all cells are wrong by about N 2⁻⁵³ (1 + r²), which is below 1e-11 here.

type Density = "cube" | "gaussian";
/** Vertices x0 y0 x1 y1 … of a convex polygon, counterclockwise. */
type Polygon = readonly number[];
type Pair = readonly [number, number];

/** A part of the source: its mass w and the integral of x over it, ∫ xρ. */
export interface Part {
  readonly mass: number;
  readonly moment: Pair;
}

const NOTHING: Part = { mass: 0, moment: [0, 0] };
const HALF = { cube: 0.5, gaussian: 9 } as const;
/** E|x|² in the plane. */
const SECOND = { cube: 1 / 6, gaussian: 2 } as const;

/** Nodes and weights on [−1, 1]: roots of the Legendre polynomial of degree 20, by bisection. */
const RULE = ((degree: number) => {
  const legendre = (x: number): Pair => {
    let [before, now] = [1, x];
    for (let k = 2; k <= degree; k++) [before, now] = [now, ((2 * k - 1) * x * now - (k - 1) * before) / k];
    return [now, (degree * (x * now - before)) / (x * x - 1)];
  };
  const rule: Pair[] = [];
  const steps = 4000;
  for (let s = 0; s < steps; s++) {
    let [low, high] = [-1 + (2 * s) / steps + 1e-9, -1 + (2 * s + 2) / steps + 1e-9];
    const sign = Math.sign(legendre(low)[0]);
    if (sign === Math.sign(legendre(high)[0])) continue;
    for (let i = 0; i < 60; i++) {
      const middle = (low + high) / 2;
      if (Math.sign(legendre(middle)[0]) === sign) low = middle;
      else high = middle;
    }
    const slope = legendre(low)[1];
    rule.push([low, 2 / ((1 - low * low) * slope * slope)]);
  }
  return rule;
})(20);

/** ∫ f over [a, b], in panels of length at most 1. */
function integral(f: (t: number) => number, a: number, b: number): number {
  const panels = Math.max(1, Math.ceil(Math.abs(b - a)));
  const half = (b - a) / (2 * panels);
  let sum = 0;
  for (let p = 0; p < panels; p++) {
    for (const [node, weight] of RULE) sum += weight * f(a + half * (2 * p + 1 + node));
  }
  return sum * half;
}

/** (1 − exp(−s / 2)) / s. */
const rise = (s: number): number => (s === 0 ? 0.5 : -Math.expm1(-s / 2) / s);
const bell = (t: number): number => Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI);

/** The part of the source in a polygon. */
export function partIn(polygon: Polygon, source: Density): Part {
  let [mass, mx, my] = [0, 0, 0];
  const [ox = 0, oy = 0] = polygon;
  for (let k = 0; k < polygon.length; k += 2) {
    const [ax, ay] = [polygon[k] as number, polygon[k + 1] as number];
    const q = (k + 2) % polygon.length;
    const [bx, by] = [polygon[q] as number, polygon[q + 1] as number];
    if (source === "cube") {
      // The triangle between the first vertex and this edge.
      const area = ((ax - ox) * (by - oy) - (ay - oy) * (bx - ox)) / 2;
      mass += area;
      mx += (area * (ox + ax + bx)) / 3;
      my += (area * (oy + ay + by)) / 3;
      continue;
    }
    const length = Math.hypot(bx - ax, by - ay);
    if (length === 0) continue;
    const [tx, ty] = [(bx - ax) / length, (by - ay) / length];
    const away = ax * ty - ay * tx; // of the line from 0, along the outer normal (ty, −tx)
    const [from, to] = [ax * tx + ay * ty, bx * tx + by * ty];
    // The mass of the triangle (0, a, b) is 1/2π ∫ 1 − exp(−r²/2) over its angle at 0, here with
    // the place on the edge instead of the angle.
    mass += (away / (2 * Math.PI)) * integral((t) => rise(away * away + t * t), from, to);
    const along = bell(away) * integral(bell, from, to);
    mx -= ty * along;
    my += tx * along;
  }
  return { mass, moment: [mx, my] };
}

/** The part of a polygon where <n, x> ≤ c. */
export function cut(polygon: Polygon, nx: number, ny: number, c: number): Polygon {
  const side: number[] = [];
  for (let k = 0; k < polygon.length; k += 2)
    side.push(nx * (polygon[k] as number) + ny * (polygon[k + 1] as number) - c);
  if (side.every((s) => s <= 0)) return polygon;
  const kept: number[] = [];
  side.forEach((s, k) => {
    const q = (k + 1) % side.length;
    const t = side[q] as number;
    const [x, y] = [polygon[2 * k] as number, polygon[2 * k + 1] as number];
    if (s <= 0) kept.push(x, y);
    if (s < 0 !== t < 0 && s !== 0 && t !== 0) {
      const share = s / (s - t);
      kept.push(x + share * ((polygon[2 * q] as number) - x), y + share * ((polygon[2 * q + 1] as number) - y));
    }
  });
  return kept.length < 6 ? [] : kept;
}

/** The cell of point i among those with finite heights. */
export function cellOf(
  i: number,
  rows: readonly (readonly number[])[],
  heights: ArrayLike<number>,
  source: Density,
): Polygon {
  const r = HALF[source];
  let cell: Polygon = [-r, -r, r, -r, r, r, -r, r];
  const [x = 0, y = 0] = rows[i] as readonly number[];
  for (let j = 0; j < rows.length && cell.length > 0; j++) {
    if (j === i || heights[j] === Number.NEGATIVE_INFINITY) continue;
    const [otherX = 0, otherY = 0] = rows[j] as readonly number[];
    cell = cut(cell, otherX - x, otherY - y, (heights[i] as number) - (heights[j] as number));
  }
  return cell;
}

/** Points in the plane or on a line, their masses (sum 1) and the source. */
export interface Cloud {
  readonly rows: readonly (readonly number[])[];
  readonly nu: readonly number[];
  readonly source: Density;
}

/** The parts of the source in the cells of points in the plane. */
export function partsAt({ rows, source }: Cloud, heights: ArrayLike<number>): Part[] {
  return rows.map((_, i) =>
    heights[i] === Number.NEGATIVE_INFINITY ? NOTHING : partIn(cellOf(i, rows, heights, source), source),
  );
}

/**
 * Lower and upper bounds of W2 from cells at heights of some of the points, where `first` tells
 * which of these the others are close to. The cell of a point is divided among those close to it,
 * by heights g relative to its own:
 *   {x : <x, y_j − y_i> + g_j is greatest},
 * one of which is set after the other until its part has its share of the mass (Oliker and Prussner
 * 1988). The lower bound is the dual value at all these heights, the upper one the cost of the plan
 * with these parts, whose surplus is moved first among close points and then among all.
 */
export function boundsOfW2(cloud: Cloud, heights: ArrayLike<number>, first: ArrayLike<number>): Pair {
  const { rows, nu, source } = cloud;
  const groups = new Map<number, number[]>();
  rows.forEach((_, i) => {
    if ((nu[i] as number) > 0) groups.set(first[i] as number, [...(groups.get(first[i] as number) ?? []), i]);
  });
  const all = Array.from(rows, () => Number.NEGATIVE_INFINITY);
  const parts = Array.from(rows, () => NOTHING);
  for (const [i, members] of groups) {
    if (heights[i] === Number.NEGATIVE_INFINITY) continue;
    const cell = cellOf(i, rows, heights, source);
    const divided = divide(cell, members, i, cloud);
    for (const [k, j] of members.entries()) {
      all[j] = (heights[i] as number) + (divided.heights[k] as number);
      parts[j] = divided.parts[k] as Part;
    }
  }
  return [dualValue(cloud, all), costOfPlan(cloud, parts, groups)].map((square) => Math.sqrt(Math.max(0, square))) as [
    number,
    number,
  ];
}

/** Divides the cell of point i among the points close to it. */
function divide(cell: Polygon, members: readonly number[], i: number, { rows, nu, source }: Cloud) {
  const [x = 0, y = 0] = rows[i] as readonly number[];
  const whole = partIn(cell, source);
  const centre = [whole.moment[0] / whole.mass, whole.moment[1] / whole.mass] as const;
  const off = members.map((j) => [(rows[j]?.[0] ?? 0) - x, (rows[j]?.[1] ?? 0) - y] as const);
  const heights = off.map(([dx, dy]) => -(dx * centre[0] + dy * centre[1]));
  const part = (k: number): Part => {
    let piece = cell;
    const [dx, dy] = off[k] as Pair;
    off.forEach(([ex, ey], l) => {
      if (l !== k && piece.length > 0)
        piece = cut(piece, ex - dx, ey - dy, (heights[k] as number) - (heights[l] as number));
    });
    return partIn(piece, source);
  };
  const size = Math.max(...off.map(([dx, dy]) => Math.hypot(dx, dy)));
  const total = members.reduce((sum, j) => sum + (nu[j] as number), 0);
  const rounds = members.length === 1 || size < 1e-11 ? 0 : members.length === 2 ? 1 : 30;
  for (let round = 0; round < rounds; round++) {
    for (let k = 1; k < members.length; k++) {
      const wanted = ((nu[members[k] as number] as number) / total) * whole.mass;
      const reach = 40 * size;
      let [low, high] = [(heights[k] as number) - reach, (heights[k] as number) + reach];
      for (let s = 0; s < 30; s++) {
        heights[k] = (low + high) / 2;
        if (part(k).mass < wanted) low = heights[k] as number;
        else high = heights[k] as number;
      }
    }
  }
  return { heights, parts: members.length === 1 ? [whole] : members.map((_, k) => part(k)) };
}

/** E|x|² + Σ nu |y|² − 2 ∫ u + 2 Σ nu h, at heights of all points with mass. */
export function dualValue(cloud: Cloud, heights: ArrayLike<number>): number {
  const { rows, nu, source } = cloud;
  let value: number = SECOND[source];
  partsAt(cloud, heights).forEach(({ mass, moment }, i) => {
    const [x = 0, y = 0] = rows[i] as readonly number[];
    if ((nu[i] as number) > 0) value += (nu[i] as number) * (x * x + y * y + 2 * (heights[i] as number));
    if (mass !== 0) value -= 2 * (x * moment[0] + y * moment[1] + mass * (heights[i] as number));
  });
  return value;
}

/** E|x − y|² of a plan that sends parts to their points, and their surplus to others. */
function costOfPlan(
  { rows, nu, source }: Cloud,
  parts: readonly Part[],
  groups: ReadonlyMap<number, readonly number[]>,
): number {
  let cost: number = SECOND[source];
  const surplus = parts.map(({ mass }, i) => mass - (nu[i] as number));
  const at = (i: number): Pair => [rows[i]?.[0] ?? 0, rows[i]?.[1] ?? 0];
  parts.forEach(({ mass, moment }, i) => {
    const [x, y] = at(i);
    cost += mass * (x * x + y * y) - 2 * (x * moment[0] + y * moment[1]);
  });
  const move = (members: readonly number[]): void => {
    const givers = members.filter((i) => (surplus[i] as number) > 0);
    const takers = members.filter((i) => (surplus[i] as number) < 0);
    for (const i of givers) {
      for (const j of takers) {
        const moved = Math.min(surplus[i] as number, -(surplus[j] as number));
        if (!(moved > 0)) continue;
        const { mass, moment } = parts[i] as Part;
        const [[ix, iy], [jx, jy]] = [at(i), at(j)];
        const [cx, cy] = [moment[0] / mass, moment[1] / mass];
        cost += moved * ((jx - ix) * (jx + ix - 2 * cx) + (jy - iy) * (jy + iy - 2 * cy));
        (surplus[i] as number) -= moved;
        (surplus[j] as number) += moved;
      }
    }
  };
  for (const members of groups.values()) move(members);
  move([...rows.keys()]);
  return cost;
}

/** Φ(b) − Φ(a), or the length of [a, b] in the cube. */
function between(a: number, b: number, source: Density): number {
  const [low, high] = [Math.max(a, -HALF[source]), Math.min(b, HALF[source])];
  if (!(low < high)) return 0;
  return source === "cube" ? high - low : integral(bell, low, high);
}

/** Masses of the cells of points on a line. */
export function massesOnLine({ rows, source }: Cloud, heights: ArrayLike<number>): number[] {
  return rows.map(([y = 0], i) => {
    if (heights[i] === Number.NEGATIVE_INFINITY) return 0;
    let [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    rows.forEach(([other = 0], j) => {
      if (other === y || heights[j] === Number.NEGATIVE_INFINITY) return;
      const border = ((heights[i] as number) - (heights[j] as number)) / (other - y);
      if (other > y) high = Math.min(high, border);
      else low = Math.max(low, border);
    });
    return between(low, high, source);
  });
}

/** W2 to points on a line: the integral of (x − T(x))² for the monotone map T. */
export function w2OnLine({ rows, nu, source }: Cloud): number {
  const order = [...rows.keys()].sort((i, j) => (rows[i]?.[0] ?? 0) - (rows[j]?.[0] ?? 0));
  const end: number = HALF[source];
  let [cost, from, below] = [0, -end, 0];
  for (const [r, i] of order.entries()) {
    below += nu[i] as number;
    let [low, high] = [from, end];
    for (let s = 0; s < 60 && r + 1 < order.length; s++) {
      const middle = (low + high) / 2;
      if (between(-end, middle, source) < below) low = middle;
      else high = middle;
    }
    const y = rows[i]?.[0] ?? 0;
    const density = source === "cube" ? 1 : 0;
    cost += integral((x) => (x - y) * (x - y) * (density || bell(x)), from, r + 1 < order.length ? low : end);
    if (r + 1 < order.length) from = low;
  }
  return Math.sqrt(cost);
}
