// `brenier/metrics`: scores of generated pictures and points.

export type { Neighbours } from "../ot/cells/nearest.ts";
export {
  type Classifier,
  type ClassifierConfig,
  type ClassifierParameterName,
  type ClassifierValues,
  classifierFeatures,
  classifierLogits,
  createClassifier,
  FEATURES,
  initClassifierParameters,
} from "./classifier.ts";
export { accuracy, type Classified, classify, pixelSource } from "./classify.ts";
export { type Crossed, type CrossedDistances, crossedDistance, crossedDistances } from "./crossed.ts";
export { frechetDistance } from "./frechet.ts";
export { type Clusters, kMeans } from "./kMeans.ts";
export { type LabelMixing, labelDrift, labelMixing, labelShares } from "./labels.ts";
export { type Memorisation, memorisation } from "./memorisation.ts";
export { drawMixture, klFromEqual, MIXTURES, type Mixture, type ModeScores, modeScores } from "./modes.ts";
export { nearestNeighbours } from "./neighbours.ts";
export { type PrecisionRecall, precisionRecall } from "./precisionRecall.ts";
export {
  type Curve,
  type CurveOptions,
  type CurveScores,
  curveOf,
  greatestF,
  precisionRecallCurve,
} from "./precisionRecallCurve.ts";
export { type StackedScores, stackedImages, stackedScores } from "./stacked.ts";
export { type ClassifierOptions, type LabelledImages, trainClassifier } from "./trainClassifier.ts";
