// Samples of the source of which each cell has one before any has two.
import type { Cancellable } from "../../kernels/signal.ts";
import { log } from "../../math/elementary.ts";
import { powerOfTwo } from "../../math/float64.ts";
import { hostRandom } from "../../math/philox.ts";
import { STREAMS } from "../../math/streams.ts";
import type { TransportMap } from "../map/map.ts";
import { type Points, portions } from "../points.ts";

/** Source points that are numbers of a seed's stream of generation. */
export interface Numbered extends Points {
  readonly seed: number;
  /** The number of each point in the stream. */
  readonly numbers: Float64Array<ArrayBuffer>;
}

/** Samples of each round, from which its points are chosen: round r begins with number r 2³². */
const ROUND = powerOfTwo(32);
/** Rounds of a seed, so that numbers stay whole. */
const ROUNDS = powerOfTwo(20);

/** A round as far as its samples were looked through. */
interface Round {
  readonly seed: number;
  readonly round: number;
  /** The slots of the round in their order; slot `start[i]` and those after it are of cell i. */
  readonly order: Uint32Array;
  /** First slot of each cell, and the number of all slots behind them. */
  readonly start: Uint32Array;
  /** Slots of each cell that have a sample. */
  readonly filled: Uint32Array;
  /** The sample of each slot: its number in the round, or -1, and its point. */
  readonly samples: Float64Array<ArrayBuffer>;
  readonly points: Float32Array<ArrayBuffer>;
  /** Samples that were looked through. */
  seen: number;
}

/** The last round of a map, since the next points are mostly asked of the same one. */
const kept = new WeakMap<TransportMap, Round>();

/**
 * Source points number `first` to `first + count` of a balanced sequence. A round has one point of
 * each cell, in a random order of the cells, or as many as its mass is of the smallest one; the
 * n-th of a cell in round r is the n-th sample from number r 2³² on that lies in it, so that each
 * point follows the source's law within its cell, and all are points of the seed's ordinary stream.
 *
 * A whole round of N equal cells looks through about N (ln N + 0.6) samples, for 2Nd operations
 * each. RangeError unless all masses are whole multiples of the smallest, and for cells that are
 * all but empty.
 */
export async function balancedPoints(
  map: TransportMap,
  {
    seed,
    first,
    count,
    signal,
  }: { readonly seed: number; readonly first: number; readonly count: number } & Cancellable,
): Promise<Numbered> {
  const { dimension: d } = map.problem.targets;
  const start = slotsOf(map.problem.nu);
  const size = start.at(-1) as number;
  if (!(Number.isSafeInteger(first) && first >= 0 && first + count <= ROUNDS * size)) {
    throw new RangeError(`balanced: expected samples below ${ROUNDS * size}, got ${count} from ${first} on`);
  }
  const values = new Float32Array(count * d);
  const numbers = new Float64Array(count);
  for (let done = 0; done < count; ) {
    const at = (first + done) % size;
    const round = roundOf(map, seed, Math.floor((first + done) / size), start);
    const slots = round.order.subarray(at, at + count - done);
    await fill(map, round, slots, signal);
    for (const slot of slots) {
      values.set(round.points.subarray(slot * d, (slot + 1) * d), done * d);
      numbers[done++] = round.round * ROUND + (round.samples[slot] as number);
    }
  }
  return { values, count, dimension: d, seed, numbers };
}

/** The first slot of each cell; a cell has as many as its mass is of the smallest one. */
function slotsOf(nu: Float64Array): Uint32Array {
  const least = nu.reduce((least, mass) => (mass > 0 ? Math.min(least, mass) : least), 1);
  const start = new Uint32Array(nu.length + 1);
  for (let i = 0; i < nu.length; i++) {
    const times = (nu[i] as number) / least;
    const whole = Math.round(times);
    if (!(Math.abs(times - whole) <= 1e-6 * times)) {
      throw new RangeError(`balanced: expected masses in whole multiples of the smallest, got ${times} at ${i}`);
    }
    start[i + 1] = (start[i] as number) + whole;
  }
  return start;
}

function roundOf(map: TransportMap, seed: number, round: number, start: Uint32Array): Round {
  const last = kept.get(map);
  if (last?.seed === seed && last.round === round) return last;
  const size = start.at(-1) as number;
  const made = {
    seed,
    round,
    start,
    order: hostRandom(seed, STREAMS.host.balanced, round * 2 * ROUND).permutation(size),
    filled: new Uint32Array(start.length - 1),
    samples: new Float64Array(size).fill(-1),
    points: new Float32Array(size * map.problem.targets.dimension),
    seen: 0,
  };
  kept.set(map, made);
  return made;
}

/** Looks through the samples of a round until each of the given slots has one. */
async function fill(
  { cells, problem }: TransportMap,
  round: Round,
  slots: Uint32Array,
  signal: Cancellable["signal"],
): Promise<void> {
  const { count: N, dimension: d } = problem.targets;
  const { start, filled, samples, points, seed } = round;
  const isEmpty = (slot: number): boolean => (samples[slot] as number) < 0;
  let missing = slots.filter(isEmpty).length;
  const wanted = new Set(missing > 0 ? slots : []);
  // Half of a cell's mass is missed with probability e⁻³² / N.
  const size = samples.length;
  const most = Math.ceil(2 * size * (log(size) + 32));
  for (const portion of portions(most - round.seen, d, N)) {
    if (missing === 0) return;
    const first = round.seen;
    const draw = { seed, stream: STREAMS.source.generation, first: round.round * ROUND + first, count: portion.count };
    const found = await cells.assign(draw, ["index", "points"], { signal });
    for (let m = 0; m < portion.count; m++) {
      const i = found.index[m] as number;
      const slot = (start[i] as number) + (filled[i] as number);
      if (slot === start[i + 1]) continue;
      (filled[i] as number) += 1;
      samples[slot] = first + m;
      points.set(found.points.subarray(m * d, (m + 1) * d), slot * d);
      if (wanted.has(slot)) missing--;
    }
    round.seen = first + portion.count;
  }
  if (missing === 0) return;
  const slot = slots.find(isEmpty) as number;
  const cell = start.findIndex((next) => next > slot) - 1;
  throw new RangeError(
    `balanced: expected a sample in each cell within ${most}, got none in that of target ${cell}; solve to a smaller chi2`,
  );
}
