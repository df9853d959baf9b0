// What float64 heights can hold of a problem: they are rounded to 2⁻⁵³ of themselves, and so is the
// place of the line between two cells, in units of |h| / |y_i − y_j|. Masses of targets that are too
// close to each other cannot be told apart, nor masses that are too small be told from 0.

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
 * the border of a cell, and |h| ≤ R · extent, rounding of the heights changes a mass by at most 2⁻⁵³
 * · 2 |h| G / (2⁻²⁰ · extent) = 2⁻³² R G, and R G is at most 2 (the cube) or 3 (N(0, I), where a
 * long line of a cell passes near 0).
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

/** The masses that cells can be asked to have in place of nu. */
export interface Resolved {
  /**
   * For each target, the number of the target that stands for it: itself, or an earlier one nearby,
   * which is asked to have the mass of both.
   */
  readonly first: Uint32Array;
  /** Sum 1; 0 for targets that another stands for, and for those with negligible mass. */
  readonly asked: Float64Array;
  /** Number of targets whose mass is above 0, but negligible. */
  readonly negligible: number;
}

/** The extent of the targets with mass: their diameter, or up to √2 times that. */
export function extentOf({ nu, targets }: Problem): number {
  return diameterBound(fullRows(targets), targets.dimension, (i) => (nu[i] as number) > 0);
}

/**
 * The masses to begin with: targets that are always one are taken together, as are targets whose
 * height to start from is -Infinity with an earlier one that they may be one with.
 */
export function resolve(problem: Problem, heights: ArrayLike<number> | undefined): Resolved {
  const { nu, targets } = problem;
  const extent = extentOf(problem);
  const close = (share: number): Uint32Array =>
    closePoints(fullRows(targets), targets.dimension, share * extent, (i) => (nu[i] as number) > 0);
  const first = close(ALWAYS_ONE);
  if (heights?.length === nu.length) {
    const near = close(MAY_BE_ONE);
    first.forEach((to, i) => {
      if (heights[to] === Number.NEGATIVE_INFINITY) first[i] = first[near[to] as number] as number;
    });
  }
  return resolved(nu, first);
}

/**
 * The masses with targets taken together that are within the radius of each other, of those that
 * `keep` selects; undefined if there are none. The radius is at most what targets may be one in.
 */
export function resolveFurther(
  { nu, targets }: Problem,
  { first, asked }: Resolved,
  keep: (i: number) => boolean,
  radius: number,
): Resolved | undefined {
  const next = closePoints(fullRows(targets), targets.dimension, radius, (i) => (asked[i] as number) > 0 && keep(i));
  if (next.every((to, i) => to === i)) return undefined;
  return resolved(
    nu,
    first.map((to) => next[to] as number),
  );
}

/** Radii within which targets may be one, in rising order, for targets of the given extent. */
export function radii(extent: number): readonly number[] {
  const shares = [];
  for (let share = 8 * ALWAYS_ONE; share <= MAY_BE_ONE; share *= 8) shares.push(share);
  return shares.map((share) => share * extent);
}

function resolved(nu: Float64Array, first: Uint32Array): Resolved {
  const gathered = gatherMasses(nu, first);
  let [negligible, sum] = [0, 0];
  for (const mass of gathered) {
    if (mass >= NEGLIGIBLE) sum += mass;
    else if (mass > 0) negligible++;
  }
  return { first, asked: gathered.map((mass) => (mass >= NEGLIGIBLE ? mass / sum : 0)), negligible };
}
