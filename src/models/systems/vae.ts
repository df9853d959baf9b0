import type { Engine, Tensor } from "../../tensor/engine.ts";
import { add, affine, exp, mul, scale, square, sub } from "../../tensor/ops/elementwise.ts";
import { bceWithLogits } from "../../tensor/ops/losses.ts";
import { sum } from "../../tensor/ops/sum.ts";
import { size } from "../../tensor/shape.ts";
import type { AutoencoderConfig } from "../networks/networks.ts";
import { type Heads, priorAutoencoder } from "./priorAutoencoder.ts";
import type { GenerativeSystem } from "./system.ts";

/**
 * The approximate posterior q(z | x) = N(μ, diag σ²), by its mean μ and log σ², both
 * [batch, latent].
 */
export type Posterior = Heads<"mean" | "logVariance">;

/**
 * D_KL(q(z|x) ‖ N(0, I)) = −½ Σ_j (1 + log σ_j² − μ_j² − σ_j²), averaged over the batch (Kingma,
 * Welling 2014, appendix B).
 */
export const klToPrior = ({ mean, logVariance }: Posterior): Tensor =>
  scale(sum(sub(affine(logVariance, 1, 1), add(square(mean), exp(logVariance)))), -0.5 / (mean.shape[0] ?? 1));

/** z = μ + σ ⊙ ε with ε ~ N(0, I) (Kingma, Welling 2014, eq. 10). */
export const reparametrise = ({ mean, logVariance }: Posterior, epsilon: Tensor): Tensor =>
  add(mean, mul(exp(scale(logVariance, 0.5)), epsilon));

/**
 * −log p(x|z) = −Σ x log y + (1 − x) log(1 − y) with y = σ(logits), averaged over the batch
 * (Kingma, Welling 2014, eq. 11).
 */
export const bernoulliCost = (logits: Tensor, x: Tensor): Tensor =>
  scale(bceWithLogits(logits, x), size(x.shape) / (x.shape[0] ?? 1));

/**
 * The variational autoencoder (Kingma, Welling 2014, eq. 10) minimises
 *
 *   −L = D_KL(q(z|x) ‖ p(z)) − log p(x|z)
 *
 * with one ε per picture and Bernoulli pixels. A sample is the mean σ(logits) of p(x|z),
 * z ~ N(0, I), sharpened; see priorAutoencoder. Adam instead of the paper's Adagrad. Losses:
 * `loss`, and its parts `kl` and `reconstruction`. RangeError for pictures too small for the
 * network.
 */
export function vae(engine: Engine, config: AutoencoderConfig): GenerativeSystem {
  return priorAutoencoder<keyof Posterior>(engine, config, {
    name: "VAE",
    heads: ["mean", "logVariance"],
    losses(x, posterior, noise, logits) {
      const kl = klToPrior(posterior);
      const reconstruction = bernoulliCost(logits(reparametrise(posterior, noise)), x);
      return { loss: add(kl, reconstruction), kl, reconstruction };
    },
    code: ({ mean }) => mean,
  });
}
