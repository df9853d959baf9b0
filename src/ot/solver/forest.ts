// Tight groups of targets. A step of Adam moves every height by about the learning rate, which is
// the size of a margin between scores. Two targets at a much smaller distance δ share their mass
// rightly only while their heights differ by the right number of the order of δ, so that such steps
// would give all to one of them in turn. Heights are therefore written in a hierarchical basis
// (Yserentant 1986): the first target of a group has the height of the group, the others have what
// is added to it, and this moves in proportion to δ.
import type { Cancellable } from "../../kernels/signal.ts";
import { powerOfTwo } from "../../math/float64.ts";
import type { Cells } from "../cells/cells.ts";
import { closePoints, diameterBound } from "../closePoints.ts";
import type { Problem } from "../problem.ts";
import type { Draw } from "../source.ts";
import { medianMargin } from "./warmStart.ts";

/** A forest whose trees are the groups; targets that are in no group are trees of their own. */
export interface Forest {
  /** The number of an earlier target, to whose height this one's is added; itself for a root. */
  readonly parent: Float64Array;
  /** Learning rate of each height, relative to that of the roots. */
  readonly pace: Float64Array;
}

/** Ratio of the radii at which groups are looked for. */
const LADDER = 4;
/**
 * Groups are tight where the margins between them are this many times their radius, in units of
 * scores. With 16, two of ten normal targets in 2, 3 or 16 dimensions were solved in one round at
 * every distance down to that of `gatherForDevice`; without groups, in no number of rounds below
 * 1e-3 of the cloud.
 */
const GAP = 16;
/** Learning rate over distance times the source's deviation, for the members of a group. */
const PACE = 0.2;
/** Targets whose nearest neighbour is looked for, and the share of them that counts as most. */
const PROBES = 64;
const FEW = 1 / 8;

/** The first learning rate, and the groups where there are any. */
export interface Pace {
  readonly lr: number;
  readonly forest?: Forest;
}

/**
 * The median margin between the two greatest scores at heights h, over the samples of `draw`, which
 * is the first learning rate. Where targets are in tight groups, it is the margin between groups:
 * their radius is the greatest of D / 32, D / 128, …, with D the diameter, that is at most 1/16 of
 * it. Within groups, trees are made from the least radius up: `closePoints` finds who represents
 * whom, and only those that represent themselves go on to the next radius.
 */
export async function findPace(
  cells: Cells,
  { targets: { values, dimension }, nu, gathered }: Problem,
  h: Float64Array,
  draw: Draw,
  options: Cancellable = {},
): Promise<Pace> {
  const lr = await medianMargin(cells, h, draw, options);
  const active = (i: number): boolean => (nu[i] as number) > 0;
  const diameter = diameterBound(values, dimension, active);
  const deviation = Math.sqrt(cells.moments.variance);
  const least = Math.max(gathered?.radius ?? 0, powerOfTwo(-24) * diameter);
  const radii: number[] = [];
  for (let radius = diameter / 32; radius > least; radius /= LADDER) radii.push(radius);
  const crowded = crowding(values, dimension, active);
  for (const [at, radius] of radii.entries()) {
    // The margins of few targets do not change the median.
    const few = crowded(radius) < FEW;
    if (few && lr < GAP * deviation * radius) continue;
    const first = closePoints(values, dimension, radius, active);
    if (first.every((to, i) => to === i)) break;
    const roots = h.map((height, i) => (first[i] === i ? height : Number.NEGATIVE_INFINITY));
    const unit = few ? lr : await medianMargin(cells, roots, draw, options);
    if (!(unit >= GAP * deviation * radius)) continue;
    const parent = Float64Array.from(nu.keys());
    const pace = new Float64Array(nu.length).fill(1);
    for (const here of radii.slice(at).reverse()) {
      const up = closePoints(values, dimension, here, (i) => active(i) && parent[i] === i);
      up.forEach((to, i) => {
        if (to === i) return;
        parent[i] = to;
        pace[i] = Math.min(1, (PACE * deviation * here) / unit);
      });
    }
    return { lr: unit, forest: { parent, pace } };
  }
  return { lr };
}

/**
 * A function that returns the share of targets with another one within a radius, by their nearest
 * neighbours, for about 64 targets in equal steps.
 */
function crowding(values: Float32Array, dimension: number, active: (i: number) => boolean): (radius: number) => number {
  const numbers = Array.from({ length: values.length / dimension }, (_, i) => i).filter(active);
  const stride = Math.ceil(numbers.length / PROBES);
  const probes = numbers.filter((_, at) => at % stride === 0);
  const nearest = probes.map((i) => {
    let least = Number.POSITIVE_INFINITY;
    for (const j of numbers) {
      if (j === i) continue;
      let square = 0;
      for (let k = 0; k < dimension && square < least; k++) {
        const off = (values[i * dimension + k] as number) - (values[j * dimension + k] as number);
        square += off * off;
      }
      least = Math.min(least, square);
    }
    return Math.sqrt(least);
  });
  return (radius) => nearest.filter((distance) => distance <= radius).length / probes.length;
}

/** Sums over the trees below each target, in place. */
export function sumBelow({ parent }: Forest, values: Float64Array): void {
  for (let i = values.length - 1; i >= 0; i--) {
    const p = parent[i] as number;
    if (p !== i) values[p] = (values[p] as number) + (values[i] as number);
  }
}

/** Adds to each value those of all targets above it, in place. */
export function addAbove({ parent }: Forest, values: Float64Array): void {
  for (let i = 0; i < values.length; i++) {
    const p = parent[i] as number;
    if (p !== i) values[i] = (values[i] as number) + (values[p] as number);
  }
}
