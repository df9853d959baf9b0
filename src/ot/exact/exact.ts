import { checkOptions } from "../../kernels/options.ts";
import { fullRows } from "../points.ts";
import { centreHeights, checkHeights, type Problem } from "../problem.ts";
import { densityOf } from "../source.ts";
import { lineCells, lineHeights } from "./exact1d.ts";
import { diagrams } from "./plane/diagram.ts";
import type { Measures } from "./plane/measure.ts";
import { newton } from "./plane/newton.ts";
import type { Polygons } from "./plane/polygons.ts";

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

export interface ExactSolution extends ExactCells {
  /** Mean 0 over targets with mass, -Infinity elsewhere. */
  readonly heights: Float64Array;
  /** Newton's steps; 0 in one dimension. */
  readonly iterations: number;
  /**
   * `reached`: maxRelativeError is within the tolerance; `rounding`: float64 heights allow no
   * smaller error, see maxRelativeError; `stalled`: no step of Newton's method reduces the error,
   * though heights could be better; `budget`: all iterations are used; `single`: only one target
   * has mass.
   */
  readonly stop: "reached" | "rounding" | "stalled" | "budget" | "single";
}

export interface ExactOptions {
  /** maxRelativeError to reach. Default 1e-10. */
  readonly tolerance?: number;
  /** Greatest number of Newton's steps. Default 200. */
  readonly iterations?: number;
  /**
   * Heights to start from. They are not used if one of their cells has less than 1e-3 of its
   * target's mass and other starts do better.
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
  /** Mean 0 over targets with mass, -Infinity elsewhere. */
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
  readonly y: Float64Array;
}

function sitesOf({ targets }: Problem, keep: (i: number) => boolean): Sites {
  const { count, dimension: d } = targets;
  const values = fullRows(targets);
  const at = (i: number, k: number): number => values[i * d + k] as number;
  const number = Int32Array.from({ length: count }, (_, i) => i)
    .filter(keep)
    .sort((a, b) => at(a, 0) - at(b, 0) || at(a, d - 1) - at(b, d - 1) || a - b);
  const y = new Float64Array(number.length * d);
  number.forEach((i, r) => {
    for (let k = 0; k < d; k++) y[r * d + k] = at(i, k);
  });
  return { number, y };
}

