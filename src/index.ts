// Everything that a program which brings its own GPUDevice needs. Node programs find an adapter
// through "brenier/node".
export { Adam, type AdamOptions, type AdamState } from "./autograd/adam.ts";
export { createParameters, type Parameters } from "./autograd/parameters.ts";
export { valueAndGrad } from "./autograd/tape.ts";
export type { Memory } from "./kernels/buffers.ts";
export type { BufferRef, Command } from "./kernels/command.ts";
export { FAMILIES, type Family, type KernelConfig, kernelsOf, TILES, type Tile } from "./kernels/family.ts";
export { DeviceLostError, Gpu, type GpuOptions } from "./kernels/gpu.ts";
export type { Kernel, Workgroups } from "./kernels/kernel.ts";
export { type Eigen, symmetricEigen } from "./math/linalg.ts";
export { type HostRandom, hostRandom, philox } from "./math/philox.ts";
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
export * from "./models/autoencoder/autoencoder.ts";
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
} from "./models/autoencoder/calibrate.ts";
export { type Codes, closeCodes, learnCodes } from "./models/autoencoder/codes.ts";
export { decodeCodes, type Generated, type Generator, generate } from "./models/autoencoder/generator.ts";
export { autoencoderTask, trainAutoencoder } from "./models/autoencoder/trainAutoencoder.ts";
export type { GanNetwork } from "./models/networks/ganNetwork.ts";
export { byBatch, byMoments, freeMoments, type LayerMoments, layerMoments } from "./models/networks/layerMoments.ts";
export type { LayerSpec, LayerSpecs, Network, Normalise, PictureSize } from "./models/networks/network.ts";
export {
  type AutoencoderConfig,
  autoencoderLayers,
  NETWORK_NAMES,
  NETWORKS,
  type NetworkName,
  networkOf,
} from "./models/networks/networks.ts";
export { aeGaussian, fitAeGaussian, fitGaussian, type Gaussian } from "./models/systems/aeGaussian.ts";
export {
  type AeOtOptions,
  type AeOtPaperOptions,
  aeOt,
  aeOtPaper,
  fitAeOt,
  fitAeOtPaper,
} from "./models/systems/aeOt.ts";
export { type ContinuousMap, fitContinuousMap } from "./models/systems/continuousMap.ts";
export { discriminatorLoss, gan, ganObjective, nonSaturatingLoss } from "./models/systems/gan.ts";
export {
  type FrozenGenerator,
  type GanBatch,
  type GanNetworks,
  type GanObjective,
  type GeneratorNetwork,
  ganSystem,
  pictureNetworks,
  type TrainableNetwork,
} from "./models/systems/ganSystem.ts";
export { type PlanarOptions, planarGan, planarTransport } from "./models/systems/planar.ts";
export { type PriorObjective, priorAutoencoder } from "./models/systems/priorAutoencoder.ts";
export { fitReconstruction, reconstruction } from "./models/systems/reconstruction.ts";
export { type GenerativeSystem, type SampleDraw, systemOfCodes, type TrainedSystem } from "./models/systems/system.ts";
export { bernoulliCost, klToPrior, type Posterior, reparametrise, vae } from "./models/systems/vae.ts";
export { inverseMultiquadratic, mmd, squaredCost, type WaeOptions, waeMmd } from "./models/systems/waeMmd.ts";
export {
  criticLoss,
  gradientPenalty,
  interpolate,
  wganGp,
  wganGpObjective,
} from "./models/systems/wganGp.ts";
export { createOptimizer, type Optimizer, type OptimizerState } from "./models/training/optimizer.ts";
export { cosineSchedule } from "./models/training/schedule.ts";
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
} from "./models/training/training.ts";
export { type Assignment, Cells, type CellsOptions, type Detail, type TopK } from "./ot/cells/cells.ts";
export { type Evaluation, evaluate, evaluateHeights } from "./ot/cells/evaluation.ts";
export { type Certificate, type CertificateOptions, certify } from "./ot/certificate/certificate.ts";
export { type ClassMap, type ClassMaps, closeClassMaps, sampleClass, solveClasses } from "./ot/classes.ts";
export {
  type ExactCells,
  type ExactOptions,
  type ExactProgress,
  type ExactSolution,
  exactCells,
  solveExact,
} from "./ot/exact/exact.ts";
export { exactIndex } from "./ot/exact/exactMap.ts";
export { type Polygons, polygon } from "./ot/exact/plane/polygons.ts";
export { depthInCells, distanceToFacets, type Facets, singularSet } from "./ot/exact/singularSet.ts";
export { extend, sample } from "./ot/extension/extend.ts";
export type {
  ChartRule,
  Extended,
  FacetRule,
  LocalRule,
  PaperRule,
  PlainRule,
  Rule,
} from "./ot/extension/rule.ts";
export { angleAt, type GraphOptions, type NeighbourGraph, neighbourGraph, quantileOf } from "./ot/map/graph.ts";
export {
  closeMap,
  createMap,
  type MassCentres,
  massCentres,
  potential,
  type Transported,
  type TransportMap,
  transport,
} from "./ot/map/map.ts";
export {
  conjugate,
  conjugateAtTargets,
  displacementInterpolation,
  type Kantorovich,
  kantorovich,
  type Preimage,
  preimages,
} from "./ot/map/potentials.ts";
export { type Points, points } from "./ot/points.ts";
export { createProblem, type Problem, type ProblemOptions } from "./ot/problem.ts";
export { average, learningRateAt, type State, start, step } from "./ot/solver/descent.ts";
export type { PaperOptions, Progress, Solution, SolveOptions, SolverState } from "./ot/solver/solution.ts";
export { solve } from "./ot/solver/solver.ts";
export { medianMargin, repairEmpty, warmStart } from "./ot/solver/warmStart.ts";
export { type Density, type Draw, type SampleSource, type Source, STREAMS } from "./ot/source.ts";
export {
  type AutotuneOptions,
  autotune,
  type Measurement,
  type TuneShape,
  type Tuning,
} from "./tensor/diagnostics/autotune.ts";
export { describeNonFinite, firstNonFinite, type NonFinite } from "./tensor/diagnostics/finite.ts";
export { selfTest } from "./tensor/diagnostics/selfTest.ts";
export { type Call, Engine, type Op, type Tensor } from "./tensor/engine.ts";
export { batchNorm, type Moments, moments } from "./tensor/ops/batchNorm.ts";
export { biasAdd, biasRelu } from "./tensor/ops/biasAdd.ts";
export { conv2d, conv2dTranspose, type FinishOptions } from "./tensor/ops/convolution/conv2d.ts";
export type { ConvolutionOptions, Pair } from "./tensor/ops/convolution/geometry.ts";
export {
  abs,
  add,
  affine,
  div,
  exp,
  leakyRelu,
  leakyReluGrad,
  log,
  mul,
  relu,
  scale,
  sigmoid,
  signMul,
  sqrt,
  square,
  sub,
  tanh,
} from "./tensor/ops/elementwise.ts";
export { logSoftmax } from "./tensor/ops/logSoftmax.ts";
export { bceWithLogits, l1, mse, softmaxCrossEntropy } from "./tensor/ops/losses.ts";
export { type MatmulAttributes, matmul } from "./tensor/ops/product/matmul.ts";
export { normal, uniform } from "./tensor/ops/random.ts";
export { reshape } from "./tensor/ops/reshape.ts";
export { broadcast, mean, sum } from "./tensor/ops/sum.ts";
export { type Shape, size } from "./tensor/shape.ts";
