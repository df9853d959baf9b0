import { Adam, type AdamOptions } from "../../autograd/adam.ts";
import { createParameters } from "../../autograd/parameters.ts";
import { constantRate } from "../../autograd/schedules.ts";
import { dispose, type Resource, resource } from "../../kernels/dispose.ts";
import { disposeOnError } from "../../kernels/disposeOnError.ts";
import { checkOptions } from "../../kernels/options.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import { powerOfTwo } from "../../math/float64.ts";
import { type HostRandom, hostRandom } from "../../math/philox.ts";
import { STREAMS } from "../../math/streams.ts";
import type { Engine, Tensor } from "../../tensor/engine.ts";
import { dropout } from "../../tensor/ops/dropout.ts";
import { sigmoid } from "../../tensor/ops/elementwise.ts";
import { normal, uniform } from "../../tensor/ops/random.ts";
import { type Shape, size } from "../../tensor/shape.ts";
import type { GanNetwork } from "../networks/ganNetwork.ts";
import { byBatch, byMoments, layerMoments, momentTensors } from "../networks/layerMoments.ts";
import { dense } from "../networks/layers.ts";
import { drawLayers, initial, layer, type Normalise } from "../networks/network.ts";
import type { AutoencoderConfig } from "../networks/networks.ts";
import { checkPicture, headSpec, networkOf } from "../networks/networks.ts";
import { type Batch, type Task, train } from "../training/training.ts";
import { type GenerativeSystem, sampleNoise, type TrainedSystem } from "./system.ts";

/** A generator. If it has batch norm, `run` normalises by the moments of the batch. */
export interface GeneratorNetwork extends GanNetwork {
  /**
   * Fixes the moments of batch norm to those over the noise z, so that a sample depends on its own
   * noise alone.
   */
  freezeBatchNorm(z: Tensor, options: Cancellable): Promise<FrozenGenerator>;
}

/** A generator whose batch norm is fixed. */
export interface FrozenGenerator extends Resource {
  /** Rows or pictures of noise z, [batch, latent]. */
  run(z: Tensor): Tensor;
}

/** The two networks of a GAN, of pictures or of points. */
export interface GanNetworks {
  readonly engine: Engine;
  /** Dimension of the generator's noise. */
  readonly latent: number;
  /** Shape of one row. */
  readonly row: Shape;
  /** z [batch, latent] → rows [batch, …row]. `random` draws the initial parameters. */
  generator(random: HostRandom): GeneratorNetwork;
  /** Rows → scores [batch, 1]. */
  critic(random: HostRandom): GanNetwork;
}

/** A network as an objective sees it. */
export interface TrainableNetwork {
  /** The network's output for x. */
  run(x: Tensor): Tensor;
  /** One step of Adam on this network's parameters alone; returns the loss before it. */
  minimize(loss: () => Tensor): Tensor;
}

/** What an objective receives for one batch. */
export interface GanBatch {
  /** Real rows. */
  readonly x: Tensor;
  readonly generator: TrainableNetwork;
  readonly critic: TrainableNetwork;
  /** Number of the step, from 0 on. */
  readonly step: number;
  /** z ~ N(0, I), [batch, latent], drawn independently for each network. */
  noise(network: "generator" | "critic"): Tensor;
  /** Uniform numbers on [0, 1), one for each row, [batch]. */
  mixing(): Tensor;
}

/** The part in which GANs differ: the losses, and which networks each batch updates. */
export interface GanObjective {
  readonly name: string;
  readonly learningRate: number;
  readonly adam: AdamOptions;
  /** Dropout probability after each convolution of a critic of pictures. Default 0. */
  readonly dropout?: number;
  /** Records the optimizer steps for one batch and returns its losses by name. */
  update(batch: GanBatch): Readonly<Record<string, Tensor>>;
}

/** Number of noise vectors over which the moments of a trained generator are taken. */
const MOMENT_DRAWS = 1024;
/** Pixels generated at once for these moments: so many fit into one binding on any device. */
const MOMENT_PIXELS = powerOfTwo(20);
/** So many rows of any length fill a multiple of 256 bytes, the alignment of bindings. */
const ALIGNED_ROWS = 64;

/**
 * The system that trains the networks by the objective: a sample is the generator's output of
 * z ~ N(0, I). The learning rate is constant.
 */
