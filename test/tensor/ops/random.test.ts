import fc from "fast-check";
import * as assert from "uvu/assert";
import { random as kernel } from "../../../src/kernels/shaders.generated.ts";
import { philox } from "../../../src/math/philox.ts";
import type { Engine } from "../../../src/tensor/engine.ts";
import { DISTRIBUTIONS, type Draw, normal, uniform } from "../../../src/tensor/ops/random.ts";
import * as reference from "../../../src/tensor/reference/random.ts";
import { type Shape, size } from "../../../src/tensor/shape.ts";
import { assertClose, checkOp, shapes } from "../../support/checkOp.ts";
import { engines, onEveryFamily } from "../../support/families.ts";
import { knownAnswers, ksDistance, normalCdf } from "../../support/statistics.ts";
import { describe } from "../../support/suite.ts";
import { throws } from "../../support/throws.ts";

type Words4 = readonly [number, number, number, number];

/** `blocks` blocks of random bits from the shader, the first from `counter`. */
async function bits(
  engine: Engine,
  blocks: number,
  counter: Words4,
  key: readonly [number, number],
): Promise<Uint32Array> {
  const [offset_low, offset_high, stream, purpose] = counter;
  const [seed_low, seed_high] = key;
  const y = engine.allocate("bits", 16 * blocks);
  const params = { vectors: blocks, offset_low, offset_high, stream, purpose, seed_low, seed_high };
  const constants = { DISTRIBUTION: DISTRIBUTIONS.indexOf("bits") };
  engine.dispatch({
    op: "bits",
    kernel,
    constants,
    buffers: { y },
    params,
    workgroups: [Math.ceil(blocks / 256), 1, 1],
  });
  const got = new Uint32Array(await engine.download(y));
  engine.release(y);
  return got;
}

async function drawn(engine: Engine, op: typeof uniform, shape: Shape, draw: Draw): Promise<Float32Array> {
  const y = engine.scope(() => op(engine, shape, draw));
  const got = await engine.read(y);
  y.dispose();
  return got;
}

const engine = engines[0] as Engine;

const moment = (values: Float64Array, power: number): number =>
  values.reduce((sum, x) => sum + x ** power, 0) / values.length;

const draws = fc.record({
  shape: shapes(3, 9),
  seed: fc.maxSafeNat(),
  stream: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  offset: fc.oneof(
    fc.maxSafeNat().map((n) => Math.floor(n / 2)),
    fc.constantFrom(0, 2 ** 32 - 3, 5 * 2 ** 32 - 1),
  ),
});

onEveryFamily("random tensors", (engine) => ({
  async "the shader gives Random123's known answers"() {
    for (const answer of knownAnswers)
      assert.equal([...(await bits(engine, 1, answer.counter, answer.key))], answer.bits);
  },

  async "the shader and TypeScript give equal bits for 10,000 blocks, across a carry of the index"() {
    const key = [0x9e3779b9, 0x243f6a88] as const;
    const got = await bits(engine, 10_000, [2 ** 32 - 5000, 41, 77, 5], key);
    const expected = Array.from({ length: 10_000 }, (_, i) =>
      philox([(2 ** 32 - 5000 + i) >>> 0, i < 5000 ? 41 : 42, 77, 5], key),
    );
    assert.equal([...got], expected.flat());
  },

  "uniform agrees with its reference": () =>
    checkOp(
      engine,
      (_inputs, { shape, ...attributes }) => uniform(engine, shape, attributes),
      reference.uniform,
      draws.map((attributes) => ({ inputs: {}, attributes })),
      { tolerance: 0 },
    ),
  "normal agrees with its reference": () =>
    checkOp(
      engine,
      (_inputs, { shape, ...attributes }) => normal(engine, shape, attributes),
      reference.normal,
      draws.map((attributes) => ({ inputs: {}, attributes })),
      { tolerance: 3e-6 },
    ),

  async "an offset continues a stream, and streams differ"() {
    const whole = await drawn(engine, uniform, [40], { seed: 3, stream: 1 });
    assertClose(
      "offset",
      await drawn(engine, uniform, [5, 4], { seed: 3, stream: 1, offset: 5 }),
      whole.subarray(20),
      0,
    );
    assert.not.equal(await drawn(engine, uniform, [40], { seed: 3, stream: 2 }), whole);
    assert.is(size([5, 4]), 20);
  },

  "refuses what is out of range"() {
    engine.scope(() => {
      throws(
        () => uniform(engine, [1], { seed: 2 ** 53, stream: 0 }),
        "uniform: expected an integer from 0 to 2^53 - 1 as `seed`, got 9007199254740992",
      );
      throws(
        () => normal(engine, [1], { seed: 0, stream: -1 }),
        "normal: expected an integer from 0 to 2^32 - 1 as `stream`, got -1",
      );
      throws(() => normal(engine, [1], { seed: 0, stream: 0, offset: 0.5 }), "as `offset`, got 0.5");
    });
  },
}));

// One text serves all families, so a million values are drawn once.
describe("distributions of random tensors", {
  async "a million uniforms pass a Kolmogorov-Smirnov test and have the right moments"() {
    const n = 1_000_003;
    const values = Float64Array.from(await drawn(engine, uniform, [n], { seed: 1, stream: 0 }));
    assert.is(values.length, n);
    assert.ok(values.every((u) => u >= 0 && u < 1));
    // 1e-4 = 2 exp(-2 n d²)
    assert.ok(ksDistance(values, (u) => u) < Math.sqrt(Math.log(2e4) / 2 / n));
    assert.ok(Math.abs(moment(values, 1) - 1 / 2) < 4 * Math.sqrt(1 / 12 / n));
    assert.ok(Math.abs(moment(values, 2) - 1 / 3) < 4 * Math.sqrt(4 / 45 / n));
  },

  async "a million normals pass a Kolmogorov-Smirnov test, have the right moments and are uncorrelated"() {
    const n = 1_000_003;
    const values = Float64Array.from(await drawn(engine, normal, [n], { seed: 2, stream: 0 }));
    assert.ok(ksDistance(values, normalCdf) < Math.sqrt(Math.log(2e4) / 2 / n));
    assert.ok(Math.abs(moment(values, 1)) < 4 * Math.sqrt(1 / n));
    assert.ok(Math.abs(moment(values, 2) - 1) < 4 * Math.sqrt(2 / n));
    assert.ok(Math.abs(moment(values, 3)) < 4 * Math.sqrt(15 / n));
    assert.ok(Math.abs(moment(values, 4) - 3) < 4 * Math.sqrt(96 / n));
    for (const lag of [1, 2, 3, 4]) {
      const product = values.subarray(lag).map((x, i) => x * (values[i] as number));
      assert.ok(Math.abs(moment(product, 1)) < 4 * Math.sqrt(1 / n), `lag ${lag}`);
    }
  },
});
