// Generated from src/tensor/reference/*.ts by scripts/generate-table.mjs. Do not edit.
import { batchNorm, batchNormTraining, batchNormGradient } from "../../tensor/reference/batchNorm.ts";
import { biasAdd } from "../../tensor/reference/biasAdd.ts";
import { equal, notEqual, less, lessEqual, greater, greaterEqual } from "../../tensor/reference/compare.ts";
import { conv2d, conv2dTranspose, conv2dBias, conv2dTransposeBias, conv2dWeightGrad } from "../../tensor/reference/conv2d.ts";
import { cumsum } from "../../tensor/reference/cumsum.ts";
import { dropout } from "../../tensor/reference/dropout.ts";
import { add, sub, mul, div, affine, relu, reluGrad, leakyRelu, leakyReluGrad, sigmoid, tanh, exp, log, sqrt, square, abs, signMul, weigh } from "../../tensor/reference/elementwise.ts";
import { elu } from "../../tensor/reference/elu.ts";
import { max, min, argMax, argMin } from "../../tensor/reference/extremes.ts";
import { gather, scatter } from "../../tensor/reference/gather.ts";
import { logSoftmax, softmax } from "../../tensor/reference/logSoftmax.ts";
import { loss, lossGradient, softmaxCrossEntropy } from "../../tensor/reference/losses.ts";
import { matmul } from "../../tensor/reference/matmul.ts";
import { maximum, minimum, heaviside, clip } from "../../tensor/reference/maximum.ts";
import { transpose, slice, pad, concat } from "../../tensor/reference/move.ts";
import { norm } from "../../tensor/reference/norm.ts";
import { oneHot } from "../../tensor/reference/oneHot.ts";
import { pow } from "../../tensor/reference/pow.ts";
import { prod } from "../../tensor/reference/prod.ts";
import { uniform, normal } from "../../tensor/reference/random.ts";
import { reshape } from "../../tensor/reference/reshape.ts";
import { sum, mean, broadcast } from "../../tensor/reference/sum.ts";
import { where } from "../../tensor/reference/where.ts";
import { poolIndex, pick, put, avgPool, avgPoolGrad, maxPool } from "../../tensor/reference/windows.ts";
import type { OpReference } from "../../tensor/reference/reference.ts";

/** A row of an op with the file under src that says what the op computes. */
export interface OpRow extends OpReference {
  readonly file: string;
}

