// Everything that a program which brings its own GPUDevice needs. Node programs find an adapter through "brenier/node".
export { Adam, type AdamOptions, type AdamState } from "./autograd/adam.ts";
export { createParameters, type Parameters } from "./autograd/parameters.ts";
export { valueAndGradients } from "./autograd/tape.ts";
export type { Memory } from "./kernels/buffers.ts";
export type { BufferRef, Command, Workgroups } from "./kernels/command.ts";
export { FAMILIES, type Family, type Kernels, kernelsOf, TILES, type Tile } from "./kernels/family.ts";
export { DeviceLostError, Gpu, type GpuOptions } from "./kernels/gpu.ts";
export type { Kernel } from "./kernels/kernel.ts";
export {
  type Classifier,
  type ClassifierConfig,
  type ClassifierParameterName,
  type ClassifierValues,
  classifierFeatures,
  classifierLogits,
  createClassifier,
  FEATURES,
  firstClassifierValues,
} from "./metrics/classifier.ts";
export { accuracy, type Classified, classify, pixelSource } from "./metrics/classify.ts";
export { type Crossed, type CrossedDistances, crossedDistance, crossedDistances } from "./metrics/crossed.ts";
export { type Eigen, symmetricEigen } from "./metrics/eigen.ts";
export { frechetDistance } from "./metrics/frechet.ts";
export { type Clusters, kMeans } from "./metrics/kMeans.ts";
export { type LabelMixing, labelDrift, labelMixing, labelShares } from "./metrics/labels.ts";
export { type Memorisation, memorisation } from "./metrics/memorisation.ts";
export { drawMixture, klFromEqual, MIXTURES, type Mixture, type ModeScores, modeScores } from "./metrics/modes.ts";
export { type Neighbours, nearestNeighbours } from "./metrics/neighbours.ts";
export { type PrecisionRecall, precisionRecall } from "./metrics/precisionRecall.ts";
export {
  type Curve,
  type CurveOptions,
  type CurveScores,
  curveOf,
  greatestF,
  precisionRecallCurve,
} from "./metrics/precisionRecallCurve.ts";
export { type StackedScores, stackedImages, stackedScores } from "./metrics/stacked.ts";
export { type ClassifierOptions, type LabelledImages, trainClassifier } from "./metrics/trainClassifier.ts";
export {
  type Arena,
  adversaries,
  type Game,
  type GeneratorPlayer,
  type Hand,
  type Player,
  pictureArena,
  type SettledGenerator,
  type Turn,
} from "./models/adversaries.ts";
export { aeGaussian, fitAeGaussian, fitGaussian, type Gaussian } from "./models/aeGaussian.ts";
export {
  type AeOtOptions,
  type AeOtPaperOptions,
  aeOt,
  aeOtPaper,
  fitAeOt,
  fitAeOtPaper,
} from "./models/aeOt.ts";
export * from "./models/autoencoder.ts";
export {
  type CalibrationValues,
  calibrate,
  calibrateSharpening,
  closeCalibration,
  createCalibration,
  encodeImages,
  type MomentValues,
  readCalibration,
  reconstructImages,
} from "./models/calibrate.ts";
export { type Codes, closeCodes, learnCodes, systemOfCodes } from "./models/codes.ts";
export { type ContinuousMap, fitContinuousMap } from "./models/continuousMap.ts";
export { discriminatorLoss, gan, ganGame, nonSaturatingLoss } from "./models/gan.ts";
export { decodeCodes, type Generated, type Generator, generate } from "./models/generator.ts";
export { byBatch, byMoments, freeMoments, type LayerMoments, layerMoments } from "./models/layerMoments.ts";
export { createLearner, type Learner, type LearnerState } from "./models/learner.ts";
export type { LayerPlan, Network, Normalise, PictureSize, Plans } from "./models/network.ts";
export { autoencoderLayers, NETWORK_NAMES, NETWORKS, type NetworkName, networkOf } from "./models/networks.ts";
export { type PlanarOptions, planarGan, planarTransport } from "./models/planar.ts";
export { type PriorObjective, priorAutoencoder } from "./models/priorAutoencoder.ts";
export { fitReconstruction, reconstruction } from "./models/reconstruction.ts";
export { cosineSchedule } from "./models/schedule.ts";
export type {
  GenerativeSystem,
  SampleDraw,
  TrainedSystem,
} from "./models/system.ts";
export { autoencoderTask, trainAutoencoder } from "./models/trainAutoencoder.ts";
export {
  type Batch,
  type ImageSource,
  NonFiniteError,
  type RowSource,
  type Task,
  Training,
  type TrainingOptions,
  type TrainingState,
  type TrainOptions,
  type TrainProgress,
  train,
} from "./models/training.ts";
export { bernoulliCost, klToPrior, type Posterior, reparametrise, vae } from "./models/vae.ts";
export { inverseMultiquadratic, mmd, squaredCost, type WaeOptions, waeMmd } from "./models/waeMmd.ts";
export {
  criticLoss,
  gradientPenalty,
  interpolate,
  wganGp,
  wganGpGame,
} from "./models/wganGp.ts";
export { type Assignment, Cells, type CellsOptions, type Detail, type Top } from "./ot/cells.ts";
export { type Certificate, type CertificateOptions, certify } from "./ot/certificate.ts";
export { type ClassMap, type ClassMaps, closeClassMaps, sampleClass, solveClasses } from "./ot/classes.ts";
export { average, rate, type State, start, step } from "./ot/descent.ts";
export { type Density, type Draw, type SampleSource, type Source, STREAMS } from "./ot/draw.ts";
export { type Evaluation, evaluate, evaluateHeights } from "./ot/evaluation.ts";
export {
  type ExactCells,
  type ExactOptions,
  type ExactProgress,
  type ExactSolution,
  exactCells,
  solveExact,
} from "./ot/exact.ts";
export { type Polygons, polygon } from "./ot/exact2d/polygons.ts";
export { exactIndex } from "./ot/exactMap.ts";
export {
  type ChartRule,
  type Extended,
  extend,
  type FacetRule,
  type LocalRule,
  type PaperRule,
  type PlainRule,
  type Rule,
  sample,
} from "./ot/extend.ts";
export { angleAt, type GraphOptions, type NeighbourGraph, neighbourGraph, quantileOf } from "./ot/graph.ts";
export {
  closeMap,
  createMap,
  type MassCentres,
  massCentres,
  potential,
  type Transported,
  type TransportMap,
  transport,
} from "./ot/map.ts";
export type { PaperOptions } from "./ot/paperRecipe.ts";
export { type Points, points, readPoints } from "./ot/points.ts";
export {
  conjugate,
  conjugateAtTargets,
  displacement,
  type Kantorovich,
  kantorovich,
  type Preimage,
  preimages,
} from "./ot/potentials.ts";
export { createProblem, type Problem, type ProblemOptions } from "./ot/problem.ts";
export { depthInCells, distanceToFacets, type Facets, singularSet } from "./ot/singularSet.ts";
export { type Progress, type Solution, type SolveOptions, type SolverState, solve } from "./ot/solver.ts";
export { medianMargin, repairEmpty, warmStart } from "./ot/warmStart.ts";
export { type AutotuneOptions, autotune, type Measurement, type TuneShape, type Tuning } from "./tensor/autotune.ts";
export type { ConvolutionOptions, Pair } from "./tensor/convolution.ts";
export { Engine } from "./tensor/engine.ts";
export { describeNonFinite, firstNonFinite, type NonFinite } from "./tensor/finite.ts";
export type { Call, Op, Tensor } from "./tensor/op.ts";
export { batchNorm, type Moments, moments } from "./tensor/ops/batchNorm.ts";
export { bias, biasRelu } from "./tensor/ops/bias.ts";
export { conv2d, conv2dTranspose, type FinishOptions } from "./tensor/ops/conv2d.ts";
export {
  abs,
  add,
  affine,
  div,
  exp,
  gate,
  leakyRelu,
  log,
  mul,
  mulSign,
  relu,
  scale,
  sigmoid,
  sqrt,
  square,
  sub,
  tanh,
} from "./tensor/ops/elementwise.ts";
export { logSoftmax } from "./tensor/ops/logSoftmax.ts";
export { bceWithLogits, l1, mse, softmaxCrossEntropy } from "./tensor/ops/losses.ts";
export { type MatmulAttributes, matmul } from "./tensor/ops/matmul.ts";
export { normal, uniform } from "./tensor/ops/random.ts";
export { reshape } from "./tensor/ops/reshape.ts";
export { broadcast, mean, sum } from "./tensor/ops/sum.ts";
export { type HostRandom, hostRandom, philox } from "./tensor/random.ts";
export { selfTest } from "./tensor/selfTest.ts";
export { type Shape, size } from "./tensor/shape.ts";
