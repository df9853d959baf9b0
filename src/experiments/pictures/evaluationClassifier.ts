import type { Dataset } from "../../datasets/dataset.ts";
import { type Images, type Labels, limitImages } from "../../datasets/images.ts";
import { type Classifier, createClassifier, initClassifierParameters } from "../../metrics/classifier.ts";
import { accuracy, type Classified, classify } from "../../metrics/classify.ts";
import { type LabelledImages, trainClassifier } from "../../metrics/trainClassifier.ts";
import { loadClassifier, saveClassifier } from "../../run/classifierFile.ts";
import type { Shared } from "../lab/experiment.ts";
import { PICTURE_SIZES, type PictureSet, TRAINING_IMAGES, trainingWork } from "../lab/work.ts";
import type { Workspace } from "../lab/workspace.ts";
import { turned } from "./turned.ts";

/** How the classifier that scores pictures is trained, on all training images. */
export interface EvaluationConfig {
  readonly data: string;
  readonly epochs: number;
  readonly batch: number;
  /** See ClassifierOptions. */
  readonly shift?: number;
  readonly mirror?: boolean;
  /** Learns how far a picture is turned, from so many pictures, in place of labels. */
  readonly turned?: number;
}

/** The evaluation classifiers, one for each data set. */
export const EVALUATION_CONFIGS: Readonly<Record<PictureSet, EvaluationConfig>> = {
  mnist: { data: "mnist", epochs: 4, batch: 100, shift: 1 },
  fashion: { data: "fashion", epochs: 5, batch: 100 },
  cifar10: { data: "cifar10", epochs: 8, batch: 100, shift: 2, mirror: true },
  faces: { data: "faces", epochs: 8, batch: 100, shift: 2 },
  own: { data: "own", epochs: 2, batch: 100, shift: 2, turned: 10_000 },
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
  const { turned: most } = config;
  const tasks = [train, heldOut].map((images) =>
    most === undefined ? labelled(images) : turned(limitImages(images, Math.min(most, images.count))),
  );
  const [task, fresh] = tasks as [LabelledImages, LabelledImages];
  const classes = 1 + Array.from(task.labels).reduce((greatest, label) => Math.max(greatest, label), 0);
  const shape = { height, width, channels, classes };
  const path = await workspace.result(`classifier-${config.data}`, config, async (file) => {
    const model = createClassifier(workspace.engine, shape, initClassifierParameters(shape, workspace.seed));
    const { data: _, turned: __, ...options } = config;
    try {
      await workspace.training(`classifier of ${config.data}`, file, async (kept) => {
        await trainClassifier(model, task, { ...options, seed: workspace.seed, ...kept });
        await saveClassifier(file, model);
      });
    } finally {
      model.dispose();
    }
  });
  const classifier = loadClassifier(path, workspace.engine, shape);
  const { signal } = workspace;
  const test = await classify(classifier, heldOut, { signal });
  const answers = most === undefined ? test : await classify(classifier, fresh.images, { signal });
  return { classifier, test, accuracy: accuracy(answers.labels, fresh.labels) };
}

const labelled = (images: Images): LabelledImages => ({ images, labels: labelsOf(images) });

/** The labels of images that have them. */
export function labelsOf({ labels }: Dataset["train"]): Labels {
  if (labels === undefined) throw new TypeError("classifier: expected images with labels, got none");
  return labels;
}
