import {
  type ConvolutionOptions,
  type Geometry,
  geometryOfLarge,
  geometryOfSmall,
  type Pair,
} from "../../src/tensor/ops/convolution/geometry.ts";
import type { OpReference, Values } from "../../src/tensor/reference/reference.ts";
import type { Shape } from "../../src/tensor/shape.ts";

interface Options extends ConvolutionOptions {
  readonly outputPadding?: Pair;
  readonly alpha?: number;
}
type Inputs<N extends string> = { readonly [K in N]: Values };

/**
 * Turns the row of an op that takes a geometry into one that takes the options of its public
 * function.
 */
const under =
  (geometryOf: (x: Shape, w: Shape, options: Options) => Geometry) =>
  <N extends string>(row: OpReference<N, never>): OpReference<N | "x" | "w", Options> => {
    const attributes = ({ x, w }: Inputs<"x" | "w">, { alpha = 1, ...options }: Options): never =>
      ({ geometry: geometryOf(x.shape, w.shape, options), alpha }) as never;
    return {
      kernels: row.kernels,
      reference: (inputs, options) => row.reference(inputs, attributes(inputs, options)),
      bound: (inputs, options) => row.bound(inputs, attributes(inputs, options)),
    };
  };

/** For rows of conv2d. */
export const ofLarge = under((x, w, options) => geometryOfLarge("conv2d", x, w, options));
/** For rows of conv2dTranspose. */
export const ofSmall = under((x, w, options) => geometryOfSmall("conv2dTranspose", x, w, options));
