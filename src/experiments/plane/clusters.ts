import type { Cancellable } from "../../kernels/signal.ts";
import { hypot } from "../../math/elementary.ts";
import { hostRandom } from "../../math/philox.ts";
import { STREAMS } from "../../math/streams.ts";
import { MIXTURES, type Mixture } from "../../metrics/modes.ts";
import type { ExactSolution } from "../../ot/exact/exact.ts";
import { type Facets, singularSet } from "../../ot/exact/singularSet.ts";
import { points } from "../../ot/points.ts";
import { createProblem, type Problem } from "../../ot/problem.ts";
import { solveExactly } from "../../run/solveExactly.ts";

export type ClusterName = "two" | "three" | "ring";

/** Separated clusters in the plane, at distances of about 1 from 0. */
export const CLUSTERS: Readonly<Record<ClusterName, Mixture>> = {
  two: {
    centres: [
      [-1, 0],
      [1, 0],
    ],
    sd: 0.1,
  },
  three: {
    centres: [
      [-0.8, -0.9],
      [1.1, -0.2],
      [-0.1, 1],
    ],
    sd: 0.1,
  },
  ring: MIXTURES.ring,
};

/** Transport of N(0, I) onto clusters, solved exactly. */
export interface SolvedClusters {
  readonly mixture: Mixture;
  readonly problem: Problem;
  readonly solution: ExactSolution;
  /** Facets between cells whose targets lie in different clusters. */
  readonly singular: Facets;
}

/**
 * Targets lie within so many sd of their centre, so that an output that is "off", beyond 3 sd, is
 * at least 1 sd from each target.
 */
const REACH = 2;

export interface ClusterOptions extends Cancellable {
  readonly count: number;
  readonly seed: number;
}

/**
 * Draws about `count` targets, equally many for each cluster, from the rows of the mixture within 2
 * sd of their centre, and solves the transport onto them.
 */
export async function solveClusters(
  name: ClusterName,
  { count, seed, signal }: ClusterOptions,
): Promise<SolvedClusters> {
  const mixture = CLUSTERS[name];
  const { centres, sd } = mixture;
  const random = hostRandom(seed, STREAMS.host.clusterTargets);
  const each = Math.ceil(count / centres.length);
  const rows = centres.flatMap(([a, b]) =>
    Array.from({ length: each }, () => {
      for (;;) {
        const [p, q] = [random.normal(), random.normal()];
        if (hypot(p, q) <= REACH) return [a + sd * p, b + sd * q];
      }
    }),
  );
  const problem = createProblem(points("clusters", rows.flat(), 2));
  const solution = await solveExactly(problem, { signal });
  const labels = rows.map((_, i) => Math.floor(i / each));
  return { mixture, problem, solution, singular: singularSet(solution.cells, labels) };
}

/** Distance of rows [n, 2] from the nearest centre, in sd, and the index of that centre. */
export function nearestCentre(
  { centres, sd }: Mixture,
  rows: ArrayLike<number>,
): { readonly index: Uint32Array; readonly distance: Float64Array } {
  const index = new Uint32Array(rows.length / 2);
  const distance = new Float64Array(rows.length / 2).fill(Number.POSITIVE_INFINITY);
  centres.forEach(([a, b], k) => {
    for (let m = 0; m < index.length; m++) {
      const far = hypot((rows[2 * m] as number) - a, (rows[2 * m + 1] as number) - b) / sd;
      if (far < (distance[m] as number)) [index[m], distance[m]] = [k, far];
    }
  });
  return { index, distance };
}

/** Further than this from every centre, in sd, an output is off the clusters. */
export const OFF = 3;

/**
 * Further than this from every centre, in sd, an output lies between clusters: a quarter of the
 * least distance between two centres.
 */
export function betweenFrom({ centres, sd }: Mixture): number {
  const gaps = centres.flatMap(([a, b], k) => centres.slice(k + 1).map(([p, q]) => hypot(a - p, b - q)));
  return Math.min(...gaps) / 4 / sd;
}
