// Bounds of the transport cost C = min E ½|x − S(x)|² = W2² / 2 over transport plans S from mu to
// nu, without knowledge of the optimal plan.

import { checkWhole } from "../../kernels/numbers.ts";
import { checkOptions, kindOf } from "../../kernels/options.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import { powerOfTwo } from "../../math/float64.ts";
import { STREAMS } from "../../math/streams.ts";
import { studentQuantile } from "../../math/student.ts";
import type { CellCounter } from "../cells/counter.ts";
import { checkProblem, gatherForDevice, type Problem } from "../problem.ts";
import { choosePilot } from "../solver/pilot.ts";
import { checkFlips, type Flips } from "../source.ts";
import { type BatchMeans, batchesOf, planning } from "./batches.ts";

/** All values are costs E ½|x − y|² = W2² / 2 for the targets as they were given, not centred. */
export interface Certificate {
  /** D(h) = E|x|²/2 + Σ nu|y|²/2 − E(h) ≤ C, estimated without bias. */
  readonly lower: number;
  /**
   * The cost of a feasible plan, which has the masses nu exactly; its expectation is at least C.
   */
  readonly upper: number;
  /** Contains C with probability `confidence`. */
  readonly interval: readonly [low: number, high: number];
  readonly confidence: number;
  /**
   * √(2c) for both ends c of the interval: bounds of the distance W2 itself, for the cost |x − y|²
   * without ½. Where close targets were gathered, both intervals are wider by the distance that
   * their masses were moved.
   */
  readonly w2: readonly [low: number, high: number];
  /** Width of the interval divided by its upper end. */
  readonly gap: number;
  /** Share of the mass that the plan sends to other targets than that of its cell. */
  readonly moved: number;
  readonly samples: number;
  /** Sign flips of the samples; see `Draw`. */
  readonly flips: Flips;
}

/** How many samples a certificate takes, and how sure it is. */
export interface CertificateOptions extends Cancellable {
  /**
   * Default: 128 per target, at least 2^18 and at most 2^23; rounded up to whole batches. A plan
   * costs too much in proportion to the targets for a sample, which is most of the gap. The samples
   * must not have been used to choose the heights.
   */
  readonly samples?: number;
  /** Sign flips of the samples, such as a solution's. Default: chosen as in `solve`. */
  readonly flips?: Flips;
  readonly seed?: number;
  /** Default .99; half of the remaining probability lies on either side. */
  readonly confidence?: number;
  /**
   * Number of cells with room, of the greatest scores of a sample, that the plan tries. Default 32.
   */
  readonly cells?: number;
  readonly stream?: number;
}

/**
 * Bounds of C from fresh samples, for any heights h. The lower bound is the dual value: C ≥ D(h)
 * for every h. For the upper bound, each of 8 or 16 batches of samples gets a plan onto nu; OT is
 * convex in the source, so that the expected cost of a plan for a batch is at least C (Jensen). The
 * plan keeps T(x), except for the surplus of cells that are too heavy, which goes where it costs
 * least (see feasiblePlan.ts). Both bounds use the same samples, and u is corrected by the control
 * variate |x|²/2 with a coefficient that is estimated on the other batches.
 *
 * Samples of one drawn point, by sign flips, depend on each other, while drawn points do not. So
 * the deviation of the lower bound is that of the means over drawn points, and the deviation of the
 * upper one that of batches, which share no drawn points.
 *
 * Close targets are gathered as in `solve` (see `gatherForDevice`): the bounds hold for the
 * gathered masses, and by the triangle inequality for those that were given once W2 is widened by
 * the distance between both. RangeError for options out of range.
 */
