import type { Engine, Tensor } from "../../tensor/engine.ts";
import { add } from "../../tensor/ops/elementwise.ts";
import { bceWithLogits } from "../../tensor/ops/losses.ts";
import { broadcast } from "../../tensor/ops/sum.ts";
import type { AutoencoderConfig } from "../networks/networks.ts";
import { type GanObjective, ganSystem, pictureNetworks } from "./ganSystem.ts";
import type { GenerativeSystem } from "./system.ts";

/**
 * The mean of −log D where rows are `real`, else of −log(1 − D), for D = σ(scores) and scores
 * [batch, 1].
 */
const cost = (scores: Tensor, real: boolean): Tensor =>
  bceWithLogits(scores, broadcast(scores.engine.tensor([real ? 1 : 0], [1]), scores.shape));

/**
 * −E log D(x) − E log(1 − D(G(z))), from scores with D = σ(score) (Goodfellow et al. 2014, eq. 1,
 * as the discriminator's loss).
 */
export const discriminatorLoss = (real: Tensor, fake: Tensor): Tensor => add(cost(real, true), cost(fake, false));

/**
 * −E log D(G(z)): what the generator minimises instead of E log(1 − D(G(z))), which saturates
 * (Goodfellow et al. 2014, section 3).
 */
export const nonSaturatingLoss = (fake: Tensor): Tensor => cost(fake, true);

/**
 * Algorithm 1 of Goodfellow et al. 2014 with k = 1: each batch updates the discriminator once and
 * the generator once, each on noise of its own. The discriminator has dropout, as in the paper
 * (section 5); Adam has β₁ = .5 (Radford et al. 2016). The learning rate is that of the other
 * systems and not Radford's 2e-4, with which the discriminator still won on MNIST after 400 batches
 * of 50. Losses: `discriminator` and `generator`.
 */
export const ganObjective: GanObjective = {
  name: "GAN",
  learningRate: 1e-3,
  adam: { beta1: 0.5 },
  dropout: 0.5,
  update({ x, generator, critic, noise }) {
    const fake = generator.run(noise("critic"));
    return {
      discriminator: critic.minimize(() => discriminatorLoss(critic.run(x), critic.run(fake))),
      generator: generator.minimize(() => nonSaturatingLoss(critic.run(generator.run(noise("generator"))))),
    };
  },
};

/**
 * The generative adversarial network of pictures, with the non-saturating loss: `ganObjective`
 * with the networks of `pictureNetworks`.
 */
export const gan = (engine: Engine, config: AutoencoderConfig): GenerativeSystem =>
  ganSystem(ganObjective, pictureNetworks("gan", engine, config));
