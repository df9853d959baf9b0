import type { Points } from "../ot/points.ts";
import type { Engine } from "../tensor/engine.ts";
import { mse } from "../tensor/ops/losses.ts";
import { matmul } from "../tensor/ops/matmul.ts";
import { hostRandom } from "../tensor/random.ts";
import { perceptron } from "./perceptron.ts";
import { cosineSchedule } from "./schedule.ts";
import { SYSTEM_STREAMS, type SystemOptions } from "./system.ts";
import { createLearner, trainSystem } from "./trainSystem.ts";

/** A continuous map of the plane; it holds its network's parameters until `close`. */
export interface ContinuousMap {
  /** Images of rows [count, 2], in their order. */
  at(x: Float32Array): Promise<Float32Array<ArrayBuffer>>;
  close(): void;
}

const LEARNING_RATE = 2e-3;
const BLOCK = 4096; // rows at work at one time

/**
 * A perceptron 2 → hidden → hidden → 2 with ReLU that minimises the mean of (f(x) − y)² over pairs, by Adam on shuffled minibatches with a
 * cosine schedule. Whatever y is, f is continuous: between two points with images in different clusters it passes through what lies between
 * the clusters. RangeError for rows that are no pairs of points of the plane, for no hidden unit, and as `trainSystem`. The rate falls
 * from 2e-3 unless `learningRate` is given.
 */
export async function fitContinuousMap(
  engine: Engine,
  x: Points,
  y: Points,
  { hidden = 128, ...options }: SystemOptions & { readonly hidden?: number },
): Promise<ContinuousMap> {
  if (x.dimension !== 2 || y.dimension !== 2 || x.count !== y.count) {
    throw new RangeError(
      `fitContinuousMap: expected as many \`x\` as \`y\` in the plane, got [${x.count}, ${x.dimension}] and [${y.count}, ${y.dimension}]`,
    );
  }
  if (!(Number.isInteger(hidden) && hidden >= 1))
    throw new RangeError(`fitContinuousMap: expected an integer \`hidden\` from 1, got ${hidden}`);
  const { parameters, run } = perceptron(engine, hostRandom(options.seed, SYSTEM_STREAMS.weights), 2, hidden, 2);
  const learner = createLearner(parameters);
  // A row is x and y side by side; a product with these takes it apart.
  const left = engine.tensor([4, 2], [1, 0, 0, 1, 0, 0, 0, 0]);
  const right = engine.tensor([4, 2], [0, 0, 0, 0, 1, 0, 0, 1]);
  const pairs = {
    count: x.count,
    batch(indices: ArrayLike<number>): Float32Array {
      const rows = new Float32Array(4 * indices.length);
      for (let r = 0; r < indices.length; r++) {
        const m = indices[r] as number;
        rows.set(x.values.subarray(2 * m, 2 * m + 2), 4 * r);
        rows.set(y.values.subarray(2 * m, 2 * m + 2), 4 * r + 2);
      }
      return rows;
    },
  };
  try {
    await trainSystem(
      {
        ...{ engine, row: [4], learners: [learner], learningRate: LEARNING_RATE, schedule: cosineSchedule },
        step: (pair, { rate }) => ({
          loss: learner.improve(() => mse(run(matmul(pair, left)), matmul(pair, right)), rate),
        }),
      },
      pairs,
      options,
    );
  } finally {
    engine.free(left, right);
  }
  return {
    async at(rows) {
      const images = new Float32Array(rows.length);
      for (let first = 0; first < rows.length; first += 2 * BLOCK) {
        const block = rows.subarray(first, first + 2 * BLOCK);
        const out = engine.scope(() => run(engine.tensor([block.length / 2, 2], block)));
        images.set(await engine.read(out), first);
        engine.free(out);
      }
      return images;
    },
    close: () => engine.free(parameters.flat),
  };
}
