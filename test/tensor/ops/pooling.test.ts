import fc from "fast-check";
import * as assert from "uvu/assert";
import { valueAndGrad } from "../../../src/autograd/tape.ts";
import { dispose } from "../../../src/kernels/dispose.ts";
import type { Tensor } from "../../../src/tensor/engine.ts";
import { square } from "../../../src/tensor/ops/elementwise.ts";
import { avgPool, maxPool } from "../../../src/tensor/ops/pooling.ts";
import { sum } from "../../../src/tensor/ops/sum.ts";
import type { Windows } from "../../../src/tensor/ops/windows.ts";
import type { OpReference } from "../../../src/tensor/reference/reference.ts";
import * as reference from "../../../src/tensor/reference/windows.ts";
import { assertClose, checkOp, distinct, values } from "../../support/checkOp.ts";
import { checkSecond } from "../../support/checkSecond.ts";
import { onEveryFamily } from "../../support/families.ts";
import { on, planted } from "../../support/planted.ts";
import { describe } from "../../support/suite.ts";
import { throws } from "../../support/throws.ts";

const integer = (min: number, max: number) => fc.integer({ min, max });
const pair = (min: number, max: number) => fc.tuple(integer(min, max), integer(min, max));

/** Windows that overlap, that leave gaps, and that stick out of the image. */
const windows: fc.Arbitrary<Windows> = fc
  .record({
    window: pair(1, 4),
    stride: pair(1, 3),
    padding: pair(0, 2),
    size: pair(1, 7),
    batch: integer(1, 2),
    c: integer(1, 3),
  })
  .map(({ window: [kh, kw], stride: [strideY, strideX], padding: [padY, padX], size: [lh, lw], batch, c }) => {
    const steps = { kh, kw, strideY, strideX, padY, padX };
    const sh = Math.floor((lh + 2 * padY - kh) / strideY) + 1;
    const sw = Math.floor((lw + 2 * padX - kw) / strideX) + 1;
    return { ...steps, batch, lh, lw, c, sh, sw };
  })
  .filter(({ kh, kw, padY, padX, sh, sw }) => padY < kh && padX < kw && sh >= 1 && sw >= 1);

const cases = (arbitrary: typeof values) =>
  windows.chain((w) =>
    fc.record({
      inputs: fc.record({ x: arbitrary([w.batch, w.lh, w.lw, w.c]) }),
      attributes: fc.constant({ windows: w }),
    }),
  );

type Pool = typeof maxPool;
const pooled =
  (pool: Pool) =>
  ({ x }: Record<"x", Tensor>, { windows: { kh, kw, strideY, strideX, padY, padX } }: { windows: Windows }) =>
    pool(x, [kh, kw], { stride: [strideY, strideX], padding: [padY, padX] });

/** Of an op and then its square, whose second derivative is not 0. */
const squared = <N extends string, A>(row: OpReference<N, A>): Pick<OpReference<N, A>, "reference"> => ({
  reference: (inputs, attributes) => row.reference(inputs, attributes).map((y) => y * y),
});

