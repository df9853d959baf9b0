import { pngjs } from "../codecs/pngjs.ts";
import { powerOfTwo } from "../math/float64.ts";

/** Images of one size in memory. */
export interface GridImages {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  /** 1 for grey, 3 for red, green and blue. */
  readonly channels: number;
  /** The pixels, [count, height, width, channels], from 0 to 255. */
  readonly pixels: Uint8Array;
}

/** How `imageGrid` lays images out; lengths in pixels of the result. */
export interface GridLayout {
  readonly columns: number;
  /** Width of the light lines between and around the images. */
  readonly gap: number;
  /** Each pixel of an image becomes `scale` × `scale` pixels. */
  readonly scale: number;
}

const gapColour = 230;
/** Greatest number of pixels, which common viewers can open. */
const maxPixels = powerOfTwo(26);

/**
 * A PNG picture of all images, row by row, enlarged without smoothing; grey images give a grey PNG.
 * A last row that is not full ends in the light colour of the gaps. The same input gives the same
 * bytes.
 *
 * @throws RangeError if the layout is invalid, the pixels do not fit their sizes, or the picture
 *   exceeds 2²⁶ pixels.
 */
export function imageGrid(images: GridImages, { columns, gap, scale }: GridLayout): Uint8Array {
  const { count, height, width, channels, pixels } = images;
  expectWhole("columns", columns, 1);
  expectWhole("gap", gap, 0);
  expectWhole("scale", scale, 1);
  expectPixels(images);
  const used = Math.min(columns, count);
  const [cellWidth, cellHeight] = [width * scale + gap, height * scale + gap];
  const gridWidth = gap + used * cellWidth;
  const gridHeight = gap + Math.ceil(count / used) * cellHeight;
  if (gridWidth * gridHeight > maxPixels) {
    throw new RangeError(
      `imageGrid: expected at most ${maxPixels} pixels, got ${gridWidth} x ${gridHeight}; show fewer images or a smaller scale`,
    );
  }
  const grid = new Uint8Array(gridWidth * gridHeight * channels).fill(gapColour);
  for (let n = 0; n < count; n++) {
    const left = gap + (n % used) * cellWidth;
    const top = gap + Math.floor(n / used) * cellHeight;
    for (let y = 0; y < height * scale; y++) {
      const from = (n * height + Math.floor(y / scale)) * width * channels;
      const to = ((top + y) * gridWidth + left) * channels;
      for (let x = 0; x < width * scale; x++) {
        for (let c = 0; c < channels; c++) {
          grid[to + x * channels + c] = pixels[from + Math.floor(x / scale) * channels + c] as number;
        }
      }
    }
  }
  return encodePng({ height: gridHeight, width: gridWidth, channels, pixels: grid });
}

/**
 * One image as a PNG file of 8 bits per channel, grey or colour by `channels`. The same input gives
 * the same bytes.
 *
 * @param image pixels [height, width, channels].
 * @throws RangeError if `channels` is neither 1 nor 3, or the pixels do not fit the sizes.
 */
export function encodePng(image: Omit<GridImages, "count">): Uint8Array {
  const { height, width, channels, pixels } = image;
  expectPixels({ ...image, count: 1 });
  const { PNG } = pngjs();
  const png = new PNG({ width, height });
  png.data = Buffer.from(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  const colorType = channels === 1 ? 0 : 2;
  // Run-length encoding (zlib strategy 3) does not search hash chains, whose result differs between
  // processors.
  const bytes = PNG.sync.write(png, { colorType, inputColorType: colorType, inputHasAlpha: false, deflateStrategy: 3 });
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function expectPixels({ count, height, width, channels, pixels }: GridImages): void {
  for (const [name, size] of Object.entries({ count, height, width })) expectWhole(name, size, 1);
  if (channels !== 1 && channels !== 3)
    throw new RangeError(`imageGrid: expected \`channels\` 1 or 3, got ${channels}`);
  const expected = count * height * width * channels;
  if (pixels.length !== expected) {
    throw new RangeError(
      `imageGrid: expected \`pixels\` [${count}, ${height}, ${width}, ${channels}], ${expected} bytes, got ${pixels.length}`,
    );
  }
}

function expectWhole(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`imageGrid: expected \`${name}\` to be a whole number from ${least}, got ${value}`);
  }
}
