import type { Gpu } from "../../kernels/gpu.ts";
import { grid } from "../../kernels/grid.ts";
import { checkNumber } from "../../kernels/numbers.ts";
import { kindOf } from "../../kernels/options.ts";
import { batchNormGradient, batchNormTraining } from "../../kernels/shaders.generated.ts";
import { apply, checkTensor, type Op, type Tensor } from "../engine.ts";
import { type Shape, size } from "../shape.ts";
import { biasAdd } from "./biasAdd.ts";
import { add, affine, div, mul, scale, sqrt, square, sub } from "./elementwise.ts";
import { mean } from "./mean.ts";

/** Mean and variance over all axes but the last. */
export interface Moments {
  /** [C] */
  readonly mean: Tensor;
  /** [C], biased: divided by the number of rows. */
  readonly variance: Tensor;
}

interface Epsilon {
  readonly epsilon: number;
}

/**
 * Greatest number of rows for which one thread goes through a channel: that of a sum in one pass.
 */
const FEW_ROWS = 256;

const channelsOf = (shape: Shape): number => shape.at(-1) ?? 1;
const rowsOf = (shape: Shape): number => size(shape) / channelsOf(shape);
const rowAxes = (x: Tensor): readonly number[] => [...x.shape.keys()].slice(0, -1);

/** What both kernels are dispatched with for x of a shape. */
function dispatchOf(gpu: Gpu, shape: Shape, { epsilon }: Epsilon) {
  const [rows, channels] = [rowsOf(shape), channelsOf(shape)];
  const WORKGROUP_SIZE = gpu.family === "subgroup" ? 8 : 64;
  return {
    constants: { WORKGROUP_SIZE },
    params: { rows, channels, share: 1 / rows, epsilon },
    workgroups: grid(Math.ceil(channels / WORKGROUP_SIZE)),
  };
}

const trainingOp: Op<"x", Epsilon> = {
  name: "batchNormTraining",
  shape: ({ x }) => x,
  forward(gpu, { x }, y, attributes) {
    const buffers = { x: x.buffer, y: y.buffer };
    const dispatch = dispatchOf(gpu, x.shape, attributes);
    gpu.dispatch({ op: "batchNormTraining", kernel: batchNormTraining, buffers, ...dispatch });
  },
  backward: (dy, { x }, _y, attributes) => ({ x: () => apply(gradientOp, { dy, x }, attributes) }),
};

const gradientOp: Op<"dy" | "x", Epsilon> = {
  name: "batchNormGradient",
  shape: ({ x }) => x,
  forward(gpu, { dy, x }, dx, attributes) {
    const buffers = { dy: dy.buffer, x: x.buffer, dx: dx.buffer };
    const dispatch = dispatchOf(gpu, x.shape, attributes);
    gpu.dispatch({ op: "batchNormGradient", kernel: batchNormGradient, buffers, ...dispatch });
  },
  // With the normalised y and the deviation d, dx = G(dy) is linear in dy and symmetric, and y and
  // 1/d depend on x:
  //   ∂<u, G(dy)>/∂x = G(−(u <y, dy> + dy <y, u>) / d) − y <u, dx> / d
  // where <·,·> is the mean over rows, by channel.
  backward: (u, { dy, x }, dx, attributes) => ({
    dy: () => apply(gradientOp, { dy: u, x }, attributes),
    x() {
      const y = apply(trainingOp, { x }, attributes);
      const deviation = deviationOf(moments(x), attributes);
      const product = (a: Tensor, b: Tensor): Tensor => div(mean(mul(a, b), rowAxes(x)), deviation);
      const through = add(mul(u, product(y, dy)), mul(dy, product(y, u)));
      return sub(apply(gradientOp, { dy: scale(through, -1), x }, attributes), mul(y, product(u, dx)));
    },
  }),
};

/**
 * Mean and biased variance of x […, C] for each c, over all axes but the last. The variance is that
 * of x − mean, so never below 0.
 */
export const moments = (x: Tensor): Moments => {
  checkTensor("moments", "x", x);
  const axes = rowAxes(x);
  const average = mean(x, axes);
  return { mean: average, variance: mean(square(biasAdd(x, scale(average, -1))), axes) };
};

/**
 * (x − mean) / √(variance + ε) for x […, C] and moments [C] (Ioffe, Szegedy 2015, algorithm 1,
 * without its scale and shift). Training: `batchNorm(x)`, by the moments of x itself, through which
 * the gradient flows too; inference: running moments.
 */
export const batchNorm = (x: Tensor, given?: Moments, epsilon = 1e-5): Tensor => {
  checkTensor("batchNorm", "x", x);
  checkNumber("batchNorm", "epsilon", epsilon);
  if (given !== undefined) return normaliseBy(x, given, epsilon);
  if (x.shape.length > 0 && rowsOf(x.shape) <= FEW_ROWS) return apply(trainingOp, { x }, { epsilon });
  return normaliseBy(x, moments(x), epsilon);
};

/** `batchNorm` by given moments, without the kernels of training: what inference needs. */
export function normaliseBy(x: Tensor, given: Moments, epsilon = 1e-5): Tensor {
  if (typeof given !== "object" || given === null) {
    throw new TypeError(`batchNorm: expected the record of \`moments\`, got ${kindOf(given)}`);
  }
  for (const name of ["mean", "variance"] as const) checkTensor("batchNorm", name, given[name]);
  return div(biasAdd(x, scale(given.mean, -1)), deviationOf(given, { epsilon }));
}

const deviationOf = ({ variance }: Moments, { epsilon }: Epsilon): Tensor => sqrt(affine(variance, 1, epsilon));
