import { powerOfTwo } from "../../../math/float64.ts";
import type { Density } from "../../source.ts";
import { type Diagram, diagrams, hessian } from "./diagram.ts";
import { type Laplacian, solveLaplacian } from "./laplacian.ts";
import { ranked, spread } from "./start.ts";

export interface NewtonOptions {
  /** max |w_i − nu_i| / nu_i to reach. */
  readonly tolerance: number;
  /** Greatest number of steps. */
  readonly most: number;
  /** Heights to start from. */
  readonly heights: Float64Array | undefined;
}

/** Sites y [n, 2], the masses nu > 0 that their cells should have, and the source. */
export interface PlaneProblem {
  readonly y: Float64Array;
  readonly nu: Float64Array;
  readonly source: Density;
}

/** The state after a step. */
export interface NewtonStep {
  /** Steps done. */
  readonly iteration: number;
  /** max |w_i − nu_i| / nu_i. */
  readonly error: number;
  /** Share of Newton's full step that was taken. */
  readonly step: number;
  readonly h: Float64Array;
  readonly diagram: Diagram;
}

export interface NewtonResult {
  readonly h: Float64Array;
  readonly iterations: number;
  /**
   * `rounding`: the errors are due to rounding, mostly of the last bits of the heights; `stalled`:
   * no step reduces the errors, though some are greater than that.
   */
  readonly stop: "reached" | "rounding" | "stalled" | "budget";
  /** The site whose cell even a short step would empty, where the solver stalled for that. */
  readonly blocking: number | undefined;
}

/**
 * A step may leave this share of the mass of a cell, or of the mass it should have if that is less.
 */
const LEFT_OF_CELL = 1 / 16;
/** Share of Newton's full step below which it leads nowhere, in one step and in eight. */
const SHORTEST = powerOfTwo(-20);
const SHORTEST_OF_EIGHT = powerOfTwo(-4);
/** Below this error Newton's full step is taken first: it fails only because of rounding. */
const NEAR = 1e-6;
/** An error of at most this many times what the heights alone cause is taken for rounding. */
const ROUNDINGS = 16;
/** A start is good where every cell has at least this share of its target's mass. */
const FAIR = 1e-3;
/**
 * Relative residual of each linear system: far less than a step leaves of the error, until the last
 * step.
 */
const REDUCTION = 1e-7;

/**
 * Heights at which the cells of sites y have masses nu > 0, by damped Newton (Kitagawa, Mérigot and
 * Thibert 2019). Each step is halved until two conditions hold: no cell shrinks by much, nor to
 * less than half of the least mass at the start, and χ (of w against nu) has decreased by at least
 * half of what the linear model predicts. Of each mass only what its error is above rounding counts
 * in χ, so that two sites too close for the last bit of the heights do not keep the others from
 * their masses. Once all errors are within rounding, all of them count. Yields after each step, and
 * undefined after each diagram on the way to one.
 */
export function* newton(
  problem: PlaneProblem,
  options: NewtonOptions,
): Generator<NewtonStep | undefined, NewtonResult, undefined> {
  const { y, nu, source } = problem;
  const at = diagrams(y, source);
  let { h, diagram } = yield* begin(at, problem, options.heights);
  const empty = diagram.masses.findIndex((mass) => !(mass > 0));
  if (empty >= 0) return { h, iterations: 0, stop: "stalled", blocking: empty };
  const least = lesser(diagram, nu).reduce((a, b) => Math.min(a, b)) / 2;
  const exact = new Float64Array(nu.length);
  let lately = new Array<number>(8).fill(1); // the last eight steps
  for (let iteration = 0; ; iteration++) {
    const missing = missingMasses(diagram, nu);
    const error = relativeError(missing, nu);
    if (iteration > 0) yield { iteration, error, step: lately.at(-1) as number, h, diagram };
    if (error <= options.tolerance) return { h, iterations: iteration, stop: "reached", blocking: undefined };
    if (iteration >= options.most) return { h, iterations: iteration, stop: "budget", blocking: undefined };
    const matrix = hessian(diagram, y);
    const noise = rounding(matrix, h);
    const rounded = missing.every(
      (value, i) => Math.abs(value) <= Math.max(noise[i] as number, options.tolerance * (nu[i] as number)),
    );
    const direction = solveLaplacian(matrix, balanced(missing, nu), REDUCTION);
    const within = rounded ? exact : noise;
    const size = norm(missing, nu, within);
    const floor = lesser(diagram, nu).map((mass) => Math.max(least, LEFT_OF_CELL * mass));
    let found: Start | undefined;
    let blocking: number | undefined; // the cell that was too small after the last step refused
    // A step is rarely much longer than the one before.
    let step = 2 * (error < NEAR ? 1 : Math.min(1, 4 * (lately.at(-1) as number)));
    while (found === undefined && step > (rounded ? 1 : SHORTEST)) {
      step /= 2;
      const pace = step;
      const next = h.map((height, i) => height + pace * (direction[i] as number));
      const tried = at(next);
      yield undefined;
      const left = norm(missingMasses(tried, nu), nu, within);
      const small = floor.findIndex((mass, i) => !((tried.masses[i] as number) >= mass));
      if (small < 0 && left <= (1 - step / 2) * size) found = { h: next, diagram: tried };
      else blocking = small < 0 ? undefined : small;
    }
    if (found === undefined && rounded) return { h, iterations: iteration, stop: "rounding", blocking: undefined };
    if (found === undefined || sum(lately) < SHORTEST_OF_EIGHT)
      return { h, iterations: iteration, stop: "stalled", blocking };
    [h, diagram, lately] = [found.h, found.diagram, [...lately.slice(1), step]];
  }
}

