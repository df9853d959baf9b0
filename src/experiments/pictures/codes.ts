import { limitImages } from "../../datasets/images.ts";
import { DataError } from "../../formats/error.ts";
import { encodeImages } from "../../models/autoencoder/calibrate.ts";
import { type Codes, codesOf, learnCodes } from "../../models/autoencoder/codes.ts";
import type { PictureSize } from "../../models/networks/network.ts";
import { mirroredImages } from "../../models/training/moveImages.ts";
import { createMap, type TransportMap } from "../../ot/map/map.ts";
import { points } from "../../ot/points.ts";
import { createProblem, gatherForDevice } from "../../ot/problem.ts";
import { solve } from "../../ot/solver/solver.ts";
import { loadModel, saveModel } from "../../run/modelFile.ts";
import { loadTransport, saveTransport } from "../../run/transportFile.ts";
import type { Shared } from "../lab/experiment.ts";
import type { Learning, LearningConfig } from "../lab/learning.ts";
import { trainingWork, transportWork } from "../lab/work.ts";
import type { Workspace } from "../lab/workspace.ts";

const keyOf = ({ data, images: count, epochs, batch, latent, network, mirror }: LearningConfig): object => ({
  data,
  count,
  epochs,
  batch,
  latent,
  ...(network !== undefined && { network }),
  ...(mirror === true && { mirror }),
});

/** The codes, and the transport onto them to χ², as results that experiments share. */
export function sharedCodes(config: LearningConfig, picture: PictureSize, chi2?: number): readonly Shared[] {
  const { images, epochs, latent, network } = config;
  const key = keyOf(config);
  const work = trainingWork("autoencoder", epochs * images, { ...picture, latent, network });
  const codes = { kind: "autoencoder", key, work };
  if (chi2 === undefined) return [codes];
  return [codes, { kind: "transport", key: { ...key, chi2 }, work: transportWork(images, latent, chi2) }];
}

const LEAST_HELD_OUT = 200; // precisionRecallCurve needs as many

/**
 * The first training images of a set and the config of their autoencoder. DataError for a set that
 * is too small for the experiment.
 */
export async function learningOf(workspace: Workspace, config: LearningConfig): Promise<Learning> {
  const { data, images: count, epochs, batch, latent, mirror } = config;
  const named = config.network === undefined ? {} : { network: config.network };
  const { train, heldOut } = await workspace.dataset(data);
  if (train.count < count || heldOut.count < LEAST_HELD_OUT) {
    throw new DataError(
      `${data}: expected at least ${count} training and ${LEAST_HELD_OUT} test images, got ${train.count} and ${heldOut.count}; ` +
        `fetch the whole set: node dist/data.js fetch ${data}`,
    );
  }
  const images = limitImages(train, count);
  const { height, width, channels } = images;
  return {
    key: keyOf(config),
    images: images,
    network: { height, width, channels, latent, ...named },
    epochs,
    batch,
    mirror,
  };
}

/**
 * The codes of an autoencoder, trained once for all experiments of a folder. The caller disposes of
 * them.
 */
export async function openCodes(
  workspace: Workspace,
  { key, images, network, epochs, batch, mirror }: Learning,
): Promise<Codes> {
  const path = await workspace.result("autoencoder", key, (file) =>
    workspace.training(`autoencoder of ${images.count} images`, file, async (options) => {
      const codes = await learnCodes(workspace.engine, network, images, {
        epochs,
        batch,
        seed: workspace.seed,
        ...(mirror === true && { rows: mirroredImages(images, network) }),
        ...options,
      });
      await saveModel(file, codes.model, codes.calibration).finally(() => codes.dispose());
    }),
  );
  const { model, calibration } = loadModel(path, workspace.engine, network);
  return codesOf(model, calibration, await encodeImages(model, calibration, images, { signal: workspace.signal }));
}

/**
 * The transport onto codes with χ² of at most `chi2`, solved once for all experiments of a folder.
 * The caller disposes of the map.
 */
export async function openTransport(
  workspace: Workspace,
  codes: Codes,
  { key, network }: Learning,
  chi2: number,
): Promise<TransportMap> {
  const path = await workspace.result("transport", { ...key, chi2 }, async (file) => {
    const problem = gatherForDevice(createProblem(points("codes", codes.values, network.latent)));
    await workspace.solving(problem.targets.count, file, async (options) => {
      const { heights } = await solve(workspace.gpu, problem, { seed: workspace.seed, chi2, ...options });
      const map = createMap(workspace.gpu, problem, heights);
      try {
        saveTransport(file, map);
      } finally {
        map.dispose();
      }
    });
  });
  return loadTransport(path, workspace.gpu, network.latent);
}
