import { KERNEL_REFERENCES } from "./kernelReferences.ts";
import { OP_REFERENCES } from "./opReferences.ts";

const PRODUCTS = ["matmul", "conv2d", "conv2dTranspose", "conv2dBias", "conv2dTransposeBias", "conv2dWeightGrad"];

/** Ops whose dispatches a kernel serves: it is held to what these compute as a whole. */
const OPS_OF: Readonly<Record<string, readonly string[]>> = {
  taps: ["conv2d", "conv2dTranspose", "conv2dBias", "conv2dTransposeBias"],
  tapsGradient: ["conv2dWeightGrad"],
  rowsDown: ["conv2d", "conv2dTranspose", "conv2dBias"],
  rowsUp: ["conv2d", "conv2dTranspose", "conv2dTransposeBias"],
  rowsGradient: ["conv2dWeightGrad"],
  im2col: ["conv2d", "conv2dBias", "conv2dWeightGrad"],
  col2im: ["conv2dTranspose", "conv2dTransposeBias"],
  matmulSubgroup: PRODUCTS,
  matmulPortable: PRODUCTS,
  matmulTiled: PRODUCTS,
  pack: PRODUCTS,
  biasAdd: ["biasAdd", "conv2dBias", "conv2dTransposeBias"],
  broadcast: ["broadcast"],
  elementwise: [
    ...["add", "sub", "mul", "div", "affine", "leakyRelu", "leakyReluGrad", "sigmoid", "tanh", "exp", "log", "sqrt"],
    ...["square", "abs", "signMul"],
  ],
  logSoftmax: ["logSoftmax"],
  loss: ["loss"],
  lossGradient: ["lossGradient"],
  random: ["uniform", "normal"],
  sum: ["sum", "matmul", "conv2dWeightGrad"],
  sumVectors: ["sum", "loss", "matmul", "conv2dWeightGrad"],
};

/**
 * A kernel's float64 reference: the ops or the kernel itself that the audit holds it to, and the
 * files under src that say what these compute.
 */
export interface Reference {
  readonly ops: readonly string[];
  readonly files: readonly string[];
}

export function referenceOf(kernel: string): Reference | undefined {
  const ops = OPS_OF[kernel] ?? [];
  const files = [...ops.map((op) => OP_REFERENCES[op]?.file), KERNEL_REFERENCES[kernel]?.file];
  const found = [...new Set(files.filter((file) => file !== undefined))];
  return found.length === 0 ? undefined : { ops, files: found };
}
