// Fixed moments of batch norm: over several batches they are those over all rows.
import fc from "fast-check";
import * as assert from "uvu/assert";
import { dispose } from "../../../src/kernels/dispose.ts";
import { byMoments, layerMoments, momentTensors, spreadBatches } from "../../../src/models/networks/layerMoments.ts";
import { assertClose } from "../../support/checkOp.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";

const engine = await testEngine();

describe("layer moments", {
  async "over unequal batches they are the moments over all rows (1e-5), and nothing else stays on the device"() {
    const channels = 3;
    const value = (row: number, c: number): number => Math.sin(7 * row + c) + (row > 4 ? 2 : 0) + c;
    const before = engine.memory().inUse;
    const batches = [4, 5, 2];
    const passes = batches.map((rows, b) => {
      const first = batches.slice(0, b).reduce((sum, n) => sum + n, 0);
      const values = Array.from({ length: rows * channels }, (_, i) =>
        value(first + Math.floor(i / channels), i % channels),
      );
      return {
        rows,
        run: (normalise: (x: ReturnType<typeof engine.tensor>, layer: string) => unknown) =>
          normalise(engine.tensor(values, [rows, channels]), "a"),
      };
    });
    const found = await layerMoments(engine, passes);
    const a = found["a"] as { mean: ReturnType<typeof engine.tensor>; variance: ReturnType<typeof engine.tensor> };
    const of = (c: number): number[] => Array.from({ length: 11 }, (_, row) => value(row, c));
    const mean = [0, 1, 2].map((c) => of(c).reduce((s, v) => s + v, 0) / 11);
    const variance = [0, 1, 2].map((c) => of(c).reduce((s, v) => s + (v - (mean[c] as number)) ** 2, 0) / 11);
    assertClose("mean", await engine.read(a.mean), mean, 1e-5);
    assertClose("variance", await engine.read(a.variance), variance, 1e-5);
    dispose(...momentTensors(found));
    assert.is(engine.memory().inUse, before);
  },

  async "none are no batch norm"() {
    assert.is(byMoments({}), undefined);
    assert.equal(await layerMoments(engine, [{ rows: 3, run: () => undefined }]), {});
  },

  "images are spread over all of them: no number twice, equal batches of up to 250 (seed 1)": () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70_000 }), (count) => {
        const batches = spreadBatches(count);
        const all = batches.flatMap((batch) => [...batch]);
        assert.is(all.length, Math.min(count, 2000));
        assert.is(new Set(all).size, all.length);
        assert.ok(all.every((n) => n >= 0 && n < count));
        const lengths = batches.map(({ length }) => length);
        assert.ok(Math.max(...lengths) <= 250 && Math.max(...lengths) - Math.min(...lengths) <= 1);
        for (const batch of batches) {
          assert.ok((batch[0] as number) <= count / batch.length, "begins near the first image");
          assert.ok((batch.at(-1) as number) >= count - (2 * count) / batch.length, "ends near the last one");
        }
      }),
      { numRuns: 60, seed: 1, includeErrorInReport: true },
    ),
});
