import { type ExactSolution, exactCells, exactSteps } from "../../../src/ot/exact/exact.ts";
import type { Polygons } from "../../../src/ot/exact/plane/polygons.ts";
import { points } from "../../../src/ot/points.ts";
import { createProblem } from "../../../src/ot/problem.ts";
import type { Cloud, SourceName } from "../cells/cloud.ts";

/** Half width of what is shown of a source: a square, or a disc of a Gaussian. */
export const REACH: Readonly<Record<SourceName, number>> = { cube: 0.5, gaussian: 2.4 };

/** A place of the plane. */
export type Place = readonly [x: number, y: number];

/** Heights and points, from which both potentials and the map follow. */
export class Potentials {
  readonly cloud: Cloud;
  readonly source: SourceName;
  readonly heights: Float64Array;
  readonly cells: Polygons;

  constructor(cloud: Cloud, source: SourceName, { heights, cells }: Pick<ExactSolution, "heights" | "cells">) {
    [this.cloud, this.source, this.heights, this.cells] = [cloud, source, heights, cells];
  }

  /** The point with the greatest <x, y_i> + h_i: the cell of x. */
  cell([x, y]: Place): number {
    const { values } = this.cloud;
    let [at, most] = [0, Number.NEGATIVE_INFINITY];
    for (let i = 0; i < this.heights.length; i++) {
      const score = x * (values[2 * i] as number) + y * (values[2 * i + 1] as number) + (this.heights[i] as number);
      if (score > most) [at, most] = [i, score];
    }
    return at;
  }

  /** Brenier's potential u(x) = max_i <x, y_i> + h_i. */
  u(place: Place): number {
    const [p, q] = this.map(place);
    return place[0] * p + place[1] * q + (this.heights[this.cell(place)] as number);
  }

  /** Kantorovich's potential φ(x) = |x|²/2 − u(x). */
  phi(place: Place): number {
    return (place[0] ** 2 + place[1] ** 2) / 2 - this.u(place);
  }

  /** The map T(x): the point of the cell. */
  map(place: Place): Place {
    const i = this.cell(place);
    return [this.cloud.values[2 * i] as number, this.cloud.values[2 * i + 1] as number];
  }

  /** The map from the potential alone: x − ∇φ(x), by central differences. */
  mapFromPhi([x, y]: Place, step = DIFFERENCE): Place {
    const across = (this.phi([x + step, y]) - this.phi([x - step, y])) / (2 * step);
    const up = (this.phi([x, y + step]) - this.phi([x, y - step])) / (2 * step);
    return [x - across, y - up];
  }

  /**
   * The potential from the map alone: φ(x) = φ(0) + ∫ <s x − T(s x), x> ds along the straight way
   * from 0, by midpoints.
   */
  phiFromMap([x, y]: Place): number {
    let sum = 0;
    for (let k = 0; k < MIDPOINTS; k++) {
      const s = (k + 0.5) / MIDPOINTS;
      const [p, q] = this.map([s * x, s * y]);
      sum += (s * x - p) * x + (s * y - q) * y;
    }
    return this.phi([0, 0]) + sum / MIDPOINTS;
  }
}

/** Half of the distance between two places of a difference. */
export const DIFFERENCE = 1e-5;
export const MIDPOINTS = 1000;

/** Places at which both are compared, within what is shown. */
export function places(source: SourceName, side: number): readonly Place[] {
  const reach = REACH[source];
  const all: Place[] = [];
  for (let r = 0; r < side; r++) {
    for (let c = 0; c < side; c++) {
      const place: Place = [reach * (0.96 * ((2 * c) / (side - 1) - 1)), reach * (0.96 * ((2 * r) / (side - 1) - 1))];
      if (source === "cube" || Math.hypot(...place) <= reach) all.push(place);
    }
  }
  return all;
}

/** The potentials after each step of Newton's method, and at the end those of the solution. */
export function* potentialSteps(
  cloud: Cloud,
  source: SourceName,
): Generator<Potentials, { readonly solved: Potentials; readonly w2: readonly [number, number] }, undefined> {
  const problem = createProblem(points("potential", cloud.values, 2), { nu: cloud.weights, source });
  const flat = Float64Array.from(problem.nu, (mass) => (mass > 0 ? 0 : Number.NEGATIVE_INFINITY));
  yield new Potentials(cloud, source, { heights: flat, cells: exactCells(problem, flat).cells });
  const steps = exactSteps(problem);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return { solved: new Potentials(cloud, source, value), w2: value.w2Interval };
    if (value === undefined) continue;
    const { cells } = exactCells(problem, value.heights);
    yield new Potentials(cloud, source, { heights: value.heights, cells });
  }
}
