// Tight groups of targets. A step of Adam moves every height by about the learning rate, which is
// the size of a margin between scores. Two targets at a much smaller distance δ share their mass
// rightly only while their heights differ by the right number of the order of δ, so that such steps
// would give all to one of them in turn. Heights are therefore written in a hierarchical basis
// (Yserentant 1986): the first target of a group has the height of the group, the others have what
// is added to it, and this moves in proportion to δ.
import { inPieces } from "../../kernels/batches.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import { powerOfTwo } from "../../math/float64.ts";
import { PIECE, type Steps } from "../../math/steps.ts";
import { type CellCounter, ranking, type TopK } from "../cells/counter.ts";
import { distanceBetween } from "../cells/nearest.ts";
import { closePointsSteps, diameterSteps } from "../closePoints.ts";
import type { Points } from "../points.ts";
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

/** Ratio of the radii at which groups are looked for, from D / 32 on, with D the diameter. */
const LADDER = 4;
/**
 * Groups of a radius are tight where at least half of the targets have no other one at a distance
 * of 1 to 16 radii; of 1 to 64 radii where less than an eighth of them have one nearer, since
 * single pairs need no basis of their own before.
 */
const GAP = 16;
const GAP_OF_FEW = 64;
/** Number of targets whose distances from all others are looked at. */
const PROBES = 64;

/** Learning rate of a pair over its distance times the source's deviation. */
const PAIR = 2 / 3;

/** The first learning rate, and the groups where there are any. */
export interface Pace {
  readonly lr: number;
  readonly forest?: Forest;
  /** Number of samples that were used. */
  readonly samples: number;
}

/** The targets of a problem, and who of them is meant. */
interface Chosen {
  readonly targets: Points;
  readonly keep: (i: number) => boolean;
}

/**
 * The median margin between the two greatest scores at heights h, over the samples of `draw`, which
 * is the first learning rate. Where targets are in tight groups, it is the margin between groups.
 *
 * Within groups there may be tighter ones. From the tightest to the widest, `closePoints` finds who
 * represents whom, and only those that represent themselves go on. Their pace is the median margin
 * between two in a group that have come so far, again over the samples of `draw`, and at most 2/3
 * of the distance to who represents them, in units of scores.
 */
export async function findPace(
  cells: CellCounter,
  { targets, nu, gathered }: Problem,
  h: Float64Array,
  draw: Draw,
  options: Cancellable = {},
): Promise<Pace> {
  const { values, dimension } = targets;
  const active = (i: number): boolean => (nu[i] as number) > 0;
  const inTurn = <T>(steps: Steps<T>): Promise<T> => inPieces(cells, steps, options.signal);
  const diameter = await inTurn(diameterSteps(values, dimension, active));
  const least = Math.max(gathered?.radius ?? 0, powerOfTwo(-24) * diameter);
  const ladder: number[] = [];
  for (let radius = diameter / 32; radius > least; radius /= LADDER) ladder.push(radius);
  const [widest] = await inTurn(tightRadii({ targets, keep: active }, ladder));
  const groups = widest === undefined ? undefined : await inTurn(closePointsSteps(values, dimension, widest, active));
  if (widest === undefined || groups === undefined || groups.every((to, i) => to === i)) {
    return { lr: await medianMargin(cells, h, draw, options), samples: draw.count };
  }
  const size = new Uint32Array(groups.length);
  for (const to of groups) (size[to] as number) += 1;
  const grouped = (i: number): boolean => (size[groups[i] as number] as number) > 1;
  const narrower = ladder.filter((radius) => radius < widest);
  const tighter = await inTurn(tightRadii({ targets, keep: grouped }, narrower));
  const only = (first: ArrayLike<number>): Float64Array =>
    h.map((height, i) => (first[i] === i ? height : Number.NEGATIVE_INFINITY));
  const lr = await medianMargin(cells, only(groups), draw, options);
  const parent = Float64Array.from(nu.keys());
  const pace = new Float64Array(nu.length).fill(1);
  for (const radius of [widest, ...tighter].reverse()) {
    const first = await inTurn(closePointsSteps(values, dimension, radius, (i) => grouped(i) && parent[i] === i));
    cells.setHeights(only(parent));
    const near = medianWithin(groups, await cells.ask(ranking, 2, draw, options)) ?? lr;
    first.forEach((to, i) => {
      if (to === i) return;
      parent[i] = to;
      const distance = PAIR * Math.sqrt(cells.moments.variance) * distanceBetween(targets, i, targets, to);
      pace[i] = Math.min(lr, near, distance) / lr;
    });
  }
  return { lr, forest: { parent, pace }, samples: (2 + tighter.length) * draw.count };
}

