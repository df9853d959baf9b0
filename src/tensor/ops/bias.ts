import { bias as kernel } from "../../kernels/shaders.generated.ts";
import type { Op, Tensor } from "../op.ts";
import { format, size } from "../shape.ts";
import { sum } from "./sum.ts";

const PERIODS = 8; // that a thread walks, as in shaders/bias.wgsl
const VECTORS = 1024; // about this many in a period, so that its last workgroup wastes little

export const biasOp: Op<"x" | "b"> = {
  name: "bias",
  shape({ x, b }) {
    if (b.length !== 1 || b[0] !== x.at(-1)) {
      throw new RangeError(`bias: expected \`b\` as long as the last axis of x ${format(x)}, got ${format(b)}`);
    }
    return x;
  },
  forward(gpu, { x, b }, y) {
    const vectors = Math.ceil(size(y.shape) / 4);
    const channels = size(b.shape);
    const unit = channels / (channels % 4 === 0 ? 4 : channels % 2 === 0 ? 2 : 1); // lcm(channels, 4) / 4
    const period = unit * Math.ceil(VECTORS / unit);
    const buffers = { x: x.buffer, b: b.buffer, y: y.buffer };
    const columns = Math.ceil(Math.min(period, vectors) / 64);
    const rows = Math.ceil(vectors / (PERIODS * period));
    gpu.dispatch("bias", kernel, {}, buffers, { vectors, period, channels }, [columns, rows, 1]);
  },
  backward: (dy) => ({ x: () => dy, b: () => sum(dy, [...dy.shape.keys()].slice(0, -1)) }),
};

/** x + b along the last axis: y[…, c] = x[…, c] + b[c], x of any shape […, C], b [C]. dx = dy, db = Σ dy over all axes but the last. */
export const bias = (x: Tensor, b: Tensor): Tensor => x.engine.apply(biasOp, { x, b }, {});
