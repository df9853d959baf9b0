// Semi-discrete optimal transport: a density mu on R^d is moved to N points at least quadratic
// cost.
//
// source mu    what is moved: N(0, I), the uniform density on the cube [-1/2, 1/2]^d, or samples
//              that the caller supplies
// targets y_i  the points that it is moved to, with masses nu_i ≥ 0 that sum to 1
// height h_i   one number per target, defined up to a constant: their mean over targets with mass
//              is 0. A target without mass has height -Infinity
// potential    u_h(x) = max_i <x, y_i> + h_i, convex and piecewise linear; the transport map is its
//              gradient
// power cell   W_i = {x : i is the argmax}, the lowest i on ties; T_h(x) = y_i there. Its power
//              weight is 2 h_i + |y_i|²
// mass w_i     mu(W_i), estimated by counts / samples. The heights solve the problem when w = nu
// cost         c(x, y) = ½ |x − y|², so that W2² / 2 = E|x|²/2 + Σ nu_i |y_i|²/2 − min_h E(h) with
//              E(h) = ∫ u_h dmu − Σ nu_i h_i
//
// Targets are stored centred at Σ nu_i y_i: this adds a linear function to u_h and changes no cell.
// `offset` is added to all results. Targets are centred in float64 before they are rounded, so that
// heights are valid for the rows as they were given, with all their digits, however far from 0 they
// are: x goes to the row with the greatest <x, y_i> + h_i, up to the rounding of centred rows (to
// float32 in the solver by samples; the exact solver uses float64 rows).

import { checkOptions, kindOf } from "../kernels/options.ts";
import { powerOfTwo } from "../math/float64.ts";
import { atOnce, itemsOf, type Steps } from "../math/steps.ts";
import { closePointsSteps, gatherDistance, gatherMasses } from "./closePoints.ts";
import { checkPoints, fullRows, type Points, points, pointsSteps } from "./points.ts";
import type { Source } from "./source.ts";

/** A problem of semi-discrete transport, as `createProblem` makes it. */
export interface Problem {
  /** y_i − offset, with unrounded rows in one or two dimensions, for the exact solver. */
  readonly targets: Points;
  /**
   * The rows y_i as they were given, in one or two dimensions: the exact solver takes differences
   * of close ones, which centring would round.
   */
  readonly given?: Float64Array;
  readonly offset: Float64Array;
  /**
   * Masses. Those of equal targets are added to the first of them, since cells between equal
   * targets are not defined.
   */
  readonly nu: Float64Array;
  readonly source: Source;
  /** Number of targets that equal an earlier one as given. Their heights will be -Infinity. */
  readonly duplicates: number;
  /** Set once targets that are too close for a solver were gathered; see `gatherForDevice`. */
  readonly gathered?: Gathered;
}

/** What gathering close targets did to the masses of a problem. */
export interface Gathered {
  /** Targets at most this far apart are one. */
  readonly radius: number;
  /** For each target the number of the one that has its mass: itself, or an earlier one. */
  readonly first: Uint32Array;
  /** Number of targets whose mass an earlier one has. Their heights will be -Infinity. */
  readonly count: number;
  /** W2 between the masses before and after, at most: √(Σ nu_i |y_i − y_first|²). */
  readonly distance: number;
}

/** Masses and source of a problem. */
export interface ProblemOptions {
  /** Masses, scaled to sum 1; zeros are allowed. Default: equal ones. */
  readonly nu?: ArrayLike<number>;
  /** Default: `gaussian`. */
  readonly source?: Source;
}

/** Greatest dimension of the exact solver. */
const FLOAT64_DIMENSIONS = 2;

/**
 * The problem of moving `source` to `targets`. RangeError for targets that are no points, and for
 * masses that are negative, not finite, all zero or of another number than targets.
 */
export function createProblem(targets: Points, options: ProblemOptions = {}): Problem {
  return atOnce(problemSteps(targets, options));
}

/** `createProblem` in pieces. */
export function* problemSteps(targets: Points, options: ProblemOptions = {}): Steps<Problem> {
  checkOptions("createProblem", options, ["nu", "source"]);
  checkPoints("ot: `targets`", targets);
  const { nu, source = "gaussian" } = options;
  const given = yield* pointsSteps("ot: `targets`", fullRows(targets), targets.dimension);
  const { count, dimension } = given;
  const values = fullRows(given);
  checkSource(source, dimension);
  const masses = normalise(nu ?? new Float64Array(count).fill(1), count);
  const offset = new Float64Array(dimension);
  const rows = itemsOf(4 * dimension);
  for (let i = 0; i < count; i++) {
    if (i % rows === 0) yield;
    const mass = masses[i] as number;
    for (let k = 0; k < dimension; k++) (offset[k] as number) += mass * (values[i * dimension + k] as number);
  }
  const centred = dimension <= FLOAT64_DIMENSIONS ? new Float64Array(values.length) : new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    if (i % (rows * dimension) === 0) yield;
    centred[i] = (values[i] as number) - (offset[i % dimension] as number);
  }
  const held: Points =
    centred instanceof Float64Array
      ? { values: new Float32Array(centred), unrounded: centred, count, dimension }
      : { values: centred, count, dimension };
  const first = yield* closePointsSteps(values, dimension, 0);
  const duplicates = first.reduce((sum, to, i) => sum + (to === i ? 0 : 1), 0);
  const exact = dimension <= FLOAT64_DIMENSIONS ? { given: Float64Array.from(values) } : {};
  return { targets: held, ...exact, offset, nu: gatherMasses(masses, first), source, duplicates };
}