interface Start {
  readonly h: Float64Array;
  readonly diagram: Diagram;
}

/**
 * The first good start among the given heights, `spread` and `ranked`, the latter for the masses
 * and for equal ones. If none is good, the one whose worst cell has the greatest share of its mass.
 * Yields after each.
 */
function* begin(
  at: (h: Float64Array) => Diagram,
  { y, nu, source }: PlaneProblem,
  given: Float64Array | undefined,
): Generator<undefined, Start, undefined> {
  const tried = (h: Float64Array): Start => ({ h, diagram: at(h) });
  const share = ({ diagram: { masses } }: Start): number =>
    masses.reduce((worst, mass, i) => Math.min(worst, mass / (nu[i] as number)), Number.POSITIVE_INFINITY);
  let best: Start | undefined;
  const equal = new Float64Array(nu.length).fill(1 / nu.length);
  const starts = [
    () => given,
    () => spread(y, source),
    () => ranked(y, nu, source),
    () => ranked(y, equal, source), // no cell is as far out as a small mass would put it
  ];
  for (const heights of starts) {
    const h = heights();
    if (h === undefined) continue;
    const start = tried(h);
    yield undefined;
    if (best === undefined || share(start) > share(best)) best = start;
    if (share(start) >= FAIR) return start;
  }
  return best as Start;
}

/**
 * For each mass an error that is taken for rounding. The last bits of the heights change it by
 *   Σ_j H_ij 2⁻⁵³ (|h_i| + |h_j|)
 * and its own sum by about 2⁻⁵³; cells and the linear system round as well.
 */
function rounding({ start, column, weight }: Laplacian, h: Float64Array): Float64Array {
  return h.map((height, i) => {
    let sum = 1;
    for (let e = start[i] as number; e < (start[i + 1] as number); e++) {
      sum += (weight[e] as number) * (Math.abs(height) + Math.abs(h[column[e] as number] as number));
    }
    return ROUNDINGS * powerOfTwo(-53) * sum;
  });
}

function missingMasses({ masses }: Diagram, nu: Float64Array): Float64Array {
  return nu.map((mass, i) => mass - (masses[i] as number));
}

/** For each cell its mass, or what it should have if that is less. */
function lesser({ masses }: Diagram, nu: Float64Array): Float64Array {
  return nu.map((mass, i) => Math.min(mass, masses[i] as number));
}

/** `missing` with sum 0. Rounding errors of great masses are not left to small ones. */
function balanced(missing: Float64Array, nu: Float64Array): Float64Array {
  const share = sum(missing) / sum(nu);
  return missing.map((value, i) => value - share * (nu[i] as number));
}

/**
 * √(Σ max(0, |x_i| − within_i)² / nu_i): relative errors of small and of great masses both count.
 * For `within` 0 it is the root of χ².
 */
function norm(x: Float64Array, nu: Float64Array, within: Float64Array): number {
  const square = x.reduce((total, value, i) => {
    const beyond = Math.max(0, Math.abs(value) - (within[i] as number));
    return total + (beyond * beyond) / (nu[i] as number);
  }, 0);
  return Math.sqrt(square);
}

function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] as number;
  return total;
}

function relativeError(missing: Float64Array, nu: Float64Array): number {
  return missing.reduce((worst, value, i) => Math.max(worst, Math.abs(value) / (nu[i] as number)), 0);
}
