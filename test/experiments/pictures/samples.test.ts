import * as assert from "uvu/assert";
import { COLUMNS, spreadSamples } from "../../../src/experiments/pictures/samples.ts";
import { describe } from "../../support/suite.ts";

const PICTURE = { height: 1, width: 2, channels: 1 };

describe("samples", {
  "are spread over all pictures, from the first one on"() {
    for (const count of [COLUMNS, COLUMNS + 1, 5 * COLUMNS, 255]) {
      const pixels = Float32Array.from({ length: 2 * count }, (_, i) => ((i >> 1) % 256) / 255);
      const { bytes, ...picture } = spreadSamples(pixels, PICTURE);
      assert.equal(picture, PICTURE);
      const expected = Array.from({ length: 2 * COLUMNS }, (_, i) => Math.floor(((i >> 1) * count) / COLUMNS) % 256);
      assert.equal([...Buffer.from(bytes, "base64")], expected);
    }
  },
});
