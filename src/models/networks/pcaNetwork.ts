import { powerOfTwo } from "../../math/float64.ts";
import type { Tensor } from "../../tensor/engine.ts";
import { add, scale } from "../../tensor/ops/elementwise.ts";
import { reshape } from "../../tensor/ops/reshape.ts";
import { size } from "../../tensor/shape.ts";
import { activate, convolution, dense, type LayerInit, transposedConvolution } from "./layers.ts";
import {
  type Between,
  type LayerSpecs,
  layer,
  type Network,
  type PictureSize,
  type PrincipalComponents,
  type Weights,
} from "./network.ts";

const KERNEL = 4;
const TAPS = KERNEL * KERNEL;
const WINDOW = { stride: 2, padding: 1 } as const;
const WIDTHS = { grey: 32, colour: 48 } as const;

/** Number of 3×3 convolutions in each correction. */
const DEPTHS = { encoder: 1, decoder: 2 } as const;
type Side = keyof typeof DEPTHS;

/**
 * The linear maps are kept 32 times as large as they act, so that an optimiser whose steps have one
 * size for all parameters moves them 32 times less than the convolutions (Karras et al. 2018,
 * § 4.1). A power of two rounds nothing.
 */
const LINEAR = powerOfTwo(-5);

const widthOf = ({ channels }: PictureSize): number => (channels === 1 ? WIDTHS.grey : WIDTHS.colour);
const valuesOf = ({ height, width, channels }: PictureSize): number => height * width * channels;

function correctionLayers(picture: PictureSize, side: Side): LayerSpecs {
  const { channels } = picture;
  const width = widthOf(picture);
  const edge = [KERNEL, KERNEL, channels, width];
  const middle = Array.from({ length: DEPTHS[side] }, (_, i) => {
    return [
      `${side}${i + 1}`,
      { shape: [3, 3, width, width], outputs: width, fanIn: 9 * width, halves: false },
    ] as const;
  });
  return {
    [`${side}Down`]: { shape: edge, outputs: width, fanIn: TAPS * channels },
    ...Object.fromEntries(middle),
    [`${side}Up`]: { shape: edge, outputs: channels, fanIn: (TAPS / 4) * width, halves: false, zero: true },
  };
}

/** x + R(x) for pictures x [batch, height, width, channels]; see pcaNetwork. */
function corrected(weights: Weights, side: Side, x: Tensor, { activation, normalise, after }: Between): Tensor {
  const [, height = 0, width = 0] = x.shape;
  const hidden = (y: Tensor, name: string, window: { readonly stride?: number; readonly padding: number }): Tensor => {
    const own = layer(weights, name);
    const z =
      normalise === undefined
        ? convolution(y, own, window, activation)
        : activate(normalise(convolution(y, own, window), name), activation);
    return after === undefined ? z : after(z);
  };
  let y = hidden(x, `${side}Down`, WINDOW);
  for (let i = 1; i <= DEPTHS[side]; i++) y = add(y, hidden(y, `${side}${i}`, { padding: 1 }));
  const outputPadding = [height % 2, width % 2] as const;
  return add(x, transposedConvolution(y, layer(weights, `${side}Up`), { ...WINDOW, outputPadding }));
}

/**
 * Linear maps that start at PCA, each with a correction R in the space of pictures that starts at
 * zero:
 *
 *   encoder: z = A (x + R₁(x)) + a
 *   decoder: x̂ = y + R₂(y), y = B z + b
 *   R(x): conv 4×4 stride 2 → C, ReLU; n times v + ReLU(conv 3×3 v); transposed conv 4×4 stride 2
 *
 * with C = 32 for grey pictures and 48 in colour, n = 1 in R₁ and 2 in R₂. At first, with the
 * images' mean m and principal components v_j, z_j = c v_jᵀ(x − m) and x̂ = m + Σ_j v_j z_j / c:
 * the best reconstruction that linear maps have. One factor c gives the codes a mean square of 1
 * per axis and leaves distances between codes those between projected pictures, which is what
 * transport and the rules of extension need: with axes of one variance, the neighbours of a picture
 * are chosen by details that nobody sees. Codes are therefore not normalised.
 *
 * The decoder's values are pixels, and the squared error is minimised.
 */
export const pcaNetwork: Network = {
  least: 4,
  mostCodes: valuesOf,
  head: "linear",
  learningRate: 3e-3,
  neighbours: 20,
  angle: 0.5,
  output: "pixels",

  largest: (picture) =>
    Math.max(valuesOf(picture), Math.floor(picture.height / 2) * Math.floor(picture.width / 2) * widthOf(picture)),

  featureLayers: (picture) => correctionLayers(picture, "encoder"),

  featureCount: valuesOf,

  decoderLayers(picture, latent) {
    const values = valuesOf(picture);
    return {
      unlinear: { shape: [latent, values], outputs: values, fanIn: latent },
      ...correctionLayers(picture, "decoder"),
    };
  },

  features(weights, x, between) {
    const batch = x.shape[0] ?? 0;
    return scale(reshape(corrected(weights, "encoder", x, between), [batch, size(x.shape) / batch]), LINEAR);
  },

  outputs(weights, { height, width, channels }, z, normalise) {
    const y = scale(dense(z, layer(weights, "unlinear")), LINEAR);
    const picture = reshape(y, [z.shape[0] ?? 0, height, width, channels]);
    return corrected(weights, "decoder", picture, { activation: "relu", normalise });
  },

  start({ mean, axes, deviations }: PrincipalComponents): Readonly<Record<string, LayerInit>> {
    const [k, values] = [deviations.length, mean.length];
    const square = deviations.reduce((sum, d) => sum + d * d, 0) / k;
    const c = square > 0 ? 1 / Math.sqrt(square) : 1;
    const to = new Float32Array(values * k);
    const from = new Float32Array(k * values);
    const shift = new Float64Array(k);
    for (let j = 0; j < k; j++) {
      for (let i = 0; i < values; i++) {
        const v = axes[j * values + i] as number;
        to[i * k + j] = (c * v) / LINEAR;
        from[j * values + i] = v / c / LINEAR;
        (shift[j] as number) -= c * v * (mean[i] as number);
      }
    }
    return {
      linear: { w: { shape: [values, k], values: to }, b: { shape: [k], values: Float32Array.from(shift) } },
      unlinear: {
        w: { shape: [k, values], values: from },
        b: { shape: [values], values: Float32Array.from(mean, (m) => m / LINEAR) },
      },
    };
  },
};
