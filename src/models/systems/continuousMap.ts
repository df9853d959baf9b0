import { Adam } from "../../autograd/adam.ts";
import { type Resource, resource } from "../../kernels/dispose.ts";
import { disposeOnError } from "../../kernels/disposeOnError.ts";
import { checkOptions } from "../../kernels/options.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import { hostRandom } from "../../math/philox.ts";
import { STREAMS } from "../../math/streams.ts";
import type { Points } from "../../ot/points.ts";
import type { Engine } from "../../tensor/engine.ts";
import { mse } from "../../tensor/ops/losses.ts";
import { perceptron } from "../networks/perceptron.ts";
import { readRows } from "../networks/rows.ts";
import { cosineSchedule } from "../training/schedule.ts";
import { type Task, TRAIN_OPTIONS, type TrainOptions, train } from "../training/training.ts";

/** A continuous map of the plane; it holds its network's parameters until `dispose`. */
export interface ContinuousMap extends Resource {
  /** f(x), [count, 2], of rows x [count, 2], in their order. */
  at(x: Float32Array, options?: Cancellable): Promise<Float32Array<ArrayBuffer>>;
}

export interface ContinuousMapOptions extends TrainOptions {
  /** Units of both hidden layers. Default 128. */
  readonly hidden?: number;
  /** Is given the map before the first step: `onStep` can evaluate it as it is learnt. */
  readonly onStart?: (map: Pick<ContinuousMap, "at">) => void;
}

const LEARNING_RATE = 2e-3;
const POINTS_AT_A_TIME = 4096; // points that pass through the network at once

/**
 * A perceptron 2 → hidden → hidden → 2 with ReLU that minimises the mean of (f(x) − y)² over pairs,
 * by Adam on shuffled minibatches with a cosine schedule. Whatever y is, f is continuous: between
 * two points with images in different clusters it passes through what lies between the clusters.
 * RangeError for rows that are not pairs of points in the plane, for no hidden unit, and where
 * `train` throws one. The learning rate falls from 2e-3 unless `learningRate` is given.
 */
export async function fitContinuousMap(
  engine: Engine,
  x: Points,
  y: Points,
  settings: ContinuousMapOptions,
): Promise<ContinuousMap> {
  checkOptions("fitContinuousMap", settings, [...TRAIN_OPTIONS, "hidden", "onStart"]);
  const { hidden = 128, onStart, ...options } = settings;
  if (x.dimension !== 2 || y.dimension !== 2 || x.count !== y.count) {
    throw new RangeError(
      `fitContinuousMap: expected as many \`x\` as \`y\` in the plane, got [${x.count}, ${x.dimension}] and [${y.count}, ${y.dimension}]`,
    );
  }
  if (!(Number.isInteger(hidden) && hidden >= 1))
    throw new RangeError(`fitContinuousMap: expected an integer \`hidden\` from 1, got ${hidden}`);
  const rowsOf = ({ values }: Points, indices: ArrayLike<number>): Float32Array => {
    const rows = new Float32Array(2 * indices.length);
    for (let r = 0; r < indices.length; r++) {
      const at = 2 * (indices[r] as number);
      rows.set(values.subarray(at, at + 2), 2 * r);
    }
    return rows;
  };
  return disposeOnError(async (own) => {
    const random = hostRandom(options.seed, STREAMS.host.weights);
    const { parameters, run } = perceptron(engine, random, [2, hidden, hidden, 2]);
    own(parameters);
    const network = new Adam(parameters);
    const task: Task = {
      engine,
      row: [2],
      optimizers: { network },
      learningRate: LEARNING_RATE,
      schedule: cosineSchedule,
      stream: STREAMS.host.shuffle,
      step: (batch) => {
        const images = engine.tensor(rowsOf(y, batch.indices), batch.x.shape);
        return { loss: network.minimize(() => mse(run(batch.x), images), batch.lr) };
      },
    };
    const map: Pick<ContinuousMap, "at"> = {
      async at(rows, options: Cancellable = {}) {
        checkOptions("at", options, ["signal"]);
        const { signal } = options;
        const all = { count: rows.length / 2, size: POINTS_AT_A_TIME, signal };
        return readRows(engine, all, ({ first, count }) =>
          run(engine.tensor(rows.subarray(2 * first, 2 * (first + count)), [count, 2])),
        );
      },
    };
    onStart?.(map);
    await train(task, { count: x.count, batch: (indices) => rowsOf(x, indices) }, options);
    return resource(map, () => parameters.dispose());
  });
}
