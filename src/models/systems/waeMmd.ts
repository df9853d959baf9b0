import { checkOptions } from "../../kernels/options.ts";
import type { Engine, Tensor } from "../../tensor/engine.ts";
import { biasAdd } from "../../tensor/ops/biasAdd.ts";
import { add, affine, div, mul, scale, sigmoid, square, sub } from "../../tensor/ops/elementwise.ts";
import { matmul } from "../../tensor/ops/product/matmul.ts";
import { reshape } from "../../tensor/ops/reshape.ts";
import { broadcast, sum } from "../../tensor/ops/sum.ts";
import type { AutoencoderConfig } from "../networks/networks.ts";
import { priorAutoencoder } from "./priorAutoencoder.ts";
import type { GenerativeSystem } from "./system.ts";

/** |a_i − b_j|², [n, m], of rows a [n, d] and b [m, d]. */
function squaredDistances(a: Tensor, b: Tensor): Tensor {
  const [n = 0, m = 0] = [a.shape[0], b.shape[0]];
  const columns = biasAdd(scale(matmul(a, b, { transposeB: true }), -2), sum(square(b), [1]));
  return add(columns, broadcast(reshape(sum(square(a), [1]), [n, 1]), [n, m]));
}

/**
 * C / (C + |a_i − b_j|²), the inverse multiquadratic kernel for each width C, [widths, n, m], of
 * rows a [n, d] and b [m, d].
 */
export function inverseMultiquadratic(a: Tensor, b: Tensor, widths: readonly number[]): Tensor {
  const { engine } = a;
  const distances = squaredDistances(a, b);
  const shape = [widths.length, ...distances.shape];
  const rates = engine.tensor(
    Float32Array.from(widths, (c) => 1 / c),
    [widths.length, 1, 1],
  );
  const scaled = mul(broadcast(distances, shape), broadcast(rates, shape));
  return div(broadcast(engine.tensor([1], [1]), shape), affine(scaled, 1, 1));
}

/**
 * The unbiased estimate of MMD_k² between the distributions of n rows z and n rows z̃ (Tolstikhin
 * et al. 2018, algorithm 2):
 *
 *   1/(n(n−1)) Σ_{l≠j} k(z_l, z_j) + 1/(n(n−1)) Σ_{l≠j} k(z̃_l, z̃_j) − 2/n² Σ_{l,j} k(z_l, z̃_j)
 *
 * with k the sum of inverseMultiquadratic over the widths. It may be below 0. RangeError for fewer
 * than two rows.
 */
export function mmd(z: Tensor, other: Tensor, widths: readonly number[]): Tensor {
  const n = z.shape[0] ?? 0;
  if (n < 2) throw new RangeError(`mmd: expected at least two rows, got ${n}`);
  const pairs = 1 / (n * (n - 1));
  // k(a, a) is the number of widths, so the diagonal of a Gram matrix sums to n times that number.
  const within = (a: Tensor): Tensor =>
    affine(sum(inverseMultiquadratic(a, a, widths)), pairs, -n * pairs * widths.length);
  return sub(add(within(z), within(other)), scale(sum(inverseMultiquadratic(z, other, widths)), 2 / (n * n)));
}

/** c(x, y) = |x − y|², averaged over the batch. */
export const squaredCost = (x: Tensor, y: Tensor): Tensor => scale(sum(square(sub(x, y))), 1 / (x.shape[0] ?? 1));

/** The penalty of `waeMmd`. */
export interface WaeOptions {
  /** Weight λ of the penalty. Default 10, the paper's for MNIST. */
  readonly lambda?: number;
}

// The weight of c and the factors of the width 2d are those of the authors' program
// (github.com/tolstikhin/wae, wae.py).
const COST = 0.05;
const WIDTHS = [0.1, 0.2, 0.5, 1, 2, 5, 10];

/**
 * The Wasserstein autoencoder with the penalty MMD (Tolstikhin et al. 2018, eq. 4 and algorithm 2):
 * minimises .05 E c(x, G(E(x))) + λ MMD_k(q_z, N(0, I)) with c the squared distance, the inverse
 * multiquadratic kernel summed over seven widths around C = 2d, and a deterministic encoder. The
 * paper has neither the .05 nor the sum; its program has both, and without them λ = 10 leaves the
 * codes far from N(0, I). A sample is G(z), z ~ N(0, I), sharpened; see priorAutoencoder. Adam with
 * β₁ = .5, as in the paper. Losses: `loss`, and its parts `mmd` (before λ) and `reconstruction`
 * (before .05). RangeError for pictures too small for the network and, when it trains, for batches
 * of one.
 */
export function waeMmd(engine: Engine, config: AutoencoderConfig, options: WaeOptions = {}): GenerativeSystem {
  checkOptions("waeMmd", options, ["lambda"]);
  const { lambda = 10 } = options;
  const widths = WIDTHS.map((factor) => factor * 2 * config.latent);
  return priorAutoencoder(engine, config, {
    name: "WAE-MMD",
    heads: ["code"],
    adam: { beta1: 0.5 },
    losses(x, { code }, noise, logits) {
      const penalty = mmd(noise, code, widths);
      const reconstruction = squaredCost(x, sigmoid(logits(code)));
      return { loss: add(scale(reconstruction, COST), scale(penalty, lambda)), mmd: penalty, reconstruction };
    },
    code: ({ code }) => code,
  });
}
