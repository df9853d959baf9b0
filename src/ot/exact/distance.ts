// Bounds of W2 that hold at any heights. All distances are first those to centred targets y. A
// shift of the targets by o adds |o|² + 2 <o, Σ nu_i y_i − E x> to the cost of any plan.

import { powerOfTwo } from "../../math/float64.ts";
import { closePoints } from "../closePoints.ts";
import { fullRows } from "../points.ts";
import type { Problem } from "../problem.ts";
import { densityOf } from "../source.ts";
import { lineCost } from "./exact1d.ts";
import type { Polygons } from "./plane/polygons.ts";
import { ALWAYS_ONE, extentOf, rowsOf } from "./resolve.ts";

/** The cells at given heights; values of targets that have no cell are 0. */
export interface CutCells {
  /** -Infinity for targets without a cell. */
  readonly heights: ArrayLike<number>;
  /** w_i. */
  readonly masses: Float64Array;
  /** E[x | x in W_i], [N, d]. */
  readonly centres: Float64Array;
  /** ∫ |x − y_i|² over W_i. */
  readonly costs: Float64Array;
  readonly cells: Polygons;
}

/**
 * The dual value E|x|² + Σ nu_i |y_i|² − 2 E(h) = Σ c_i + Σ (nu_i − w_i) (|y_i|² + 2 h_i) with the
 * costs c_i of the cells. It is at most W2², at any heights. -Infinity where a target with mass has
 * the height -Infinity.
 */
export function dualSquare(problem: Problem, { heights, masses, costs }: CutCells): number {
  const { nu, targets } = problem;
  const values = fullRows(targets);
  let square = shiftSquare(problem);
  for (let i = 0; i < nu.length; i++) {
    const missing = (nu[i] as number) - (masses[i] as number);
    square += costs[i] as number;
    if (missing !== 0) square += missing * (squareOf(values, i, targets.dimension) + 2 * (heights[i] as number));
  }
  return square;
}

/**
 * An interval that contains W2, of mu to the masses nu, with rounding. The dual value at the
 * heights is its lower end, where targets with mass but without a cell get the greatest height at
 * which they have none. Its upper end is the cost of a plan that has the masses nu: the cells'
 * surplus over nu goes to targets that lack mass, those nearby first, the same share of every x in
 * a cell. On a line the interval does not depend on heights.
 */
export function distanceInterval(problem: Problem, cut: CutCells): readonly [low: number, high: number] {
  const { targets } = problem;
  if (targets.dimension === 1) {
    const square = lineCost(Float64Array.from(fullRows(targets)), problem.nu, densityOf("exact", problem.source));
    return roots(problem, square + shiftSquare(problem), square + shiftSquare(problem));
  }
  const low = dualSquare(problem, { ...cut, heights: extended(problem, cut) });
  const cost = cut.costs.reduce((sum, c) => sum + c, 0);
  return roots(problem, low, cost + shiftSquare(problem) + costOfSurplus(problem, cut));
}

/**
 * The roots of bounds of W2², which are widened by rounding: sums over N cells of integrals that
 * are each wrong by some 2⁻⁵³ of the greatest |x − y|².
 */
function roots({ nu, targets, offset, source }: Problem, low: number, high: number): readonly [number, number] {
  const values = fullRows(targets);
  const d = targets.dimension;
  const farthest = nu.reduce((most, mass, i) => (mass > 0 ? Math.max(most, squareOf(values, i, d)) : most), 0);
  const size = (source === "cube" ? d / 12 : d) + farthest + squareOf(offset, 0, d);
  const rounding = powerOfTwo(-53) * (64 + 8 * Math.sqrt(nu.length)) * size;
  const above = high + rounding;
  return [
    low > rounding ? Math.sqrt(low - rounding) : 0,
    above >= 0 ? Math.sqrt(above) : Number.POSITIVE_INFINITY, // NaN is not above 0
  ];
}

function shiftSquare({ nu, targets, offset }: Problem): number {
  const values = fullRows(targets);
  const d = targets.dimension;
  let square = squareOf(offset, 0, d);
  for (let k = 0; k < d; k++) {
    let mean = 0;
    for (let i = 0; i < nu.length; i++) mean += (nu[i] as number) * (values[i * d + k] as number);
    square += 2 * (offset[k] as number) * mean;
  }
  return square;
}