export async function certify(
  cells: CellCounter,
  given: Problem,
  heights: ArrayLike<number>,
  options: CertificateOptions = {},
): Promise<Certificate> {
  checkOptions("certify", options, ["samples", "flips", "seed", "confidence", "cells", "stream", "signal"]);
  if (typeof cells?.ask !== "function")
    throw new RangeError(`certify: expected cells, got ${kindOf(cells)}; use map.cells`);
  checkProblem("certify", given);
  const problem = gatherForDevice(given);
  const { seed = 1, confidence = 0.99, stream = STREAMS.source.certificate, signal } = options;
  const { targets } = problem;
  const wish = options.samples ?? Math.min(powerOfTwo(23), Math.max(powerOfTwo(18), 128 * targets.count));
  if (!(wish >= 512 && wish <= powerOfTwo(48)))
    throw new RangeError(`certify: expected \`samples\` from 512 to 2^48, got ${wish}`);
  checkFlips("certify", options.flips, { source: problem.source, dimension: targets.dimension });
  if (!(confidence > 0 && confidence < 1))
    throw new RangeError(`certify: expected \`confidence\` in (0, 1), got ${confidence}`);
  const { cells: near = 32 } = options;
  checkWhole("certify", "cells", near, [1, 1024]);
  const nowhere = problem.nu.findIndex((mass, i) => mass > 0 && !Number.isFinite(heights[i]));
  if (nowhere >= 0)
    throw new RangeError(`certify: expected a finite height at ${nowhere}, which has mass, got ${heights[nowhere]}`);
  cells.setHeights(heights);
  const { flips } = await choosePilot(cells, problem.nu, { seed, wanted: options.flips, signal });
  const tail = (1 - confidence) / 2;
  const batches = batchesOf(targets.count, wish, 1 - tail);
  const whole = 32 * powerOfTwo(flips); // a tile of drawn points
  const batch = whole * Math.ceil(wish / (whole * batches));
  const planned = { nu: problem.nu, heights: Float64Array.from(heights), near, batch };
  const draw = { seed, stream, first: 0, count: batch * batches, flips };
  const sums = await cells.ask(planning, planned, draw, { signal });
  const constant = dualConstant(cells, problem, heights);
  const low = sums.map((sum, b) => {
    const beta = slope(sums.filter((_, other) => other !== b));
    return constant - sum.u + beta * (sum.c - cells.moments.halfSquare);
  });
  const high = low.map((value, b) => value + (sums[b] as BatchMeans).regret);
  const total = slope(sums);
  const centre = mean(sums.map((s) => s.u - total * s.c));
  const variance = mean(sums.map((s) => s.uu - 2 * total * s.uc + total * total * s.cc)) - centre * centre;
  const [lower, upper] = [mean(low), mean(high)];
  const points = draw.count / powerOfTwo(flips);
  const below = lower - studentQuantile(1 - tail, points - 1) * Math.sqrt(Math.max(0, variance) / (points - 1));
  const spread = mean(high.map((value) => (value - upper) * (value - upper))) / (batches - 1);
  const above = upper + studentQuantile(1 - tail, batches - 1) * Math.sqrt(spread);
  const { interval, w2 } = widened([Math.max(0, below), above], problem.gathered?.distance ?? 0);
  const gap = interval[1] > 0 ? (interval[1] - interval[0]) / interval[1] : 0;
  const moved = mean(sums.map((s) => s.moved));
  return { lower, upper, interval, confidence, w2, gap, moved, samples: draw.count, flips };
}

/** The bounds of a cost as those of W2, which is off by at most `distance`. */
function widened(interval: Certificate["interval"], distance: number): Pick<Certificate, "interval" | "w2"> {
  const [low, high] = [Math.sqrt(2 * interval[0]), Math.sqrt(2 * interval[1])];
  if (distance === 0) return { interval, w2: [low, high] };
  const w2 = [Math.max(0, low - distance), high + distance] as const;
  return { interval: [(w2[0] * w2[0]) / 2, (w2[1] * w2[1]) / 2], w2 };
}

/**
 * E|x|²/2 + Σ nu|y|²/2 + Σ nu h for centred targets, plus the terms of their offset o: |o|²/2 − <E
 * x, o>.
 */
function dualConstant(cells: CellCounter, { targets, nu, offset }: Problem, h: ArrayLike<number>): number {
  const { values, dimension: d } = targets;
  const { moments } = cells;
  const square = (v: ArrayLike<number>): number => dot(v, v);
  let constant = moments.halfSquare + square(offset) / 2 - dot(offset, moments.mean);
  for (let i = 0; i < nu.length; i++) {
    const mass = nu[i] as number;
    if (mass > 0) constant += mass * (square(values.subarray(i * d, (i + 1) * d)) / 2 + (h[i] as number));
  }
  return constant;
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += (a[k] as number) * (b[k] as number);
  return sum;
}

const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;

/** The coefficient of the linear regression of u on c. */
function slope(sums: readonly BatchMeans[]): number {
  const [u, c] = [mean(sums.map((s) => s.u)), mean(sums.map((s) => s.c))];
  const variance = mean(sums.map((s) => s.cc)) - c * c;
  return variance > 0 ? (mean(sums.map((s) => s.uc)) - u * c) / variance : 0;
}
