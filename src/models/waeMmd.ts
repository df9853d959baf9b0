import type { Engine } from "../tensor/engine.ts";
import type { Tensor } from "../tensor/op.ts";
import { bias } from "../tensor/ops/bias.ts";
import { add, affine, div, scale, sigmoid, square, sub } from "../tensor/ops/elementwise.ts";
import { matmul } from "../tensor/ops/matmul.ts";
import { reshape } from "../tensor/ops/reshape.ts";
import { broadcast, sum } from "../tensor/ops/sum.ts";
import type { AutoencoderConfig } from "./autoencoder.ts";
import { priorAutoencoder } from "./priorAutoencoder.ts";
import type { GenerativeSystem } from "./system.ts";

/** k(a_i, b_j) = C / (C + |a_i − b_j|²), the inverse multiquadratic kernel, [n, m], of rows a [n, d] and b [m, d]. */
export function inverseMultiquadratic(a: Tensor, b: Tensor, c: number): Tensor {
  const [n = 0, m = 0] = [a.shape[0], b.shape[0]];
  const shape = [n, m];
  const columns = bias(scale(matmul(a, b, { transposeB: true }), -2), sum(square(b), [1]));
  const distance = add(columns, broadcast(reshape(sum(square(a), [1]), [n, 1]), shape));
  return div(broadcast(a.engine.tensor([1], [1]), shape), affine(distance, 1 / c, 1));
}

/**
 * The unbiased estimate of MMD_k² between the distributions of n rows z and n rows z̃ (Tolstikhin et al. 2018, algorithm 2):
 *
 *   1/(n(n−1)) Σ_{l≠j} k(z_l, z_j) + 1/(n(n−1)) Σ_{l≠j} k(z̃_l, z̃_j) − 2/n² Σ_{l,j} k(z_l, z̃_j)
 *
 * with k(a, b) = C / (C + |a − b|²). It may be below 0. RangeError for fewer than two rows.
 */
export function mmd(z: Tensor, other: Tensor, c: number): Tensor {
  const n = z.shape[0] ?? 0;
  if (n < 2) throw new RangeError(`mmd: expected at least two rows, got ${n}`);
  const pairs = 1 / (n * (n - 1));
  // k(a, a) = 1, so the diagonal of a Gram matrix sums to n
  const within = (a: Tensor): Tensor => affine(sum(inverseMultiquadratic(a, a, c)), pairs, -n * pairs);
  return sub(add(within(z), within(other)), scale(sum(inverseMultiquadratic(z, other, c)), 2 / (n * n)));
}

/** c(x, y) = |x − y|², averaged over the batch. */
export const squaredCost = (x: Tensor, y: Tensor): Tensor => scale(sum(square(sub(x, y))), 1 / (x.shape[0] ?? 1));

export interface WaeOptions {
  /** Weight λ of the penalty. Default 10, the paper's for MNIST. */
  readonly lambda?: number;
}

/**
 * The Wasserstein autoencoder with the penalty MMD (Tolstikhin et al. 2018, eq. 4 and algorithm 2): minimises E c(x, G(E(x))) + λ MMD_k(q_z, N(0, I))
 * with c the squared distance, the inverse multiquadratic kernel with C = 2d, and a deterministic encoder. A sample is G(z), z ~ N(0, I), sharpened;
 * see priorAutoencoder. Adam with β₁ = .5, as in the paper. Losses: `loss`, and its parts `mmd` (before λ) and `reconstruction`. RangeError for
 * pictures too small for the network and, when it trains, for batches of one.
 */
export function waeMmd(engine: Engine, config: AutoencoderConfig, { lambda = 10 }: WaeOptions = {}): GenerativeSystem {
  return priorAutoencoder(engine, config, {
    name: "WAE-MMD",
    heads: ["code"],
    adam: { beta1: 0.5 },
    losses(x, { code }, noise, logits) {
      const penalty = mmd(noise, code, 2 * config.latent);
      const reconstruction = squaredCost(x, sigmoid(logits(code)));
      return { loss: add(reconstruction, scale(penalty, lambda)), mmd: penalty, reconstruction };
    },
    code: ({ code }) => code,
  });
}
