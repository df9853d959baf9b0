import type { AdamOptions } from "../autograd/adam.ts";
import { createParameters, type Parameters } from "../autograd/parameters.ts";
import type { Engine } from "../tensor/engine.ts";
import type { Tensor } from "../tensor/op.ts";
import { sigmoid } from "../tensor/ops/elementwise.ts";
import { normal, uniform } from "../tensor/ops/random.ts";
import { type HostRandom, hostRandom } from "../tensor/random.ts";
import type { Shape } from "../tensor/shape.ts";
import type { AutoencoderConfig } from "./autoencoder.ts";
import { dense } from "./layers.ts";
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
import { type GenerativeSystem, SYSTEM_STREAMS, sampleNoise } from "./system.ts";
import { createLearner, trainSystem } from "./trainSystem.ts";

/** A network and its parameters. */
export interface Player {
  readonly parameters: Parameters;
  run(x: Tensor): Tensor;
}

/** Networks that play: of pictures or of points. */
export interface Arena {
  readonly engine: Engine;
  /** Dimension of the generator's noise. */
  readonly latent: number;
  /** Shape of one row. */
  readonly row: Shape;
  /** z [batch, latent] → rows [batch, …row]. First values come from `random`. */
  generator(random: HostRandom): Player;
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
  /** Records updates; returns losses by name. */
  play(turn: Turn): Readonly<Record<string, Tensor>>;
}

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
      const learners = [generator, critic].map(({ parameters }) => createLearner(parameters, game.adam)) as [
        ReturnType<typeof createLearner>,
        ReturnType<typeof createLearner>,
      ];
      const [generatorLearner, criticLearner] = learners;
      await trainSystem(
        {
          ...{ engine, row, learners, learningRate: game.learningRate, schedule: () => 1 },
          step(x, { step, rate }) {
            const batch = x.shape[0] ?? 0;
            const offset = step * Math.ceil((batch * latent) / 4);
            return game.play({
              ...{ x, step },
              generator: { run: generator.run, improve: (loss) => generatorLearner.improve(loss, rate) },
              critic: { run: critic.run, improve: (loss) => criticLearner.improve(loss, rate) },
              noise(player) {
                const stream = player === "critic" ? SYSTEM_STREAMS.noise : SYSTEM_STREAMS.secondNoise;
                return normal(engine, [batch, latent], { seed, stream, offset });
              },
              mixing: () =>
                uniform(engine, [batch], { seed, stream: SYSTEM_STREAMS.mixing, offset: step * Math.ceil(batch / 4) }),
            });
          },
        },
        images,
        options,
      );
      engine.free(critic.parameters.flat);
      return {
        name: game.name,
        sample: (draw) => sampleNoise(engine, latent, draw, generator.run),
        close: () => engine.free(generator.parameters.flat),
      };
    },
  };
}

/**
 * Players for pictures: the generator is the autoencoder's decoder, ending in σ; the critic mirrors it (the autoencoder's encoder with slopes of
 * .2 below 0, no batch norm, and one score at its end). RangeError for pictures below 4 × 4 pixels.
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
      return { parameters, run: (z) => sigmoid(decoderLogits(parameters.named, config, z)) };
    },
    critic(random) {
      const layers = { ...featureLayers(random, config), score: headLayer(random, 1) };
      const parameters = createParameters(engine, initial(layers));
      const { named } = parameters;
      return { parameters, run: (x) => dense(features(named, x, "leakyRelu"), layer(named, "score")) };
    },
  };
}
