// W2 of the square [−½, ½]² to a few points, to 40 digits and more: Newton's method on power cells
// in integers of 256 bits behind the point. The reference for points that are too close for
// float64.

const BITS = 384n;
const ONE = 1n << BITS;
const times = (a: bigint, b: bigint): bigint => (a * b) >> BITS;
const over = (a: bigint, b: bigint): bigint => (a << BITS) / b;
const size = (a: bigint): bigint => (a < 0n ? -a : a);

/** A finite float64 number, exactly if it is a multiple of 2⁻³⁸⁴. */
function ofNumber(x: number): bigint {
  let [whole, exponent] = [x, 0n];
  while (!Number.isInteger(whole)) [whole, exponent] = [2 * whole, exponent + 1n];
  return (BigInt(whole) << BITS) >> exponent;
}

const toNumber = (a: bigint): number => Number(a >> (BITS - 128n)) / 2 ** 128;

function root(a: bigint): bigint {
  const n = a << BITS;
  if (n <= 0n) return 0n;
  let x = 1n << BigInt(Math.ceil(n.toString(2).length / 2));
  for (;;) {
    const next = (x + n / x) >> 1n;
    if (next >= x) return x;
    x = next;
  }
}

interface Cell {
  readonly mass: bigint;
  readonly moment: readonly [bigint, bigint];
  /** Lengths of the borders with other cells. */
  readonly borders: ReadonlyMap<number, bigint>;
}

type Row = readonly [bigint, bigint];

function cellOf(i: number, rows: readonly Row[], heights: readonly bigint[]): Cell {
  const half = ONE / 2n;
  let cell: { x: bigint; y: bigint; across: number }[] = [
    { x: -half, y: -half, across: -1 },
    { x: half, y: -half, across: -1 },
    { x: half, y: half, across: -1 },
    { x: -half, y: half, across: -1 },
  ];
  const [ix, iy] = rows[i] as Row;
  rows.forEach(([jx, jy], j) => {
    if (j === i) return;
    const side = cell.map(
      ({ x, y }) => times(jx - ix, x) + times(jy - iy, y) - (heights[i] as bigint) + (heights[j] as bigint),
    );
    const kept: typeof cell = [];
    cell.forEach((from, k) => {
      const to = cell[(k + 1) % cell.length] as typeof from;
      const [s, t] = [side[k] as bigint, side[(k + 1) % cell.length] as bigint];
      if (s <= 0n) kept.push(from);
      if (s <= 0n === t <= 0n) return;
      const at = (a: bigint, b: bigint): bigint => a + ((b - a) * s) / (s - t);
      kept.push({ x: at(from.x, to.x), y: at(from.y, to.y), across: s <= 0n ? j : from.across });
    });
    cell = kept;
  });
  let [mass, mx, my] = [0n, 0n, 0n];
  const borders = new Map<number, bigint>();
  cell.forEach(({ x, y, across }, k) => {
    const to = cell[(k + 1) % cell.length] as { x: bigint; y: bigint };
    const area = (times(x, to.y) - times(y, to.x)) / 2n;
    mass += area;
    mx += times(area, x + to.x) / 3n;
    my += times(area, y + to.y) / 3n;
    const [dx, dy] = [to.x - x, to.y - y];
    if (across >= 0) borders.set(across, (borders.get(across) ?? 0n) + root(times(dx, dx) + times(dy, dy)));
  });
  return { mass, moment: [mx, my], borders };
}

/** The x with sum 0 and Σ_j w_ij (x_i − x_j) = b_i, by Gauss's elimination. */
function solve(weights: readonly (readonly bigint[])[], b: readonly bigint[]): bigint[] {
  const n = b.length - 1; // the last x is 0 at first
  const a = Array.from({ length: n }, (_, i) => [
    ...Array.from({ length: n }, (_, j) =>
      i === j ? (weights[i] as bigint[]).reduce((sum, w) => sum + w, 0n) : -(weights[i]?.[j] ?? 0n),
    ),
    b[i] as bigint,
  ]);
  for (let k = 0; k < n; k++) {
    const row = a[k] as bigint[];
    for (let i = k + 1; i < n; i++) {
      const other = a[i] as bigint[];
      const factor = over(other[k] as bigint, row[k] as bigint);
      for (let j = k; j <= n; j++) other[j] = (other[j] as bigint) - times(factor, row[j] as bigint);
    }
  }
  const x = new Array<bigint>(n + 1).fill(0n);
  for (let i = n - 1; i >= 0; i--) {
    const row = a[i] as bigint[];
    let rest = row[n] as bigint;
    for (let j = i + 1; j < n; j++) rest -= times(row[j] as bigint, x[j] as bigint);
    x[i] = over(rest, row[i] as bigint);
  }
  const mean = x.reduce((sum, value) => sum + value, 0n) / BigInt(n + 1);
  return x.map((value) => value - mean);
}

