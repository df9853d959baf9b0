import fc from "fast-check";
import * as assert from "uvu/assert";
import { valueAndGrad } from "../../../src/autograd/tape.ts";
import { dispose } from "../../../src/kernels/dispose.ts";
import type { Tensor } from "../../../src/tensor/engine.ts";
import { batchNorm, moments } from "../../../src/tensor/ops/batchNorm.ts";
import { square } from "../../../src/tensor/ops/elementwise.ts";
import * as reference from "../../../src/tensor/reference/batchNorm.ts";
import { assertClose, checkOp, shapes, values } from "../../support/checkOp.ts";
import { checkSecond } from "../../support/checkSecond.ts";
import { onEveryFamily } from "../../support/families.ts";

const channels = fc.integer({ min: 1, max: 9 });
/** Shapes whose last axis is the channels, single rows among them. */
const shape = fc.tuple(shapes(3, 5), channels).map(([rows, c]) => [...rows, c]);
const epsilon = fc.constantFrom(1e-3, 0.1).map(Math.fround);

onEveryFamily("batchNorm", (engine) => ({
  async "training agrees with its reference, by its kernels and through the moments"() {
    for (const op of [
      (x: Tensor, epsilon: number) => batchNorm(x, undefined, epsilon),
      (x: Tensor, epsilon: number) => batchNorm(x, moments(x), epsilon),
    ]) {
      await checkOp(
        engine,
        ({ x }, { epsilon }) => op(x, epsilon),
        reference.batchNormTraining,
        shape.chain((s) => fc.record({ inputs: fc.record({ x: values(s) }), attributes: fc.record({ epsilon }) })),
        { tolerance: 1e-4, runs: 40 },
      );
    }
  },
  "so do second derivatives": () =>
    checkSecond(
      engine,
      ({ x }, { epsilon }) => square(batchNorm(x, undefined, epsilon)),
      {
        reference: (inputs, attributes) => reference.batchNormTraining.reference(inputs, attributes).map((y) => y * y),
      },
      shape.chain((s) =>
        fc.record({ inputs: fc.record({ x: values(s) }), attributes: fc.record({ epsilon: fc.constant(0.5) }) }),
      ),
      { runs: 15 },
    ),
  async "its kernels give the bits of the moments' ops, and many rows take these"() {
    for (const rows of [1, 6, 256, 300]) {
      const x = Float32Array.from({ length: 5 * rows }, (_, i) => 0.7 + Math.sin(i * i));
      const dy = Float32Array.from({ length: 5 * rows }, (_, i) => Math.cos(i * i));
      const names: string[] = [];
      const [own, given] = engine.scope(() => {
        const [input, cotangent] = [engine.tensor(x, [rows, 5]), engine.tensor(dy, [rows, 5])];
        const both = [() => batchNorm(input), () => batchNorm(input, moments(input))] as const;
        const stop = engine.watch({ before: ({ name }) => void names.push(name) });
        const first = valueAndGrad([input], both[0], cotangent);
        stop();
        return [first, valueAndGrad([input], both[1], cotangent)] as const;
      });
      assert.is(names.length === 2, rows <= 256);
      if (engine.family === "subgroup") {
        assert.equal(await engine.read(own.value), await engine.read(given.value));
        assert.equal(await engine.read(own.gradients[0]), await engine.read(given.gradients[0]));
      }
      dispose(own.value, given.value, own.gradients[0], given.gradients[0]);
    }
  },
  "inference agrees with its reference": () =>
    checkOp(
      engine,
      ({ x, mean, variance }, { epsilon }) => batchNorm(x, { mean, variance }, epsilon),
      reference.batchNorm,
      shape.chain((s) => {
        const c = s.slice(-1);
        return fc.record({
          inputs: fc.record({ x: values(s), mean: values(c), variance: values(c, 0.1, 4) }),
          attributes: fc.record({ epsilon }),
        });
      }),
      { runs: 40 },
    ),

  async "moments stay accurate far from 0"() {
    const x = Float32Array.from({ length: 3000 }, (_, i) => 1000 + (i % 3) + Math.sin(i));
    const y = engine.scope(() => moments(engine.tensor(x, [10, 100, 3])));
    const expected = reference.moments({ shape: [10, 100, 3], values: Float64Array.from(x) });
    assertClose("mean", await engine.read(y.mean), expected.mean, 1e-6);
    assertClose("variance", await engine.read(y.variance), expected.variance, 1e-5);
    dispose(y.mean, y.variance);
  },

  async "a single row has variance 0 and becomes 0"() {
    const y = engine.scope(() => {
      const x = engine.tensor([5, -7, 0.1], [1, 3]);
      return { ...moments(x), y: batchNorm(x) };
    });
    assert.equal([...(await engine.read(y.variance))], [0, 0, 0]);
    assert.equal([...(await engine.read(y.y))], [0, 0, 0]);
    dispose(y.mean, y.variance, y.y);
  },
}));
