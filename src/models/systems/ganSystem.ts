import type { AdamOptions } from "../../autograd/adam.ts";
import { createParameters } from "../../autograd/parameters.ts";
import { dispose, type Resource, resource } from "../../kernels/dispose.ts";
import { type HostRandom, hostRandom } from "../../math/philox.ts";
import type { Engine, Tensor } from "../../tensor/engine.ts";
import { sigmoid } from "../../tensor/ops/elementwise.ts";
import { normal, uniform } from "../../tensor/ops/random.ts";
import { type Shape, size } from "../../tensor/shape.ts";
import type { GanNetwork } from "../networks/ganNetwork.ts";
import { byBatch, byMoments, layerMoments, momentTensors } from "../networks/layerMoments.ts";
import { dense, dropout } from "../networks/layers.ts";
import { drawLayers, initial, layer, type Normalise } from "../networks/network.ts";
import type { AutoencoderConfig } from "../networks/networks.ts";
import { checkPicture, headSpec, networkOf } from "../networks/networks.ts";
import { createOptimizer } from "../training/optimizer.ts";
import { SYSTEM_STREAMS } from "../training/streams.ts";
import { type GenerativeSystem, sampleNoise, type TrainedSystem, trainSystem } from "./system.ts";

/** A generator; its batch norm, if it has any, is by the batch in `run`. */
export interface GeneratorNetwork extends GanNetwork {
  /**
   * Fixes the moments of batch norm to those over the draws z, so that a sample depends on its own
   * noise alone.
   */
  freezeBatchNorm(z: Tensor): FrozenGenerator;
}

/** A generator whose batch norm is fixed. */
export interface FrozenGenerator extends Resource {
  run(z: Tensor): Tensor;
}

/** Networks that play: of pictures or of points. */
export interface GanNetworks {
  readonly engine: Engine;
  /** Dimension of the generator's noise. */
  readonly latent: number;
  /** Shape of one row. */
  readonly row: Shape;
  /** z [batch, latent] → rows [batch, …row]. First values come from `random`. */
  generator(random: HostRandom): GeneratorNetwork;
  /** Rows → scores [batch, 1]. */
  critic(random: HostRandom): GanNetwork;
}

/** A player in the hands of a game. */
export interface TrainableNetwork {
  run(x: Tensor): Tensor;
  /** One step of Adam on this player's parameters alone; returns the loss before it. */
  minimize(loss: () => Tensor): Tensor;
}

/** One batch of a game. */
export interface GanBatch {
  /** Real rows. */
  readonly x: Tensor;
  readonly generator: TrainableNetwork;
  readonly critic: TrainableNetwork;
  /** From 0 on. */
  readonly step: number;
  /** z ~ N(0, I), [batch, latent]: numbers of its own for each player. */
  noise(player: "generator" | "critic"): Tensor;
  /** Uniform on [0, 1), [batch]. */
  mixing(): Tensor;
}

/** The rules: what each batch improves. */
export interface GanObjective {
  readonly name: string;
  readonly learningRate: number;
  readonly adam: AdamOptions;
  /** Chance that a value of a critic of pictures is dropped, after each convolution. Default 0. */
  readonly dropout?: number;
  /** Records updates; returns losses by name. */
  play(turn: GanBatch): Readonly<Record<string, Tensor>>;
}

const SETTLING = 1024; // draws for the moments of a trained generator
// pixels of pictures that these make together, so that large ones fit into the device's bindings
const AT_A_TIME = 2 ** 20;
const ALIGNED_ROWS = 64; // of any length begin at a multiple of 256 bytes, as bindings must

/**
 * The system that plays a game: a sample is the generator's output of z ~ N(0, I). The learning
 * rate is constant.
 */
export function ganSystem(game: GanObjective, arena: GanNetworks): GenerativeSystem {
  const { engine, latent, row } = arena;
  return {
    name: game.name,
    async train(images, options) {
      const { seed } = options;
      const random = hostRandom(seed, SYSTEM_STREAMS.weights);
      const generator = arena.generator(random);
      const critic = arena.critic(random);
      const generatorLearner = createOptimizer(generator.parameters, game.adam);
      const criticLearner = createOptimizer(critic.parameters, game.adam);
      const optimizers = { generator: generatorLearner, critic: criticLearner };
      await trainSystem(
        {
          ...{ engine, row, optimizers, learningRate: game.learningRate },
          ...{ schedule: () => 1, stream: SYSTEM_STREAMS.shuffle },
          step({ x, step, lr }) {
            const batch = x.shape[0] ?? 0;
            const at = (shape: Shape, stream: number) => ({ seed, stream, offset: step * Math.ceil(size(shape) / 4) });
            let drops = 0; // each use of the critic drops other values
            const drop = (y: Tensor): Tensor =>
              game.dropout === undefined ? y : dropout(y, game.dropout, at(y.shape, SYSTEM_STREAMS.dropout + drops++));
            return game.play({
              ...{ x, step },
              generator: { run: generator.run, minimize: (loss) => generatorLearner.minimize(loss, lr) },
              critic: { run: (y) => critic.run(y, drop), minimize: (loss) => criticLearner.minimize(loss, lr) },
              noise(player) {
                const stream = player === "critic" ? SYSTEM_STREAMS.noise : SYSTEM_STREAMS.secondNoise;
                return normal(engine, [batch, latent], at([batch, latent], stream));
              },
              mixing: () => uniform(engine, [batch], at([batch], SYSTEM_STREAMS.mixing)),
            });
          },
        },
        images,
        options,
      );
      critic.parameters.dispose();
      const z = normal(engine, [SETTLING, latent], { seed, stream: SYSTEM_STREAMS.settling });
      const settled = generator.freezeBatchNorm(z);
      z.dispose();
      const sample: TrainedSystem["sample"] = (draw) => sampleNoise(engine, latent, draw, settled.run);
      return resource({ name: game.name, sample }, () => dispose(settled, generator.parameters));
    },
  };
}

/**
 * Players for pictures: the generator is the autoencoder's decoder with batch norm (no scale)
 * before each ReLU, ending in σ; the critic mirrors it (the autoencoder's encoder with slopes of .2
 * below 0, no batch norm, and one score at its end). Without batch norm in the generator a GAN's
 * samples all became one on MNIST within 800 batches of 50. RangeError for pictures too small for
 * the network.
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
      const logits = (z: Tensor, normalise?: Normalise): Tensor => network.logits(named, config, z, normalise);
      return {
        parameters,
        run: (z) => sigmoid(logits(z, byBatch)),
        freezeBatchNorm(draws) {
          const passes = parts(draws, AT_A_TIME / (height * width)).map((z) => ({
            rows: z.shape[0] ?? 0,
            run: (normalise: Normalise) => logits(z, normalise),
          }));
          const fixed = layerMoments(engine, passes);
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

/** Views of consecutive rows of x [rows, length], about `most` in each. */
function parts(x: Tensor, most: number): readonly Tensor[] {
  const [rows = 0, length = 0] = x.shape;
  const each = ALIGNED_ROWS * Math.max(1, Math.floor(most / ALIGNED_ROWS));
  return Array.from({ length: Math.ceil(rows / each) }, (_, i) => {
    const count = Math.min(each, rows - i * each);
    return x.engine.view(x, [count, length], i * each * length);
  });
}
