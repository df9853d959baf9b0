import { existsSync } from "node:fs";
import { join } from "node:path";
import { firstImages, type Images } from "../data/images.ts";
import { sha256 } from "../data/sha256.ts";
import type { AutoencoderConfig } from "../models/autoencoder.ts";
import { encodeImages } from "../models/calibrate.ts";
import { type Codes, closeCodes, learnCodes } from "../models/codes.ts";
import { closeMap, createMap, type TransportMap } from "../ot/map.ts";
import { points } from "../ot/points.ts";
import { createProblem } from "../ot/problem.ts";
import { solve } from "../ot/solver.ts";
import { imageSource } from "../run/imageSource.ts";
import { loadModel, saveModel } from "../run/modelFile.ts";
import { loadTransport, saveTransport } from "../run/transportFile.ts";
import type { Lab } from "./lab.ts";

/** What the systems of a comparison share: pictures, budget, size of the code. */
export interface LearningConfig {
  readonly data: string;
  /** The first so many training images. */
  readonly images: number;
  readonly epochs: number;
  readonly batch: number;
  readonly latent: number;
}

export const learningConfig = ({ data, images, epochs, batch, latent }: LearningConfig): LearningConfig => ({
  ...{ data, images, epochs, batch, latent },
});

/** The images to learn, and the network's config for them. */
export function learningSet(
  lab: Lab,
  { data, images: count, latent }: LearningConfig,
): { readonly images: Images; readonly config: AutoencoderConfig } {
  const images = firstImages(lab.dataset(data).train, count);
  const { height, width, channels } = images;
  return { images, config: { height, width, channels, latent } };
}

/** File of something trained: equal names mean equal configs. */
const fileOf = (lab: Lab, kind: string, config: object): string =>
  join(lab.trained, `${kind}-${sha256(JSON.stringify({ ...config, seed: lab.seed })).slice(0, 12)}.safetensors`);

/** The codes of an autoencoder, trained once for all experiments of a folder. The caller closes them by `closeCodes`. */
export async function openCodes(lab: Lab, config: LearningConfig, images?: Images): Promise<Codes> {
  const key = learningConfig(config);
  const path = fileOf(lab, "autoencoder", key);
  const learning = learningSet(lab, key);
  const source = imageSource(images ?? learning.images);
  if (!existsSync(path)) {
    const { epochs, batch } = key;
    const codes = await learnCodes(lab.engine, learning.config, source, {
      ...{ epochs, batch, seed: lab.seed },
      ...lab.telling(`autoencoder of ${key.images} images`),
    });
    await saveModel(path, codes.model, codes.calibration);
    closeCodes(codes);
  }
  const { model, calibration } = loadModel(path, lab.engine, learning.config);
  return { model, calibration, values: await encodeImages(model, calibration, source) };
}

/** The transport onto codes with χ² of at most `chi2`, solved once for all experiments of a folder. The caller closes it by `closeMap`. */
export async function openTransport(
  lab: Lab,
  codes: Codes,
  config: LearningConfig & { readonly chi2: number },
): Promise<TransportMap> {
  const { latent } = config;
  const path = fileOf(lab, "transport", { ...learningConfig(config), chi2: config.chi2 });
  if (!existsSync(path)) {
    const problem = createProblem(points("codes", codes.values, latent));
    const { heights } = await solve(lab.gpu, problem, {
      ...{ seed: lab.seed, chi2: config.chi2 },
      onStep: ({ iteration, of, chi2 }) => {
        lab.progress.update(iteration, of, `transport onto ${problem.targets.count} codes  chi² ${chi2 ?? ""}`);
        lab.check();
      },
    });
    const map = createMap(lab.gpu, problem, heights);
    saveTransport(path, map);
    closeMap(map);
  }
  return loadTransport(path, lab.gpu, latent);
}
