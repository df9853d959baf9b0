import { checkOptions } from "../../kernels/options.ts";
import { fullRows } from "../points.ts";
import { centreHeights, checkHeights, checkProblem, type Problem } from "../problem.ts";
import { densityOf } from "../source.ts";
import { type CutCells, distanceInterval, dualSquare } from "./distance.ts";
import { lineCells, lineHeights } from "./exact1d.ts";
import { diagrams } from "./plane/diagram.ts";
import type { Measures } from "./plane/measure.ts";
import { newton } from "./plane/newton.ts";
import type { Polygons } from "./plane/polygons.ts";
import { type Resolved, resolve, rowsOf, TOLERABLE, together, without } from "./resolve.ts";

/**
 * The power cells of a problem at given heights, in one or two dimensions, exact up to rounding.
 */
export interface ExactCells {
  /**
   * Intervals or convex polygons. In the plane under N(0, I) polygons are cut to the square of half
   * side 9, outside of which lies 1e-18 of the mass.
   */
  readonly cells: Polygons;
  /** w_i. */
  readonly masses: Float64Array;
  /** E[x | x in W_i], [N, d]; 0 for cells without mass. */
  readonly centres: Float64Array;
  /** max |w_i − nu_i| / nu_i over targets with mass. */
  readonly maxRelativeError: number;
  /**
   * √(2 (E|x|²/2 + Σ nu_i |y_i|²/2 − E(h))) for targets that are not centred. It is at most W2 at
   * any heights, and W2 at a solution's, where the errors of the cells enter squared. NaN where
   * heights are so far from a solution that the radicand is not above 0.
   */
  readonly w2: number;
}

/** The heights that `solveExact` found, their cells, and what they reach. */
export interface ExactSolution extends ExactCells {
  /** Mean 0 over targets with a cell, -Infinity elsewhere. */
  readonly heights: Float64Array;
  /**
   * The masses that the cells are to have, of sum 1: nu, but 0 for targets that another stands for,
   * which has their mass in addition, and 0 for masses too small for float64 (see `exactSteps`).
   */
  readonly asked: Float64Array;
  /**
   * For each target with mass the number of the one that stands for it: itself, or a heavier or
   * equally heavy earlier one that it is too close to.
   */
  readonly first: Uint32Array;
  /** Targets whose mass, and that of those that they stand for, is above 0 but treated as 0. */
  readonly negligible: readonly number[];
  /** max |w_i − asked_i| / asked_i over targets that are asked for mass. */
  readonly maxRelativeError: number;
  /**
   * Bounds of W2, of the source to the masses nu as they were given. They are computed from the
   * masses that were reached and contain W2 wherever the solver ended.
   */
  readonly w2Interval: readonly [low: number, high: number];
  /** The middle of `w2Interval`; its lower end where the upper one is Infinity. */
  readonly w2: number;
  /** Newton's steps; 0 in one dimension. */
  readonly iterations: number;
  /**
   * `reached`: maxRelativeError is within the tolerance; `rounding`: float64 allows no smaller
   * error, see maxRelativeError; `stalled`: no step of Newton's method reduces the error, though it
   * is greater than that; `budget`: all iterations are used; `single`: only one target is asked for
   * mass.
   */
  readonly stop: "reached" | "rounding" | "stalled" | "budget" | "single";
}

/** How close `solveExact` is to come, and from where it starts. */
export interface ExactOptions {
  /** maxRelativeError to reach. Default 1e-10. */
  readonly tolerance?: number;
  /** Greatest number of Newton's steps. Default 500. */
  readonly iterations?: number;
  /**
   * Heights to start from. They are not used if one of their cells has less than 1e-3 of its
   * target's mass and other starts do better. They may be -Infinity for targets without mass, and
   * for targets that another may stand for.
   */
  readonly heights?: ArrayLike<number>;
}

/** The state of the exact solver after a step of Newton's method. */
export interface ExactProgress {
  /** Steps done. */
  readonly iteration: number;
  readonly maxRelativeError: number;
  /** Share of Newton's full step that was taken. */
  readonly step: number;
  /** Mean 0 over targets with a cell, -Infinity elsewhere. */
  readonly heights: Float64Array;
  /** w_i at these heights. */
  readonly masses: Float64Array;
}

/**
 * Sites of the targets that `keep` selects, in rising order of their coordinates: along a line the
 * Hessian then has the structure of a path.
 */
