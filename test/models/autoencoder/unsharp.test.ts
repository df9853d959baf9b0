import fc from "fast-check";
import * as assert from "uvu/assert";
import { hostRandom } from "../../../src/math/philox.ts";
import { unsharp, unsharpFactor } from "../../../src/models/autoencoder/unsharp.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";

const engine = await testEngine();

/** The formula, pixel by pixel in float64. */
function reference(x: Float32Array, [batch, h, w, c]: readonly [number, number, number, number], s: number): number[] {
  const at = (b: number, y: number, col: number, k: number): number | undefined =>
    y < 0 || y >= h || col < 0 || col >= w ? undefined : x[((b * h + y) * w + col) * c + k];
  return Array.from({ length: batch * h * w * c }, (_, i) => {
    const [k, col, y, b] = [i % c, Math.floor(i / c) % w, Math.floor(i / (c * w)) % h, Math.floor(i / (c * w * h))];
    const beside = [at(b, y - 1, col, k), at(b, y + 1, col, k), at(b, y, col - 1, k), at(b, y, col + 1, k)];
    const known = beside.filter((v) => v !== undefined);
    const n = known.reduce((sum, v) => sum + v, 0) / known.length;
    return Math.min(1, Math.max(0, n + s * ((x[i] as number) - n)));
  });
}

const noise = (length: number, seed: number): Float32Array => {
  const random = hostRandom(seed, 1);
  return Float32Array.from({ length }, () => random.uniform());
};

describe("unsharp", {
  async "is n + s (x − n), cut to [0, 1], in float64 (1e-5; seed 1)"() {
    const side = fc.integer({ min: 2, max: 9 });
    await fc.assert(
      fc.asyncProperty(
        side,
        side,
        fc.constantFrom(1, 3),
        fc.double({ min: 0.25, max: 8, noNaN: true }),
        fc.nat(99),
        async (h, w, c, s, seed) => {
          const x = noise(2 * h * w * c, seed);
          const y = engine.scope(() => unsharp(engine.tensor(x, [2, h, w, c]), s));
          const values = await engine.read(y);
          y.dispose();
          reference(x, [2, h, w, c], s).forEach((expected, i) => {
            assert.ok(Math.abs((values[i] as number) - expected) <= 1e-5, `${i}: ${values[i]}, expected ${expected}`);
          });
        },
      ),
      { numRuns: 15, seed: 1, includeErrorInReport: true },
    );
  },

  async "the factor undoes a mask that was applied before"() {
    const [h, w, count] = [12, 10, 40];
    const pixels = noise(count * h * w * 3, 4).map((v) => 0.3 + 0.4 * v);
    const blurred = Float32Array.from(reference(pixels, [count, h, w, 3], 0.7));
    const s = await unsharpFactor(engine, { height: h, width: w, channels: 3, pictures: blurred, pixels });
    const again = Float32Array.from(reference(blurred, [count, h, w, 3], s));
    const edges = (x: Float32Array): number =>
      x.reduce((sum, v, i) => (Math.floor(i / 3) % w === 0 ? sum : sum + (v - (x[i - 3] as number)) ** 2), 0);
    assert.ok(s > 1 && s < 2, `${s}`);
    assert.ok(Math.abs(edges(again) / edges(pixels) - 1) <= 0.05, `${edges(again)}, asked ${edges(pixels)}`);
    const same = await unsharpFactor(engine, { height: h, width: w, channels: 3, pictures: pixels, pixels });
    assert.ok(Math.abs(same - 1) <= 1e-3, `${same}`);
  },
});
