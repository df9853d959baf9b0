import { Adam, type AdamOptions } from "../../autograd/adam.ts";
import { createParameters } from "../../autograd/parameters.ts";
import { dispose, resource } from "../../kernels/dispose.ts";
import { disposeOnError } from "../../kernels/disposeOnError.ts";
import { checkOptions } from "../../kernels/options.ts";
import { hostRandom } from "../../math/philox.ts";
import { STREAMS } from "../../math/streams.ts";
import type { Engine, Tensor } from "../../tensor/engine.ts";
import { scale, sigmoid } from "../../tensor/ops/elementwise.ts";
import { normal } from "../../tensor/ops/random.ts";
import { momentsOver } from "../autoencoder/calibrate.ts";
import { calibrateSharpening } from "../autoencoder/sharpening.ts";
import { byMoments, momentTensors } from "../networks/layerMoments.ts";
import { dense } from "../networks/layers.ts";
import { drawLayers, initial, layer, type Normalise } from "../networks/network.ts";
import type { AutoencoderConfig } from "../networks/networks.ts";
import { checkPicture, headSpec, networkOf, trainingNorm } from "../networks/networks.ts";
import { cosineSchedule } from "../training/schedule.ts";
import { type Task, train } from "../training/training.ts";
import { type GenerativeSystem, sampleNoise } from "./system.ts";

/** The dense layers that end an encoder, [batch, latent] each, by name. */
export type Heads<H extends string> = { readonly [K in H]: Tensor };

/** The part in which autoencoders with the prior N(0, I) differ. */
export interface PriorObjective<H extends string> {
  readonly name: string;
  /** Names of the heads. Each is a dense layer from the features of the autoencoder's encoder. */
  readonly heads: readonly H[];
  readonly adam?: AdamOptions;
  /**
   * Scalars by name for a batch x: `loss` is minimised, the others are only reported.
   * `noise` ~ N(0, I), [batch, latent].
   */
  losses(x: Tensor, heads: Heads<H>, noise: Tensor, logits: (z: Tensor) => Tensor): PriorLosses;
  /** The code that an image is reconstructed from. */
  code(heads: Heads<H>): Tensor;
}

export type PriorLosses = Readonly<Record<string, Tensor>> & { readonly loss: Tensor };

/**
 * An autoencoder whose codes are to be distributed as N(0, I): the autoencoder's encoder, with
 * `heads` for its last layer and no batch norm of the codes, and the autoencoder's decoder. Batch
 * norm between layers, where the network has it, is by the batch in training and by fixed moments
 * afterwards (layerMoments.ts). A sample is σ(T·logits) of z ~ N(0, I), with the sharpening factor
 * T of the reconstructions as for the autoencoder. Adam with the autoencoder's learning rate and
 * schedule.
 */
export function priorAutoencoder<H extends string>(
  engine: Engine,
  config: AutoencoderConfig,
  objective: PriorObjective<H>,
): GenerativeSystem {
  checkOptions("priorAutoencoder", objective, ["name", "heads", "adam", "losses", "code"]);
  const { name, heads } = objective;
  const { height, width, channels, latent } = config;
  checkPicture(name, config);
  const network = networkOf(config);
  const inTraining = trainingNorm(config);
  return {
    name,
    train: (images, options) =>
      disposeOnError(async (own) => {
        const { seed, signal } = options;
        const random = hostRandom(seed, STREAMS.host.weights);
        const encoder = drawLayers(random, network.featureLayers(config));
        const ends = drawLayers(random, Object.fromEntries(heads.map((head) => [head, headSpec(config, latent)])));
        const decoder = drawLayers(random, network.decoderLayers(config, latent));
        const parameters = createParameters(engine, initial({ ...encoder, ...decoder, ...ends }));
        own(parameters);
        const { named } = parameters;
        const headsOf = (x: Tensor, normalise?: Normalise): Heads<H> => {
          const y = network.features(named, x, { activation: "relu", normalise });
          return Object.fromEntries(heads.map((head) => [head, dense(y, layer(named, head))])) as Record<H, Tensor>;
        };
        const logits = (z: Tensor, normalise?: Normalise): Tensor => network.outputs(named, config, z, normalise);
        const noiseOf = (rows: number, stream: number, offset: number): Tensor =>
          normal(engine, [rows, latent], { seed, stream, offset });
        const autoencoder = new Adam(parameters, objective.adam);
        const task: Task = {
          engine,
          row: [height, width, channels],
          optimizers: { autoencoder },
          learningRate: 1e-3,
          schedule: cosineSchedule,
          stream: STREAMS.host.shuffle,
          step({ x, step, lr }) {
            const rows = x.shape[0] ?? 0;
            const noise = noiseOf(rows, STREAMS.normal.noise, step * Math.ceil((rows * latent) / 4));
            let losses: Readonly<Record<string, Tensor>> = {};
            autoencoder.minimize(() => {
              const all = objective.losses(x, headsOf(x, inTraining), noise, (z) => logits(z, inTraining));
              losses = all;
              return all.loss;
            }, lr);
            return losses;
          },
        };
        await train(task, images, options);
        const place = { engine, config };
        const encoderMoments = await momentsOver(place, images, headsOf, { signal });
        own(...momentTensors(encoderMoments));
        const fixedHeads = (x: Tensor): Heads<H> => headsOf(x, byMoments(encoderMoments));
        // The decoder's moments are taken on codes as in training, with the noise of a posterior.
        const decoding = (x: Tensor, normalise: Normalise, first: number): unknown => {
          const noise = noiseOf(x.shape[0] ?? 0, STREAMS.normal.batchNormMoments, first * Math.ceil(latent / 4));
          return objective.losses(x, fixedHeads(x), noise, (z) => logits(z, normalise));
        };
        const decoderMoments = await momentsOver(place, images, decoding, { signal });
        own(...momentTensors(decoderMoments));
        const fixedLogits = (z: Tensor): Tensor => logits(z, byMoments(decoderMoments));
        const reconstruction = (x: Tensor): Tensor => fixedLogits(objective.code(fixedHeads(x)));
        const sharpening = await calibrateSharpening(place, images, reconstruction, { signal });
        return resource(
          {
            name,
            sample: (draw) => sampleNoise(engine, latent, draw, (z) => sigmoid(scale(fixedLogits(z), sharpening))),
          },
          () => {
            parameters.dispose();
            dispose(...momentTensors({ ...encoderMoments, ...decoderMoments }));
          },
        );
      }),
  };
}
