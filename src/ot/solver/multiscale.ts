// The multiscale start (Mérigot 2011): a problem of few clusters of targets is solved first, then
// one of their parts. A step whose length is the size of a cell can move only a few cells across
// the whole source; with many cells in a row, or with clusters far apart, as many steps as cells
// would be needed.

import { inPieces } from "../../kernels/batches.ts";
import { type Cancellable, throwIfAborted } from "../../kernels/signal.ts";
import { congruence, symmetricFunction } from "../../math/linalg.ts";
import { itemsOf, type Steps } from "../../math/steps.ts";
import { STREAMS } from "../../math/streams.ts";
import { assigning, type CellCounter } from "../cells/counter.ts";
import type { Points } from "../points.ts";
import { padded } from "../points.ts";
import type { Problem } from "../problem.ts";
import { average, LEAST_STEPS, learningRateAt, roundOf, start, step } from "./descent.ts";
import { findPace } from "./forest.ts";
import type { Progress } from "./solution.ts";
import { clusterings } from "./tree.ts";
import { warmStart } from "./warmStart.ts";

const FINER = 4; // clusters of the next level per cluster
const COARSEST = 8;
// Samples per cluster for solving a level, in at least 300 steps of 128, and half as many for the
// moments of the cells.
const SAMPLES = 128;

export interface MultiscaleStart {
  readonly heights: Float64Array;
  readonly steps: number;
  /** Number of samples of the solver's stream that were used, and of samples of other streams. */
  readonly spent: number;
  readonly otherSamples: number;
}

/**
 * Numbers of clusters of the levels for `active` targets, coarse to fine; the last level, the
 * targets themselves, is not among them.
 */
function clusterCounts(active: number): number[] {
  const sizes: number[] = [];
  for (let size = active / FINER; size >= COARSEST; size /= FINER) sizes.unshift(Math.round(size));
  return sizes;
}

const samplesFor = (size: number): number => Math.max(LEAST_STEPS * SAMPLES, SAMPLES * size);

/** About the number of steps that `multiscale` takes, and of the samples for them. */
export function multiscaleCost(active: number): { readonly steps: number; readonly samples: number } {
  const rounds = clusterCounts(active).map(samplesFor);
  return {
    steps: rounds.reduce((sum, samples) => sum + roundOf(samples).of, 0),
    samples: rounds.reduce((sum, samples) => sum + samples, 0),
  };
}

export interface MultiscaleOptions extends Cancellable {
  readonly seed: number;
  /** Called after each step, awaited. */
  readonly onStep: ((progress: Progress) => unknown) | undefined;
}

/**
 * Heights from a hierarchy of clusters, for problems with more than 32 targets with mass. Its
 * problems are counted beside `counter`.
 */
export async function multiscale(
  counter: CellCounter,
  problem: Problem,
  { seed, onStep, signal }: MultiscaleOptions,
): Promise<MultiscaleStart> {
  const active = problem.nu.reduce((sum, mass) => sum + (mass > 0 ? 1 : 0), 0);
  const sizes = clusterCounts(active);
  const labels = [
    ...(await inPieces(counter, clusterings(problem.targets, problem.nu, sizes), signal)),
    Int32Array.from(problem.nu, (m, i) => (m > 0 ? i : -1)),
  ];
  let coarse: Float64Array | undefined;
  let [spent, otherSamples, steps] = [0, 0, 0];
  for (let level = 0; level + 1 < labels.length; level++) {
    const here = clustered(problem, labels[level] as Int32Array);
    const cells = counter.beside(here.targets, here.source);
    try {
      const pilot = { seed, stream: STREAMS.source.multiscale, first: otherSamples, count: 4096 };
      const begin = coarse ?? (await warmStart(cells, here, pilot, { signal })).heights;
      const pace = await findPace(cells, here, begin, pilot, { signal });
      let state = start({ ...pace, heights: begin, samples: samplesFor(here.targets.count), seed, first: spent });
      while (state.iteration < state.of) {
        state = await step(cells, here, state, { signal });
        steps++;
        await onStep?.({ iteration: steps, of: steps + state.of - state.iteration, lr: learningRateAt(state) });
        throwIfAborted(signal);
      }
      const heights = average(state, here);
      spent = state.first;
      otherSamples += pace.samples;
      const count = padded(Math.max(4096, (SAMPLES / 2) * here.targets.count));
      cells.setHeights(heights);
      const draw = { seed, stream: STREAMS.source.multiscale, first: otherSamples, count };
      otherSamples += count;
      const { index, points } = await cells.ask(assigning, ["index", "points"], draw, { signal });
      const cell = await inPieces(cells, momentsOf(points, index, undefined, here.targets), signal);
      const next = clustered(problem, labels[level + 1] as Int32Array);
      const parents = parentsOf(labels[level] as Int32Array, labels[level + 1] as Int32Array, next.targets.count);
      coarse = await inPieces(cells, prolong(here, next, { heights, cell, parents }), signal);
    } finally {
      cells.dispose();
    }
  }
  return { heights: coarse as Float64Array, steps, spent, otherSamples };
}

/**
 * The problem of cluster means and masses; if each label is the target's own index, the problem
 * itself.
 */
