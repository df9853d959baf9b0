import { checkOptions } from "../../kernels/options.ts";
import { powerOfTwo } from "../../math/float64.ts";
import type { PictureSize } from "../networks/network.ts";

/** Pictures of one size. */
export interface Pictures extends PictureSize {
  readonly count: number;
  /** [count, height, width, channels] in [0, 1]. */
  readonly pixels: Float32Array<ArrayBuffer>;
}

/** Pixels as canvases take them: `new ImageData(data, width, height)`. */
export interface Rgba {
  /** [height, width, 4]: red, green, blue and opacity, from 0 to 255. */
  readonly data: Uint8ClampedArray<ArrayBuffer>;
  readonly width: number;
  readonly height: number;
}

/** How `rgba` lays pictures out. */
export interface RgbaOptions {
  /** Pictures in a row. Default: as many as rows, or one more. */
  readonly columns?: number;
  /** Each pixel becomes `scale` × `scale` pixels. Default 1. */
  readonly scale?: number;
  /** Pixels between pictures, which stay transparent. Default 0. */
  readonly gap?: number;
}

const MOST_PIXELS = powerOfTwo(26); // more than canvases of common browsers hold

/** Pictures side by side, row after row. RangeError for options that are no such numbers. */
export function rgba(pictures: Pictures, options: RgbaOptions = {}): Rgba {
  checkOptions("rgba", options, ["columns", "scale", "gap"]);
  const { count, height: h, width: w, channels, pixels } = pictures;
  const { columns = Math.ceil(Math.sqrt(count)), scale = 1, gap = 0 } = options;
  for (const [name, value, least] of [
    ["columns", columns, 1],
    ["scale", scale, 1],
    ["gap", gap, 0],
  ] as const) {
    if (!(Number.isSafeInteger(value) && value >= least))
      throw new RangeError(`rgba: expected \`${name}\` as an integer from ${least}, got ${value}`);
  }
  const used = Math.min(columns, count);
  const [stepX, stepY] = [w * scale + gap, h * scale + gap];
  const [width, height] = [used * stepX - gap, Math.ceil(count / used) * stepY - gap];
  if (!(width * height <= MOST_PIXELS)) {
    throw new RangeError(`rgba: expected at most ${MOST_PIXELS} pixels, got ${width} × ${height}; show fewer pictures`);
  }
  const data = new Uint8ClampedArray(4 * width * height);
  for (let n = 0; n < count; n++) {
    const [left, top] = [(n % used) * stepX, Math.floor(n / used) * stepY];
    for (let y = 0; y < h * scale; y++) {
      for (let x = 0; x < w * scale; x++) {
        const from = ((n * h + Math.floor(y / scale)) * w + Math.floor(x / scale)) * channels;
        const to = 4 * ((top + y) * width + left + x);
        for (let c = 0; c < 3; c++) {
          data[to + c] = Math.round(255 * (pixels[from + Math.min(c, channels - 1)] as number));
        }
        data[to + 3] = 255;
      }
    }
  }
  return { data, width, height };
}
