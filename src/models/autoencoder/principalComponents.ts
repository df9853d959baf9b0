import { inPieces } from "../../kernels/batches.ts";
import { dispose } from "../../kernels/dispose.ts";
import { checkWhole } from "../../kernels/numbers.ts";
import { checkOptions } from "../../kernels/options.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import { eigenSteps } from "../../math/linalg.ts";
import { hostRandom } from "../../math/philox.ts";
import { STREAMS } from "../../math/streams.ts";
import type { Engine, Tensor } from "../../tensor/engine.ts";
import { biasAdd } from "../../tensor/ops/biasAdd.ts";
import { add } from "../../tensor/ops/elementwise.ts";
import { matmul } from "../../tensor/ops/product/matmul.ts";
import type { PrincipalComponents } from "../networks/network.ts";
import type { ImageSource } from "../training/training.ts";
import { addTimes, orthonormalise } from "./orthonormalise.ts";

const MOST_IMAGES = 20_000; // greatest number of images whose covariance is taken
const SPARE = 16; // directions beyond those asked for
/** Number of passes over the images. */
export const PASSES = 6;
const BLOCK = 4_194_304; // values of images that are on the device at once

/** The whole state of a search for principal components between two passes over the images. */
export interface PrincipalState {
  /** Number of passes done. */
  readonly pass: number;
  /** Orthonormal rows, [directions, D]. */
  readonly directions: Float64Array;
}

/** Which principal components are looked for, and how the search is followed. */
export interface PrincipalOptions extends Cancellable {
  /** k, the number of components. */
  readonly count: number;
  /** D, the number of values of an image. */
  readonly values: number;
  /** Seed of the directions with which the search begins. */
  readonly seed: number;
  /** The state to go on from. Default: the beginning. */
  readonly from?: PrincipalState | undefined;
  /** Called and awaited before each pass. It may save the state; throwing stops the search. */
  readonly onPass?: ((state: PrincipalState) => unknown) | undefined;
}

/**
 * The k greatest principal components of images as rows x of D values: the eigenvectors of
 * C = 1/n Σ (x − m)(x − m)ᵀ over up to 20,000 of them, evenly spaced. They are found by randomised
 * subspace iteration (Halko, Martinsson, Tropp 2011, algorithm 4.4): from k + 16 random rows Q,
 * Q ← Q C for each of five passes over the images, made orthonormal in float64, and at the sixth
 * the eigenvectors of Q C Qᵀ (Rayleigh and Ritz). The images are read block by block and C is never
 * formed, so that memory grows neither with their number nor with D². Equal seeds give equal bits
 * on one adapter, wherever the search was stopped between two passes.
 *
 * RangeError for a number of components below 1 or above D.
 */
export async function principalComponents(
  engine: Engine,
  images: ImageSource,
  options: PrincipalOptions,
): Promise<PrincipalComponents> {
  checkOptions("principalComponents", options, ["count", "values", "seed", "from", "onPass", "signal"]);
  const { count, values, seed, from, onPass, signal } = options;
  checkWhole("principalComponents", "count", count, [1, values]);
  const blocks = spreadBlocks(images.count, Math.max(1, Math.floor(BLOCK / values)));
  const mean = await meanOf(engine, images, { blocks, values, signal });
  const rows = Math.min(values, count + SPARE);
  const turn = async (q: Float64Array): Promise<Float64Array> => {
    await orthonormalise(engine, q, values, { signal });
    return q;
  };
  let q = from?.directions ?? (await turn(randomRows(seed, rows * values)));
  for (let pass = from?.pass ?? 0; ; pass++) {
    await onPass?.({ pass, directions: q });
    const y = await product(engine, images, { blocks, mean, q, signal });
    try {
      if (pass + 1 < PASSES) {
        q = await turn(Float64Array.from(await engine.read(y)));
        continue;
      }
      const within = engine.scope(() => matmul(y, engine.tensor(q, [rows, values]), { transposeB: true }));
      const small = await engine.read(within).finally(() => within.dispose());
      const used = blocks.reduce((sum, { length }) => sum + length, 0);
      return { mean, ...(await ritz(engine, { small, q, rows, count, used, signal })) };
    } finally {
      y.dispose();
    }
  }
}

