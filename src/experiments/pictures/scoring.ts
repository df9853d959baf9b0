// How a row of the table of systems is made.
import { type Images, limitImages } from "../../datasets/images.ts";
import { resource } from "../../kernels/dispose.ts";
import type { Calibration } from "../../models/autoencoder/autoencoder.ts";
import { reconstructImages } from "../../models/autoencoder/calibrate.ts";
import type { Codes } from "../../models/autoencoder/codes.ts";
import type { TrainedSystem } from "../../models/systems/system.ts";
import type { Learning } from "../lab/learning.ts";
import type { Workspace } from "../lab/workspace.ts";
import type { PictureRow, PicturesConfig } from "./pictureRow.ts";

/** The context in which every row of the table is made. */
export interface Scoring {
  readonly workspace: Workspace;
  readonly config: PicturesConfig;
  readonly learning: Learning;
  score(system: string, pixels: Float32Array, origin?: "train" | "test"): Promise<PictureRow>;
}

/** The row of reconstructed test images, with their error per value before they are sharpened. */
export async function reconstructionRow(
  { workspace: { signal }, score }: Scoring,
  { system, codes: { model, calibration }, test }: ReconstructionOf,
): Promise<PictureRow> {
  const y = await reconstructImages(model, calibration, test, { signal });
  const plain = resource<Calibration>({ ...calibration, sharpening: 1 }, () => undefined);
  const unsharpened = calibration.sharpening === 1 ? y : await reconstructImages(model, plain, test, { signal });
  const size = y.length / test.count;
  let sum = 0;
  for (let n = 0; n < test.count; n++) {
    test.batch([n]).forEach((x, i) => {
      const off = x - (unsharpened[n * size + i] as number);
      sum += off * off;
    });
  }
  return { ...(await score(system, y, "test")), error: sum / y.length };
}

export interface ReconstructionOf {
  readonly system: string;
  readonly codes: Codes;
  readonly test: Images;
}

/** As many test images as each system draws pictures, or all. */
export async function testOf({ workspace, config }: Scoring): Promise<Images> {
  const test = (await workspace.dataset(config.data)).heldOut;
  return limitImages(test, Math.min(test.count, config.generated));
}

/** The row of the pictures that a trained system draws. */
export async function drawnBy(
  { workspace, config, score }: Scoring,
  name: string,
  system: TrainedSystem,
): Promise<PictureRow> {
  return score(
    name,
    await system.sample({ count: config.generated, seed: workspace.drawSeed, signal: workspace.signal }),
  );
}