/** The median margin between the two best cells of samples where they are of one group. */
function medianWithin(groups: Uint32Array, { index, score }: TopK): number | undefined {
  const margins: number[] = [];
  for (let at = 0; at < index.length; at += 2) {
    const [a, b] = [groups[index[at] as number], groups[index[at + 1] as number]];
    if (a === b) margins.push((score[at] as number) - (score[at + 1] as number));
  }
  return Float64Array.from(margins).sort()[margins.length >> 1];
}

/** Those of the radii, which fall, at which targets are in tight groups, by 64 of the targets. */
function* tightRadii({ targets, keep }: Chosen, radii: readonly number[]): Steps<number[]> {
  const numbers = Array.from({ length: targets.count }, (_, i) => i).filter(keep);
  const stride = Math.ceil(numbers.length / PROBES);
  const probes = numbers.filter((_, at) => at % stride === 0);
  // Numbers of probes with another target within a radius, from 1 to 16 and from 1 to 64 radii.
  const near = new Float64Array(radii.length);
  const [wide, wider] = [near.slice(), near.slice()];
  const count = (into: Float64Array, at: number, found: boolean): void => {
    if (found) (into[at] as number) += 1;
  };
  const work = 4 * targets.dimension + 16 * radii.length;
  let done = 0;
  for (const i of probes) {
    let nearest = Number.POSITIVE_INFINITY;
    const beyond = radii.map(() => Number.POSITIVE_INFINITY);
    for (const j of numbers) {
      done += work;
      if (done > PIECE) {
        done = 0;
        yield;
      }
      if (j === i) continue;
      const distance = distanceBetween(targets, i, targets, j);
      nearest = Math.min(nearest, distance);
      for (const [at, radius] of radii.entries()) {
        if (distance > radius) beyond[at] = Math.min(beyond[at] as number, distance);
      }
    }
    for (const [at, radius] of radii.entries()) {
      count(near, at, nearest <= radius);
      count(wide, at, (beyond[at] as number) < GAP * radius);
      count(wider, at, (beyond[at] as number) < GAP_OF_FEW * radius);
    }
  }
  const half = probes.length / 2;
  return radii.filter((_, at) => {
    const crowd = (near[at] as number) >= probes.length / 8 ? wide : wider;
    return (crowd[at] as number) <= half;
  });
}

/**
 * How fast a height and those above and below it in its tree move, relative to roots: the least of
 * their paces.
 */
export function leastPace({ parent, pace }: Forest): Float64Array {
  const least = Float64Array.from(pace);
  for (let i = parent.length - 1; i >= 0; i--) {
    const p = parent[i] as number;
    least[p] = Math.min(least[p] as number, least[i] as number);
  }
  return least;
}

/** Sums over the trees below each target, in place. */
export function sumBelow({ parent }: Forest, values: Float64Array): void {
  for (let i = values.length - 1; i >= 0; i--) {
    const p = parent[i] as number;
    if (p !== i) (values[p] as number) += values[i] as number;
  }
}

/** Adds to each value those of all targets above it, in place. */
export function addAbove({ parent }: Forest, values: Float64Array): void {
  for (let i = 0; i < values.length; i++) {
    const p = parent[i] as number;
    if (p !== i) (values[i] as number) += values[p] as number;
  }
}
