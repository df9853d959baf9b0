// Painting on canvases. test/runtimes paints on those of browsers.
import * as assert from "uvu/assert";
import { paint } from "../../../src/models/generator/paint.ts";
import { rgba } from "../../../src/models/generator/pictures.ts";
import { describe } from "../../support/suite.ts";
import { throws } from "../../support/throws.ts";

const pictures = { count: 3, height: 1, width: 2, channels: 1, pixels: Float32Array.of(0, 0.2, 0.4, 0.6, 0.8, 1) };

/** A canvas that keeps what is put on it. */
function canvas() {
  const put: unknown[] = [];
  const context = {
    createImageData: (width: number, height: number) => ({
      width,
      height,
      data: new Uint8ClampedArray(4 * width * height),
    }),
    putImageData: (...all: unknown[]) => void put.push(all),
  };
  return { put, canvas: { width: 300, height: 150, getContext: (kind: "2d") => (kind === "2d" ? context : null) } };
}

describe("paint", {
  "gives the canvas the size of the pictures and puts them on it"() {
    for (const options of [undefined, { columns: 1, scale: 2, gap: 1 }]) {
      const { put, canvas: given } = canvas();
      paint(pictures, given, options);
      const image = rgba(pictures, options);
      assert.equal([given.width, given.height], [image.width, image.height]);
      assert.equal(put, [[image, 0, 0]]);
    }
  },

  "refuses what is no canvas, one that is taken, and wrong options, and leaves the canvas as it is"() {
    throws(() => paint(pictures, null), "paint: expected a canvas, got null");
    throws(() => paint(pictures, {} as never), "paint: expected a canvas, got an object");
    const taken = { width: 7, height: 7, getContext: () => null };
    throws(() => paint(pictures, taken), "paint: expected a canvas whose context is 2d or none yet");
    const { put, canvas: given } = canvas();
    throws(() => paint(pictures, given, { columns: 0 }), "rgba: expected `columns` as an integer from 1, got 0");
    throws(() => paint(pictures, given, { size: 1 } as never), "paint: expected options among columns, scale, gap");
    assert.equal([given.width, put], [300, []]);
  },
});
