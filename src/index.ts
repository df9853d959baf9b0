// `brenier`: the device, the engine, tensors, ops, autograd and optimisers. It takes the device
// from its caller, imports nothing, and runs wherever WebGPU does. In Node see `brenier/node`.
export { Adam, type AdamOptions, AdamW, type AdamWOptions } from "./autograd/adam.ts";
export { clipByGlobalNorm } from "./autograd/clip.ts";
export { type MinimizeOptions, type MomentsState, Optimizer, type OptimizerState } from "./autograd/optimizer.ts";
export { loadParameters, saveParameters } from "./autograd/parameterFile.ts";
export { createParameters, type Parameters } from "./autograd/parameters.ts";
export { constantRate, cosineDecay, type Schedule, stepDecay, warmUp } from "./autograd/schedules.ts";
export { Sgd, type SgdOptions } from "./autograd/sgd.ts";
export { valueAndGrad } from "./autograd/tape.ts";
export { DataError } from "./formats/error.ts";
export { encodeNpy, type NpyArray, type NpyInput, readNpy } from "./formats/npy.ts";
export type { NpyValues } from "./formats/npyValues.ts";
export { decodeSafetensors, encodeSafetensors, type SafeTensor, type SafeTensors } from "./formats/safetensors.ts";
export type { BufferRef, Command } from "./kernels/command.ts";
export type {
  Alive,
  BufferRange,
  Device,
  DeviceBuffer,
  DeviceLimits,
  DeviceLoss,
  GivenBuffer,
  Memory,
} from "./kernels/device.ts";
export { dispose, Resource, resource } from "./kernels/dispose.ts";
export { FAMILIES, type Family, type KernelConfig, kernelsOf, TILES, type Tile } from "./kernels/family.ts";
export { DeviceLostError, Gpu, type GpuOptions } from "./kernels/gpu.ts";
export { grid } from "./kernels/grid.ts";
export type { Kernel, Workgroups } from "./kernels/kernel.ts";
export { kernel } from "./kernels/kernelText.ts";
export { DispatchTimer } from "./kernels/timer.ts";
export { type Eigen, symmetricEigen } from "./math/linalg.ts";
export { type HostRandom, hostRandom, philox } from "./math/philox.ts";
export { type DefinedOp, defineOp } from "./tensor/defineOp.ts";
export {
  type AutotuneOptions,
  autotune,
  type Measurement,
  type TuneShape,
  type Tuning,
} from "./tensor/diagnostics/autotune.ts";
export { describeNonFinite, firstNonFinite, type NonFinite } from "./tensor/diagnostics/finite.ts";
export { selfTest } from "./tensor/diagnostics/selfTest.ts";
export { type Call, Engine, type EngineMemory, type Op, type Tensor } from "./tensor/engine.ts";
export { eye, linspace, range } from "./tensor/make.ts";
export { expandDims, reverse, split, squeeze, stack, tile, unstack } from "./tensor/ops/arrange.ts";
export { batchNorm, type Moments, moments } from "./tensor/ops/batchNorm.ts";
export { biasAdd, biasRelu } from "./tensor/ops/biasAdd.ts";
export type { BinaryFunction } from "./tensor/ops/byElement.ts";
export { equal, greater, greaterEqual, less, lessEqual, not, notEqual } from "./tensor/ops/compare.ts";
export { conv2d, conv2dTranspose, type FinishOptions } from "./tensor/ops/convolution/conv2d.ts";
export type { ConvolutionOptions, Pair, TransposeOptions } from "./tensor/ops/convolution/geometry.ts";
export { cumsum } from "./tensor/ops/cumsum.ts";
export { dropout } from "./tensor/ops/dropout.ts";
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
  neg,
  relu,
  reluGrad,
  scale,
  sigmoid,
  signMul,
  sqrt,
  square,
  sub,
  tanh,
} from "./tensor/ops/elementwise.ts";
export { elu } from "./tensor/ops/elu.ts";
export { argMax, argMin, max, min } from "./tensor/ops/extremes.ts";
export { gather } from "./tensor/ops/gather.ts";
export { logSoftmax, softmax } from "./tensor/ops/logSoftmax.ts";
export { bceWithLogits, l1, mse, softmaxCrossEntropy } from "./tensor/ops/losses.ts";
export { clip, maximum, minimum } from "./tensor/ops/maximum.ts";
export { mean } from "./tensor/ops/mean.ts";
export { concat, pad, slice, transpose } from "./tensor/ops/move.ts";
export { norm } from "./tensor/ops/norm.ts";
export { oneHot } from "./tensor/ops/oneHot.ts";
export type { Operand } from "./tensor/ops/operands.ts";
export { avgPool, maxPool, type PoolingOptions } from "./tensor/ops/pooling.ts";
export { pow } from "./tensor/ops/pow.ts";
export { prod } from "./tensor/ops/prod.ts";
export { type MatmulAttributes, matmul } from "./tensor/ops/product/matmul.ts";
export { type Draw, normal, uniform } from "./tensor/ops/random.ts";
export { reshape } from "./tensor/ops/reshape.ts";
export { broadcast, sum } from "./tensor/ops/sum.ts";
export { where } from "./tensor/ops/where.ts";
export { formatValues, type PrintOptions, print } from "./tensor/print.ts";
export { type Shape, size } from "./tensor/shape.ts";
export type { Nested } from "./tensor/values.ts";
