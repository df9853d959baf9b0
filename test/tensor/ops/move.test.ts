import fc from "fast-check";
import * as assert from "uvu/assert";
import { valueAndGrad } from "../../../src/autograd/tape.ts";
import { dispose } from "../../../src/kernels/dispose.ts";
import { square } from "../../../src/tensor/ops/elementwise.ts";
import { concat, pad, slice, transpose } from "../../../src/tensor/ops/move.ts";
import * as reference from "../../../src/tensor/reference/move.ts";
import type { OpReference } from "../../../src/tensor/reference/reference.ts";
import type { Shape } from "../../../src/tensor/shape.ts";
import { size } from "../../../src/tensor/shape.ts";
import { checkOp, shapes, values } from "../../support/checkOp.ts";
import { checkSecond } from "../../support/checkSecond.ts";
import { onEveryFamily } from "../../support/families.ts";
import { on, planted } from "../../support/planted.ts";
import { describe } from "../../support/suite.ts";
import { throws } from "../../support/throws.ts";

const integer = (min: number, max: number) => fc.integer({ min, max });

/** A tensor and an order of its axes, some of which count from the end. */
const permutations = (shape: Shape) =>
  fc
    .record({
      order: fc.shuffledSubarray([...shape.keys()], { minLength: shape.length }),
      flips: fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }),
      x: values(shape),
    })
    .map(({ order, flips, x }) => ({
      inputs: { x },
      attributes: { axes: order, given: order.map((axis, i) => (flips[i] ? axis - shape.length : axis)) },
    }));

/** A tensor and slices of it, forwards and backwards. */
const slices = (shape: Shape) =>
  fc
    .record({
      ranges: fc.tuple(
        ...shape.map((length) =>
          fc
            .record({ first: integer(0, length - 1), step: fc.constantFrom(1, 1, 2, 3, -1, -2) })
            .chain(({ first, step }) => {
              const most = Math.floor((step < 0 ? first : length - 1 - first) / Math.abs(step)) + 1;
              return integer(1, most).map((count) => ({ first, step, count }));
            }),
        ),
      ),
      x: values(shape),
    })
    .map(({ ranges, x }) => ({
      inputs: { x },
      attributes: {
        begin: ranges.map(({ first }) => first),
        steps: ranges.map(({ step }) => step),
        size: ranges.map(({ count }) => count),
      },
    }));

const pads = (shape: Shape) =>
  fc
    .record({
      padding: fc.tuple(...shape.map(() => fc.tuple(integer(0, 3), integer(0, 3)))),
      value: fc.constantFrom(0, 0.1, -3),
      x: values(shape),
    })
    .map(({ padding, value, x }) => ({
      inputs: { x },
      attributes: {
        begin: padding.map(([before]) => before),
        steps: padding.map(() => 1),
        shape: shape.map((length, axis) => length + (padding[axis]?.[0] ?? 0) + (padding[axis]?.[1] ?? 0)),
        value,
        padding,
      },
    }));

const concats = fc
  .tuple(shapes(4, 4), integer(0, 3))
  .filter(([shape, axis]) => axis < shape.length)
  .chain(([shape, axis]) =>
    fc.record({
      inputs: fc
        .array(integer(1, 4), { minLength: 1, maxLength: 4 })
        .chain((lengths) => fc.tuple(...lengths.map((length) => values(shape.with(axis, length)))))
        .map((parts) => Object.fromEntries(parts.map((part, i) => [`x${i}`, part]))),
      attributes: fc.constant({ axis }),
    }),
  );

/** Of an op and then its square, whose second derivative is not 0. */
const squared = <N extends string, A>(row: OpReference<N, A>): Pick<OpReference<N, A>, "reference"> => ({
  reference: (inputs, attributes) => row.reference(inputs, attributes).map((y) => y * y),
});

