import type { Cancellable } from "../../kernels/signal.ts";
import { powerOfTwo } from "../../math/float64.ts";
import type { Assignment, DeviceCells, TopK } from "../cells/counter.ts";
import { isFlipped } from "../cells/flips.ts";
import { type Points, portions } from "../points.ts";
import type { Draw } from "../source.ts";

/** A plan from the M samples of a draw, of mass 1 / M each, onto exactly the masses nu. */
export interface FeasiblePlan {
  /** u_h(x) of each sample. */
  readonly best: Float32Array;
  /** |x|²/2 of each drawn point: sign flips do not change it. */
  readonly halfSquares: Float64Array;
  /**
   * Mean of u_h(x) − <x, S(x)> − h over the plan S: the difference between its cost and the dual
   * value on the same samples. At least 0.
   */
  readonly regret: number;
  /** Share of the mass that the plan sends to other targets than that of its cell. */
  readonly moved: number;
}

/** What a plan is made for. */
export interface Planning {
  readonly draw: Draw;
  readonly nu: Float64Array;
  readonly heights: Float64Array;
  /** Number of cells with room that the plan tries for a sample. */
  readonly near: number;
}

/** Samples of a cell from which its surplus is chosen, as a multiple of the surplus. */
const CHOICE = 2;
/** Cells with room that a sample is offered at a time. */
const OFFERED = 4;
/** Mass in samples that is left to rounding. */
const ROUNDING = 1e-6;

/**
 * Keeps T(x), except for the surplus of cells with more than M nu samples. Of the samples in such a
 * cell those nearest to its border are offered, with the least difference to the second greatest
 * score, twice as many as the surplus. In each round they are told the four best cells that still
 * have room, and pairs of a sample and a cell are taken in order of the regret u_h(x) − <x, y_j> −
 * h_j, the least first, where mass may be split. What has found no room after `near` cells is
 * spread over all the remaining room in proportion.
 */
export async function feasiblePlan(
  cells: DeviceCells,
  { draw, nu, heights, near }: Planning,
  options: Cancellable,
): Promise<FeasiblePlan> {
  const { index, max: best, runnerUp, counts } = await cells.assign(draw, ["index", "max", "runnerUp"], options);
  const room = nu.map((mass, i) => mass * draw.count - (counts[i] as number));
  const chosen = nearBorders({ index, max: best, runnerUp }, room);
  const { halfSquares, rows } = await pointsOf(cells, draw, chosen, options);
  const left = new Float64Array(chosen.length).fill(1); // mass still in the own cell
  const own = (c: number): number => index[chosen[c] as number] as number;
  const open = (c: number): number => Math.min(left[c] as number, -(room[own(c)] as number));
  let [regret, moved] = [0, 0];
  const move = (c: number, amount: number, loss: number): void => {
    (room[own(c)] as number) += amount;
    (left[c] as number) -= amount;
    regret += amount * Math.max(0, loss);
    moved += amount;
  };
  try {
    for (let tried = 0; tried < near; tried += OFFERED) {
      const asking = chosen.map((_, c) => c).filter((c) => open(c) > ROUNDING);
      if (asking.length === 0) break;
      cells.setHeights(heights.map((h, j) => ((room[j] as number) > 0 ? h : Number.NEGATIVE_INFINITY)));
      const k = Math.min(OFFERED, near - tried, nu.length);
      const top = await cells.topK(picked(rows, asking), k, options);
      const highest = Float32Array.from(asking, (c) => best[chosen[c] as number] as number);
      for (const at of byRegret(top, highest)) {
        const c = asking[Math.floor(at / k)] as number;
        const j = top.index[at] as number;
        const amount = Math.min(open(c), room[j] as number);
        if (!(amount > 0)) continue;
        (room[j] as number) -= amount;
        move(c, amount, (highest[Math.floor(at / k)] as number) - (top.score[at] as number));
      }
    }
  } finally {
    cells.setHeights(heights);
  }
  const { rest, average } = remaining(cells.targets, heights, room);
  if (rest > 0) {
    chosen.forEach((m, c) => {
      const amount = open(c);
      if (!(amount > 0)) return;
      let other = average[rows.dimension] as number;
      for (let k = 0; k < rows.dimension; k++)
        other += (rows.values[c * rows.dimension + k] as number) * (average[k] as number);
      move(c, amount, (best[m] as number) - other / rest);
    });
  }
  return { best, halfSquares, regret: regret / draw.count, moved: moved / draw.count };
}

/**
 * The samples of cells with surplus that are nearest to the borders of their cells, in their order.
 */