function checkSource(source: Source, dimension: number): void {
  if (source === "gaussian" || source === "cube") return;
  if (typeof source !== "object" || source === null || source.samples === undefined) {
    const got = typeof source === "string" ? source : kindOf(source);
    throw new RangeError(`ot: expected \`source\` gaussian, cube or { samples }, got ${got}`);
  }
  checkPoints("ot: `source.samples`", source.samples);
  const samples = points("ot: `source.samples`", source.samples.values, source.samples.dimension);
  if (samples.dimension !== dimension)
    throw new RangeError(`ot: expected \`source.samples\` of dimension ${dimension}, got ${samples.dimension}`);
}

function normalise(nu: ArrayLike<number>, count: number): Float64Array {
  if (typeof nu !== "object" || nu === null || nu.length === undefined) {
    throw new RangeError(`ot: expected ${count} masses \`nu\`, got ${kindOf(nu)}`);
  }
  if (nu.length !== count) throw new RangeError(`ot: expected ${count} masses \`nu\`, got ${nu.length}`);
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const mass = nu[i] as number;
    if (!(typeof mass === "number" && mass >= 0 && mass < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`ot: expected finite masses \`nu\` ≥ 0, got ${kindOf(mass)} at ${i}`);
    }
    sum += mass;
  }
  if (!(sum > 0 && sum < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`ot: expected masses \`nu\` with a finite sum above 0, got ${sum}`);
  }
  return Float64Array.from(nu, (mass) => mass / sum);
}

/**
 * Targets on the device are one where they are at most this times √(Σ nu_i |y_i|²) apart, for
 * centred targets: 2⁹ times the rounding of float32.
 *
 * Scores near the border of two cells are of the order of r s, with r this root mean square and s
 * the deviation of the source, and float32 rounds them and the heights by 2⁻²⁴ r s. The border of
 * two targets at a distance δ moves by ε / δ where their scores differ by ε, so that the device
 * knows it to 2⁻²⁴ r / δ in units of s. At this radius that is 1/500 for each rounding, some of
 * which add up: about as much of a cell's mass as the solver is asked for.
 */
const DEVICE_RADIUS = powerOfTwo(-15);

/**
 * The problem as the solver by samples sees it: of targets with mass that are too close to be told
 * apart in the device's float32, the first has the mass of all (see `closePoints`). `solve` and
 * `certify` gather by themselves; this is for callers who need the masses `nu` that the solution
 * has. A problem that was gathered before is returned as it is.
 */
export function gatherForDevice(problem: Problem): Problem {
  checkProblem("gatherForDevice", problem);
  return atOnce(gatherSteps(problem));
}

/** `gatherForDevice` in pieces. */
export function* gatherSteps(problem: Problem): Steps<Problem> {
  if (problem.gathered !== undefined) return problem;
  const {
    targets: { values, dimension },
    nu,
  } = problem;
  const rows = itemsOf(4 * dimension);
  let square = 0;
  for (const [i, mass] of nu.entries()) {
    if (i % rows === 0) yield;
    if (mass === 0) continue;
    let norm = 0;
    for (let k = i * dimension; k < (i + 1) * dimension; k++) norm += (values[k] as number) * (values[k] as number);
    square += mass * norm;
  }
  const radius = DEVICE_RADIUS * Math.sqrt(square);
  const first = yield* closePointsSteps(values, dimension, radius, (i) => (nu[i] as number) > 0);
  const count = first.reduce((sum, to, i) => sum + (to === i ? 0 : 1), 0);
  const distance = gatherDistance(nu, first, values, dimension);
  return { ...problem, nu: gatherMasses(nu, first), gathered: { radius, first, count, distance } };
}

/** RangeError unless `problem` was made by `createProblem`. */
export function checkProblem(op: string, problem: Problem): void {
  if (typeof problem === "object" && problem !== null && problem.nu instanceof Float64Array) return;
  throw new RangeError(`${op}: expected a problem, got ${kindOf(problem)}; make it by createProblem(targets)`);
}

/**
 * Heights shifted to mean 0 over targets with mass; -Infinity for the others. The map stays the
 * same.
 */
export function centreHeights(h: ArrayLike<number>, nu: Float64Array): Float64Array {
  let [sum, active] = [0, 0];
  for (let i = 0; i < nu.length; i++) {
    if ((nu[i] as number) > 0) {
      sum += h[i] as number;
      active++;
    }
  }
  return nu.map((mass, i) => (mass > 0 ? (h[i] as number) - sum / active : Number.NEGATIVE_INFINITY));
}

/**
 * RangeError unless heights to start from are one per target, and finite where the target has mass.
 */
export function checkHeights(op: string, heights: ArrayLike<number>, nu: Float64Array): void {
  if (heights.length !== nu.length) {
    throw new RangeError(`${op}: expected ${nu.length} \`heights\`, got ${heights.length}`);
  }
  const wrong = nu.findIndex((mass, i) => mass > 0 && !Number.isFinite(heights[i]));
  if (wrong >= 0) {
    throw new RangeError(`${op}: expected finite \`heights\` of targets with mass, got ${heights[wrong]} at ${wrong}`);
  }
}
