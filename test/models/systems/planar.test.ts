// GANs and transport in the plane, on mixtures.
import * as assert from "uvu/assert";
import { hostRandom } from "../../../src/math/philox.ts";
import { ganObjective } from "../../../src/models/systems/gan.ts";
import type { GanObjective } from "../../../src/models/systems/ganSystem.ts";
import { planarGan, planarTransport } from "../../../src/models/systems/planar.ts";
import { wganGpObjective } from "../../../src/models/systems/wganGp.ts";
import type { ImageSource, TrainProgress } from "../../../src/models/training/training.ts";
import { square } from "../../../src/tensor/ops/elementwise.ts";
import { mean } from "../../../src/tensor/ops/mean.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";
import { throws } from "../../support/throws.ts";

const engine = await testEngine();

/** Eight tight clusters on a circle around `centre`. */
function ring(count: number, centre = 0): ImageSource {
  const random = hostRandom(3, 0);
  const rows = Array.from({ length: count }, (_, i) => [
    centre + Math.cos((Math.PI * i) / 4) + 0.02 * random.normal(),
    Math.sin((Math.PI * i) / 4) + 0.02 * random.normal(),
  ]);
  return { count, batch: (indices) => Float32Array.from(Array.from(indices, (i) => rows[i] as number[]).flat()) };
}

describe("planarGan", {
  async "moves samples onto far data: their mean comes within 1 of a ring around (4, 0), from about 4 off"() {
    for (const [objective, learningRate] of [
      [ganObjective, 1e-3],
      [wganGpObjective, 2e-3],
    ] as const) {
      const progress: TrainProgress[] = [];
      const train = (epochs: number) =>
        planarGan(engine, objective, { hidden: 32 }).train(ring(256, 4), {
          epochs,
          batch: 64,
          seed: 2,
          learningRate,
          onProgress: (at) => void progress.push(at),
        });
      const offOf = async (epochs: number): Promise<number> => {
        const system = await train(epochs);
        const rows = await system.sample({ count: 500, seed: 1 });
        system.dispose();
        assert.is(rows.length, 1000);
        const x = rows.filter((_, i) => i % 2 === 0).reduce((a, b) => a + b, 0) / 500;
        const y = rows.filter((_, i) => i % 2 === 1).reduce((a, b) => a + b, 0) / 500;
        return Math.hypot(x - 4, y);
      };
      const [before, after] = [await offOf(1), await offOf(60)];
      assert.ok(before > 3 && after < 1, `${objective.name}: off by ${before}, then ${after}`);
      assert.ok(progress.every(({ losses }) => Object.values(losses).every(Number.isFinite)));
    }
  },

  async "equal seeds give equal bits, and samples go by number"() {
    const sample = async (seed: number): Promise<Float32Array> => {
      const system = await planarGan(engine, wganGpObjective, { hidden: 16, latent: 3 }).train(ring(64), {
        epochs: 3,
        batch: 16,
        seed,
      });
      const all = await system.sample({ count: 300, seed: 9, first: 100 });
      assert.equal(await system.sample({ count: 2, seed: 9, first: 299 }), all.slice(398, 402));
      system.dispose();
      return all;
    };
    const first = await sample(1);
    assert.equal(await sample(1), first);
    assert.not.equal(await sample(2), first);
  },

  async "every batch and each network gets noise of its own, with mean 0 and variance 1, and a mixing uniform on [0, 1)"() {
    const told: Readonly<Record<string, number>>[] = [];
    const objective: GanObjective = {
      name: "dice",
      learningRate: 1e-3,
      adam: {},
      update({ noise, mixing }) {
        const [a, b] = [noise("critic"), noise("generator")];
        return { a: mean(a), b: mean(b), square: mean(square(a)), mixing: mean(mixing()) };
      },
    };
    const system = await planarGan(engine, objective).train(ring(256), {
      epochs: 40,
      batch: 64,
      seed: 1,
      every: 1,
      onProgress: ({ losses }) => void told.push(losses),
    });
    system.dispose();
    const column = (name: string): number[] => told.map((losses) => losses[name] as number);
    const all = [...column("a"), ...column("b")];
    assert.is(new Set(all).size, 320, "no draw comes twice");
    const average = (values: readonly number[]): number => values.reduce((x, y) => x + y, 0) / values.length;
    // 4.5 standard errors of 320 · 128 and 160 · 128 normals and 160 · 64 uniforms
    assert.ok(Math.abs(average(all)) < 4.5 / Math.sqrt(320 * 128), `mean ${average(all)}`);
    assert.ok(Math.abs(average(column("square")) - 1) < 4.5 * Math.sqrt(2 / (160 * 128)));
    assert.ok(Math.abs(average(column("mixing")) - 0.5) < 4.5 * Math.sqrt(1 / 12 / (160 * 64)));
  },

  "refuses no noise"() {
    throws(
      () => planarGan(engine, ganObjective, { latent: 0 }),
      "planarGan: expected integers `latent` and `hidden` from 1, got 0",
    );
  },
});

describe("planarTransport", {
  async "gives every cluster of the ring its share, and targets themselves by the rule plain"() {
    const data = ring(256);
    const before = engine.memory().inUse;
    const system = await planarTransport(engine, { rule: { name: "plain" } }).train(data, {
      epochs: 1,
      batch: 1,
      seed: 1,
    });
    const n = 4000;
    const rows = await system.sample({ count: n, seed: 2 });
    assert.equal(await system.sample({ count: 3, seed: 2, first: 70 }), rows.slice(140, 146));
    const counts = new Float64Array(8);
    for (let i = 0; i < n; i++) {
      const angle = Math.atan2(rows[2 * i + 1] as number, rows[2 * i] as number);
      const k = (Math.round((4 * angle) / Math.PI) + 8) % 8;
      (counts[k] as number) += 1;
    }
    // sd of a share's count is 21, and chi² ≤ .02 over 256 targets moves it by a few
    assert.ok(
      counts.every((count) => Math.abs(count - n / 8) < 110),
      `${counts}`,
    );
    system.dispose();
    assert.is(engine.memory().inUse, before);
  },
});
