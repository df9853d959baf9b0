import { dispose } from "../../kernels/dispose.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import type { Engine, Tensor } from "../../tensor/engine.ts";
import { batchNorm, type Moments, moments } from "../../tensor/ops/batchNorm.ts";
import { add, scale, square, sub } from "../../tensor/ops/elementwise.ts";
import type { Normalise } from "./network.ts";

/** Moments of batch norm between layers, by layer. */
export type LayerMoments = Readonly<Record<string, Moments>>;

/** Batch norm by the batch's own moments: that of trainings. */
export const byBatch: Normalise = (sum) => batchNorm(sum, moments(sum));

/**
 * Batch norm by fixed moments; undefined where there are none. It frees what lies between, so it
 * cannot be differentiated.
 */
export const byMoments = (fixed: LayerMoments): Normalise | undefined =>
  Object.keys(fixed).length === 0
    ? undefined
    : (sum, layer) => sum.engine.scope(() => batchNorm(sum, fixed[layer] as Moments));

/** Rows that pass through layers together, each batch norm by their own moments. */
export interface Pass {
  readonly rows: number;
  run(normalise: Normalise): unknown;
}

/**
 * The moments of layers over several batches of rows, each layer normalised by its batch as in
 * training (Ioffe, Szegedy 2015, algorithm 2): of batch b with the share w_b of all rows
 *
 *   μ = Σ_b w_b μ_b,  σ² = Σ_b w_b (σ_b² + (μ_b − μ)²)
 *
 * which are the moments over all rows where what enters the layer does not depend on the batch. The
 * caller owns the tensors.
 */
export async function layerMoments(
  engine: Engine,
  passes: readonly Pass[],
  { signal }: Cancellable = {},
): Promise<LayerMoments> {
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
      return { y: batchNorm(sum, ofBatch), ofBatch };
    });
    found[layer] = ofBatch;
    return y;
  });
  return found;
}

/** The moments over all rows, from those of parts with shares w of them. */
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

/** The tensors of moments, to let go of them. */
export const momentTensors = (layers: LayerMoments): readonly Tensor[] =>
  Object.values(layers).flatMap(({ mean, variance }) => [mean, variance]);

const MOMENT_IMAGES = 2000; // images that give a trained network its moments, at most
const MOMENT_BATCH = 250; // images at most whose own moments normalise them, as in training

/**
 * Numbers of up to 2,000 of `count` images, evenly spread, in equal batches of up to 250 that reach
 * over all of them.
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
