import { dispose } from "../../kernels/dispose.ts";
import { checkOptions } from "../../kernels/options.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import type { Engine, Tensor } from "../../tensor/engine.ts";
import { batchNorm, type Moments, moments, normaliseBy } from "../../tensor/ops/batchNorm.ts";
import { add, scale, square, sub } from "../../tensor/ops/elementwise.ts";
import type { Normalise } from "./network.ts";

/** Mean and variance for the batch norm of each layer, by the layer's name. */
export type LayerMoments = Readonly<Record<string, Moments>>;

/** Batch norm by the batch's own moments, as in training. */
export const byBatch: Normalise = (sum) => batchNorm(sum);

/**
 * Batch norm by fixed moments; undefined where there are none. It frees its intermediate tensors,
 * so it cannot be differentiated.
 */
export const byMoments = (fixed: LayerMoments): Normalise | undefined =>
  Object.keys(fixed).length === 0
    ? undefined
    : (sum, layer) => sum.engine.scope(() => normaliseBy(sum, fixed[layer] as Moments));

/** One batch of rows: `run` passes them through the layers with the given batch norm. */
export interface Pass {
  readonly rows: number;
  run(normalise: Normalise): unknown;
}

/**
 * μ = Σ_b w_b μ_b and σ² = Σ_b w_b (σ_b² + (μ_b − μ)²) for each layer, where batch b holds a share
 * w_b of all rows and has the moments μ_b and σ_b², and each layer is normalised by its batch as in
 * training (Ioffe, Szegedy 2015, algorithm 2). These are the moments over all rows where the input
 * of the layer does not depend on the batch. The caller owns the tensors.
 */
export async function layerMoments(
  engine: Engine,
  passes: readonly Pass[],
  options: Cancellable = {},
): Promise<LayerMoments> {
  checkOptions("layerMoments", options, ["signal"]);
  const { signal } = options;
  const all = passes.reduce((sum, { rows }) => sum + rows, 0);
  const parts: { readonly share: number; readonly own: LayerMoments }[] = [];
  try {
    for (const { rows, run } of passes) {
      await engine.pause(signal);
      parts.push({ share: rows / all, own: engine.scope(() => momentsOf(run)) });
      engine.submit();
    }
    if (parts.length < 2) return parts.pop()?.own ?? {};
    return engine.scope(() => pooled(parts));
  } finally {
    for (const { own } of parts) dispose(...momentTensors(own));
  }
}

/** The moments of the layers of one pass. */
function momentsOf(run: Pass["run"]): LayerMoments {
  const found: Record<string, Moments> = {};
  run((sum, layer) => {
    const { y, ofBatch } = sum.engine.scope(() => {
      const ofBatch = moments(sum);
      return { y: normaliseBy(sum, ofBatch), ofBatch };
    });
    found[layer] = ofBatch;
    return y;
  });
  return found;
}

/** The moments over all rows, from the moments of parts that hold the given shares of the rows. */
function pooled(parts: readonly { readonly share: number; readonly own: LayerMoments }[]): LayerMoments {
  const layers = Object.keys(parts[0]?.own ?? {}).map((layer) => {
    const each = parts.map(({ share, own }) => ({ share, ...(own[layer] as Moments) }));
    const mean = total(each.map((part) => scale(part.mean, part.share)));
    const spread = (part: Moments): Tensor => add(part.variance, square(sub(part.mean, mean)));
    return [layer, { mean, variance: total(each.map((part) => scale(spread(part), part.share))) }] as const;
  });
  return Object.fromEntries(layers);
}

const total = (terms: readonly Tensor[]): Tensor => terms.reduce((sum, term) => add(sum, term));

/** All tensors of the moments, for disposing of them. */
export const momentTensors = (layers: LayerMoments): readonly Tensor[] =>
  Object.values(layers).flatMap(({ mean, variance }) => [mean, variance]);

const MOMENT_IMAGES = 2000; // greatest number of images for a trained network's moments
const MOMENT_BATCH = 250; // greatest number of images in a batch, normalised by its own moments

/**
 * Indices of up to 2,000 of `count` images, evenly spaced, in equal batches of up to 250. Each
 * batch is spread over all images.
 */
export function spreadBatches(count: number): readonly Uint32Array[] {
  const taken = Math.min(count, MOMENT_IMAGES);
  const batches = Math.ceil(taken / MOMENT_BATCH);
  return Array.from({ length: batches }, (_, b) =>
    Uint32Array.from({ length: Math.ceil((taken - b) / batches) }, (_, i) =>
      Math.floor(((i * batches + b) * count) / taken),
    ),
  );
}