onEveryFamily("moves", (engine) => ({
  async "transpose agrees with its reference, and so does its second derivative"() {
    const cases = shapes(5, 5).chain(permutations);
    await checkOp(engine, ({ x }, { given }) => transpose(x, given), reference.transpose, cases, { runs: 60 });
    const second = shapes(3, 4).chain(permutations);
    await checkSecond(engine, ({ x }, { axes }) => square(transpose(x, axes)), squared(reference.transpose), second, {
      runs: 5,
    });
  },
  "transpose takes more axes than its kernel": () =>
    checkOp(
      engine,
      ({ x }, { given }) => transpose(x, given),
      reference.transpose,
      fc.array(integer(1, 3), { minLength: 7, maxLength: 8 }).chain(permutations),
      { runs: 10 },
    ),
  async "slice agrees with its reference, and so does its second derivative"() {
    await checkOp(
      engine,
      ({ x }, { begin, size, steps }) => slice(x, begin, size, steps),
      reference.slice,
      shapes(5, 6).chain(slices),
      { runs: 60 },
    );
    await checkSecond(
      engine,
      ({ x }, { begin, size, steps }) => square(slice(x, begin, size, steps)),
      squared(reference.slice),
      shapes(3, 4).chain(slices),
      { runs: 5 },
    );
  },
  async "pad agrees with its reference, and so does its second derivative"() {
    const cases = shapes(5, 4).chain(pads);
    await checkOp(engine, ({ x }, { padding, value }) => pad(x, padding, value), reference.pad, cases, { runs: 60 });
    await checkSecond(
      engine,
      ({ x }, { padding, value }) => square(pad(x, padding, value)),
      squared(reference.pad),
      shapes(3, 3).chain(pads),
      { runs: 5 },
    );
  },
  async "concat agrees with its reference, and so does its second derivative"() {
    const op = (inputs: Record<string, Parameters<typeof square>[0]>, { axis }: { axis: number }) =>
      concat(Object.values(inputs), axis);
    await checkOp(engine, op, reference.concat, concats, { runs: 40 });
    await checkSecond(engine, (inputs, at) => square(op(inputs, at)), squared(reference.concat), concats, { runs: 5 });
  },

  // Where a thread moves one value, so that the grid folds.
  ...(engine.family === "portable" && {
    async "large tensors are moved whole, bit for bit"() {
      const shape = [70, 301, 130];
      const bits = Uint32Array.from({ length: size(shape) }, (_, i) => (i * 2654435761) >>> 0);
      // infinities and NaNs of any payload stay away, since a float32 on its way may lose those
      const x = new Float32Array(bits.buffer).map((v) => (Number.isFinite(v) ? v : 1));
      const y = engine.scope(() => transpose(engine.tensor(x, shape), [2, 0, 1]));
      const got = await engine.read(y);
      const wrong = got.findIndex((v, i) => {
        const [c, a, b] = [Math.floor(i / (70 * 301)), Math.floor(i / 301) % 70, i % 301];
        return v !== x[(a * 301 + b) * 130 + c];
      });
      assert.is(wrong, -1);
      y.dispose();
    },
  }),

  async "a tensor that is concatenated with itself gets both parts of the gradient"() {
    const gradient = engine.scope(() => {
      const [x, dy] = [engine.tensor([1, 2], [1, 2]), engine.tensor([3, 4, 5, 6], [1, 4])];
      return valueAndGrad([x], () => concat([x, x], -1), dy).gradients[0];
    });
    assert.equal([...(await engine.read(gradient))], [8, 10]);
    gradient.dispose();
  },

  async "NaN and infinities are moved, and pad puts in what it is given"() {
    const { POSITIVE_INFINITY: INFINITY, NaN: NAN } = Number;
    const results = engine.scope(() => {
      const x = engine.tensor([NAN, -INFINITY, INFINITY, 1], [2, 2]);
      return [transpose(x), slice(x, [-1], [1]), pad(engine.tensor([1]), [[1, 2]], NAN), concat([x, x], -1)];
    });
    const read = await Promise.all(results.map(async (y) => [...(await engine.read(y))]));
    assert.equal(read, [
      [NAN, INFINITY, -INFINITY, 1],
      [INFINITY, 1],
      [NAN, 1, NAN, NAN],
      [NAN, -INFINITY, NAN, -INFINITY, INFINITY, 1, INFINITY, 1],
    ]);
    dispose(...results);
  },
}));

onEveryFamily("refused moves", (engine) => ({
  "in one line that names the shapes"() {
    engine.scope(() => {
      const x = engine.zeros([2, 4]);
      throws(() => transpose(x, [0]), "transpose: expected each of the 2 axes of [2, 4] once, got [0]");
      throws(() => transpose(x, [0, -2]), "transpose: expected distinct `axes` of a tensor with 2 axes, got [0, -2]");
      throws(() => transpose(x, [0, 2]), "transpose: expected distinct `axes` of a tensor with 2 axes, got [0, 2]");
      for (const [begin, size, steps, got] of [
        [[0, 3], [1, 2], [], "2 from 3 on in steps of 1"],
        [[0, 4], [], [], "all from 4 on in steps of 1"],
        [[0, -5], [], [], "all from -5 on in steps of 1"],
        [[0, 1], [1, 2], [1, 3], "2 from 1 on in steps of 3"],
        [[0, 1], [1, 3], [1, -1], "3 from 1 on in steps of -1"],
        [[0, 0], [1, 1], [1, 0], "1 from 0 on in steps of 0"],
        [[0, 0.5], [], [], "all from 0.5 on in steps of 1"],
        [[0, 0], [1, -2], [], "-2 from 0 on in steps of 1"],
        [[0, Number.NaN], [], [], "all from NaN on in steps of 1"],
      ] as const) {
        throws(() => slice(x, begin, size, steps), `slice: expected values 0 to 3 of axis 1 of [2, 4], got ${got}`);
      }
      throws(() => slice(x, [0, 0, 0]), "slice: expected `begin` of at most 2 axes, those of [2, 4], got [0, 0, 0]");
      const pads = "pad: expected whole numbers [before, after] of at least 0 for each axis of [2, 4], got";
      throws(() => pad(x, [[1, 1]]), `${pads} [[1, 1]]`);
      throws(
        () =>
          pad(x, [
            [1, -1],
            [0, 0],
          ]),
        `${pads} [[1, -1], [0, 0]]`,
      );
      throws(
        () =>
          pad(x, [
            [1, 0.5],
            [0, 0],
          ]),
        `${pads} [[1, 0.5], [0, 0]]`,
      );
      throws(() => concat([]), "concat: expected at least one tensor, got none");
      throws(() => concat([x], 2), "concat: expected `axis` from -2 to 1, got 2");
      throws(
        () => concat([x, engine.zeros([3, 4])], 1),
        "concat: expected shapes that are equal but for axis 1, got [2, 4] and [3, 4]",
      );
      throws(
        () => concat([x, engine.zeros([2])], 0),
        "concat: expected shapes that are equal but for axis 0, got [2, 4] and [2]",
      );
    });
  },
}));

describe("errors planted in move", {
  ...planted("move", {
    family: "portable",
    from: "source += i * xs[a]",
    to: "source += i * ys[a]",
    work: on((x) => transpose(x), [3, 4, 5]),
  }),
});
