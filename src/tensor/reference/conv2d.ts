import type { Geometry } from "../ops/convolution/geometry.ts";
import { biasAdd } from "./biasAdd.ts";
import { spread, sumBound } from "./bound.ts";
import { PRODUCT } from "./matmul.ts";
import type { KernelName, OpReference, Values } from "./reference.ts";

/**
 * Calls `f` for each tap between a pixel of the large side and one of the small side, with three
 * indices: of the first of the c channels of the large pixel, of the first of the c × d weights
 * between them, and of the first of the d channels of the small pixel.
 */
function couple(g: Geometry, f: (large: number, weight: number, small: number) => void): void {
  for (let b = 0; b < g.batch; b++) {
    for (let oy = 0; oy < g.sh; oy++) {
      for (let ox = 0; ox < g.sw; ox++) {
        for (let ky = 0; ky < g.kh; ky++) {
          for (let kx = 0; kx < g.kw; kx++) {
            const iy = oy * g.strideY + ky - g.padY;
            const ix = ox * g.strideX + kx - g.padX;
            if (iy < 0 || iy >= g.lh || ix < 0 || ix >= g.lw) continue;
            const large = ((b * g.lh + iy) * g.lw + ix) * g.c;
            f(large, (ky * g.kw + kx) * g.c * g.d, ((b * g.sh + oy) * g.sw + ox) * g.d);
          }
        }
      }
    }
  }
}

// Indices below are in range by construction, so that no value is undefined. `as number` costs
// nothing, which keeps the loops fast enough for whole training steps.

/** The small side: y[small, d] = Σ over taps and c of x[large, c] · w[c, d]. */
function conv(g: Geometry, x: Float64Array, w: Float64Array): Float64Array {
  const { c: channels, d: columns } = g;
  const y = new Float64Array(g.batch * g.sh * g.sw * columns);
  couple(g, (large, weight, small) => {
    for (let c = 0; c < channels; c++) {
      const v = x[large + c] as number;
      const row = weight + c * columns;
      for (let d = 0; d < columns; d++) (y[small + d] as number) += v * (w[row + d] as number);
    }
  });
  return y;
}

/** The large side: y[large, c] = Σ over taps and d of x[small, d] · w[c, d]. */
function convTranspose(g: Geometry, x: Float64Array, w: Float64Array): Float64Array {
  const { c: channels, d: columns } = g;
  const y = new Float64Array(g.batch * g.lh * g.lw * channels);
  couple(g, (large, weight, small) => {
    for (let c = 0; c < channels; c++) {
      const row = weight + c * columns;
      let sum = 0;
      for (let d = 0; d < columns; d++) sum += (x[small + d] as number) * (w[row + d] as number);
      (y[large + c] as number) += sum;
    }
  });
  return y;
}

/** The gradient of the weights: dw[c, d] = Σ over pairs of pixels of x[large, c] · g[small, d]. */
function convWeightGrad(g: Geometry, x: Float64Array, dy: Float64Array): Float64Array {
  const { c: channels, d: columns } = g;
  const dw = new Float64Array(g.kh * g.kw * channels * columns);
  couple(g, (large, weight, small) => {
    for (let c = 0; c < channels; c++) {
      const v = x[large + c] as number;
      const row = weight + c * columns;
      for (let d = 0; d < columns; d++) (dw[row + d] as number) += v * (dy[small + d] as number);
    }
  });
  return dw;
}

interface Sides {
  readonly geometry: Geometry;
}
type FinishedSides = Sides & { readonly alpha: number };

const finish = (sums: Float64Array, b: Values, { alpha }: FinishedSides): Float64Array =>
  biasAdd.reference({ x: { shape: [sums.length], values: sums }, b }, { alpha });

/**
 * The number of terms of a value of the small side; below, the greatest number of the large side.
 */
const downTerms = ({ kh, kw, c }: Geometry): number => kh * kw * c;
const upTerms = ({ kh, kw, strideY, strideX, d }: Geometry): number =>
  Math.ceil(kh / strideY) * Math.ceil(kw / strideX) * d;

const DOWN: readonly KernelName[] = ["taps", "rowsDown", "tapsQuads", "im2col", ...PRODUCT];
const UP: readonly KernelName[] = ["taps", "rowsUp", "tapsQuads", "col2im", ...PRODUCT];

export const conv2d: OpReference<"x" | "w", Sides> = {
  kernels: DOWN,
  reference: ({ x, w }, { geometry }) => conv(geometry, x.values, w.values),
  bound: ({ x, w }, { geometry }) => sumBound(downTerms(geometry), spread(x, w)),
};
export const conv2dTranspose: OpReference<"x" | "w", Sides> = {
  kernels: UP,
  reference: ({ x, w }, { geometry }) => convTranspose(geometry, x.values, w.values),
  bound: ({ x, w }, { geometry }) => sumBound(upTerms(geometry), spread(x, w)),
};
export const conv2dBias: OpReference<"x" | "w" | "b", FinishedSides> = {
  kernels: [...DOWN, "biasAdd"],
  reference: ({ x, w, b }, attributes) => finish(conv(attributes.geometry, x.values, w.values), b, attributes),
  bound: ({ x, w }, { geometry }) => sumBound(downTerms(geometry) + 1, spread(x, w)),
};
export const conv2dTransposeBias: OpReference<"x" | "w" | "b", FinishedSides> = {
  kernels: [...UP, "biasAdd"],
  reference: ({ x, w, b }, attributes) => finish(convTranspose(attributes.geometry, x.values, w.values), b, attributes),
  bound: ({ x, w }, { geometry }) => sumBound(upTerms(geometry) + 1, spread(x, w)),
};
export const conv2dWeightGrad: OpReference<"x" | "g", Sides> = {
  kernels: ["tapsGradient", "rowsGradient", "tapsGradientQuads", "im2col", ...PRODUCT],
  reference: ({ x, g }, { geometry }) => convWeightGrad(geometry, x.values, g.values),
  bound: ({ x, g }, { geometry: { batch, sh, sw } }) => sumBound(batch * sh * sw, spread(x, g)),
};
