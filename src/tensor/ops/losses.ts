import { sweep } from "../../kernels/grid.ts";
import { lossGradient as gradientKernel, loss as kernel } from "../../kernels/shaders.generated.ts";
import { apply, checkTensor, type Op, type Tensor } from "../engine.ts";
import { format, sameShape, size } from "../shape.ts";
import { affine, mul, scale, sigmoid, signMul, sub, weigh } from "./elementwise.ts";
import { logSoftmax } from "./logSoftmax.ts";
import { broadcast, sum, sumAll } from "./sum.ts";

/** Names of the cases of shaders/loss.wgsl and lossGradient.wgsl, in their order. */
const LOSSES = ["bce", "square", "absolute"] as const;

interface LossAttributes {
  readonly loss: (typeof LOSSES)[number];
}

/** L'(x, t), the derivative of a loss with respect to x. */
const slope = (x: Tensor, t: Tensor, { loss }: LossAttributes): Tensor => {
  if (loss === "bce") return sub(sigmoid(x), t);
  const d = sub(x, t);
  return loss === "square" ? scale(d, 2) : signMul(1, d);
};

/** dy / size, repeated to the shape of x. */
const share = (dy: Tensor, x: Tensor): Tensor => broadcast(scale(dy, 1 / size(x.shape)), x.shape);

/** y = the mean of L(x, t). A training step reads x and t twice: here and in the gradient. */
export const lossOp: Op<"x" | "t", LossAttributes> = {
  name: "loss",
  shape({ x, t }) {
    if (sameShape(x, t)) return [];
    throw new RangeError(`loss: expected equal shapes, got ${format(x)} and ${format(t)}; use \`broadcast\``);
  },
  forward(gpu, { x, t }, y, { loss }) {
    const count = size(x.shape);
    const { WORKGROUP_SIZE, chunk, workgroups } = sweep(gpu.family, Math.ceil(count / 4));
    const partials = WORKGROUP_SIZE * Math.ceil(Math.ceil(count / 4) / chunk);
    const partial = gpu.allocate("loss", 4 * partials);
    gpu.dispatch({
      op: "loss",
      kernel,
      constants: { WORKGROUP_SIZE, FUNCTION: LOSSES.indexOf(loss) },
      buffers: { x: x.buffer, t: t.buffer, partial },
      params: { size: count, chunk, rate: 1 / count },
      workgroups,
    });
    sumAll(gpu, "loss", partials, { x: partial, y: y.buffer });
    gpu.release(partial);
  },
  backward(dy, { x, t }, _y, { loss }) {
    const byX = (): Tensor => x.engine.apply(lossGradientOp, { dy, x, t }, { loss });
    return { x: byX, t: () => (loss === "bce" ? scale(mul(share(dy, x), x), -1) : scale(byX(), -1)) };
  },
};

/** dy · L'(x, t) / size. */
export const lossGradientOp: Op<"dy" | "x" | "t", LossAttributes> = {
  name: "lossGradient",
  shape: ({ x }) => x,
  forward(gpu, { dy, x, t }, y, { loss }) {
    const vectors = Math.ceil(size(x.shape) / 4);
    const { WORKGROUP_SIZE, chunk, workgroups } = sweep(gpu.family, vectors);
    gpu.dispatch({
      op: "lossGradient",
      kernel: gradientKernel,
      constants: { WORKGROUP_SIZE, FUNCTION: LOSSES.indexOf(loss) },
      buffers: { dy: dy.buffer, x: x.buffer, t: t.buffer, y: y.buffer },
      params: { vectors, chunk, rate: 1 / size(x.shape) },
      workgroups,
    });
  },
  backward(dg, { dy, x, t }, _y, attributes) {
    const { loss } = attributes;
    const scaled = (): Tensor => mul(dg, share(dy, x));
    const bySum = (): Tensor => scale(sum(mul(dg, slope(x, t, attributes))), 1 / size(x.shape));
    if (loss === "absolute") return { dy: bySum, x: null, t: null }; // piecewise constant
    const curvature = (): Tensor => {
      if (loss === "square") return scale(scaled(), 2);
      const y = sigmoid(x);
      return mul(scaled(), mul(y, affine(y, -1, 1)));
    };
    return { dy: bySum, x: curvature, t: () => scale(scaled(), loss === "square" ? -2 : -1) };
  },
};

const meanLoss = (x: Tensor, t: Tensor, loss: LossAttributes["loss"]): Tensor => apply(lossOp, { x, t }, { loss });

/**
 * The mean over all rows of −Σₖ tₖ ln softmax(x)ₖ for logits x and target probabilities t, both
 * […, K]. 0 · ln 0 is 0, so that a class without probability may have a logit of −∞. For rows of t
 * that sum to 1: dx = (softmax(x) − t) / rows. RangeError unless the shapes are equal.
 */
export const softmaxCrossEntropy = (x: Tensor, t: Tensor): Tensor => {
  checkTensor("softmaxCrossEntropy", "x", x);
  checkTensor("softmaxCrossEntropy", "t", t);
  if (!sameShape(x.shape, t.shape)) {
    throw new RangeError(
      `softmaxCrossEntropy: expected equal shapes, got ${format(x.shape)} and ${format(t.shape)}; for classes use \`oneHot\``,
    );
  }
  const terms = weigh(t, logSoftmax(x));
  return scale(sum(terms), -(x.shape.at(-1) ?? 1) / size(x.shape));
};

/**
 * The mean of −t ln σ(x) − (1 − t) ln(1 − σ(x)) for logits x and targets t in [0, 1] of one shape.
 * 0 · ln 0 is 0, so that logits of ±∞ cost nothing where they are right. dx = (σ(x) − t) / size.
 */
export const bceWithLogits = (x: Tensor, t: Tensor): Tensor => meanLoss(x, t, "bce");

/** The mean of (x − t)². dx = 2 (x − t) / size. */
export const mse = (x: Tensor, t: Tensor): Tensor => meanLoss(x, t, "square");

/** The mean of |x − t|. dx = sign(x − t) / size. */
export const l1 = (x: Tensor, t: Tensor): Tensor => meanLoss(x, t, "absolute");
