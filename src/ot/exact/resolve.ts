// What float64 heights can hold of a problem: they are rounded to 2⁻⁵³ of themselves, and so is the
// place of the line between two cells, in units of |h| / |y_i − y_j|. Masses of targets that are
// too close to each other cannot be told apart, nor masses that are too small be told from 0.

import { powerOfTwo } from "../../math/float64.ts";
import { closePoints, diameterBound, gatherMasses } from "../closePoints.ts";
import { fullRows } from "../points.ts";
import type { Problem } from "../problem.ts";

/**
 * Targets nearer than this share of the extent of all, 2¹² · 2⁻⁵³, are always one: the line between
 * their cells would be off by more than about 2⁻¹² of the source's spread, which is too much for
 * Newton's method.
 */
export const ALWAYS_ONE: number = powerOfTwo(12 - 53);
/**
 * Targets nearer than this share of the extent of all, 2³³ · 2⁻⁵³, are one where their masses are
 * off by more than `TOLERABLE`. Farther ones never are: with G, the integral of the density along
 * the border of a cell, and |h| ≤ R · extent, rounding of the heights changes a mass by at most
 * 2⁻⁵³ · 2 |h| G / (2⁻²⁰ · extent) = 2⁻³² R G, and R G is at most 2 (the cube) or 3 (N(0, I), where
 * a long line of a cell passes near 0).
 */
const MAY_BE_ONE = powerOfTwo(33 - 53);
/**
 * Greatest error of a mass that is not a matter of close targets, if 1 is the mass of all; about
 * 5e-10.
 */
export const TOLERABLE: number = powerOfTwo(-31);
/**
 * Masses below it, about 1e-15, are treated as 0: integrals that sum to 1 are wrong by about 2⁻⁵³,
 * an eighth of it.
 */
const NEGLIGIBLE = powerOfTwo(-50);
/** Masses up to it are treated as 0 where Newton's method fails on them. */
const SMALL = TOLERABLE / 8;

/** The masses that cells can be asked to have in place of nu. */
export interface Resolved {
  /**
   * For each target, the number of the target that stands for it: itself, or a heavier or equally
   * heavy earlier one nearby, which is asked to have the mass of both.
   */
  readonly first: Uint32Array;
  /** Sum 1; 0 for targets that another stands for, and for those with negligible mass. */
  readonly asked: Float64Array;
  /** Targets with mass, their own and that of others, that is treated as 0. */
  readonly negligible: ReadonlySet<number>;
}

/** The rows whose differences count: as they were given, since centring rounds close ones. */
export function rowsOf({ given, targets }: Problem): Float64Array | Float32Array {
  return given ?? fullRows(targets);
}

/** The extent of the targets with mass: their diameter, or up to √2 times that. */
export function extentOf(problem: Problem): number {
  return diameterBound(rowsOf(problem), problem.targets.dimension, (i) => (problem.nu[i] as number) > 0);
}

/**
 * The masses to begin with: targets that are always one are taken together, as are targets whose
 * height to start from is -Infinity with one that they may be one with.
 */
export function resolve(problem: Problem, heights: ArrayLike<number> | undefined): Resolved {
  const { nu } = problem;
  const first = close(problem, nu, ALWAYS_ONE);
  if (heights?.length === nu.length) {
    const near = close(problem, nu, MAY_BE_ONE);
    first.forEach((to, i) => {
      if (heights[to] === Number.NEGATIVE_INFINITY) first[i] = first[near[to] as number] as number;
    });
  }
  return resolved(nu, first, new Set());
}

/**
 * The masses with those targets taken together, of those that `keep` selects, that may be one and
 * lie within the least radius, rising by factors of 8, within which there are any; undefined if
 * there are none.
 */
export function together(
  problem: Problem,
  { first, asked, negligible }: Resolved,
  keep: (i: number) => boolean,
): Resolved | undefined {
  for (let share = 8 * ALWAYS_ONE; share <= MAY_BE_ONE; share *= 8) {
    const next = close(problem, asked, share, keep);
    if (next.some((to, i) => to !== i)) {
      const both = first.map((to) => next[to] as number);
      return resolved(problem.nu, both, negligible);
    }
  }
  return undefined;
}

/**
 * For each target the number of the one that stands for it, by `closePoints` with the radius as a
 * share of the extent, where heavy targets come before light ones.
 */
function close(
  problem: Problem,
  masses: Float64Array,
  share: number,
  keep: (i: number) => boolean = () => true,
): Uint32Array<ArrayBuffer> {
  const { count, dimension: d } = problem.targets;
  const values = rowsOf(problem);
  const mass = (i: number): number => masses[i] as number;
  const order = Uint32Array.from({ length: count }, (_, i) => i).sort((a, b) => mass(b) - mass(a) || a - b);
  const sorted = new Float64Array(values.length);
  order.forEach((i, r) => {
    sorted.set(values.subarray(i * d, (i + 1) * d), r * d);
  });
  const kept = (r: number): boolean => mass(order[r] as number) > 0 && keep(order[r] as number);
  const first = new Uint32Array(count);
  closePoints(sorted, d, share * extentOf(problem), kept).forEach((to, r) => {
    first[order[r] as number] = order[to] as number;
  });
  return first;
}

/** The masses with that of target i treated as 0; undefined if it is too great for that. */
export function without({ nu }: Problem, { first, asked, negligible }: Resolved, i: number): Resolved | undefined {
  if (!((asked[i] as number) <= SMALL)) return undefined;
  return resolved(nu, first, new Set([...negligible, i]));
}

function resolved(nu: Float64Array, first: Uint32Array, omitted: ReadonlySet<number>): Resolved {
  const gathered = gatherMasses(nu, first);
  const negligible = new Set<number>();
  let sum = 0;
  gathered.forEach((mass, i) => {
    if (mass >= NEGLIGIBLE && !omitted.has(i)) sum += mass;
    else if (mass > 0) negligible.add(i);
  });
  return { first, asked: gathered.map((mass, i) => (negligible.has(i) ? 0 : mass / sum)), negligible };
}
