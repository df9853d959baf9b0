import type { TopK } from "../cells/counter.ts";
import { type Points, type Portion, portions } from "../points.ts";

/** A plan from the M samples of a draw, of mass 1 / M each, onto exactly the masses nu. */
export interface FeasiblePlan {
  /** u_h(x). */
  readonly best: Float32Array;
  /** |x|²/2. */
  readonly halfSquares: Float64Array;
  /**
   * Mean of u_h(x) − <x, S(x)> − h over the plan S: the difference between its cost and the dual
   * value on the same samples. At least 0.
   */
  readonly regret: number;
  /** Share of the mass that the plan sends to other targets than that of its cell. */
  readonly moved: number;
}

/**
 * Samples of a batch: the cells with their greatest scores, and a function that returns a portion
 * of the points.
 */
export interface Batch {
  readonly count: number;
  /** Cells in a row of `top`. */
  readonly k: number;
  readonly top: TopK;
  readonly points: (portion: Portion) => Promise<Points>;
}

/**
 * Keeps T(x), except for the surplus of cells with more than M nu samples. Pairs of a sample in
 * such a cell and a near cell with room are taken in order of the regret u_h(x) − <x, y_j> − h_j,
 * the least first, and mass may be split. Mass that finds no near cell with room is spread over all
 * the remaining room in proportion.
 */
export async function feasiblePlan(
  { targets, nu, heights: h }: { readonly targets: Points; readonly nu: Float64Array; readonly heights: Float64Array },
  { count: total, k, top, points }: Batch,
): Promise<FeasiblePlan> {
  const { index, score } = top;
  const best = Float32Array.from({ length: total }, (_, m) => score[m * k] as number);
  const room = nu.map((mass) => mass * total);
  for (let m = 0; m < total; m++) room[index[m * k] as number] = (room[index[m * k] as number] as number) - 1;
  const left = new Float32Array(total).fill(1); // mass of each sample that is still in its own cell
  let [regret, moved] = [0, 0];
  for (const at of candidates(top, room, k)) {
    const m = Math.floor(at / k);
    const [i, j] = [index[m * k] as number, index[at] as number];
    const amount = Math.min(left[m] as number, -(room[i] as number), room[j] as number);
    if (!(amount > 0)) continue;
    room[i] = (room[i] as number) + amount;
    room[j] = (room[j] as number) - amount;
    left[m] = (left[m] as number) - amount;
    regret += amount * ((best[m] as number) - (score[at] as number));
    moved += amount;
  }
  // The remaining surplus is spread over the remaining room.
  let rest = 0;
  // sum of targets and heights, weighted by the remaining room
  const average = new Float64Array(targets.dimension + 1);
  room.forEach((r, j) => {
    if (!(r > 0)) return;
    rest += r;
    for (let c = 0; c < targets.dimension; c++)
      average[c] = (average[c] as number) + r * (targets.values[j * targets.dimension + c] as number);
    average[targets.dimension] = (average[targets.dimension] as number) + r * (h[j] as number);
  });
  const halfSquares = new Float64Array(total);
  for (const portion of portions(total, targets.dimension)) {
    const { first } = portion;
    const x = await points(portion);
    for (let m = 0; m < x.count; m++) {
      const row = rowOf(x, m);
      halfSquares[first + m] = row.reduce((sum, v) => sum + v * v, 0) / 2;
      const i = index[(first + m) * k] as number;
      const amount = Math.min(left[first + m] as number, -(room[i] as number));
      if (!(rest > 0 && amount > 0)) continue;
      const other = row.reduce((sum, v, c) => sum + v * (average[c] as number), average[targets.dimension] as number);
      room[i] = (room[i] as number) + amount;
      regret += amount * ((best[first + m] as number) - other / rest);
      moved += amount;
    }
  }
  return { best, halfSquares, regret: Math.max(0, regret) / total, moved: moved / total };
}

/**
 * Positions in `index` of near cells with room, for samples of cells with surplus, by increasing
 * regret, then by position.
 */
function candidates({ index, score }: TopK, room: Float64Array, k: number): Uint32Array {
  const found: number[] = [];
  for (let at = 0; at < index.length; at += k) {
    if (!((room[index[at] as number] as number) < 0)) continue;
    for (let r = 1; r < k; r++) if ((room[index[at + r] as number] as number) > 0) found.push(at + r);
  }
  // Floats that are not negative have the same order as their bits. So sorting 64-bit words of
  // (regret, position) needs no comparison function.
  const keys = new BigUint64Array(found.length);
  const [positions, regrets] = [new Uint32Array(keys.buffer), new Float32Array(keys.buffer)];
  found.forEach((at, i) => {
    positions[2 * i + LOW] = at;
    regrets[2 * i + 1 - LOW] = Math.max(0, (score[at - (at % k)] as number) - (score[at] as number));
  });
  keys.sort();
  return positions.filter((_, i) => i % 2 === LOW);
}

/**
 * The place of the low half in a 64-bit word: 0 on little-endian machines, 1 on big-endian ones.
 */
const LOW = new Uint32Array(BigUint64Array.of(1n).buffer)[0] === 1 ? 0 : 1;

function rowOf({ values, dimension }: Points, m: number): Float32Array {
  return values.subarray(m * dimension, (m + 1) * dimension);
}
