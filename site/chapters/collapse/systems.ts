import { drawMixture, MIXTURES, type Mixture, modeScores } from "brenier/metrics";
import {
  createProblem,
  type ExactSolution,
  exactIndex,
  exactSteps,
  type Facets,
  type Points,
  type Problem,
  points,
  singularSet,
} from "brenier/ot";
import type { OpenedGpu } from "brenier/web";
import { nearestCentre, OFF } from "../../../src/experiments/plane/clusters.ts";
import { hostRandom } from "../../../src/math/philox.ts";
import { STREAMS } from "../../../src/math/streams.ts";
import { readRows } from "../../../src/models/networks/rows.ts";
import { fitContinuousMap } from "../../../src/models/systems/continuousMap.ts";
import { ganObjective } from "../../../src/models/systems/gan.ts";
import { ganSystem } from "../../../src/models/systems/ganSystem.ts";
import { planarNetworks } from "../../../src/models/systems/planar.ts";
import { stepsOf } from "../../shell/channel.ts";

/** Eight modes on a circle, wide enough to be seen. */
export const RING: Mixture = { centres: MIXTURES.ring.centres, sd: 0.05 };
export const MODES = RING.centres.length;

/** Points that all systems learn from, 32 for each mode. */
const TARGETS = 256;
/** Draws of the noise that all systems are shown at. */
const DRAWS = 2000;
/** Places along a side of the noise plane that are coloured, and half of that side. */
export const GRID = 72;
export const HALF = 3;
/** Units of both hidden layers of every network, and rows of a batch. */
const [HIDDEN, BATCH] = [96, 128];
/** Pairs of noise and its image that the continuous network is fitted to, drawn a little wider. */
const [PAIRS, WIDER] = [16_384, 1.3];
/** Noise rows that a network is evaluated at together. */
const AT_ONCE = 8192;

/** The points and their exact transport. */
export interface Ring {
  readonly targets: Points;
  readonly problem: Problem;
  readonly solution: ExactSolution;
  readonly singular: Facets;
  /** The noise that is shown, and the places of the noise plane that are coloured. */
  readonly noise: Float32Array<ArrayBuffer>;
  readonly grid: Float32Array<ArrayBuffer>;
}

/** What a system makes of noise: images of the draws and of the grid. */
export interface Seen {
  readonly step: number;
  readonly of: number;
  readonly images: Float32Array;
  readonly grid: Float32Array;
}

/** Draws the points and solves their transport; undefined after each step of Newton's method. */
export function* ringSteps(seed: number): Generator<undefined, Ring, undefined> {
  const targets = drawMixture(RING, { count: TARGETS, seed, even: true });
  const problem = createProblem(targets);
  const steps = exactSteps(problem);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) {
      const labels = Array.from({ length: TARGETS }, (_, i) => i % MODES);
      return { targets, problem, solution: value, singular: singularSet(value.cells, labels), ...places(seed) };
    }
    if (value !== undefined) yield undefined;
  }
}

function places(seed: number): Pick<Ring, "noise" | "grid"> {
  const random = hostRandom(seed, STREAMS.host.clusterTargets);
  const grid = new Float32Array(2 * GRID * GRID);
  const size = (2 * HALF) / GRID;
  for (let r = 0; r < GRID; r++) {
    for (let c = 0; c < GRID; c++) grid.set([(c + 0.5) * size - HALF, HALF - (r + 0.5) * size], 2 * (r * GRID + c));
  }
  return { noise: Float32Array.from({ length: 2 * DRAWS }, () => random.normal()), grid };
}

/** T(x) of rows x, exactly. */
export function transported({ problem, solution, targets }: Ring, x: Float32Array): Float32Array<ArrayBuffer> {
  const index = exactIndex(problem, solution.heights, solution.cells, x);
  return Float32Array.from(x, (_, k) => targets.values[2 * (index[k >> 1] as number) + (k % 2)] as number);
}

/** What there is to say of images: modes reached, share of good ones, and of those in between. */
export function scoresOf(images: Float32Array): {
  readonly modes: number;
  readonly good: number;
  readonly off: number;
  readonly divergence: number;
} {
  const { modes, highQuality, reverseKl } = modeScores(points("images", images, 2), RING);
  const { distance } = nearestCentre(RING, images);
  const off = distance.reduce((sum, far) => sum + (far > OFF ? 1 : 0), 0) / distance.length;
  return { modes, good: highQuality, off, divergence: reverseKl };
}

interface Budget {
  readonly steps: number;
  readonly seed: number;
  /** Steps between two that are shown. */
  readonly every: number;
  readonly signal: AbortSignal;
}

/** A GAN that learns from the points; so many steps, each of one batch. */
export function ganSteps(
  gpu: OpenedGpu,
  ring: Ring,
  { steps, seed, every, signal }: Budget,
): AsyncGenerator<Seen, void> {
  const { targets, noise, grid } = ring;
  const networks = planarNetworks(gpu, { hidden: HIDDEN });
  const at = async (run: ReturnType<typeof networks.generator>["run"], rows: Float32Array): Promise<Float32Array> =>
    readRows(gpu, { count: rows.length / 2, size: AT_ONCE, signal }, ({ first, count }) =>
      run(gpu.tensor(rows.subarray(2 * first, 2 * (first + count)), [count, 2])),
    );
  return stepsOf(async (emit) => {
    let generator: ReturnType<typeof networks.generator> | undefined;
    const system = ganSystem(ganObjective, {
      ...networks,
      generator(random) {
        generator = networks.generator(random);
        return generator;
      },
    });
    const trained = await system.train(
      { count: targets.count, batch: (indices) => rowsOf(targets, indices) },
      {
        ...{ epochs: Math.ceil(steps / (targets.count / BATCH)), batch: BATCH, seed, signal },
        async onStep({ step, steps: of }) {
          if (generator === undefined || (step % every !== 0 && step !== of)) return;
          const { run } = generator;
          await emit({ step, of, images: await at(run, noise), grid: await at(run, grid) });
        },
      },
    );
    trained.dispose();
  });
}

/** A continuous network that is fitted to the exact map. */
export function fitSteps(
  gpu: OpenedGpu,
  ring: Ring,
  { steps, seed, every, signal }: Budget,
): AsyncGenerator<Seen, void> {
  const random = hostRandom(seed + 1, STREAMS.host.clusterTargets);
  const x = Float32Array.from({ length: 2 * PAIRS }, () => WIDER * random.normal());
  const y = transported(ring, x);
  return stepsOf(async (emit) => {
    let map: Parameters<NonNullable<Parameters<typeof fitContinuousMap>[3]["onStart"]>>[0] | undefined;
    const fitted = await fitContinuousMap(gpu, points("fit", x, 2), points("fit", y, 2), {
      ...{ epochs: Math.ceil(steps / (PAIRS / BATCH)), batch: BATCH, seed, signal, hidden: HIDDEN, learningRate: 1e-2 },
      onStart(begun) {
        map = begun;
      },
      async onStep({ step, steps: of }) {
        if (map === undefined || (step % every !== 0 && step !== of)) return;
        const [images, grid] = [await map.at(ring.noise, { signal }), await map.at(ring.grid, { signal })];
        await emit({ step, of, images, grid });
      },
    });
    fitted.dispose();
  });
}

function rowsOf({ values }: Points, indices: ArrayLike<number>): Float32Array {
  const rows = new Float32Array(2 * indices.length);
  for (let r = 0; r < indices.length; r++) {
    const at = 2 * (indices[r] as number);
    rows.set(values.subarray(at, at + 2), 2 * r);
  }
  return rows;
}
