import { checkOptions, kindOf } from "../../kernels/options.ts";
import { type Pictures, type RgbaOptions, rgba } from "./pictures.ts";

/** The part of an HTMLCanvasElement or an OffscreenCanvas that painting takes. */
export interface Canvas {
  width: number;
  height: number;
  /** Its context, or null where it has one of another kind. */
  getContext(kind: "2d"): CanvasContext | null;
}

/** The part of an ImageData that painting takes. */
export interface CanvasImage {
  /** Red, green, blue and alpha of each pixel, row after row. */
  readonly data: CanvasBytes;
}

/** The part of a Uint8ClampedArray that painting takes. */
export interface CanvasBytes {
  /** Takes over all values. */
  set(values: ArrayLike<number>): void;
}

/** The part of a canvas' context that painting takes. */
export interface CanvasContext {
  /** An image of that size in pixels. */
  createImageData(width: number, height: number): CanvasImage;
  /** Puts an image's upper left corner at (x, y). */
  putImageData(image: never, x: number, y: number): void;
}

/**
 * Paints pictures side by side on a canvas, of a page or an OffscreenCanvas, which gets their size;
 * see `rgba`. TypeError for what is no canvas, or one with a context of another kind than "2d";
 * RangeError for options that are no such numbers.
 */
export function paint(pictures: Pictures, canvas: Canvas | null, options: RgbaOptions = {}): void {
  checkOptions("paint", options, ["columns", "scale", "gap"]);
  if (typeof canvas?.getContext !== "function") {
    throw new TypeError(`paint: expected a canvas, got ${kindOf(canvas)}`);
  }
  const context = canvas.getContext("2d");
  if (context === null) {
    throw new TypeError(
      "paint: expected a canvas whose context is 2d or none yet, got one of another kind; take another canvas",
    );
  }
  const { data, width, height } = rgba(pictures, options);
  canvas.width = width;
  canvas.height = height;
  const image = context.createImageData(width, height);
  image.data.set(data);
  context.putImageData(image as never, 0, 0);
}
