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
import { previewImages } from "../autoencoder/preview.ts";
import type { AutoencoderConfig } from "../networks/networks.ts";
import type { ImageSource, RowSource, TrainingOptions } from "../training/training.ts";
import { fittedFacet } from "./fittedFacet.ts";
import type { GeneratorValues } from "./generatorFile.ts";
import { readModel } from "./modelFile.ts";
import type { Pictures } from "./pictures.ts";

/** How far the making of a generator is: of the autoencoder's steps, then of the transport's. */
export interface GeneratorProgress {
  readonly stage: "autoencoder" | "transport";
  readonly step: number;
  readonly steps: number;
  /** The autoencoder's loss, or the transport's χ² where it was estimated. */
  readonly value: number | undefined;
  /** What the autoencoder makes of the first images by now, where `preview` asks for it. */
  readonly reconstructions?: Pictures;
}

/** How `trainGenerator` learns and transports. */
export interface TrainGeneratorOptions extends TrainingOptions, Cancellable {
  /** What the autoencoder trains on, see `learnCodes`. Default: the images. */
  readonly rows?: RowSource | undefined;
  /** Default: `gaussian`. */
  readonly source?: Density;
  /** χ² that the transport is to reach. Default: that of `solve`. */
  readonly chi2?: number;
  /** Default: facet, fitted to the map. */
  readonly rule?: Rule;
  /**
   * How many of the first images are reconstructed for each report of the autoencoder, of which
   * there is then one before the first step too. Default 0.
   */
  readonly preview?: number;
  /**
   * Called after every ten steps of the autoencoder and its last one, and after each step of the
   * transport. A promise that it returns is awaited.
   */
  readonly onProgress?: ((progress: GeneratorProgress) => unknown) | undefined;
}

/** The names of all options of `trainGenerator`. */
export const TRAIN_GENERATOR = [
  "epochs",
  "batch",
  "seed",
  "learningRate",
  "rows",
  "source",
  "chi2",
  "rule",
  "preview",
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
  const { source = "gaussian", chi2, rule, preview = 0, onProgress, ...training } = options;
  const { seed, signal } = training;
  if (!(Number.isSafeInteger(preview) && preview >= 0 && preview <= images.count)) {
    throw new RangeError(
      `trainGenerator: expected \`preview\` as an integer from 0 to ${images.count}, got ${preview}`,
    );
  }
  const { height, width, channels } = config;
  let [told, loss] = [-1, undefined as number | undefined];
  const codes = await learnCodes(engine, config, images, {
    ...training,
    onProgress: ({ step, losses }) => {
      [told, loss] = [step, losses["loss"]];
    },
    async onStep({ step, steps }, model) {
      if (step !== told && !(step === 0 && preview > 0)) return;
      const progress = { stage: "autoencoder", step, steps, value: loss } as const;
      if (preview === 0) return onProgress?.(progress);
      const pixels = await previewImages(model, images, { count: preview, signal });
      await onProgress?.({ ...progress, reconstructions: { pixels, count: preview, height, width, channels } });
    },
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
    const transport = { problem, heights };
    const fitted = rule ?? (await fittedFacet(engine, transport, config, { seed, signal }));
    return { ...(await readModel(codes)), config, transport, rule: fitted };
  } finally {
    dispose(codes);
  }
}