function nearBorders(
  { index, max, runnerUp }: Pick<Assignment, "index" | "max" | "runnerUp">,
  room: Float64Array,
): Uint32Array {
  const keys = sortedKeys(
    index.length,
    (m) => (room[index[m] as number] as number) < 0,
    (m) => (max[m] as number) - (runnerUp[m] as number),
  );
  const wanted = room.map((r) => Math.ceil(CHOICE * Math.max(0, -r)));
  return keys
    .filter((m) => {
      const i = index[m] as number;
      (wanted[i] as number) -= 1;
      return (wanted[i] as number) >= 0;
    })
    .sort();
}

/** |x|²/2 of all drawn points of a draw, and the rows of the chosen samples, in their order. */
async function pointsOf(cells: DeviceCells, draw: Draw, chosen: Uint32Array, options: Cancellable) {
  const { seed, stream, first, count, flips = 0 } = draw;
  const patterns = powerOfTwo(flips);
  const d = cells.targets.dimension;
  const signs = Array.from({ length: patterns }, (_, p) =>
    Float32Array.from({ length: d }, (_, k) => (flips > 0 && isFlipped(p, k, d, flips) ? -1 : 1)),
  );
  const halfSquares = new Float64Array(count / patterns);
  const rows = { values: new Float32Array(chosen.length * d), count: chosen.length, dimension: d };
  let c = 0;
  for (const portion of portions(count / patterns, d)) {
    const drawn = { seed, stream, first: first / patterns + portion.first, count: portion.count };
    const { values } = await cells.draw(drawn, options);
    for (let b = 0; b < portion.count; b++) {
      let square = 0;
      for (let k = b * d; k < (b + 1) * d; k++) square += (values[k] as number) * (values[k] as number);
      halfSquares[portion.first + b] = square / 2;
    }
    const end = (portion.first + portion.count) * patterns;
    for (; c < chosen.length && (chosen[c] as number) < end; c++) {
      const [m, from] = [chosen[c] as number, (Math.floor((chosen[c] as number) / patterns) - portion.first) * d];
      const sign = signs[m % patterns] as Float32Array;
      for (let k = 0; k < d; k++) rows.values[c * d + k] = (sign[k] as number) * (values[from + k] as number);
    }
  }
  return { halfSquares, rows };
}

/** The rows with the given numbers. */
function picked({ values, count, dimension: d }: Points, numbers: Uint32Array): Points {
  if (numbers.length === count) return { values, count, dimension: d };
  const some = new Float32Array(numbers.length * d);
  for (const [at, i] of numbers.entries()) some.set(values.subarray(i * d, (i + 1) * d), at * d);
  return { values: some, count: numbers.length, dimension: d };
}

/** The sums over the remaining room of the room, and of targets and heights weighted by it. */
function remaining({ values, dimension: d }: Points, h: Float64Array, room: Float64Array) {
  let rest = 0;
  const average = new Float64Array(d + 1);
  room.forEach((r, j) => {
    if (!(r > 0)) return;
    rest += r;
    for (let k = 0; k < d; k++) (average[k] as number) += r * (values[j * d + k] as number);
    (average[d] as number) += r * (h[j] as number);
  });
  return { rest, average };
}

/** Positions in `top` of cells, by increasing regret, then by position. */
function byRegret({ index, score }: TopK, highest: Float32Array): Uint32Array {
  const k = index.length / highest.length;
  return sortedKeys(
    index.length,
    (at) => Number.isFinite(score[at] as number),
    (at) => (highest[Math.floor(at / k)] as number) - (score[at] as number),
  );
}

/** The numbers below `count` that are kept, by increasing value, then by number. */
function sortedKeys(
  count: number,
  keep: (at: number) => boolean,
  value: (at: number) => number,
): Uint32Array<ArrayBuffer> {
  // Floats that are not negative have the same order as their bits. So sorting 64-bit words of
  // (value, number) needs no comparison function.
  const keys = new BigUint64Array(count);
  const [numbers, values] = [new Uint32Array(keys.buffer), new Float32Array(keys.buffer)];
  let kept = 0;
  for (let at = 0; at < count; at++) {
    if (!keep(at)) continue;
    numbers[2 * kept + LOW] = at;
    values[2 * kept + 1 - LOW] = Math.max(0, value(at));
    kept++;
  }
  const sorted = new Uint32Array(keys.subarray(0, kept).sort().buffer);
  return Uint32Array.from({ length: kept }, (_, i) => sorted[2 * i + LOW] as number);
}

/**
 * The place of the low half in a 64-bit word: 0 on little-endian machines, 1 on big-endian ones.
 */
const LOW = new Uint32Array(BigUint64Array.of(1n).buffer)[0] === 1 ? 0 : 1;