function clustered(problem: Problem, label: Int32Array): Problem {
  const { values, dimension: d, count } = problem.targets;
  if (label.every((a, i) => a === i || a < 0)) return problem;
  const size = label.reduce((most, a) => Math.max(most, a), 0) + 1;
  const [sums, nu] = [new Float64Array(size * d), new Float64Array(size)];
  for (let i = 0; i < count; i++) {
    const a = label[i] as number;
    if (a < 0) continue;
    const mass = problem.nu[i] as number;
    (nu[a] as number) += mass;
    for (let k = 0; k < d; k++) (sums[a * d + k] as number) += mass * (values[i * d + k] as number);
  }
  const means = Float32Array.from(sums, (sum, at) => sum / (nu[Math.floor(at / d)] as number));
  return { ...problem, targets: { values: means, count: size, dimension: d }, nu };
}

/** The coarse cluster that contains each fine one. */
function parentsOf(coarse: Int32Array, fine: Int32Array, count: number): Int32Array {
  const parents = new Int32Array(count).fill(-1);
  fine.forEach((b, i) => {
    if (b >= 0) parents[b] = coarse[i] as number;
  });
  return parents;
}

/** Mean and covariance of groups of points. */
interface Moments {
  readonly mean: Float64Array;
  readonly covariance: Float64Array;
  readonly mass: Float64Array;
}

function* momentsOf(
  values: Float32Array,
  group: ArrayLike<number>,
  mass: Float64Array | undefined,
  { count, dimension: d }: Points,
): Steps<Moments> {
  const rows = itemsOf(8 * d * d + 16);
  const result = {
    mean: new Float64Array(count * d),
    covariance: new Float64Array(count * d * d),
    mass: new Float64Array(count),
  };
  const add = (array: Float64Array, at: number, v: number): void => {
    (array[at] as number) += v;
  };
  for (let m = 0; m < group.length; m++) {
    const a = group[m] as number;
    if (a >= 0 && a < count) add(result.mass, a, mass?.[m] ?? 1);
  }
  for (let m = 0; m < group.length; m++) {
    const a = group[m] as number;
    if (!(a >= 0 && a < count && (result.mass[a] as number) > 0)) continue;
    if (m % rows === rows - 1) yield;
    const share = (mass?.[m] ?? 1) / (result.mass[a] as number);
    for (let k = 0; k < d; k++) add(result.mean, a * d + k, share * (values[m * d + k] as number));
  }
  for (let m = 0; m < group.length; m++) {
    const a = group[m] as number;
    if (!(a >= 0 && a < count && (result.mass[a] as number) > 0)) continue;
    if (m % rows === rows - 1) yield;
    const share = (mass?.[m] ?? 1) / (result.mass[a] as number);
    for (let k = 0; k < d; k++) {
      const p = share * ((values[m * d + k] as number) - (result.mean[a * d + k] as number));
      for (let l = 0; l < d; l++)
        add(
          result.covariance,
          (a * d + k) * d + l,
          p * ((values[m * d + l] as number) - (result.mean[a * d + l] as number)),
        );
    }
  }
  return result;
}

/**
 * Heights of the clusters y in `next`, each a part of a cluster a in `here`:
 *   h(y) = h_a − <b, y − z> − ½ (y − z)ᵀ B (y − z)
 * with z the mean of cluster a, b the mean of its cell, and B the Gaussian map from the parts'
 * covariance to the cell's. So −∇h is the point x that goes to y.
 */
function* prolong(
  here: Problem,
  next: Problem,
  { heights, cell, parents }: { readonly heights: Float64Array; readonly cell: Moments; readonly parents: Int32Array },
): Steps<Float64Array> {
  const d = here.targets.dimension;
  const parts = yield* momentsOf(next.targets.values, parents, next.nu, here.targets);
  const maps: Float64Array[] = [];
  const some = itemsOf(200 * d * d * d);
  for (let a = 0; a < heights.length; a++) {
    if (a % some === some - 1) yield;
    const block = (c: Float64Array): Float64Array => c.subarray(a * d * d, (a + 1) * d * d);
    maps.push(gaussianMap(block(parts.covariance), block(cell.covariance), d));
  }
  return Float64Array.from({ length: next.targets.count }, (_, b) => {
    const a = parents[b] as number;
    if (a < 0) return Number.NEGATIVE_INFINITY;
    const map = maps[a] as Float64Array;
    const v = Float64Array.from(
      { length: d },
      (_, k) => (next.targets.values[b * d + k] as number) - (parts.mean[a * d + k] as number),
    );
    let h = heights[a] as number;
    for (let k = 0; k < d; k++) {
      h -= (v[k] as number) * (cell.mean[a * d + k] as number);
      for (let l = 0; l < d; l++) h -= 0.5 * (v[k] as number) * (map[k * d + l] as number) * (v[l] as number);
    }
    return h;
  });
}

/**
 * P^-½ (P^½ Q P^½)^½ P^-½, on the subspace where P is invertible: the optimal map from N(0, P) to
 * N(0, Q).
 */
function gaussianMap(p: Float64Array, q: Float64Array, d: number): Float64Array {
  const root = (value: number, greatest: number): number => (value > 1e-9 * greatest ? Math.sqrt(value) : 0);
  const inverse = (value: number, greatest: number): number => (value > 1e-9 * greatest ? 1 / Math.sqrt(value) : 0);
  const middle = congruence(symmetricFunction(p, d, root), q, d);
  return congruence(symmetricFunction(p, d, inverse), symmetricFunction(middle, d, root), d);
}