onEveryFamily("pooling", (engine) => ({
  async "maxPool agrees with its reference, and so does its second derivative"() {
    const [max, all] = [pooled(maxPool), cases(distinct)];
    await checkOp(engine, max, reference.maxPool, all, { runs: 60 });
    await checkSecond(engine, (x, at) => square(max(x, at)), squared(reference.maxPool), all, { runs: 6 });
  },
  async "avgPool agrees with its reference, and so does its second derivative"() {
    const [avg, all] = [pooled(avgPool), cases(values)];
    await checkOp(engine, avg, reference.avgPool, all, { runs: 60 });
    await checkSecond(engine, (x, at) => square(avg(x, at)), squared(reference.avgPool), all, { runs: 6 });
  },

  async "the first of equal values and the first NaN get the gradient, and padding counts nowhere"() {
    const { POSITIVE_INFINITY: INFINITY, NaN: NAN } = Number;
    const read = async (pool: Pool, x: readonly number[], padding: 0 | 1) => {
      const { value, gradients } = engine.scope(() => {
        const image = engine.tensor(x, [1, 2, x.length / 2, 1]);
        const f = (): Tensor => pool(image, 2, { padding });
        return valueAndGrad([image], f, engine.ones(f().shape));
      });
      const found = [[...(await engine.read(value))], [...(await engine.read(gradients[0]))]];
      dispose(value, ...gradients);
      return found;
    };
    assert.equal(await read(maxPool, [3, 3, 1, 3], 0), [[3], [1, 0, 0, 0]]);
    assert.equal(await read(maxPool, [3, NAN, INFINITY, NAN], 0), [[NAN], [0, 1, 0, 0]]);
    assert.equal(await read(maxPool, [-INFINITY, -INFINITY, -INFINITY, -INFINITY], 0), [[-INFINITY], [1, 0, 0, 0]]);
    assert.equal(await read(maxPool, [-1, -2, -3, -4], 1), [
      [-1, -2, -3, -4],
      [1, 1, 1, 1],
    ]);
    assert.equal(await read(avgPool, [-1, -2, -3, -4], 1), [
      [-1, -2, -3, -4],
      [1, 1, 1, 1],
    ]);
    assert.equal(await read(avgPool, [1, NAN, 3, 5, 4, 9, 1, 2], 0), [
      [NAN, 11 / 4],
      [0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25],
    ]);
  },

  async "windows do not overlap by default, and what is left over is left out"() {
    const [most, mean] = engine.scope(() => {
      const x = engine.tensor(
        Float32Array.from({ length: 15 }, (_, i) => i),
        [1, 3, 5, 1],
      );
      return [maxPool(x, 2), avgPool(x, [3, 2])] as const;
    });
    assert.equal(
      [most.shape, mean.shape],
      [
        [1, 1, 2, 1],
        [1, 1, 2, 1],
      ],
    );
    assertClose("greatest", await engine.read(most), [6, 8], 0);
    assertClose("mean", await engine.read(mean), [5.5, 7.5], 0);
    dispose(most, mean);
  },

  "refuses what has no windows"() {
    engine.scope(() => {
      const x = engine.zeros([1, 4, 4, 2]);
      throws(
        () => maxPool(engine.zeros([4, 4]), 2),
        "maxPool: expected `x` as [batch, height, width, channels], got [4, 4]",
      );
      throws(() => avgPool(x, [2, 0]), "avgPool: expected a window of at least 1 × 1 pixels, got 2 × 0");
      throws(() => maxPool(x, 2.5), "maxPool: expected a window of at least 1 × 1 pixels, got 2.5 × 2.5");
      throws(() => maxPool(x, 2, { stride: 0 }), "maxPool: expected `stride` as integers of at least 1, got 0, 0");
      throws(
        () => maxPool(x, 2, { padding: 2 }),
        "maxPool: expected `padding` below the window of 2 × 2 pixels, got 2, 2",
      );
      throws(
        () => avgPool(x, 5),
        "avgPool: expected an image of at least the window's size less its padding, got [1, 4, 4, 2] for 5 × 5 pixels",
      );
    });
  },
}));

const most = on((x) => maxPool(x, 2), [1, 4, 4, 2]);
const upwards = on((x) => valueAndGrad([x], () => sum(maxPool(x, 3, { stride: 2 }))), [1, 5, 5, 2]);

describe("errors planted in pooling", {
  ...planted("poolIndex", { family: "portable", from: "v > best", to: "v < best", work: most }),
  ...planted("poolDown", { family: "portable", from: "startX + tap", to: "startX - tap", work: most }),
  ...planted("poolUp", { family: "portable", from: "sum += x[at];", to: "sum -= x[at];", work: upwards }),
});
