// A generator that is opened from its bytes: draws, codes, paths, and what it leaves behind.
import fc from "fast-check";
import * as assert from "uvu/assert";
import { generate } from "../../../src/models/autoencoder/generator.ts";
import { decodeGenerator, encodeGenerator } from "../../../src/models/generator/generatorFile.ts";
import { createModel } from "../../../src/models/generator/modelFile.ts";
import { createGenerator, openGenerator } from "../../../src/models/generator/openGenerator.ts";
import { rgba } from "../../../src/models/generator/pictures.ts";
import { createMap } from "../../../src/ot/map/map.ts";
import { solve } from "../../../src/ot/solver/solver.ts";
import { testEngine } from "../../support/device.ts";
import { generatorOf } from "../../support/generators.ts";
import { describe } from "../../support/suite.ts";
import { rejects, throws } from "../../support/throws.ts";

const engine = await testEngine();
const config = { height: 6, width: 5, channels: 3, latent: 4 };
const wish = { config, targets: 60, seed: 3, source: "gaussian", rule: "facet", labels: 3 } as const;
const bytes = encodeGenerator(generatorOf(wish));
const generator = await openGenerator(engine, bytes);
const size = 6 * 5 * 3;

const sameBits = (a: Float32Array, b: Float32Array): void => {
  assert.is(a.length, b.length);
  assert.is(Buffer.compare(Buffer.from(a.slice().buffer), Buffer.from(b.slice().buffer)), 0);
};

