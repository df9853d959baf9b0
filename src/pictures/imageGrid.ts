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
  expectWhole("imageGrid", "columns", columns, 1);
  expectWhole("imageGrid", "gap", gap, 0);
  expectWhole("imageGrid", "scale", scale, 1);
  expectPixels("imageGrid", images, [1, 3]);
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

/** One image in memory. */
export interface PngImage extends Pick<GridImages, "height" | "width"> {
  /** 1 for grey, 3 for red, green and blue, 4 for these and opacity. */
  readonly channels: number;
  /** The pixels, [height, width, channels], from 0 to 255. */
  readonly pixels: Uint8Array | Uint8ClampedArray;
}

/** The types of colour of PNG, by the number of channels. */
const COLOUR_TYPES: Readonly<Record<number, 0 | 2 | 6>> = { 1: 0, 3: 2, 4: 6 };

/**
 * One image as a PNG file of 8 bits per channel. The same input gives the same bytes. What `rgba`
 * gives is an image of 4 channels, whose `data` are the pixels.
 *
 * @throws RangeError if `channels` is none of 1, 3 and 4, or the pixels do not fit the sizes.
 */
export function encodePng(image: PngImage): Uint8Array {
  const { height, width, channels, pixels } = image;
  expectPixels("encodePng", { ...image, count: 1 }, [1, 3, 4]);
  const { PNG } = pngjs();
  const png = new PNG({ width, height });
  png.data = Buffer.from(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  const colorType = COLOUR_TYPES[channels] as 0 | 2 | 6;
  // Run-length encoding (zlib strategy 3) does not search hash chains, whose result differs between
  // processors.
  const bytes = PNG.sync.write(png, {
    colorType,
    inputColorType: colorType,
    inputHasAlpha: channels === 4,
    deflateStrategy: 3,
  });
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function expectPixels(
  op: string,
  { count, height, width, channels, pixels }: PngImage & Pick<GridImages, "count">,
  known: readonly number[],
): void {
  for (const [name, size] of Object.entries({ count, height, width })) expectWhole(op, name, size, 1);
  if (!known.includes(channels)) {
    throw new RangeError(`${op}: expected \`channels\` ${known.join(" or ")}, got ${channels}`);
  }
  const expected = count * height * width * channels;
  if (pixels.length !== expected) {
    throw new RangeError(
      `${op}: expected \`pixels\` [${count}, ${height}, ${width}, ${channels}], ${expected} bytes, got ${pixels.length}`,
    );
  }
}

function expectWhole(op: string, name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`${op}: expected \`${name}\` to be a whole number from ${least}, got ${value}`);
  }
}
