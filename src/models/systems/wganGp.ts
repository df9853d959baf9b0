import { valueAndGrad } from "../../autograd/tape.ts";
import type { Engine, Tensor } from "../../tensor/engine.ts";
import { add, affine, mul, scale, sqrt, square, sub } from "../../tensor/ops/elementwise.ts";
import { mean } from "../../tensor/ops/mean.ts";
import { reshape } from "../../tensor/ops/reshape.ts";
import { broadcast, sum } from "../../tensor/ops/sum.ts";
import { size } from "../../tensor/shape.ts";
import type { AutoencoderConfig } from "../networks/networks.ts";
import { type GanObjective, ganSystem, pictureNetworks } from "./ganSystem.ts";
import type { GenerativeSystem } from "./system.ts";

const LAMBDA = 10;
const CRITIC_STEPS = 5;
/**
 * Added under the root of the norm, so that the root's derivative is finite where the gradient is
 * 0.
 */
const TINY = 1e-12;

/** E D(x̃) − E D(x), from scores of generated and real rows: the critic's estimate of −W₁. */
export const criticLoss = (real: Tensor, fake: Tensor): Tensor => sub(mean(fake), mean(real));

/** x̂ = ε x + (1 − ε) x̃ with one ε [batch] for each row (Gulrajani et al. 2017, algorithm 1). */
export function interpolate(real: Tensor, fake: Tensor, epsilon: Tensor): Tensor {
  const each = [epsilon.shape[0] ?? 0, ...real.shape.slice(1).map(() => 1)];
  return add(fake, mul(broadcast(reshape(epsilon, each), real.shape), sub(real, fake)));
}

/**
 * E (|∇_x̂ D(x̂)|₂ − 1)² over rows x̂ of points [batch, …] and scores D(x̂) [batch, 1] (Gulrajani
 * et al. 2017, eq. 3, without λ). The tape records the gradient's ops, so the penalty can be
 * differentiated by D's parameters.
 */
export function gradientPenalty(critic: (x: Tensor) => Tensor, points: Tensor): Tensor {
  const batch = points.shape[0] ?? 0;
  // No row's score depends on another row, so the gradient of the sum holds that of each row.
  const { gradients } = valueAndGrad([points], () => sum(critic(points)));
  const rows = reshape(gradients[0], [batch, size(points.shape) / batch]);
  const norms = sqrt(affine(sum(square(rows), [1]), 1, TINY));
  return mean(square(affine(norms, 1, -1)));
}

/**
 * Algorithm 1 of Gulrajani et al. 2017 with its λ = 10, n_critic = 5 and Adam with β₁ = 0, β₂ = .9:
 * each batch updates the critic, every fifth the generator too. The learning rate is that of the
 * other systems; the paper's 1e-4 is for its 200,000 steps, and after 160 steps at that rate the
 * samples were still noise, on MNIST at half its size. Losses: `critic` (E D(x̃) − E D(x)),
 * `penalty` (before λ) and, every fifth step, `generator`.
 */
export const wganGpObjective: GanObjective = {
  name: "WGAN-GP",
  learningRate: 1e-3,
  adam: { beta1: 0, beta2: 0.9 },
  update({ x, generator, critic, step, noise, mixing }) {
    const fake = generator.run(noise("critic"));
    const mixed = interpolate(x, fake, mixing());
    let parts: Readonly<Record<string, Tensor>> = {};
    critic.minimize(() => {
      const distance = criticLoss(critic.run(x), critic.run(fake));
      const penalty = gradientPenalty(critic.run, mixed);
      parts = { critic: distance, penalty };
      return add(distance, scale(penalty, LAMBDA));
    });
    if ((step + 1) % CRITIC_STEPS !== 0) return parts;
    const loss = generator.minimize(() => scale(mean(critic.run(generator.run(noise("generator")))), -1));
    return { ...parts, generator: loss };
  },
};

/**
 * The Wasserstein GAN of pictures with gradient penalty: `wganGpObjective` with the
 * networks of `pictureNetworks`.
 */
export const wganGp = (engine: Engine, config: AutoencoderConfig): GenerativeSystem =>
  ganSystem(wganGpObjective, pictureNetworks("wganGp", engine, config));
