import type { BufferRef } from "../../kernels/command.ts";
import type { Gpu } from "../../kernels/gpu.ts";
import { biasAdd as kernel } from "../../kernels/shaders.generated.ts";
import { apply, type Op, type Tensor } from "../engine.ts";
import { format } from "../shape.ts";
import { leakyReluGrad } from "./elementwise.ts";
import { sum } from "./sum.ts";

// a period has about this many vec4s, so that few threads of its last workgroup are idle
const VECTORS = 1024;

interface BiasAttributes {
  /** Slope below 0: 1 leaves the sum as it is, 0 is a ReLU. */
  readonly alpha: number;
}

const biasAddOp: Op<"x" | "b", BiasAttributes> = {
  name: "biasAdd",
  shape({ x, b }) {
    if (b.length !== 1 || b[0] !== x.at(-1)) {
      throw new RangeError(`biasAdd: expected \`b\` as long as the last axis of x ${format(x)}, got ${format(b)}`);
    }
    return x;
  },
  forward: (gpu, { x, b }, y, { alpha }) =>
    dispatchBiasAdd(gpu, "biasAdd", { x: x.buffer, b: b.buffer, y: y.buffer, alpha }),
  backward(dy, _inputs, y, { alpha }) {
    const g = gradBeforeSlope(dy, y, alpha);
    return { x: g, b: () => biasGrad(g()) };
  },
};

/** The buffers of one pass: x and y of one size, b as long as their last axis. */
interface BiasAdd extends BiasAttributes {
  readonly x: BufferRef;
  readonly b: BufferRef;
  readonly y: BufferRef;
}

/** Dispatches y = v where v > 0, else alpha · v, with v = x + b along the last axis. */
export function dispatchBiasAdd(gpu: Gpu, op: string, { x, b, y, alpha }: BiasAdd): void {
  const vectors = Math.ceil(y.bytes / 16);
  const channels = b.bytes / 4;
  // vec4s in lcm(channels, 4) values
  const unit = channels / (channels % 4 === 0 ? 4 : channels % 2 === 0 ? 2 : 1);
  const period = unit * Math.ceil(VECTORS / unit);
  const WORKGROUP_SIZE = gpu.family === "subgroup" ? 8 : 64;
  const columns = Math.ceil(Math.min(period, vectors) / WORKGROUP_SIZE);
  // A thread handles 8 periods; on CPU drivers as many as leave a few hundred workgroups.
  const periods = gpu.family === "subgroup" ? Math.max(8, Math.ceil((vectors * columns) / (period * 256))) : 8;
  gpu.dispatch({
    op,
    kernel,
    constants: { WORKGROUP_SIZE },
    buffers: { x, b, y },
    params: { vectors, period, periods, channels, alpha },
    workgroups: [Math.min(columns, 32768), Math.ceil(vectors / (periods * period)), Math.ceil(columns / 32768)],
  });
}

/**
 * ∂L/∂v for y = v where v > 0, else alpha · v, from dy = ∂L/∂y. It is computed once, at the first
 * call.
 */
export function gradBeforeSlope(dy: Tensor, y: Tensor, alpha: number): () => Tensor {
  let gradient: Tensor | undefined;
  return () => (gradient ??= alpha === 1 ? dy : leakyReluGrad(dy, y, alpha));
}

/** db = Σ dy over all axes but the last. */
export const biasGrad = (dy: Tensor): Tensor => sum(dy, [...dy.shape.keys()].slice(0, -1));

/**
 * y[…, c] = x[…, c] + b[c] for x of any shape […, C] and b [C]. dx = dy; db = Σ dy over all axes
 * but the last.
 */
export const biasAdd = (x: Tensor, b: Tensor): Tensor => apply(biasAddOp, { x, b }, { alpha: 1 });

/**
 * leakyRelu(x + b, α) in one pass, for α ≥ 0; α = 0, the default, is a ReLU. dx = dy where y > 0,
 * else α dy; db = Σ dx over all axes but the last.
 */
export const biasRelu = (x: Tensor, b: Tensor, alpha = 0): Tensor => {
  if (!(alpha >= 0)) throw new RangeError(`biasRelu: expected \`alpha\` of at least 0, got ${alpha}`);
  return apply(biasAddOp, { x, b }, { alpha });
};