interface Sites {
  readonly number: Int32Array;
  /** Their rows as they were given. */
  readonly y: Float64Array;
  /** Their centred rows. */
  readonly centred: Float64Array;
}

function sitesOf(problem: Problem, keep: (i: number) => boolean): Sites {
  const { count, dimension: d } = problem.targets;
  const values = rowsOf(problem);
  const at = (i: number, k: number): number => values[i * d + k] as number;
  const number = Int32Array.from({ length: count }, (_, i) => i)
    .filter(keep)
    .sort((a, b) => at(a, 0) - at(b, 0) || at(a, d - 1) - at(b, d - 1) || a - b);
  const [y, centred] = [values, fullRows(problem.targets)].map((rows) => {
    const chosen = new Float64Array(number.length * d);
    number.forEach((i, r) => {
      chosen.set(rows.subarray(i * d, (i + 1) * d), r * d);
    });
    return chosen;
  }) as [Float64Array, Float64Array];
  return { number, y, centred };
}

function checkDimension(problem: Problem): void {
  checkProblem("exact", problem);
  const { dimension } = problem.targets;
  if (dimension > 2)
    throw new RangeError(`exact: expected targets in 1 or 2 dimensions, got ${dimension}; use \`solve\``);
}

/**
 * The exact solution, by `exactSteps` without a pause. `onStep` is called after each step of
 * Newton's method; throwing stops.
 */
export function solveExact(
  problem: Problem,
  options: ExactOptions & { readonly onStep?: (progress: ExactProgress) => void } = {},
): ExactSolution {
  checkOptions("solveExact", options, ["tolerance", "iterations", "heights", "onStep"]);
  const { onStep, ...others } = options;
  const steps = exactSteps(problem, others);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    if (value !== undefined) onStep?.(value);
  }
}

/**
 * Heights whose cells have the masses nu, computed without samples: in one dimension in closed
 * form, in the plane by damped Newton on exact power cells (Kitagawa, Mérigot and Thibert 2019).
 * Both sources with a density can be integrated: over the cube's cells by polynomials, under N(0,
 * I) by integrals along edges, both up to rounding.
 *
 * The last bit of the heights limits what can be told apart. Targets nearer than 2¹² · 2⁻⁵³ of the
 * extent of all are solved as one: the heaviest of them, the first of equal ones, has the mass of
 * all, the others none. So are targets nearer than 2³³ · 2⁻⁵³ of it whose masses would be off by
 * more than 2⁻³¹, the nearest first. Masses below 2⁻⁵⁰ are treated as 0, and those up to 2⁻³⁴ where
 * Newton's method would fail on them. Every mass that is then asked for is met to 1e-9 of the mass
 * of all, unless the solver ends at `stalled` or `budget`. The bounds of W2 are those of the
 * problem as it was given, and hold however the solver ends: they are as far apart as rounding and
 * what is missing from the masses make them.
 *
 * The work is a generator, so that its caller can pause, report progress or stop between two steps.
 * It yields the progress after each step of Newton's method, undefined between the power diagrams
 * that a step tries and before it solves again for fewer targets, no progress in one dimension, and
 * returns the solution. RangeError, at once, for other dimensions and for options out of range.
 */
export function exactSteps(
  problem: Problem,
  options: ExactOptions = {},
): Generator<ExactProgress | undefined, ExactSolution, undefined> {
  checkOptions("exactSteps", options, ["tolerance", "iterations", "heights"]);
  checkDimension(problem);
  const { tolerance = 1e-10, iterations: most = 500, heights: given } = options;
  densityOf("exact", problem.source);
  if (!(tolerance > 0)) throw new RangeError(`exact: expected \`tolerance\` above 0, got ${tolerance}`);
  if (!Number.isSafeInteger(most) || most < 1) {
    throw new RangeError(`exact: expected \`iterations\` of at least 1, got ${most}`);
  }
  const resolved = resolve(problem, given);
  if (given !== undefined) checkHeights("exact", given, resolved.asked);
  return run(problem, resolved, { tolerance, most, heights: given });
}

interface Search {
  readonly tolerance: number;
  /** Greatest number of steps. */
  readonly most: number;
  readonly heights: ArrayLike<number> | undefined;
}

/**
 * Solves for the masses that are asked for. Where they are not met and targets lie close to each
 * other, it solves again with some of these taken together.
 */
