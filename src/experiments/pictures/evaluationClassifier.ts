import type { Dataset } from "../../datasets/dataset.ts";
import type { Labels } from "../../datasets/images.ts";
import { type Classifier, createClassifier, initClassifierParameters } from "../../metrics/classifier.ts";
import { accuracy, type Classified, classify } from "../../metrics/classify.ts";
import { trainClassifier } from "../../metrics/trainClassifier.ts";
import { loadClassifier, saveClassifier } from "../../run/classifierFile.ts";
import type { Shared } from "../lab/experiment.ts";
import { PICTURE_SIZES, type PictureSet, TRAINING_IMAGES, trainingWork } from "../lab/work.ts";
import type { Workspace } from "../lab/workspace.ts";

/** How the classifier that scores pictures is trained, on all training images. */
export interface EvaluationConfig {
  readonly data: string;
  readonly epochs: number;
  readonly batch: number;
  /** See ClassifierOptions. */
  readonly shift?: number;
  readonly mirror?: boolean;
}

/** The evaluation classifiers, one for each data set. */
export const EVALUATION_CONFIGS: Readonly<Record<PictureSet, EvaluationConfig>> = {
  mnist: { data: "mnist", epochs: 4, batch: 100, shift: 1 },
  fashion: { data: "fashion", epochs: 5, batch: 100 },
  cifar10: { data: "cifar10", epochs: 3, batch: 100, mirror: true },
  faces: { data: "faces", epochs: 8, batch: 100, shift: 2 },
};

/** The evaluation classifier of a set, as a result that experiments share. */
export function sharedClassifier(data: PictureSet): Shared {
  const config = EVALUATION_CONFIGS[data];
  const work =
    trainingWork("autoencoder", config.epochs * TRAINING_IMAGES[data], { ...PICTURE_SIZES[data], latent: 64 }) / 2;
  return { kind: `classifier-${data}`, key: config, work };
}

/** A classifier, its outputs for the test images, and its accuracy on them. */
export interface EvaluationClassifier {
  readonly classifier: Classifier;
  readonly test: Classified;
  readonly accuracy: number;
}

/**
 * The evaluation classifier of a set, trained once for all experiments of a folder. The caller
 * frees its parameters.
 */
export async function openEvaluationClassifier(
  workspace: Workspace,
  config: EvaluationConfig,
): Promise<EvaluationClassifier> {
  const { train, heldOut } = await workspace.dataset(config.data);
  const { height, width, channels } = train;
  const classes = 1 + Array.from(labelsOf(train)).reduce((most, label) => Math.max(most, label), 0);
  const shape = { height, width, channels, classes };
  const path = await workspace.result(`classifier-${config.data}`, config, async (file) => {
    const model = createClassifier(workspace.engine, shape, initClassifierParameters(shape, workspace.seed));
    const { data: _, ...options } = config;
    await workspace.training(`classifier of ${config.data}`, file, async (kept) => {
      const images = { images: train, labels: labelsOf(train) };
      await trainClassifier(model, images, { ...options, seed: workspace.seed, ...kept });
      await saveClassifier(file, model);
    });
    model.dispose();
  });
  const classifier = loadClassifier(path, workspace.engine, shape);
  const test = await classify(classifier, heldOut, { signal: workspace.signal });
  return { classifier, test, accuracy: accuracy(test.labels, labelsOf(heldOut)) };
}

/** The labels of images that have them. */
export function labelsOf({ labels }: Dataset["train"]): Labels {
  if (labels === undefined) throw new TypeError("classifier: expected images with labels, got none");
  return labels;
}
