import { conv2d, conv2dTranspose } from "../../tensor/ops/convolution/conv2d.ts";
import { matmul } from "../../tensor/ops/product/matmul.ts";
import { reshape } from "../../tensor/ops/reshape.ts";
import { size } from "../../tensor/shape.ts";
import { finish, transposedConvolution } from "./layers.ts";
import { type LayerSpec, layer, type Network, type PictureSize } from "./network.ts";

const WIDTHS = [64, 128, 256] as const;
const LAST = 512; // channels of the fourth convolution, for pictures of at least DEEP pixels a side
const DEEP = 64;
const KERNEL = 4;
const TAPS = KERNEL * KERNEL;

/** Output channels of the encoder's convolutions. */
const widthsOf = ({ height, width }: PictureSize): readonly number[] =>
  Math.min(height, width) >= DEEP ? [...WIDTHS, LAST] : WIDTHS;

/** The sizes of the picture and of each convolution's output in the encoder. */
function sidesOf(picture: PictureSize): readonly PictureSize[] {
  const sides: PictureSize[] = [picture];
  let { height, width } = picture;
  for (const channels of widthsOf(picture)) {
    [height, width] = [Math.ceil(height / 2), Math.ceil(width / 2)];
    sides.push({ height, width, channels });
  }
  return sides;
}

/**
 * Stride and padding that take a side of n pixels to ⌈n/2⌉: an odd side is padded by one more zero
 * at each end. The transposed convolution back needs an outputPadding of n mod 2.
 */
const windowOf = ({ height, width }: PictureSize) => ({
  stride: 2,
  padding: [1 + (height % 2), 1 + (width % 2)] as const,
});

/**
 * Convolutions as in DCGAN (Radford, Metz, Chintala 2016), in the sizes of its common
 * implementations, half the paper's widths with 4×4 kernels:
 *
 *   encoder: conv 4×4 stride 2 → 64 → 128 → 256, and → 512 where both sides have 64 pixels or more;
 *   dense → latent
 *   decoder: the mirror image
 *
 * Sides are halved and rounded up, from 8 pixels on: 28 → 14 → 7 → 4, 32 → 16 → 8 → 4, 64 → 32 → 16
 * → 8 → 4. Batch norm by channel comes between each hidden layer's sum and its bias, so that the
 * bias acts as the shift of batch norm. There is no scale: since ReLU(γy) = γ ReLU(y) for γ > 0,
 * the next layer's weights can take it over. Discriminators and critics have no batch norm.
 */
export const dcganNetwork: Network = {
  least: 8,
  output: "logits",
  head: "dense1",

  largest: (picture) => Math.max(...sidesOf(picture).map(({ height, width, channels }) => height * width * channels)),

  featureLayers(picture) {
    const sides = sidesOf(picture);
    const specs = sides.slice(1).map(({ channels: outputs }, i): readonly [string, LayerSpec] => {
      const inputs = (sides[i] as PictureSize).channels;
      const shape = [KERNEL, KERNEL, inputs, outputs];
      return [`conv${i + 1}`, { shape, outputs, fanIn: TAPS * inputs, normalised: true }];
    });
    return Object.fromEntries(specs);
  },

  featureCount(picture) {
    const { height, width, channels } = sidesOf(picture).at(-1) as PictureSize;
    return height * width * channels;
  },

  decoderLayers(picture, latent) {
    const sides = sidesOf(picture).toReversed();
    const { height, width, channels } = sides[0] as PictureSize;
    const shape = [latent, height * width * channels];
    const specs = sides.slice(1).map(({ channels: outputs }, i): readonly [string, LayerSpec] => {
      const inputs = (sides[i] as PictureSize).channels;
      // With stride 2, a quarter of the taps reach each output of a transposed convolution.
      const spec = { shape: [KERNEL, KERNEL, outputs, inputs], outputs, fanIn: (TAPS / 4) * inputs };
      return [`unconv${i + 1}`, { ...spec, normalised: i + 2 < sides.length }];
    });
    return {
      undense1: { shape, outputs: channels, fanIn: latent, normalised: true },
      ...Object.fromEntries(specs),
    };
  },

  features(weights, x, { activation, normalise = (sum) => sum, after = (y) => y }) {
    const [batch = 0, height = 0, width = 0, channels = 0] = x.shape;
    let y = x;
    sidesOf({ height, width, channels })
      .slice(0, -1)
      .forEach((side, i) => {
        const name = `conv${i + 1}`;
        const { w, b } = layer(weights, name);
        y = after(finish(normalise(conv2d(y, w, windowOf(side)), name), b, activation));
      });
    return reshape(y, [batch, size(y.shape) / batch]);
  },

  outputs(weights, picture, z, normalise = (sum) => sum) {
    const [large, ...rest] = sidesOf(picture) as [PictureSize, ...PictureSize[]];
    const { height, width, channels } = rest.pop() as PictureSize;
    const { w, b } = layer(weights, "undense1");
    const sum = reshape(matmul(z, w), [z.shape[0] ?? 0, height, width, channels]);
    let y = finish(normalise(sum, "undense1"), b, "relu");
    const upTo = (side: PictureSize) => ({
      ...windowOf(side),
      outputPadding: [side.height % 2, side.width % 2] as const,
    });
    rest.toReversed().forEach((side, i) => {
      const name = `unconv${i + 1}`;
      const { w, b } = layer(weights, name);
      y = finish(normalise(conv2dTranspose(y, w, upTo(side)), name), b, "relu");
    });
    return transposedConvolution(y, layer(weights, `unconv${rest.length + 1}`), upTo(large));
  },
};
