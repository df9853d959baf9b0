import type { BufferRef } from "../../kernels/command.ts";
import type { Gpu } from "../../kernels/gpu.ts";
import { biasAdd as kernel } from "../../kernels/shaders.generated.ts";
import type { Op, Tensor } from "../engine.ts";
import { format } from "../shape.ts";
import { leakyReluGrad } from "./elementwise.ts";
import { sum } from "./sum.ts";

const VECTORS = 1024; // about this many in a period, so that its last workgroup wastes little

interface BiasAttributes {
  /** Slope below 0: 1 leaves the sum as it is, 0 is a ReLU. */
  readonly alpha: number;
}

export const biasOp: Op<"x" | "b", BiasAttributes> = {
  name: "biasAdd",
  shape({ x, b }) {
    if (b.length !== 1 || b[0] !== x.at(-1)) {
      throw new RangeError(`biasAdd: expected \`b\` as long as the last axis of x ${format(x)}, got ${format(b)}`);
    }
    return x;
  },
  forward: (gpu, { x, b }, y, { alpha }) => addBias(gpu, "biasAdd", x.buffer, b.buffer, y.buffer, alpha),
  backward(dy, _inputs, y, { alpha }) {
    const g = throughSlope(dy, y, alpha);
    return { x: g, b: () => channelSums(g()) };
  },
};

/** Dispatches y = x + b along an innermost axis as long as b, with the slope alpha below 0. */
export function addBias(gpu: Gpu, op: string, x: BufferRef, b: BufferRef, y: BufferRef, alpha: number): void {
  const vectors = Math.ceil(y.bytes / 16);
  const channels = b.bytes / 4;
  // lcm(channels, 4) / 4
  const unit = channels / (channels % 4 === 0 ? 4 : channels % 2 === 0 ? 2 : 1);
  const period = unit * Math.ceil(VECTORS / unit);
  const WORKGROUP_SIZE = gpu.family === "subgroup" ? 8 : 64;
  const columns = Math.ceil(Math.min(period, vectors) / WORKGROUP_SIZE);
  // a thread walks 8 periods; on CPU drivers as many as leave a few hundred workgroups
  const periods = gpu.family === "subgroup" ? Math.max(8, Math.ceil((vectors * columns) / (period * 256))) : 8;
  const rows = Math.ceil(vectors / (periods * period));
  const params = { vectors, period, periods, channels, alpha };
  gpu.dispatch({
    op,
    kernel,
    constants: { WORKGROUP_SIZE },
    buffers: { x, b, y },
    params,
    workgroups: [Math.min(columns, 32768), rows, Math.ceil(columns / 32768)],
  });
}

/**
 * The gradient of v where y is v above 0 and alpha · v below: computed once, when it is first asked
 * for.
 */
export function throughSlope(dy: Tensor, y: Tensor, alpha: number): () => Tensor {
  let gradient: Tensor | undefined;
  return () => (gradient ??= alpha === 1 ? dy : leakyReluGrad(dy, y, alpha));
}

/** Σ over all axes but the last. */
export const channelSums = (x: Tensor): Tensor => sum(x, [...x.shape.keys()].slice(0, -1));

/**
 * x + b along the last axis: y[…, c] = x[…, c] + b[c], x of any shape […, C], b [C]. dx = dy, db =
 * Σ dy over all axes but the last.
 */
export const biasAdd = (x: Tensor, b: Tensor): Tensor => x.engine.apply(biasOp, { x, b }, { alpha: 1 });

/**
 * leakyRelu(x + b, α) in one pass, for α ≥ 0; α = 0 is a ReLU. dx = dy where y > 0, else α dy; db =
 * Σ dx over all axes but the last.
 */
export const biasRelu = (x: Tensor, b: Tensor, alpha = 0): Tensor => {
  if (!(alpha >= 0)) throw new RangeError(`biasRelu: expected \`alpha\` of at least 0, got ${alpha}`);
  return x.engine.apply(biasOp, { x, b }, { alpha });
};
