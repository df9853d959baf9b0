import { grid } from "../../kernels/grid.ts";
import { checkOptions } from "../../kernels/options.ts";
import { random as kernel } from "../../kernels/shaders.generated.ts";
import { checkStream, PURPOSE, words } from "../../math/philox.ts";
import { checkEngine, type Engine, type Op, type Tensor } from "../engine.ts";
import { checkShape, type Shape, size } from "../shape.ts";

/** Names of the cases of shaders/random.wgsl, in its order. */
export const DISTRIBUTIONS = ["uniform", "normal", "bits"] as const;

/**
 * Which numbers to draw. Equal draws give equal values on every device, up to the rounding of ln,
 * sin and cos in `normal`.
 */
export interface Draw {
  /** 0 to 2⁵³ − 1. */
  readonly seed: number;
  /** 0 to 2³² − 1: independent sequences under one seed. */
  readonly stream: number;
  /** How many groups of four values to skip. Default: 0. */
  readonly offset?: number;
}

type FillAttributes = Draw & { readonly shape: Shape };

function fill(name: "uniform" | "normal"): Op<never, FillAttributes> {
  return {
    name,
    shape(_shapes, { shape }) {
      checkShape(name, shape);
      return shape;
    },
    forward(gpu, _inputs, y, { seed, stream, offset = 0 }) {
      const [seed_low, seed_high] = words(name, "seed", seed);
      const [offset_low, offset_high] = words(name, "offset", offset);
      checkStream(name, stream);
      const vectors = Math.ceil(size(y.shape) / 4);
      gpu.dispatch({
        op: name,
        kernel,
        constants: { DISTRIBUTION: DISTRIBUTIONS.indexOf(name) },
        buffers: { y: y.buffer },
        params: { vectors, offset_low, offset_high, stream, purpose: PURPOSE[name], seed_low, seed_high },
        workgroups: grid(Math.ceil(vectors / 256)),
      });
    },
    backward: () => ({}),
  };
}

export const uniformOp: Op<never, FillAttributes> = /* @__PURE__ */ fill("uniform");
export const normalOp: Op<never, FillAttributes> = /* @__PURE__ */ fill("normal");

/**
 * Uniform multiples of 2⁻²⁴ in [0, 1), by Philox4x32-10. No gradient. RangeError for a seed, stream
 * or offset out of range.
 */
export const uniform = (engine: Engine, shape: Shape, draw: Draw): Tensor => {
  checkEngine("uniform", engine);
  checkOptions("uniform", draw, ["seed", "stream", "offset"]);
  return engine.apply(uniformOp, {}, { ...draw, shape });
};

/**
 * Standard normals, by Philox4x32-10 and Box and Muller (1958); |y| < 5.8. No gradient. RangeError
 * as for `uniform`.
 */
export const normal = (engine: Engine, shape: Shape, draw: Draw): Tensor => {
  checkEngine("normal", engine);
  checkOptions("normal", draw, ["seed", "stream", "offset"]);
  return engine.apply(normalOp, {}, { ...draw, shape });
};
