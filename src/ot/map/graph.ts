import { checkOptions } from "../../kernels/options.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import { powerOfTwo } from "../../math/float64.ts";
import { STREAMS } from "../../math/streams.ts";
import { ranking } from "../cells/counter.ts";
import { portions } from "../points.ts";
import { choosePilot } from "../solver/pilot.ts";
import { checkFlips, type Flips } from "../source.ts";
import { centredAngle } from "./angles.ts";
import type { Solved } from "./map.ts";

/**
 * Pairs of cells that share a facet, estimated by samples: the two cells with the greatest scores
 * of a sample are a pair. Edges are sorted by (i, j), i < j.
 */
export interface NeighbourGraph {
  /** [edges, 2]. */
  readonly pairs: Uint32Array<ArrayBuffer>;
  /** Number of samples for each pair. */
  readonly votes: Float64Array<ArrayBuffer>;
  /**
   * [edges, 3]: the .1, .5 and .9 quantiles of the margin between the two greatest scores over the
   * samples of the pair.
   */
  readonly margins: Float32Array<ArrayBuffer>;
  /**
   * Angles between the normals of the graph of u over the two cells, in radians; see
   * `centredAngle`.
   */
  readonly angles: Float32Array<ArrayBuffer>;
  readonly samples: number;
  /** Sign flips of the samples; see `Draw`. */
  readonly flips: Flips;
}

/** How `neighbourGraph` looks for neighbours. */
export interface GraphOptions extends Cancellable {
  /**
   * Default: 64 per target, at most 2^22; rounded up to whole drawn points. Facets that few samples
   * are near to may be missing.
   */
  readonly samples?: number;
  /** Sign flips of the samples, such as a solution's. Default: chosen as in `solve`. */
  readonly flips?: Flips;
  readonly seed?: number;
  /** Last coordinate of the normals; see `centredAngle`. Default .1. */
  readonly lift?: number;
}

/**
 * The neighbour graph of a map's cells. With sign flips votes are still votes for pairs that share
 * a facet, though those of one drawn point depend on each other: no interval is claimed. RangeError
 * unless `samples` is a whole number from 1 and `lift` above 0, and for flips that points of the
 * source cannot have.
 */
export async function neighbourGraph({ cells, problem }: Solved, options: GraphOptions = {}): Promise<NeighbourGraph> {
  checkOptions("neighbourGraph", options, ["samples", "flips", "seed", "lift", "signal"]);
  const { count } = problem.targets;
  const { samples: wish = Math.min(powerOfTwo(22), 64 * count), seed = 1, lift = 0.1, signal } = options;
  if (!(Number.isSafeInteger(wish) && wish >= 1))
    throw new RangeError(`neighbourGraph: expected a whole number of \`samples\` from 1, got ${wish}`);
  checkFlips("neighbourGraph", options.flips, { source: problem.source, dimension: problem.targets.dimension });
  if (!(lift > 0 && lift < Number.POSITIVE_INFINITY))
    throw new RangeError(`neighbourGraph: expected \`lift\` above 0, got ${lift}`);
  const { flips } = await choosePilot(cells, problem.nu, { seed, wanted: options.flips, signal });
  const patterns = powerOfTwo(flips);
  const samples = patterns * Math.ceil(wish / patterns);
  const margins = new Map<number, number[]>();
  if (count > 1) {
    for (const portion of portions(samples, 4)) {
      const { index, score } = await cells.ask(
        ranking,
        2,
        { seed, stream: STREAMS.source.graph, ...portion, flips },
        { signal },
      );
      for (let m = 0; m < portion.count; m++) {
        const [i, j] = [index[2 * m] as number, index[2 * m + 1] as number];
        if (j >= count) continue; // no second cell
        const key = Math.min(i, j) * count + Math.max(i, j);
        const margin = (score[2 * m] as number) - (score[2 * m + 1] as number);
        const known = margins.get(key);
        if (known === undefined) margins.set(key, [margin]);
        else known.push(margin);
      }
    }
  }
  const edges = Float64Array.from(margins.keys()).sort();
  const angle = centredAngle(problem, lift);
  const graph = {
    pairs: new Uint32Array(2 * edges.length),
    votes: new Float64Array(edges.length),
    margins: new Float32Array(3 * edges.length),
    angles: new Float32Array(edges.length),
    samples,
    flips,
  };
  edges.forEach((key, e) => {
    const [i, j] = [Math.floor(key / count), key % count];
    const sorted = Float64Array.from(margins.get(key) as number[]).sort();
    graph.pairs.set([i, j], 2 * e);
    graph.votes[e] = sorted.length;
    graph.margins.set(
      [0.1, 0.5, 0.9].map((p) => sorted[Math.floor(p * sorted.length)] as number),
      3 * e,
    );
    graph.angles[e] = angle(i, j);
  });
  return graph;
}

/**
 * The angle below which the given share of votes lies: θ̂ for a quantile. RangeError unless
 * 0 ≤ quantile ≤ 1; π without edges.
 */
export function angleAt({ angles, votes }: NeighbourGraph, quantile: number): number {
  if (!(quantile >= 0 && quantile <= 1))
    throw new RangeError(`angleAt: expected \`quantile\` from 0 to 1, got ${quantile}`);
  const order = [...angles.keys()].sort((a, b) => (angles[a] as number) - (angles[b] as number));
  let left = quantile * votes.reduce((sum, v) => sum + v, 0);
  for (const e of order) {
    left -= votes[e] as number;
    if (left <= 0) return angles[e] as number;
  }
  return Math.PI;
}

/** The share of votes at angles up to `angle`: the quantile for θ̂ in radians. 1 without edges. */
export function quantileOf({ angles, votes }: NeighbourGraph, angle: number): number {
  const all = votes.reduce((sum, v) => sum + v, 0);
  const below = votes.reduce((sum, v, e) => sum + ((angles[e] as number) <= angle ? v : 0), 0);
  return all > 0 ? below / all : 1;
}