function* run(
  problem: Problem,
  begin: Resolved,
  search: Search,
): Generator<ExactProgress | undefined, ExactSolution, undefined> {
  const { tolerance, most } = search;
  let [resolved, heights, iterations] = [begin, search.heights, 0];
  let [low, high] = [0, Number.POSITIVE_INFINITY];
  for (;;) {
    const { asked } = resolved;
    const found = yield* meet(problem, asked, { tolerance, most, heights }, iterations);
    [heights, iterations] = [found.heights, found.iterations];
    const cut = cutCells(problem, found.heights);
    const interval = distanceInterval(problem, cut);
    [low, high] = [Math.max(low, interval[0]), Math.min(high, interval[1])];
    const simpler = simplified(problem, resolved, cut, found, tolerance);
    if (simpler === undefined) {
      const { masses, centres, cells } = cut;
      const maxRelativeError = greatestError(masses, asked);
      const ending = maxRelativeError <= tolerance ? "reached" : "rounding";
      return {
        ...{ heights: found.heights, cells, masses, centres, maxRelativeError },
        ...{ w2: high < Number.POSITIVE_INFINITY ? (low + high) / 2 : low, w2Interval: [low, high] },
        ...{ first: resolved.first, asked, negligible: [...resolved.negligible] },
        ...{ iterations, stop: found.stop ?? ending },
      };
    }
    resolved = simpler;
    yield undefined;
  }
}

interface Found {
  readonly heights: Float64Array;
  /** Steps so far. */
  readonly iterations: number;
  /** Undefined where the error tells. */
  readonly stop: "stalled" | "budget" | "single" | undefined;
  /** The target whose cell kept the solver from going on. */
  readonly blocking?: number | undefined;
}

/** Heights at which cells have the masses `asked`, after `before` earlier steps. */
function* meet(
  problem: Problem,
  asked: Float64Array,
  { tolerance, most, heights }: Search,
  before: number,
): Generator<ExactProgress | undefined, Found, undefined> {
  const source = densityOf("exact", problem.source);
  const { number, y } = sitesOf(problem, (i) => (asked[i] as number) > 0);
  const nu = Float64Array.from(number, (i) => asked[i] as number);
  /** Spreads values of the sites to all targets, with 0 for the others. */
  const ofTargets = (values: Float64Array): Float64Array => {
    const all = new Float64Array(asked.length);
    number.forEach((i, r) => {
      all[i] = values[r] as number;
    });
    return all;
  };
  const balanced = (h: Float64Array): Float64Array => centreHeights(ofTargets(h), asked);
  if (number.length === 1) return { heights: balanced(new Float64Array(1)), iterations: before, stop: "single" };
  if (problem.targets.dimension === 1) {
    return { heights: balanced(lineHeights(y, nu, source)), iterations: before, stop: undefined };
  }
  const start = heights === undefined ? undefined : Float64Array.from(number, (i) => heights[i] as number);
  const steps = newton({ y, nu, source }, { tolerance, most: most - before, heights: start });
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) {
      const { h, iterations, stop, blocking } = value;
      return {
        heights: balanced(h),
        iterations: before + iterations,
        stop: stop === "budget" || stop === "stalled" ? stop : undefined,
        blocking: blocking === undefined ? undefined : number[blocking],
      };
    }
    if (value === undefined) {
      yield undefined;
      continue;
    }
    yield {
      iteration: before + value.iteration,
      maxRelativeError: value.error,
      step: value.step,
      heights: balanced(value.h),
      masses: ofTargets(value.diagram.masses),
    };
  }
}

/**
 * What can be asked for instead where masses are not met: targets that may be one are taken
 * together, of those whose masses are off by more than is tolerable and of the neighbours of their
 * cells. If the solver stalled at one target alone, that and the nearest of its neighbours are; if
 * they are not close, its mass may be treated as 0. Undefined where there is nothing to change.
 */
function simplified(
  problem: Problem,
  resolved: Resolved,
  { masses, cells: { start, across } }: CutCells,
  { stop, blocking }: Found,
  tolerance: number,
): Resolved | undefined {
  const { asked } = resolved;
  if (stop === "budget" || stop === "single") return undefined;
  const neighbours = (i: number): number[] => [...across.subarray(start[i], start[i + 1])].filter((j) => j >= 0);
  if (blocking !== undefined) {
    const nearest = nearestOf(problem, blocking, neighbours(blocking));
    const closer = together(problem, resolved, (i) => i === blocking || i === nearest);
    return closer ?? without(problem, resolved, blocking);
  }
  const poor = new Set<number>();
  asked.forEach((mass, i) => {
    if (!(Math.abs((masses[i] as number) - mass) > Math.max(TOLERABLE, tolerance * mass))) return;
    for (const j of [i, ...neighbours(i)]) poor.add(j);
  });
  return poor.size === 0 ? undefined : together(problem, resolved, (i) => poor.has(i));
}

