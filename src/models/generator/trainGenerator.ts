import { inPieces } from "../../kernels/batches.ts";
import { dispose } from "../../kernels/dispose.ts";
import { checkOptions } from "../../kernels/options.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import type { Rule } from "../../ot/extension/rule.ts";
import { points } from "../../ot/points.ts";
import { gatherSteps, problemSteps } from "../../ot/problem.ts";
import { solve } from "../../ot/solver/solver.ts";
import type { Density } from "../../ot/source.ts";
import type { Engine } from "../../tensor/engine.ts";
import { learnCodes } from "../autoencoder/codes.ts";
import type { AutoencoderConfig } from "../networks/networks.ts";
import type { ImageSource, TrainingOptions } from "../training/training.ts";
import type { GeneratorValues } from "./generatorFile.ts";
import { readModel } from "./modelFile.ts";

/** How far the making of a generator is: of the autoencoder's steps, then of the transport's. */
export interface GeneratorProgress {
  readonly stage: "autoencoder" | "transport";
  readonly step: number;
  readonly steps: number;
  /** The autoencoder's loss, or the transport's χ² where it was estimated. */
  readonly value: number | undefined;
}

/** How `trainGenerator` learns and transports. */
export interface TrainGeneratorOptions extends TrainingOptions, Cancellable {
  /** Default: `gaussian`. */
  readonly source?: Density;
  /** χ² that the transport is to reach. Default: that of `solve`. */
  readonly chi2?: number;
  /** Default: facet. */
  readonly rule?: Rule;
  /** Called after each step of either stage. */
  readonly onProgress?: ((progress: GeneratorProgress) => void) | undefined;
}

/** The names of all options of `trainGenerator`. */
export const TRAIN_GENERATOR = [
  "epochs",
  "batch",
  "seed",
  "learningRate",
  "source",
  "chi2",
  "rule",
  "signal",
  "onProgress",
] as const;

/**
 * Pictures → generator, as the command `train` makes it: trains and calibrates the autoencoder and
 * solves the transport onto its codes. `encodeGenerator` writes the result to a file. It rejects as
 * `learnCodes` and `solve` do, and frees what it held on the device.
 */
export async function trainGenerator(
  engine: Engine,
  config: AutoencoderConfig,
  images: ImageSource,
  options: TrainGeneratorOptions,
): Promise<GeneratorValues> {
  checkOptions("trainGenerator", options, TRAIN_GENERATOR);
  const { source = "gaussian", chi2, rule = { name: "facet" }, onProgress, ...training } = options;
  const { seed, signal } = training;
  const codes = await learnCodes(engine, config, images, {
    ...training,
    onProgress: ({ step, steps, losses }) => onProgress?.({ stage: "autoencoder", step, steps, value: losses["loss"] }),
  });
  try {
    const targets = points("codes", codes.values, config.latent);
    const given = await inPieces(engine, problemSteps(targets, { source }), signal);
    const problem = await inPieces(engine, gatherSteps(given), signal);
    const { heights } = await solve(engine, problem, {
      seed,
      signal,
      ...(chi2 !== undefined && { chi2 }),
      onStep: ({ iteration, of, chi2: value }) =>
        onProgress?.({ stage: "transport", step: iteration, steps: of, value }),
    });
    return { ...(await readModel(codes)), config, transport: { problem, heights }, rule };
  } finally {
    dispose(codes);
  }
}
