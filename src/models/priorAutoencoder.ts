import type { AdamOptions } from "../autograd/adam.ts";
import { createParameters } from "../autograd/parameters.ts";
import type { Engine } from "../tensor/engine.ts";
import type { Tensor } from "../tensor/op.ts";
import { scale, sigmoid } from "../tensor/ops/elementwise.ts";
import { normal } from "../tensor/ops/random.ts";
import { hostRandom } from "../tensor/random.ts";
import { size } from "../tensor/shape.ts";
import type { AutoencoderConfig } from "./autoencoder.ts";
import { calibrateSharpening } from "./calibrate.ts";
import { dense, type LayerInit } from "./layers.ts";
import { createLearner } from "./learner.ts";
import { checkPicture, decoderLayers, decoderLogits, featureLayers, features, headLayer, initial } from "./networks.ts";
import { cosineSchedule } from "./schedule.ts";
import { type GenerativeSystem, SYSTEM_STREAMS, sampleNoise, trainSystem } from "./system.ts";

/** The dense layers that end an encoder, [batch, latent] each, by name. */
export type Heads<H extends string> = { readonly [K in H]: Tensor };

/** What tells one autoencoder with the prior N(0, I) from another. */
export interface PriorObjective<H extends string> {
  readonly name: string;
  /** Each is a dense layer from the features of the autoencoder's encoder. */
  readonly heads: readonly H[];
  readonly adam?: AdamOptions;
  /** Scalars by name for a batch x: `loss` is minimised, the others are told. `noise` ~ N(0, I), [batch, latent]. */
  losses(x: Tensor, heads: Heads<H>, noise: Tensor, logits: (z: Tensor) => Tensor): PriorLosses;
  /** The code that an image is reconstructed from. */
  code(heads: Heads<H>): Tensor;
}

export type PriorLosses = Readonly<Record<string, Tensor>> & { readonly loss: Tensor };

/**
 * An autoencoder whose codes are to be distributed as N(0, I): the autoencoder's encoder, with `heads` for its last layer and no batch norm, and
 * the autoencoder's decoder. A sample is σ(T·logits) of z ~ N(0, I), with the sharpening factor T of the reconstructions as for the
 * autoencoder. Adam with the autoencoder's rate and schedule.
 */
export function priorAutoencoder<H extends string>(
  engine: Engine,
  config: AutoencoderConfig,
  objective: PriorObjective<H>,
): GenerativeSystem {
  const { name, heads } = objective;
  const { height, width, channels, latent } = config;
  checkPicture(name, config, latent);
  return {
    name,
    async train(images, options) {
      const { seed } = options;
      const random = hostRandom(seed, SYSTEM_STREAMS.weights);
      const encoder = featureLayers(random, config);
      const ends = Object.fromEntries(heads.map((head) => [head, headLayer(random, latent)])) as Record<H, LayerInit>;
      const decoder = decoderLayers(random, config, latent);
      const [body, tail] = [initial({ ...encoder, ...decoder }), initial(ends)];
      const parameters = createParameters<string>(engine, { ...body, ...tail });
      const weights = parameters.named as { readonly [K in keyof typeof body]: Tensor };
      const headsOf = (x: Tensor): Heads<H> => {
        const y = features(weights, x, "relu");
        const { named } = parameters;
        const end = (head: H): Tensor => dense(y, { w: named[`${head}.w`] as Tensor, b: named[`${head}.b`] as Tensor });
        return Object.fromEntries(heads.map((head) => [head, end(head)])) as Record<H, Tensor>;
      };
      const logits = (z: Tensor): Tensor => decoderLogits(weights, config, z);
      const learner = createLearner(parameters, objective.adam);
      await trainSystem(
        {
          ...{ engine, row: [height, width, channels], learners: { autoencoder: learner } },
          ...{ learningRate: 1e-3, schedule: cosineSchedule, stream: SYSTEM_STREAMS.shuffle },
          step({ x, step, rate }) {
            const shape = [x.shape[0] ?? 0, latent];
            const offset = step * Math.ceil(size(shape) / 4);
            const noise = normal(engine, shape, { seed, stream: SYSTEM_STREAMS.noise, offset });
            let losses: Readonly<Record<string, Tensor>> = {};
            learner.improve(() => {
              const all = objective.losses(x, headsOf(x), noise, logits);
              losses = all;
              return all.loss;
            }, rate);
            return losses;
          },
        },
        images,
        options,
      );
      const code = (x: Tensor): Tensor => objective.code(headsOf(x));
      const sharpening = await calibrateSharpening({ engine, config }, images, (x) => logits(code(x)));
      return {
        name,
        sample: (draw) => sampleNoise(engine, latent, draw, (z) => sigmoid(scale(logits(z), sharpening))),
        close: () => engine.free(parameters.flat),
      };
    },
  };
}