/** Indices of up to 20,000 of `count` images, evenly spaced, in blocks of up to `each`. */
function spreadBlocks(count: number, each: number): readonly Uint32Array[] {
  const used = Math.min(count, MOST_IMAGES);
  return Array.from({ length: Math.ceil(used / each) }, (_, b) =>
    Uint32Array.from({ length: Math.min(each, used - b * each) }, (_, i) =>
      Math.floor(((b * each + i) * count) / used),
    ),
  );
}

interface Reading extends Cancellable {
  readonly blocks: readonly Uint32Array[];
}

async function meanOf(
  engine: Engine,
  images: ImageSource,
  { blocks, values, signal }: Reading & { readonly values: number },
): Promise<Float64Array> {
  const sums = new Float64Array(values);
  let used = 0;
  for (const indices of blocks) {
    await engine.pause(signal);
    images.batch(indices).forEach((v, i) => {
      (sums[i % values] as number) += v;
    });
    used += indices.length;
  }
  return sums.map((sum) => sum / used);
}

function randomRows(seed: number, length: number): Float64Array {
  const random = hostRandom(seed, STREAMS.host.principal);
  return Float64Array.from({ length }, () => random.normal());
}

/** n Q C, [rows, D], of Q [rows, D], with n the number of images. The caller disposes of it. */
async function product(
  engine: Engine,
  images: ImageSource,
  { blocks, mean, q, signal }: Reading & { readonly mean: Float64Array; readonly q: Float64Array },
): Promise<Tensor> {
  const values = mean.length;
  const shape = [q.length / values, values];
  const rows = engine.tensor(q, shape);
  const minus = engine.tensor(
    mean.map((m) => -m),
    [values],
  );
  let sum = engine.zeros(shape);
  try {
    for (const indices of blocks) {
      await engine.pause(signal);
      const next = engine.scope(() => {
        const x = biasAdd(engine.tensor(images.batch(indices), [indices.length, values]), minus);
        return add(sum, matmul(matmul(rows, x, { transposeB: true }), x));
      });
      engine.submit();
      sum.dispose();
      sum = next;
    }
    return sum;
  } catch (error) {
    sum.dispose();
    throw error;
  } finally {
    dispose(rows, minus);
  }
}

/** The greatest eigenvectors and standard deviations of C within the span of Q. */
async function ritz(
  engine: Engine,
  {
    small,
    q,
    rows,
    count,
    used,
    signal,
  }: Cancellable & {
    /** n Q C Qᵀ, [rows, rows]. */
    readonly small: Float32Array;
    readonly q: Float64Array;
    readonly rows: number;
    readonly count: number;
    readonly used: number;
  },
): Promise<Omit<PrincipalComponents, "mean">> {
  const values = q.length / rows;
  const symmetric = Float64Array.from(small, (v, at) => {
    const [i, j] = [Math.floor(at / rows), at % rows];
    return (v + (small[j * rows + i] as number)) / (2 * used);
  });
  const { values: variances, vectors } = await inPieces(engine, eigenSteps(symmetric, rows), signal);
  const axes = new Float64Array(count * values);
  const deviations = new Float64Array(count);
  for (let j = 0; j < count; j++) {
    await engine.pause(signal);
    const e = rows - 1 - j; // the least eigenvalue is the first
    deviations[j] = Math.sqrt(Math.max(0, variances[e] as number));
    const axis = axes.subarray(j * values, (j + 1) * values);
    for (let i = 0; i < rows; i++) {
      addTimes(axis, vectors[e * rows + i] as number, q.subarray(i * values, (i + 1) * values));
    }
  }
  return { axes, deviations };
}
