import type { AdamOptions } from "../autograd/adam.ts";
import { createParameters, type Parameters } from "../autograd/parameters.ts";
import type { Engine } from "../tensor/engine.ts";
import type { Tensor } from "../tensor/op.ts";
import { batchNorm, type Moments, moments } from "../tensor/ops/batchNorm.ts";
import { sigmoid } from "../tensor/ops/elementwise.ts";
import { normal, uniform } from "../tensor/ops/random.ts";
import { type HostRandom, hostRandom } from "../tensor/random.ts";
import { type Shape, size } from "../tensor/shape.ts";
import type { AutoencoderConfig } from "./autoencoder.ts";
import { dense, dropout } from "./layers.ts";
import { createLearner } from "./learner.ts";
import {
  checkPicture,
  decoderLayers,
  decoderLogits,
  featureLayers,
  features,
  headLayer,
  initial,
  layer,
} from "./networks.ts";
import { type GenerativeSystem, SYSTEM_STREAMS, sampleNoise, trainSystem } from "./system.ts";

/** A network and its parameters. */
export interface Player {
  readonly parameters: Parameters;
  /** `drop` is dropout: a player of pictures passes its convolutions' values through it. */
  run(x: Tensor, drop?: (y: Tensor) => Tensor): Tensor;
}

/** A generator; its batch norm, if it has any, is by the batch in `run`. */
export interface GeneratorPlayer extends Player {
  /** Fixes the moments of batch norm to those over the draws z, so that a sample depends on its own noise alone. */
  settle(z: Tensor): SettledGenerator;
}

export interface SettledGenerator {
  run(z: Tensor): Tensor;
  /** Frees what `settle` made. */
  close(): void;
}

/** Networks that play: of pictures or of points. */
export interface Arena {
  readonly engine: Engine;
  /** Dimension of the generator's noise. */
  readonly latent: number;
  /** Shape of one row. */
  readonly row: Shape;
  /** z [batch, latent] → rows [batch, …row]. First values come from `random`. */
  generator(random: HostRandom): GeneratorPlayer;
  /** Rows → scores [batch, 1]. */
  critic(random: HostRandom): Player;
}

/** A player in the hands of a game. */
export interface Hand {
  run(x: Tensor): Tensor;
  /** One step of Adam on this player's parameters alone; returns the loss before it. */
  improve(loss: () => Tensor): Tensor;
}

/** One batch of a game. */
export interface Turn {
  /** Real rows. */
  readonly x: Tensor;
  readonly generator: Hand;
  readonly critic: Hand;
  /** From 0 on. */
  readonly step: number;
  /** z ~ N(0, I), [batch, latent]: numbers of its own for each player. */
  noise(player: "generator" | "critic"): Tensor;
  /** Uniform on [0, 1), [batch]. */
  mixing(): Tensor;
}

/** The rules: what each batch improves. */
export interface Game {
  readonly name: string;
  readonly learningRate: number;
  readonly adam: AdamOptions;
  /** Chance that a value of a critic of pictures is dropped, after each convolution. Default 0. */
  readonly dropout?: number;
  /** Records updates; returns losses by name. */
  play(turn: Turn): Readonly<Record<string, Tensor>>;
}

const SETTLING = 1024; // draws for the moments of a trained generator

/** The system that plays a game: a sample is the generator's output of z ~ N(0, I). The learning rate is constant. */
export function adversaries(game: Game, arena: Arena): GenerativeSystem {
  const { engine, latent, row } = arena;
  return {
    name: game.name,
    async train(images, options) {
      const { seed } = options;
      const random = hostRandom(seed, SYSTEM_STREAMS.weights);
      const generator = arena.generator(random);
      const critic = arena.critic(random);
      const generatorLearner = createLearner(generator.parameters, game.adam);
      const criticLearner = createLearner(critic.parameters, game.adam);
      const learners = { generator: generatorLearner, critic: criticLearner };
      await trainSystem(
        {
          ...{ engine, row, learners, learningRate: game.learningRate },
          ...{ schedule: () => 1, stream: SYSTEM_STREAMS.shuffle },
          step({ x, step, rate }) {
            const batch = x.shape[0] ?? 0;
            const at = (shape: Shape, stream: number) => ({ seed, stream, offset: step * Math.ceil(size(shape) / 4) });
            let drops = 0; // each use of the critic drops other values
            const drop = (y: Tensor): Tensor =>
              game.dropout === undefined ? y : dropout(y, game.dropout, at(y.shape, SYSTEM_STREAMS.dropout + drops++));
            return game.play({
              ...{ x, step },
              generator: { run: generator.run, improve: (loss) => generatorLearner.improve(loss, rate) },
              critic: { run: (y) => critic.run(y, drop), improve: (loss) => criticLearner.improve(loss, rate) },
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
      engine.free(critic.parameters.flat);
      const z = normal(engine, [SETTLING, latent], { seed, stream: SYSTEM_STREAMS.settling });
      const settled = generator.settle(z);
      engine.free(z);
      return {
        name: game.name,
        sample: (draw) => sampleNoise(engine, latent, draw, settled.run),
        close() {
          settled.close();
          engine.free(generator.parameters.flat);
        },
      };
    },
  };
}

/**
 * Players for pictures: the generator is the autoencoder's decoder with batch norm (no scale and shift) before each ReLU, ending in σ; the critic
 * mirrors it (the autoencoder's encoder with slopes of .2 below 0, no batch norm, and one score at its end). Without batch norm in the generator
 * a GAN's samples all became one on MNIST within 800 batches of 50. RangeError for pictures below 4 × 4 pixels.
 */
export function pictureArena(name: string, engine: Engine, config: AutoencoderConfig): Arena {
  const { height, width, channels, latent } = config;
  checkPicture(name, config, latent);
  return {
    engine,
    latent,
    row: [height, width, channels],
    generator(random) {
      const parameters = createParameters(engine, initial(decoderLayers(random, config, latent)));
      const { named } = parameters;
      return {
        parameters,
        run: (z) => sigmoid(decoderLogits(named, config, z, (y) => batchNorm(y, moments(y)))),
        settle(draws) {
          const fixed = engine.scope(() => {
            const all: Moments[] = [];
            decoderLogits(named, config, draws, (y) => {
              const own = moments(y);
              all.push(own);
              return batchNorm(y, own);
            });
            return all;
          });
          return {
            run: (z) => sigmoid(decoderLogits(named, config, z, (y, place) => batchNorm(y, fixed[place] as Moments))),
            close: () => engine.free(...fixed.flatMap(({ mean, variance }) => [mean, variance])),
          };
        },
      };
    },
    critic(random) {
      const layers = { ...featureLayers(random, config), score: headLayer(random, 1) };
      const parameters = createParameters(engine, initial(layers));
      const { named } = parameters;
      return { parameters, run: (x, drop) => dense(features(named, x, "leakyRelu", drop), layer(named, "score")) };
    },
  };
}