function checkDimension({ targets: { dimension } }: Problem): void {
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
 * Both sources with a density can be integrated: over the cube's cells by polynomials, under
 * N(0, I) by integrals along edges, both up to rounding. The last bit of the heights limits the
 * error: with two targets closer than about 1e-4 of the extent of all targets the solver may end at
 * `rounding`.
 *
 * The work is a generator, so that its caller can pause, report progress or stop between two steps.
 * It yields the progress after each step of Newton's method, undefined between the power diagrams
 * that a step tries, nothing in one dimension, and returns the solution. RangeError, at once, for
 * other dimensions and for options out of range.
 */
export function exactSteps(
  problem: Problem,
  options: ExactOptions = {},
): Generator<ExactProgress | undefined, ExactSolution, undefined> {
  checkOptions("exactSteps", options, ["tolerance", "iterations", "heights"]);
  checkDimension(problem);
  const { tolerance = 1e-10, iterations: most = 200, heights: given } = options;
  const { nu, targets } = problem;
  const source = densityOf("exact", problem.source);
  if (!(tolerance > 0)) throw new RangeError(`exact: expected \`tolerance\` above 0, got ${tolerance}`);
  if (!Number.isSafeInteger(most) || most < 1) {
    throw new RangeError(`exact: expected \`iterations\` of at least 1, got ${most}`);
  }
  if (given !== undefined) checkHeights("exact", given, nu);
  const { number, y } = sitesOf(problem, (i) => (nu[i] as number) > 0);
  const masses = Float64Array.from(number, (i) => nu[i] as number);
  /** Spreads values of the sites to all targets, with 0 for the others. */
  const ofTargets = (values: Float64Array): Float64Array => {
    const all = new Float64Array(nu.length);
    number.forEach((i, r) => {
      all[i] = values[r] as number;
    });
    return all;
  };
  const finish = (found: Float64Array, iterations: number, stop: ExactSolution["stop"] | undefined): ExactSolution => {
    const heights = centreHeights(ofTargets(found), nu);
    const cells = exactCells(problem, heights);
    const ending = cells.maxRelativeError <= tolerance ? "reached" : "rounding";
    return { heights, ...cells, iterations, stop: stop ?? ending };
  };
  function* run(): Generator<ExactProgress | undefined, ExactSolution, undefined> {
    if (number.length === 1) return finish(new Float64Array(1), 0, "single");
    if (targets.dimension === 1) return finish(lineHeights(y, masses, source), 0, undefined);
    const heights = given === undefined ? undefined : Float64Array.from(number, (i) => given[i] as number);
    const steps = newton({ y, nu: masses, source }, { tolerance, most, heights });
    for (;;) {
      const { done, value } = steps.next();
      if (done === true) {
        const { h, iterations, stop } = value;
        return finish(h, iterations, stop === "budget" || stop === "stalled" ? stop : undefined);
      }
      if (value === undefined) {
        yield undefined;
        continue;
      }
      const { iteration, error: maxRelativeError, step } = value;
      const [at, weights] = [centreHeights(ofTargets(value.h), nu), ofTargets(value.diagram.masses)];
      yield { iteration, maxRelativeError, step, heights: at, masses: weights };
    }
  }
  return run();
}

/**
 * The cells at any heights; -Infinity empties a cell, and other heights may do so too. RangeError
 * for NaN, for +Infinity, and where no height is finite.
 */
export function exactCells(problem: Problem, heights: ArrayLike<number>): ExactCells {
  checkDimension(problem);
  const { nu, targets, offset } = problem;
  const source = densityOf("exact", problem.source);
  const d = targets.dimension as 1 | 2;
  if (heights.length !== nu.length) {
    throw new RangeError(`exact: expected ${nu.length} \`heights\`, got ${heights.length}`);
  }
  for (let i = 0; i < nu.length; i++) {
    const height = heights[i] as number;
    if (height !== Number.NEGATIVE_INFINITY && !Number.isFinite(height)) {
      throw new RangeError(`exact: expected finite \`heights\` or -Infinity, got ${height} at ${i}`);
    }
  }
  const { number, y } = sitesOf(problem, (i) => heights[i] !== Number.NEGATIVE_INFINITY);
  if (number.length === 0) throw new RangeError("exact: expected a finite height, got none");
  const h = Float64Array.from(number, (i) => heights[i] as number);
  const diagram = d === 1 ? lineCells(y, h, source) : diagrams(y, source)(h);
  const masses = new Float64Array(nu.length);
  const centres = new Float64Array(nu.length * d);
  let square = 0;
  for (const [r, i] of number.entries()) {
    const mass = diagram.masses[r] as number;
    masses[i] = mass;
    square += diagram.costs[r] as number;
    let [norm, score] = [0, 0];
    for (let k = 0; k < d; k++) {
      const moment = diagram.moments[r * d + k] as number;
      if (mass > 0) centres[i * d + k] = moment / mass;
      const [site, shift] = [y[r * d + k] as number, offset[k] as number];
      // |x − y|² with the offset added to y
      score += shift * (shift * mass - 2 * (moment - site * mass));
      norm += (site + shift) * (site + shift);
    }
    square += score + ((nu[i] as number) - mass) * (norm + 2 * (h[r] as number));
  }
  const maxRelativeError = nu.reduce(
    (worst, mass, i) => (mass > 0 ? Math.max(worst, Math.abs((masses[i] as number) - mass) / mass) : worst),
    0,
  );
  const cells = renumber(diagram, number, nu.length);
  const bounded = nu.every((mass, i) => mass === 0 || heights[i] !== Number.NEGATIVE_INFINITY);
  return { cells, masses, centres, maxRelativeError, w2: bounded && square > 0 ? Math.sqrt(square) : Number.NaN };
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
  for (let i = 0; i < count; i++) start[i + 1] = (start[i + 1] as number) + (start[i] as number);
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