/**
 * W2 of the square to points with masses nu, by damped Newton. Throws unless it ends with all
 * masses right to 1e-40.
 */
export function w2OfSquare(points: readonly (readonly number[])[], nu: readonly number[]): number {
  const rows = points.map(([x = 0, y = 0]): Row => [ofNumber(x), ofNumber(y)]);
  const given = nu.map(ofNumber);
  const total = given.reduce((sum, mass) => sum + mass, 0n);
  const wanted = given.map((mass) => over(mass, total));
  // Convex in each coordinate, with slopes that rise evenly from point to point: cells of any
  // points then have room.
  let heights = rows.map(() => 0n);
  for (const k of [0, 1] as const) {
    const at = (i: number): bigint => (rows[i] as Row)[k];
    const order = [...rows.keys()].sort((i, j) => (at(i) < at(j) ? -1 : 1));
    let height = 0n;
    for (let r = 1; r < order.length; r++) {
      const [i, j] = [order[r - 1] as number, order[r] as number];
      height -= times(at(j) - at(i), (ONE * BigInt(2 * r - order.length)) / BigInt(2 * order.length));
      heights = heights.with(j, (heights[j] as bigint) + height);
    }
  }
  const cut = (h: readonly bigint[]): Cell[] => rows.map((_, i) => cellOf(i, rows, h));
  const least = (cells: readonly Cell[]): bigint => cells.reduce((low, { mass }) => (mass < low ? mass : low), ONE);
  const off = (cells: readonly Cell[]): bigint =>
    cells.reduce((sum, { mass }, i) => sum + times(mass - (wanted[i] as bigint), mass - (wanted[i] as bigint)), 0n);
  let cells = cut(heights);
  const floor = [least(cells), ...wanted].reduce((low, mass) => (mass < low ? mass : low)) / 2n;
  for (let iteration = 0; iteration < 400; iteration++) {
    if (cells.every(({ mass }, i) => size(mass - (wanted[i] as bigint)) < ONE >> 133n))
      return distance(rows, wanted, heights, cells);
    const weights = cells.map(({ borders }, i) =>
      rows.map(([x, y], j) => {
        const length = borders.get(j);
        const [dx, dy] = [x - (rows[i] as Row)[0], y - (rows[i] as Row)[1]];
        return length === undefined ? 0n : over(length, root(times(dx, dx) + times(dy, dy)));
      }),
    );
    const step = solve(
      weights,
      cells.map(({ mass }, i) => (wanted[i] as bigint) - mass),
    );
    let found = false;
    for (let part = 0n; part < 100n && !found; part++) {
      const next = heights.map((h, i) => h + ((step[i] as bigint) >> part));
      const tried = cut(next);
      if (least(tried) < floor || off(tried) >= off(cells)) continue;
      [heights, cells, found] = [next, tried, true];
    }
    if (!found) break;
  }
  throw new Error(
    `expected masses that are met to 1e-40, got ${cells.map(({ mass }, i) => [toNumber(mass), nu[i]].join(" for ")).join(", ")}`,
  );
}

function distance(
  rows: readonly Row[],
  nu: readonly bigint[],
  heights: readonly bigint[],
  cells: readonly Cell[],
): number {
  let square = ONE / 6n;
  cells.forEach(({ mass, moment }, i) => {
    const [x, y] = rows[i] as Row;
    const [wanted, h] = [nu[i] as bigint, heights[i] as bigint];
    square += times(wanted, times(x, x) + times(y, y) + 2n * h);
    square -= 2n * (times(x, moment[0]) + times(y, moment[1]) + times(mass, h));
  });
  return Math.sqrt(toNumber(square));
}