export function ganSystem(objective: GanObjective, networks: GanNetworks): GenerativeSystem {
  checkOptions("ganSystem", objective, ["name", "learningRate", "adam", "dropout", "update"]);
  const { name } = objective;
  const { engine, latent } = networks;
  return {
    name,
    train: (images, options) =>
      disposeOnError(async (own) => {
        const { seed, signal } = options;
        const random = hostRandom(seed, STREAMS.host.weights);
        const generator = networks.generator(random);
        own(generator.parameters);
        const critic = networks.critic(random);
        try {
          await train(ganTask(objective, networks, { generator, critic, seed }), images, options);
        } finally {
          critic.parameters.dispose();
        }
        const z = normal(engine, [MOMENT_DRAWS, latent], { seed, stream: STREAMS.normal.batchNormMoments });
        try {
          const frozen = await generator.freezeBatchNorm(z, { signal });
          const sample: TrainedSystem["sample"] = (draw) => sampleNoise(engine, latent, draw, frozen.run);
          return resource({ name, sample }, () => dispose(frozen, generator.parameters));
        } finally {
          z.dispose();
        }
      }),
  };
}

/** The training of a generator and a critic by the objective. */
function ganTask(
  objective: GanObjective,
  { engine, latent, row }: GanNetworks,
  { generator, critic, seed }: { readonly generator: GanNetwork; readonly critic: GanNetwork; readonly seed: number },
): Task {
  const optimizers = {
    generator: new Adam(generator.parameters, objective.adam),
    critic: new Adam(critic.parameters, objective.adam),
  };
  return {
    engine,
    row,
    optimizers,
    learningRate: objective.learningRate,
    schedule: constantRate,
    stream: STREAMS.host.shuffle,
    step({ x, step, lr }: Batch) {
      const batch = x.shape[0] ?? 0;
      const at = (shape: Shape, stream: number) => ({ seed, stream, offset: step * Math.ceil(size(shape) / 4) });
      const p = objective.dropout;
      let drops = 0; // each use of the critic drops different values
      const drop = (y: Tensor): Tensor =>
        p === undefined ? y : dropout(y, p, at(y.shape, STREAMS.uniform.dropout + drops++));
      return objective.update({
        x,
        step,
        generator: { run: generator.run, minimize: (loss) => optimizers.generator.minimize(loss, lr) },
        critic: { run: (y) => critic.run(y, drop), minimize: (loss) => optimizers.critic.minimize(loss, lr) },
        noise(network) {
          const stream = network === "critic" ? STREAMS.normal.noise : STREAMS.normal.secondNoise;
          return normal(engine, [batch, latent], at([batch, latent], stream));
        },
        mixing: () => uniform(engine, [batch], at([batch], STREAMS.uniform.mixing)),
      });
    },
  };
}

/**
 * Networks for pictures: the generator is the autoencoder's decoder with batch norm (no scale)
 * before each ReLU, ending in σ; the critic mirrors it (the autoencoder's encoder with slopes of .2
 * below 0, no batch norm, and one score at its end). Without batch norm in the generator, all
 * samples of a GAN on MNIST collapsed to one picture within 800 batches of 50. RangeError for
 * pictures too small for the network.
 */
export function pictureNetworks(name: string, engine: Engine, config: AutoencoderConfig): GanNetworks {
  const { height, width, channels, latent } = config;
  checkPicture(name, config);
  const network = networkOf(config);
  return {
    engine,
    latent,
    row: [height, width, channels],
    generator(random) {
      const parameters = createParameters(engine, initial(drawLayers(random, network.decoderLayers(config, latent))));
      const { named } = parameters;
      const logits = (z: Tensor, normalise?: Normalise): Tensor => network.outputs(named, config, z, normalise);
      return {
        parameters,
        run: (z) => sigmoid(logits(z, byBatch)),
        async freezeBatchNorm(draws, options) {
          const passes = parts(draws, MOMENT_PIXELS / (height * width)).map((z) => ({
            rows: z.shape[0] ?? 0,
            run: (normalise: Normalise) => logits(z, normalise),
          }));
          const fixed = await layerMoments(engine, passes, options);
          const run = (z: Tensor): Tensor => sigmoid(logits(z, byMoments(fixed)));
          return resource({ run }, () => dispose(...momentTensors(fixed)));
        },
      };
    },
    critic(random) {
      const layers = { ...network.featureLayers(config), score: headSpec(config, 1) };
      const parameters = createParameters(engine, initial(drawLayers(random, layers)));
      const { named } = parameters;
      return {
        parameters,
        run: (x, after) => dense(network.features(named, x, { activation: "leakyRelu", after }), layer(named, "score")),
      };
    },
  };
}

/** Views of consecutive rows of x [rows, length], about `most` rows in each. */
function parts(x: Tensor, most: number): readonly Tensor[] {
  const [rows = 0, length = 0] = x.shape;
  const each = ALIGNED_ROWS * Math.max(1, Math.floor(most / ALIGNED_ROWS));
  return Array.from({ length: Math.ceil(rows / each) }, (_, i) => {
    const count = Math.min(each, rows - i * each);
    return x.engine.view(x, [count, length], i * each * length);
  });
}
