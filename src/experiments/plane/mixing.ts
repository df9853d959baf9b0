// Where the outputs of a continuous network that was fitted to a transport map lie off the
// clusters.

import type { Cancellable } from "../../kernels/signal.ts";
import { exp, hypot } from "../../math/elementary.ts";
import { hostRandom } from "../../math/philox.ts";
import { STREAMS } from "../../math/streams.ts";
import type { ContinuousMap } from "../../models/systems/continuousMap.ts";
import { distanceToFacets } from "../../ot/exact/singularSet.ts";
import type { TransportMap } from "../../ot/map/map.ts";
import { betweenFrom, nearestCentre, OFF, type SolvedClusters } from "./clusters.ts";

export interface MixingOptions extends Cancellable {
  /** Number of source points that the network is evaluated at. */
  readonly draws: number;
  /** Number of segments across the singular set. */
  readonly crossings: number;
  readonly seed: number;
}

export interface Mixing {
  /**
   * Number of draws in each bin of distance to the singular set, and of those whose outputs are off
   * the clusters.
   */
  readonly draws: readonly number[];
  readonly off: readonly number[];
  /**
   * Number of those whose outputs lie between clusters; the other outputs that are off lie beside
   * one.
   */
  readonly between: readonly number[];
  /**
   * Share of the segments of half length NEAR across the singular set with an output off the
   * clusters.
   */
  readonly crossed: number;
  /** Root mean square of |f(x) − T(x)|. */
  readonly rms: number;
}

/** Within this distance a source point is near the singular set; the source has sd 1. */
export const NEAR = 0.1;
/** Lower ends of the bins of distance; the bins below NEAR count as near. */
export const BINS: readonly number[] = [0, 0.01, 0.02, 0.05, NEAR, 0.2, 0.4];
const NEAR_BINS = BINS.indexOf(NEAR);
const TRIES = 65; // number of points on each segment across the singular set

/** Evaluates a network at fresh draws and across the singular set. */
export async function measureMixing(
  map: TransportMap,
  network: ContinuousMap,
  { mixture, singular }: SolvedClusters,
  options: MixingOptions,
): Promise<Mixing> {
  const draw = { seed: options.seed, stream: STREAMS.source.evaluation, first: 0, count: options.draws };
  const { points: x, index } = await map.cells.assign(draw, ["points", "index"], { signal: options.signal });
  const y = await network.at(x, { signal: options.signal });
  const { distance: far } = nearestCentre(mixture, y);
  const [draws, off, between] = [BINS.map(() => 0), BINS.map(() => 0), BINS.map(() => 0)];
  const limit = betweenFrom(mixture);
  distanceToFacets(singular, x).forEach((distance, m) => {
    const bin = BINS.findLastIndex((from) => from <= distance);
    const count = (counts: number[]): void => {
      (counts[bin] as number) += 1;
    };
    count(draws);
    if ((far[m] as number) > OFF) count(off);
    if ((far[m] as number) > limit) count(between);
  });
  const { targets, offset } = map.problem;
  const square = y.reduce((sum, v, at) => {
    const to = (targets.values[2 * (index[at >> 1] as number) + (at % 2)] as number) + (offset[at % 2] as number);
    return sum + (v - to) * (v - to);
  }, 0);
  return {
    draws,
    off,
    between,
    crossed: await crossedShare(network, map, { mixture, singular }, options),
    rms: Math.sqrt(square / options.draws),
  };
}

/** The shares that answer the question, over all networks together. */
export interface MixingShares {
  /** Share of all draws whose outputs are off. */
  readonly off: number;
  /** Share of all draws that are near the singular set. */
  readonly near: number;
  /** Share of the draws with outputs off that are near the singular set. */
  readonly offNear: number;
  /**
   * Share of the draws near the singular set whose outputs are off, and the same share of the other
   * draws.
   */
  readonly nearOff: number;
  readonly farOff: number;
}

export function mixingShares({ draws, off }: Pick<Mixing, "draws" | "off">): MixingShares {
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  const [near, offNear] = [sum(draws.slice(0, NEAR_BINS)), sum(off.slice(0, NEAR_BINS))];
  const [all, offs] = [sum(draws), sum(off)];
  const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
  return {
    off: share(offs, all),
    near: share(near, all),
    offNear: share(offNear, offs),
    nearOff: share(offNear, near),
    farOff: share(offs - offNear, all - near),
  };
}

/**
 * Share of the segments with an output off the clusters. The segments have half length NEAR and
 * cross facets at points of the singular set that are drawn by the source's density there.
 */
async function crossedShare(
  network: ContinuousMap,
  { problem }: TransportMap,
  { mixture, singular }: Pick<SolvedClusters, "mixture" | "singular">,
  { crossings, seed, signal }: MixingOptions,
): Promise<number> {
  const { count, ends, between } = singular;
  const random = hostRandom(seed, STREAMS.host.crossings);
  const { values } = problem.targets;
  const until = new Float64Array(count); // cumulative length of the facets
  for (let f = 0; f < count; f++) {
    const [ax = 0, ay = 0, bx = 0, by = 0] = ends.subarray(4 * f, 4 * f + 4);
    until[f] = (until[f - 1] ?? 0) + hypot(bx - ax, by - ay);
  }
  const rows = new Float32Array(2 * TRIES * crossings);
  for (let c = 0; c < crossings; ) {
    const along = random.uniform() * (until[count - 1] as number);
    const f = until.findIndex((end) => end > along);
    const t = random.uniform();
    const [ax = 0, ay = 0, bx = 0, by = 0] = ends.subarray(4 * f, 4 * f + 4);
    const [px, py] = [ax + t * (bx - ax), ay + t * (by - ay)];
    if (random.uniform() >= exp(-(px * px + py * py) / 2)) continue;
    const [i, j] = [between[2 * f] as number, between[2 * f + 1] as number];
    const [nx, ny] = [0, 1].map((k) => (values[2 * j + k] as number) - (values[2 * i + k] as number)) as [
      number,
      number,
    ];
    // A facet is perpendicular to the difference of its targets.
    const length = hypot(nx, ny);
    for (let q = 0; q < TRIES; q++) {
      const s = (NEAR * ((2 * q) / (TRIES - 1) - 1)) / length;
      rows.set([px + s * nx, py + s * ny], 2 * (c * TRIES + q));
    }
    c++;
  }
  const { distance } = nearestCentre(mixture, await network.at(rows, { signal }));
  let crossed = 0;
  for (let c = 0; c < crossings; c++)
    if (distance.subarray(c * TRIES, (c + 1) * TRIES).some((far) => far > OFF)) crossed++;
  return crossed / crossings;
}
