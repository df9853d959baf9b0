// `brenier/models`: autoencoders, AE-OT, their training, and the systems to compare them with.
export * from "./autoencoder/autoencoder.ts";
export {
  type CalibrationValues,
  calibrate,
  createCalibration,
  encodeImages,
  type ImageCount,
  type MomentValues,
  readCalibration,
  reconstructImages,
} from "./autoencoder/calibrate.ts";
export { type Codes, type LearnOptions, learnCodes } from "./autoencoder/codes.ts";
export {
  type CodeDraw,
  decodeCodes,
  type Generated,
  type Generator,
  generate,
  type SampleDraw,
} from "./autoencoder/generator.ts";
export {
  type PrincipalOptions,
  type PrincipalState,
  principalComponents,
} from "./autoencoder/principalComponents.ts";
export { calibrateSharpening } from "./autoencoder/sharpening.ts";
export { type StartOptions, startParameters } from "./autoencoder/start.ts";
export { autoencoderTask, trainAutoencoder } from "./autoencoder/trainAutoencoder.ts";
export { unsharp } from "./autoencoder/unsharp.ts";
export type { ClassValues } from "./generator/classesFile.ts";
export { decodeGenerator, encodeGenerator, type GeneratorValues } from "./generator/generatorFile.ts";
export {
  createModel,
  decodeModel,
  encodeModel,
  type Model,
  type ModelValues,
  readModel,
} from "./generator/modelFile.ts";
export {
  createGenerator,
  type Drawn,
  type GenerateOptions,
  type OpenGenerator,
  openGenerator,
  type Path,
} from "./generator/openGenerator.ts";
export { type Canvas, type CanvasBytes, type CanvasContext, type CanvasImage, paint } from "./generator/paint.ts";
export type { Crossed } from "./generator/path.ts";
export { type Pictures, type Rgba, type RgbaOptions, rgba } from "./generator/pictures.ts";
export { type GeneratorProgress, type TrainGeneratorOptions, trainGenerator } from "./generator/trainGenerator.ts";
export { decodeTransport, encodeTransport, type TransportValues } from "./generator/transportFile.ts";
export type { GanNetwork } from "./networks/ganNetwork.ts";
export { byBatch, byMoments, type LayerMoments, layerMoments } from "./networks/layerMoments.ts";
export {
  type Activation,
  activate,
  convolution,
  dense,
  initLayer,
  type Layer,
  type LayerInit,
  transposedConvolution,
} from "./networks/layers.ts";
export {
  drawLayers,
  type Initial,
  initial,
  type LayerSpec,
  type LayerSpecs,
  layer,
  type Network,
  type Normalise,
  type PictureSize,
  type PrincipalComponents,
  type Weights,
} from "./networks/network.ts";
export {
  type AutoencoderConfig,
  autoencoderLayers,
  NETWORK_NAMES,
  NETWORKS,
  type NetworkName,
  networkOf,
} from "./networks/networks.ts";
export { perceptron } from "./networks/perceptron.ts";
export { aeGaussian, fitAeGaussian, fitGaussian, type Gaussian } from "./systems/aeGaussian.ts";
export {
  type AeOtOptions,
  type AeOtPaperOptions,
  aeOt,
  aeOtPaper,
  fitAeOt,
  fitAeOtPaper,
} from "./systems/aeOt.ts";
export { type ContinuousMap, fitContinuousMap } from "./systems/continuousMap.ts";
export { discriminatorLoss, gan, ganObjective, nonSaturatingLoss } from "./systems/gan.ts";
export {
  type FrozenGenerator,
  type GanBatch,
  type GanNetworks,
  type GanObjective,
  type GeneratorNetwork,
  ganSystem,
  pictureNetworks,
  type TrainableNetwork,
} from "./systems/ganSystem.ts";
export { type PcaConfig, pca, pcaCodes } from "./systems/pca.ts";
export { type PlanarOptions, planarGan, planarTransport } from "./systems/planar.ts";
export { type PriorObjective, priorAutoencoder } from "./systems/priorAutoencoder.ts";
export { fitReconstruction, reconstruction } from "./systems/reconstruction.ts";
export { type GenerativeSystem, systemOfCodes, type TrainedSystem } from "./systems/system.ts";
export { bernoulliCost, klToPrior, type Posterior, reparametrise, vae } from "./systems/vae.ts";
export { inverseMultiquadratic, mmd, squaredCost, type WaeOptions, waeMmd } from "./systems/waeMmd.ts";
export {
  criticLoss,
  gradientPenalty,
  interpolate,
  wganGp,
  wganGpObjective,
} from "./systems/wganGp.ts";
export { mirroredImages } from "./training/moveImages.ts";
export { type Pixels, pixelSource } from "./training/pixelSource.ts";
export { cosineSchedule } from "./training/schedule.ts";
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
} from "./training/training.ts";