/**
 * Heights that are finite for all targets with mass: one without a cell gets −u*(y_i) = min u(x) −
 * <x, y_i>. The least value of this convex function, linear in each cell, is at a vertex.
 */
function extended(problem: Problem, { heights, cells: { start, vertices } }: CutCells): Float64Array {
  const values = rowsOf(problem);
  const { nu } = problem;
  return nu.map((mass, j) => {
    const height = heights[j] as number;
    if (mass === 0 || Number.isFinite(height)) return height;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < nu.length; i++) {
      const dx = (values[2 * i] as number) - (values[2 * j] as number);
      const dy = (values[2 * i + 1] as number) - (values[2 * j + 1] as number);
      for (let k = start[i] as number; k < (start[i + 1] as number); k++) {
        const score = dx * (vertices[2 * k] as number) + dy * (vertices[2 * k + 1] as number) + (heights[i] as number);
        if (score < least) least = score;
      }
    }
    return least;
  });
}

/**
 * What it costs more than the cells do that mass moves from cells with surplus to targets that lack
 * it. Within balls of rising radius as much as possible moves, in proportion to surplus and lack.
 */
function costOfSurplus(problem: Problem, { masses, centres }: CutCells): number {
  const { nu, targets } = problem;
  const values = fullRows(targets);
  const surplus = masses.map((mass, i) => mass - (nu[i] as number));
  const extent = extentOf(problem);
  let cost = 0;
  for (let share = ALWAYS_ONE; share < 0.5; share *= 256) {
    const first = closePoints(values, 2, share * extent, (i) => surplus[i] !== 0);
    cost += moveWithin(first, values, centres, surplus);
  }
  return cost + moveWithin(new Uint32Array(nu.length), values, centres, surplus);
}

/**
 * Moves surplus within groups, those of equal `first`, and returns the cost: moving mass f from
 * cell i to target j adds f (|y_j|² − |y_i|² − 2 <c_i, y_j − y_i>) with the centre c_i of the cell,
 * for coordinates from any place. `surplus` becomes what is left.
 */
function moveWithin(
  first: Uint32Array,
  values: ArrayLike<number>,
  centres: Float64Array,
  surplus: Float64Array,
): number {
  const groups = surplus.length;
  const [much, little] = [new Float64Array(groups), new Float64Array(groups)];
  first.forEach((g, i) => {
    const s = surplus[i] as number;
    if (s > 0) (much[g] as number) += s;
    else (little[g] as number) -= s;
  });
  // Per unit of moved mass: the mean of c from where it comes and of y to where it goes.
  const [from, to] = [new Float64Array(2 * groups), new Float64Array(2 * groups)];
  let cost = 0;
  first.forEach((g, i) => {
    const s = surplus[i] as number;
    const [all, lack] = [much[g] as number, little[g] as number];
    const moved = Math.min(all, lack);
    if (!(moved > 0) || s === 0) return;
    const share = Math.abs(s) / (s > 0 ? all : lack);
    const [x, y] = [0, 1].map((k) => (values[2 * i + k] as number) - (values[2 * g + k] as number)) as [number, number];
    if (s > 0) {
      const [cx, cy] = [0, 1].map((k) => (centres[2 * i + k] as number) - (values[2 * g + k] as number)) as [
        number,
        number,
      ];
      (from[2 * g] as number) += share * cx;
      (from[2 * g + 1] as number) += share * cy;
      cost += moved * share * (2 * (cx * x + cy * y) - (x * x + y * y));
    } else {
      (to[2 * g] as number) += share * x;
      (to[2 * g + 1] as number) += share * y;
      cost += moved * share * (x * x + y * y);
    }
    surplus[i] = s - Math.sign(s) * moved * share;
  });
  for (let g = 0; g < groups; g++) {
    const moved = Math.min(much[g] as number, little[g] as number);
    cost -=
      2 *
      moved *
      ((from[2 * g] as number) * (to[2 * g] as number) + (from[2 * g + 1] as number) * (to[2 * g + 1] as number));
  }
  return cost;
}

/** |v_i|² for row i of v [n, d]. */
function squareOf(v: ArrayLike<number>, i: number, d: number): number {
  let sum = 0;
  for (let k = 0; k < d; k++) sum += (v[i * d + k] as number) * (v[i * d + k] as number);
  return sum;
}
