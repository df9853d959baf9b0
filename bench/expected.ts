// The ops of the cases in float64, computed one value at a time, so that large results can be
// checked at some places.
import type { Expected } from "./case.ts";

export function matmulAt(
  a: Float32Array,
  b: Float32Array,
  [m, n, k]: readonly [number, number, number],
  transposeA: boolean,
  transposeB: boolean,
): Expected {
  return {
    size: m * n,
    at(index) {
      const [row, column] = [Math.floor(index / n), index % n];
      let sum = 0;
      for (let i = 0; i < k; i++) {
        const left = a[transposeA ? i * m + row : row * k + i] ?? Number.NaN;
        sum += left * (b[transposeB ? column * k + i : i * n + column] ?? Number.NaN);
      }
      return sum;
    },
  };
}

/**
 * A convolution of square images with a square window and the same stride and padding on both axes,
 * from a large side of c channels to a small side of d channels.
 */
export interface Window {
  readonly batch: number;
  readonly large: number;
  readonly c: number;
  readonly small: number;
  readonly d: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
}

export const windowFlops = ({ batch, small, c, d, kernel }: Window): number =>
  2 * batch * small * small * kernel * kernel * c * d;

/** conv2d: the small side from the large side x [batch, large, large, c]. */
export const downAt = (g: Window, x: Float32Array, w: Float32Array): Expected => ({
  size: g.batch * g.small * g.small * g.d,
  at(index) {
    const { d, ox, oy, b } = split(index, g.d, g.small);
    let sum = 0;
    for (let ky = 0; ky < g.kernel; ky++) {
      for (let kx = 0; kx < g.kernel; kx++) {
        const [iy, ix] = [oy * g.stride + ky - g.padding, ox * g.stride + kx - g.padding];
        if (iy < 0 || iy >= g.large || ix < 0 || ix >= g.large) continue;
        for (let c = 0; c < g.c; c++) {
          const value = x[((b * g.large + iy) * g.large + ix) * g.c + c] ?? Number.NaN;
          sum += value * (w[((ky * g.kernel + kx) * g.c + c) * g.d + d] ?? Number.NaN);
        }
      }
    }
    return sum;
  },
});

/**
 * conv2dTranspose, which is also the gradient of conv2d's input: the large side from the small side
 * y [batch, small, small, d].
 */
export const upAt = (g: Window, y: Float32Array, w: Float32Array): Expected => ({
  size: g.batch * g.large * g.large * g.c,
  at(index) {
    const { d: c, ox: ix, oy: iy, b } = split(index, g.c, g.large);
    let sum = 0;
    for (let ky = 0; ky < g.kernel; ky++) {
      for (let kx = 0; kx < g.kernel; kx++) {
        const [oy, ox] = [(iy + g.padding - ky) / g.stride, (ix + g.padding - kx) / g.stride];
        if (!Number.isInteger(oy) || !Number.isInteger(ox) || oy < 0 || ox < 0 || oy >= g.small || ox >= g.small)
          continue;
        for (let d = 0; d < g.d; d++) {
          const value = y[((b * g.small + oy) * g.small + ox) * g.d + d] ?? Number.NaN;
          sum += value * (w[((ky * g.kernel + kx) * g.c + c) * g.d + d] ?? Number.NaN);
        }
      }
    }
    return sum;
  },
});

/** The gradient of the weights [kernel, kernel, c, d]. */
export const weightAt = (g: Window, x: Float32Array, dy: Float32Array): Expected => ({
  size: g.kernel * g.kernel * g.c * g.d,
  at(index) {
    const d = index % g.d;
    const c = Math.floor(index / g.d) % g.c;
    const tap = Math.floor(index / (g.d * g.c));
    const [ky, kx] = [Math.floor(tap / g.kernel), tap % g.kernel];
    let sum = 0;
    for (let b = 0; b < g.batch; b++) {
      for (let oy = 0; oy < g.small; oy++) {
        for (let ox = 0; ox < g.small; ox++) {
          const [iy, ix] = [oy * g.stride + ky - g.padding, ox * g.stride + kx - g.padding];
          if (iy < 0 || iy >= g.large || ix < 0 || ix >= g.large) continue;
          const value = x[((b * g.large + iy) * g.large + ix) * g.c + c] ?? Number.NaN;
          sum += value * (dy[((b * g.small + oy) * g.small + ox) * g.d + d] ?? Number.NaN);
        }
      }
    }
    return sum;
  },
});

function split(index: number, channels: number, side: number) {
  const pixel = Math.floor(index / channels);
  return {
    d: index % channels,
    ox: pixel % side,
    oy: Math.floor(pixel / side) % side,
    b: Math.floor(pixel / (side * side)),
  };
}
