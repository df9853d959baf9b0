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

/** The row of an op on a geometry, for the options from which its function makes one. */
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

/** Rows of conv2d, by its options. */
export const ofLarge = under((x, w, options) => geometryOfLarge("conv2d", x, w, options));
/** Rows of conv2dTranspose, by its options. */
export const ofSmall = under((x, w, options) => geometryOfSmall("conv2dTranspose", x, w, options));