describe("an open generator", {
  async "draws the bits that its parts draw, however the numbers are split (seed 1, 8 splits)"() {
    const values = decodeGenerator(bytes);
    const { model, calibration } = createModel(engine, config, values);
    const map = createMap(engine, values.transport.problem, values.transport.heights);
    const whole = await generate({ model, calibration, map, rule: values.rule }, { count: 500, seed: 9 });
    const all = await generator.generate({ count: 500, seed: 9 });
    sameBits(all.pixels, whole.pixels);
    assert.equal({ ...all.codes }, { ...whole.codes });
    assert.equal([all.count, all.height, all.width, all.channels], [500, 6, 5, 3]);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 499 }), fc.integer({ min: 1, max: 40 }), async (first, length) => {
        const count = Math.min(length, 500 - first);
        const { codes } = await generator.generate({ count, first, seed: 9 });
        sameBits(codes.latents, whole.codes.latents.subarray(4 * first, 4 * (first + count)));
      }),
      { seed: 1, numRuns: 8, includeErrorInReport: true },
    );
    map.dispose();
    calibration.dispose();
    model.dispose();
  },

  async "draws balanced pictures from the noise that it tells, in pieces as at once"() {
    const draw = { count: 2500, seed: 3, balanced: true };
    const values = decodeGenerator(bytes);
    const { problem } = values.transport;
    const n = problem.targets.count;
    const equal = { ...problem, nu: new Float64Array(n).fill(1 / n) };
    const { heights } = await solve(engine, equal, { seed: 1, chi2: 0.1 });
    const generator = createGenerator(engine, {
      ...values,
      transport: { ...values.transport, problem: equal, heights },
    });
    const all = await generator.generate(draw);
    for (let first = 0; first + n <= draw.count; first += n) {
      assert.is(new Set(all.codes.index.subarray(first, first + n)).size, n);
    }
    const { index } = await generator.transport(await generator.noise(draw));
    assert.equal(index, all.codes.index);
    const part = await generator.generate({ ...draw, first: 2100, count: 50 });
    sameBits(part.codes.latents, all.codes.latents.subarray(2100 * 4, 2150 * 4));
    generator.dispose();
  },

  async "reports its progress, and joins what it draws in pieces"() {
    const told: number[] = [];
    const draw = { count: 4100, seed: 2 };
    const { codes, pixels } = await generator.generate({ ...draw, onProgress: (done, of) => told.push(done, of) });
    assert.equal(told, [2000, 4100, 4000, 4100, 4100, 4100]);
    assert.is(pixels.length, 4100 * size);
    const last = await generator.generate({ count: 100, first: 4000, seed: 2 });
    sameBits(pixels.subarray(4000 * size), last.pixels);
    assert.equal(codes.index.slice(4000), last.codes.index);
    assert.equal(codes.partner.slice(4000), last.codes.partner);
    const mixed = codes.partner.reduce((sum, j) => sum + (j < 0 ? 0 : 1), 0);
    assert.ok(mixed > 0 && Math.abs(codes.share - mixed / 4100) <= 1e-12, `share ${codes.share} of ${mixed}`);
  },

  async "draws of a label come from the targets of that label"() {
    assert.equal([...generator.labels], [0, 10, 20]);
    for (const label of generator.labels) {
      const { codes } = await generator.generate({ count: 64, seed: 1, label });
      assert.ok(codes.index.every((i) => i % 3 === label / 10));
      assert.ok(codes.partner.every((j) => j < 0 || j % 3 === label / 10));
    }
    await rejects(
      generator.generate({ count: 1, seed: 1, label: 5 }),
      "generate: expected a label of [0, 10, 20], got 5",
    );
  },

  async "noise is what pictures are drawn from, and codes lead to the same pictures"() {
    const draw = { count: 33, first: 5, seed: 4 };
    const { codes, pixels } = await generator.generate(draw);
    const x = await generator.noise(draw);
    const { index, y } = await generator.transport(x);
    assert.equal(index, codes.index);
    const plain = codes.partner.findIndex((j) => j < 0);
    sameBits(codes.latents.subarray(4 * plain, 4 * plain + 4), y.subarray(4 * plain, 4 * plain + 4));
    sameBits((await generator.decode(codes.latents)).pixels, pixels);
    const encoded = await generator.encode(pixels);
    assert.is(encoded.length, 33 * 4);
    const again = await generator.encode(pixels.subarray(0, size));
    again.forEach((value, k) => {
      assert.ok(Math.abs(value - (encoded[k] as number)) <= 1e-4, "a picture's code depends on itself alone");
    });
  },

  async "a path crosses the cells that the map finds on it (seed 2, 20 paths, at middles of parts above 1e-3)"() {
    const numbers = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 4, maxLength: 4 });
    let cells = 0;
    await fc.assert(
      fc.asyncProperty(numbers, numbers, fc.integer({ min: 2, max: 9 }), async (a, b, steps) => {
        const [x0, x1] = [Float32Array.from(a), Float32Array.from(b)];
        const { crossed, at, codes, count, pixels } = await generator.interpolate(x0, x1, steps);
        assert.equal([count, at.length, pixels.length], [steps, steps, steps * size]);
        assert.equal([at[0], at.at(-1)], [0, 1]);
        assert.equal([crossed[0]?.from, crossed.at(-1)?.to], [0, 1]);
        assert.is(new Set(crossed.map(({ cell }) => cell)).size, crossed.length, "convex cells are crossed once");
        for (const [n, { from, to, cell }] of crossed.entries()) {
          assert.is(crossed[n + 1]?.from ?? 1, to);
          if (to - from <= 1e-3) continue;
          const t = (from + to) / 2;
          const { index } = await generator.transport(x0.map((v, k) => (1 - t) * v + t * (x1[k] as number)));
          assert.is(index[0], cell);
          cells++;
        }
        const ends = await generator.transport(Float32Array.from([...x0, ...x1]));
        assert.equal([codes.index[0], codes.index.at(-1)], [...ends.index]);
      }),
      { seed: 2, numRuns: 20, includeErrorInReport: true },
    );
    assert.ok(cells > 40, `${cells} cells`);
    const x = new Float32Array(4).fill(0.1);
    const { crossed } = await generator.interpolate(x, x, 2);
    assert.is(crossed.length, 1, "a path of one point stays in its cell");
  },

  async "bad input gets one line, an aborted signal its reason, and the generator works on"() {
    for (const [promise, message] of [
      [generator.generate({ count: 0, seed: 1 }), "generate: expected an integer `count` from 1, got 0"],
      [generator.generate({ count: 1, seed: 1, frist: 2 } as never), "got `frist`; did you mean `first`?"],
      [generator.encode(new Float32Array(7)), "encode: expected `pixels` of whole pictures of 90 numbers, got 7"],
      [generator.decode(Float32Array.of(1, Number.NaN, 1, 1)), "decode: `codes`: expected finite numbers"],
      [generator.transport(new Float32Array(3)), "transport: `x`: expected rows of 4 numbers, got 3"],
      [generator.interpolate(new Float32Array(4), new Float32Array(8), 2), "expected two points of 4 numbers"],
      [generator.interpolate(new Float32Array(4), new Float32Array(4), 1), "`steps` as an integer from 2, got 1"],
      [openGenerator(engine, bytes.subarray(9)), "generator: expected"],
    ] as const) {
      await rejects(promise, message);
    }
    const controller = new AbortController();
    const reason = new Error("enough");
    const onProgress = (): void => controller.abort(reason);
    const draw = { count: 5000, seed: 1, signal: controller.signal, onProgress };
    assert.is(await generator.generate(draw).catch((error: unknown) => error), reason);
    assert.is((await generator.generate({ count: 2, seed: 1 })).count, 2);
  },

  async "1,000 loads and disposals leave the memory as it was"() {
    const one = await openGenerator(engine, bytes);
    await one.generate({ count: 4, seed: 1 });
    one.dispose();
    const before = engine.memory();
    for (let n = 0; n < 1000; n++) {
      const again = await openGenerator(engine, bytes);
      if (n % 250 === 0) await again.generate({ count: 4, seed: n });
      again.dispose();
    }
    const { inUse, reserved, peak } = engine.memory();
    assert.equal({ inUse, reserved, peak }, { inUse: before.inUse, reserved: before.reserved, peak: before.peak });
  },

  async "pictures on a canvas: RGBA side by side, with the bytes that PNG files get"() {
    const drawn = await generator.generate({ count: 5, seed: 1 });
    const { data, width, height } = rgba(drawn, { columns: 2, scale: 2, gap: 1 });
    assert.equal([width, height, data.length], [2 * 11 - 1, 3 * 13 - 1, 4 * 21 * 38]);
    for (const [n, y, x] of [
      [0, 0, 0],
      [3, 5, 4],
      [4, 2, 1],
    ] as const) {
      const to = 4 * ((Math.floor(n / 2) * 13 + 2 * y + 1) * width + (n % 2) * 11 + 2 * x + 1);
      const from = n * size + (y * 5 + x) * 3;
      const wanted = [...drawn.pixels.subarray(from, from + 3)].map((p) => Math.round(255 * p));
      assert.equal([...data.subarray(to, to + 4)], [...wanted, 255]);
    }
    assert.is(data[4 * 10 + 3], 0, "gaps are transparent");
    const grey = { count: 1, height: 1, width: 2, channels: 1, pixels: Float32Array.of(0.5, 1) };
    assert.equal([...rgba(grey).data], [128, 128, 128, 255, 255, 255, 255, 255]);
    throws(() => rgba(drawn, { scale: 0.5 }), "rgba: expected `scale` as an integer from 1, got 0.5");
    throws(() => rgba(drawn, { scale: 100_000 }), "rgba: expected at most 67108864 pixels");
  },
});