/** Which of the others is nearest to target i; undefined where there are none. */
function nearestOf(problem: Problem, i: number, others: readonly number[]): number | undefined {
  const values = rowsOf(problem);
  const d = problem.targets.dimension;
  const away = (j: number): number => {
    let most = 0;
    for (let k = 0; k < d; k++)
      most = Math.max(most, Math.abs((values[i * d + k] as number) - (values[j * d + k] as number)));
    return most;
  };
  return others.toSorted((a, b) => away(a) - away(b))[0];
}

/** The cells at heights that were checked. */
function cutCells(problem: Problem, heights: ArrayLike<number>): CutCells {
  const { count, dimension: d } = problem.targets;
  const source = densityOf("exact", problem.source);
  const { number, y, centred } = sitesOf(problem, (i) => heights[i] !== Number.NEGATIVE_INFINITY);
  const h = Float64Array.from(number, (i) => heights[i] as number);
  const diagram = d === 1 ? lineCells(y, h, source, centred) : diagrams(y, source, centred)(h);
  const [masses, costs, centres] = [new Float64Array(count), new Float64Array(count), new Float64Array(count * d)];
  for (const [r, i] of number.entries()) {
    const mass = diagram.masses[r] as number;
    masses[i] = mass;
    costs[i] = diagram.costs[r] as number;
    if (mass > 0) for (let k = 0; k < d; k++) centres[i * d + k] = (diagram.moments[r * d + k] as number) / mass;
  }
  return { heights, cells: renumber(diagram, number, count), masses, costs, centres };
}

/** max |w_i − nu_i| / nu_i over nu_i > 0. */
function greatestError(masses: Float64Array, nu: Float64Array): number {
  return nu.reduce(
    (worst, mass, i) => (mass > 0 ? Math.max(worst, Math.abs((masses[i] as number) - mass) / mass) : worst),
    0,
  );
}

/**
 * The cells at any heights; -Infinity empties a cell, and other heights may do so too. RangeError
 * for NaN, for +Infinity, and where no height is finite.
 */
export function exactCells(problem: Problem, heights: ArrayLike<number>): ExactCells {
  checkDimension(problem);
  const { nu } = problem;
  densityOf("exact", problem.source);
  if (heights.length !== nu.length) {
    throw new RangeError(`exact: expected ${nu.length} \`heights\`, got ${heights.length}`);
  }
  let some = false;
  for (let i = 0; i < nu.length; i++) {
    const height = heights[i] as number;
    if (Number.isFinite(height)) some = true;
    else if (height !== Number.NEGATIVE_INFINITY)
      throw new RangeError(`exact: expected finite \`heights\` or -Infinity, got ${height} at ${i}`);
  }
  if (!some) throw new RangeError("exact: expected a finite height, got none");
  const cut = cutCells(problem, heights);
  const { cells, masses, centres } = cut;
  const square = dualSquare(problem, cut);
  const w2 = square > 0 ? Math.sqrt(square) : Number.NaN;
  return { cells, masses, centres, maxRelativeError: greatestError(masses, nu), w2 };
}

/**
 * The polygons of sites, renumbered as polygons of the `count` targets that the sites belong to.
 */
function renumber(
  { polygons }: Pick<Measures, "masses"> & { readonly polygons: Polygons },
  number: Int32Array,
  count: number,
): Polygons {
  const { dimension: d } = polygons;
  const start = new Int32Array(count + 1);
  number.forEach((i, r) => {
    start[i + 1] = (polygons.start[r + 1] as number) - (polygons.start[r] as number);
  });
  for (let i = 0; i < count; i++) (start[i + 1] as number) += start[i] as number;
  const vertices = new Float64Array(polygons.vertices.length);
  const across = new Int32Array(polygons.across.length);
  number.forEach((i, r) => {
    const [from, to, at] = [polygons.start[r] as number, polygons.start[r + 1] as number, start[i] as number];
    vertices.set(polygons.vertices.subarray(d * from, d * to), d * at);
    for (let k = from; k < to; k++) {
      const j = polygons.across[k] as number;
      across[at + k - from] = j < 0 ? j : (number[j] as number);
    }
  });
  return { dimension: d, start, vertices, across };
}
