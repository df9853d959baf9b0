import type { Gpu } from "../../kernels/gpu.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import type { Classified } from "../../metrics/classify.ts";
import { type Crossed, crossedDistance } from "../../metrics/crossed.ts";
import { labelDrift, labelShares } from "../../metrics/labels.ts";
import { memorisation } from "../../metrics/memorisation.ts";
import { precisionRecall } from "../../metrics/precisionRecall.ts";
import { precisionRecallCurve } from "../../metrics/precisionRecallCurve.ts";
import { subsetNumbers } from "../../metrics/samples.ts";
import { type Points, pick } from "../../ot/points.ts";
import type { Column } from "../lab/experiment.ts";

/**
 * Features of real pictures by an evaluation classifier: the training pictures and the held-out
 * ones.
 */
export interface Reals {
  readonly train: Classified;
  readonly test: Classified;
}

/**
 * Scores of pictures in the features of an evaluation classifier, taken of equal numbers of rows as
 * far as there are enough.
 */
export interface PictureScores extends Crossed {
  /** Relative to the split of real pictures that these were not made from. */
  readonly precision: number;
  readonly recall: number;
  readonly f8: number;
  readonly f1over8: number;
  /** Median distance to the nearest training picture, over that of held-out pictures. */
  readonly novelty: number;
  /**
   * The greatest difference between a label's share of these pictures and its share of the training
   * pictures.
   */
  readonly drift: number;
}

/**
 * The split that pictures were made from. Generated pictures are made from the training set and
 * compared with the test set; reconstructions of the test set are compared with the training set.
 */
export type Origin = "train" | "test";

// The curve is averaged over so many clusterings, each of which takes seconds.
const CURVE = { runs: 3 } as const;

export interface ScoreOptions extends Cancellable {
  /** The split that the pictures were made from. Default: train. */
  readonly origin?: Origin | undefined;
}

/**
 * The scores of pictures whose models or originals came from `origin`, compared with the other
 * split. RangeError where a metric has too few rows.
 */
export async function scorePictures(
  gpu: Gpu,
  reals: Reals,
  { features, labels }: Classified,
  { origin = "train", signal }: ScoreOptions = {},
): Promise<PictureScores> {
  const same = reals[origin].features;
  const other = reals[origin === "train" ? "test" : "train"].features;
  const count = Math.min(other.count, features.count);
  const [real, shown] = [some(other, count), some(features, count)];
  const { precision, recall } = await precisionRecall(gpu, real, shown, { signal });
  const { f8, f1over8 } = await precisionRecallCurve(gpu, real, shown, { ...CURVE, signal });
  const sets = { train: reals.train.features, generated: features, heldOut: reals.test.features };
  const { ratio } = await memorisation(gpu, sets, { signal });
  const classes = reals.train.probabilities.length / reals.train.labels.length;
  const drift = labelDrift(labelShares(labels, classes), labelShares(reals.train.labels, classes));
  const distances = await crossedDistance(gpu, { name: origin, same, x: features, other }, { signal });
  return { ...distances, precision, recall, f8, f1over8, novelty: ratio, drift };
}

/** So many of the rows that stand for all: real pictures may be sorted by their labels. */
const some = (x: Points, count: number): Points => pick(x, subsetNumbers(count, x.count));

/** Columns of `scoreCells`. */
export const SCORE_COLUMNS: readonly Column[] = [
  { name: "FCD", digits: 2 },
  { name: "floor", digits: 2 },
  { name: "excess", digits: 2 },
  { name: "precision", digits: 3 },
  { name: "recall", digits: 3 },
  { name: "F8", digits: 3 },
  { name: "F1/8", digits: 3 },
  { name: "novelty", digits: 2 },
  { name: "label drift", digits: 3 },
];

/** The scores as cells of a table, in the order of SCORE_COLUMNS. */
export const scoreCells = (s: PictureScores): readonly number[] => {
  return [s.distance, s.floor, s.excess, s.precision, s.recall, s.f8, s.f1over8, s.novelty, s.drift];
};

/** The note that explains SCORE_COLUMNS below a table. */
export const SCORE_NOTE: string =
  "FCD: Fréchet distance in the evaluation classifier's features, of generated pictures to the test set, of reconstructed test pictures to the training set; floor: " +
  "of as many real pictures; excess: FCD − floor. Precision and recall (k = 3; above the real pictures' precision is contraction), F8 and F1/8 " +
  "against the same real pictures. Novelty: median distance to the nearest training picture, over that of held-out ones. Label drift: greatest " +
  "difference of a label's share from the training set's. AE-OT draws T(x), a stored code, and goes on from it: facet to a point between it and the " +
  "code behind the facet with the least angle, local within the spread of the codes nearest to it, chart likewise by x's place in its cell.";
