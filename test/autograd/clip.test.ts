import fc from "fast-check";
import * as assert from "uvu/assert";
import { audited } from "../../src/audit/references/audited.ts";
import { clipByGlobalNorm } from "../../src/autograd/clip.ts";
import { dispose } from "../../src/kernels/dispose.ts";
import { shapes, values } from "../support/checkOp.ts";
import { testEngine } from "../support/device.ts";
import { describe } from "../support/suite.ts";
import { throws } from "../support/throws.ts";

const engine = await testEngine();

/** The clipped gradients in float64. */
function clipped(gradients: readonly Float64Array[], c: number): Float64Array[] {
  const norm = Math.sqrt(gradients.flatMap((g) => [...g]).reduce((sum, x) => sum + x * x, 0));
  return gradients.map((g) => g.map((x) => x * Math.min(1, c / norm)));
}

describe("clipByGlobalNorm", {
  // Seed 1; 1e-5 of the norm for each value. Each op is held to its reference by the audit.
  "multiplies all gradients by min(1, c / ‖g‖)": () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(
          shapes(3, 6).chain((shape) => values(shape)),
          { minLength: 1, maxLength: 4 },
        ),
        fc.constantFrom(1e-3, 0.5, 3, 1e6),
        async (all, c) => {
          const given = all.map((x) => engine.tensor(x.values, x.shape));
          const { result } = await audited(engine, () => engine.scope(() => clipByGlobalNorm(given, c)));
          const expected = clipped(
            all.map((x) => x.values.map(Math.fround)),
            c,
          );
          for (const [i, tensor] of result.entries()) {
            assert.equal(tensor.shape, all[i]?.shape);
            (await engine.read(tensor)).forEach((x, j) => {
              const e = expected[i]?.[j] as number;
              assert.ok(Math.abs(x - e) <= 1e-5 * (Math.min(c, 10) + Math.abs(e)), `${x}, expected ${e}`);
            });
          }
          dispose(...given, ...result);
        },
      ),
      { numRuns: 30, seed: 1, includeErrorInReport: true },
    ),

  async "keeps what is small as it is, and lets NaN be seen"() {
    const [x, y] = [engine.tensor([3, -4]), engine.tensor([Number.NaN])];
    const [a] = engine.scope(() => clipByGlobalNorm([x], 5.5));
    assert.equal(await a.toArray(), [3, -4]);
    const [b, c] = engine.scope(() => clipByGlobalNorm([x, y], 1));
    assert.equal([await b.toArray(), await c.toArray()], [[Number.NaN, Number.NaN], [Number.NaN]]);
    dispose(x, y, a, b, c);
  },

  "refuses no gradients and norms that are none"() {
    throws(() => clipByGlobalNorm([], 1), "clipByGlobalNorm: expected at least one gradient, got none");
    for (const c of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      throws(() => clipByGlobalNorm([engine.ones([1])], c), `clipByGlobalNorm: expected a norm above 0, got ${c}`);
    }
  },
});