/** By the name of the op; compositions, which have no kernels, by that of their function. */
export const OPS: Readonly<Record<string, OpRow>> = {
  batchNorm: { ...batchNorm, file: "tensor/reference/batchNorm" },
  batchNormTraining: { ...batchNormTraining, file: "tensor/reference/batchNorm" },
  batchNormGradient: { ...batchNormGradient, file: "tensor/reference/batchNorm" },
  biasAdd: { ...biasAdd, file: "tensor/reference/biasAdd" },
  equal: { ...equal, file: "tensor/reference/compare" },
  notEqual: { ...notEqual, file: "tensor/reference/compare" },
  less: { ...less, file: "tensor/reference/compare" },
  lessEqual: { ...lessEqual, file: "tensor/reference/compare" },
  greater: { ...greater, file: "tensor/reference/compare" },
  greaterEqual: { ...greaterEqual, file: "tensor/reference/compare" },
  conv2d: { ...conv2d, file: "tensor/reference/conv2d" },
  conv2dTranspose: { ...conv2dTranspose, file: "tensor/reference/conv2d" },
  conv2dBias: { ...conv2dBias, file: "tensor/reference/conv2d" },
  conv2dTransposeBias: { ...conv2dTransposeBias, file: "tensor/reference/conv2d" },
  conv2dWeightGrad: { ...conv2dWeightGrad, file: "tensor/reference/conv2d" },
  cumsum: { ...cumsum, file: "tensor/reference/cumsum" },
  dropout: { ...dropout, file: "tensor/reference/dropout" },
  add: { ...add, file: "tensor/reference/elementwise" },
  sub: { ...sub, file: "tensor/reference/elementwise" },
  mul: { ...mul, file: "tensor/reference/elementwise" },
  div: { ...div, file: "tensor/reference/elementwise" },
  affine: { ...affine, file: "tensor/reference/elementwise" },
  relu: { ...relu, file: "tensor/reference/elementwise" },
  reluGrad: { ...reluGrad, file: "tensor/reference/elementwise" },
  leakyRelu: { ...leakyRelu, file: "tensor/reference/elementwise" },
  leakyReluGrad: { ...leakyReluGrad, file: "tensor/reference/elementwise" },
  sigmoid: { ...sigmoid, file: "tensor/reference/elementwise" },
  tanh: { ...tanh, file: "tensor/reference/elementwise" },
  exp: { ...exp, file: "tensor/reference/elementwise" },
  log: { ...log, file: "tensor/reference/elementwise" },
  sqrt: { ...sqrt, file: "tensor/reference/elementwise" },
  square: { ...square, file: "tensor/reference/elementwise" },
  abs: { ...abs, file: "tensor/reference/elementwise" },
  signMul: { ...signMul, file: "tensor/reference/elementwise" },
  weigh: { ...weigh, file: "tensor/reference/elementwise" },
  elu: { ...elu, file: "tensor/reference/elu" },
  max: { ...max, file: "tensor/reference/extremes" },
  min: { ...min, file: "tensor/reference/extremes" },
  argMax: { ...argMax, file: "tensor/reference/extremes" },
  argMin: { ...argMin, file: "tensor/reference/extremes" },
  gather: { ...gather, file: "tensor/reference/gather" },
  scatter: { ...scatter, file: "tensor/reference/gather" },
  logSoftmax: { ...logSoftmax, file: "tensor/reference/logSoftmax" },
  softmax: { ...softmax, file: "tensor/reference/logSoftmax" },
  loss: { ...loss, file: "tensor/reference/losses" },
  lossGradient: { ...lossGradient, file: "tensor/reference/losses" },
  softmaxCrossEntropy: { ...softmaxCrossEntropy, file: "tensor/reference/losses" },
  matmul: { ...matmul, file: "tensor/reference/matmul" },
  maximum: { ...maximum, file: "tensor/reference/maximum" },
  minimum: { ...minimum, file: "tensor/reference/maximum" },
  heaviside: { ...heaviside, file: "tensor/reference/maximum" },
  clip: { ...clip, file: "tensor/reference/maximum" },
  transpose: { ...transpose, file: "tensor/reference/move" },
  slice: { ...slice, file: "tensor/reference/move" },
  pad: { ...pad, file: "tensor/reference/move" },
  concat: { ...concat, file: "tensor/reference/move" },
  norm: { ...norm, file: "tensor/reference/norm" },
  oneHot: { ...oneHot, file: "tensor/reference/oneHot" },
  pow: { ...pow, file: "tensor/reference/pow" },
  prod: { ...prod, file: "tensor/reference/prod" },
  uniform: { ...uniform, file: "tensor/reference/random" },
  normal: { ...normal, file: "tensor/reference/random" },
  reshape: { ...reshape, file: "tensor/reference/reshape" },
  sum: { ...sum, file: "tensor/reference/sum" },
  mean: { ...mean, file: "tensor/reference/sum" },
  broadcast: { ...broadcast, file: "tensor/reference/sum" },
  where: { ...where, file: "tensor/reference/where" },
  poolIndex: { ...poolIndex, file: "tensor/reference/windows" },
  pick: { ...pick, file: "tensor/reference/windows" },
  put: { ...put, file: "tensor/reference/windows" },
  avgPool: { ...avgPool, file: "tensor/reference/windows" },
  avgPoolGrad: { ...avgPoolGrad, file: "tensor/reference/windows" },
  maxPool: { ...maxPool, file: "tensor/reference/windows" },
};
