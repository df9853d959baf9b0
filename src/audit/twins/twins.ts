import { KERNEL_TWINS } from "./kernelTwins.ts";
import { OP_TWINS } from "./opTwins.ts";

const PRODUCTS = ["matmul", "conv2d", "conv2dTranspose", "conv2dBias", "conv2dTransposeBias", "conv2dWeightGradient"];

/** Ops whose dispatches a kernel serves: it is held to what these compute as a whole. */
const OPS_OF: Readonly<Record<string, readonly string[]>> = {
  taps: ["conv2d", "conv2dTranspose", "conv2dBias", "conv2dTransposeBias"],
  tapsGradient: ["conv2dWeightGradient"],
  rowsDown: ["conv2d", "conv2dTranspose", "conv2dBias"],
  rowsUp: ["conv2d", "conv2dTranspose", "conv2dTransposeBias"],
  rowsGradient: ["conv2dWeightGradient"],
  unfold: ["conv2d", "conv2dBias", "conv2dWeightGradient"],
  fold: ["conv2dTranspose", "conv2dTransposeBias"],
  matmul: PRODUCTS,
  matmulPortable: PRODUCTS,
  matmulTiled: PRODUCTS,
  pack: PRODUCTS,
  bias: ["bias", "conv2dBias", "conv2dTransposeBias"],
  broadcast: ["broadcast"],
  elementwise: [
    ...["add", "sub", "mul", "div", "affine", "leakyRelu", "gate", "sigmoid", "tanh", "exp", "log", "sqrt"],
    ...["square", "abs", "mulSign"],
  ],
  logSoftmax: ["logSoftmax"],
  loss: ["loss"],
  lossGradient: ["lossGradient"],
  random: ["uniform", "normal"],
  sum: ["sum", "matmul", "conv2dWeightGradient"],
  sumVectors: ["sum", "loss", "matmul", "conv2dWeightGradient"],
};

/** A kernel's float64 twin: the ops or the kernel itself that the audit holds it to, and the files under src that say what these compute. */
export interface Twin {
  readonly ops: readonly string[];
  readonly files: readonly string[];
}

export function twinOf(kernel: string): Twin | undefined {
  const ops = OPS_OF[kernel] ?? [];
  const files = [...ops.map((op) => OP_TWINS[op]?.file), KERNEL_TWINS[kernel]?.file];
  const found = [...new Set(files.filter((file) => file !== undefined))];
  return found.length === 0 ? undefined : { ops, files: found };
}
