import fc from "fast-check";
import * as assert from "uvu/assert";
import { valueAndGrad } from "../../../src/autograd/tape.ts";
import { dispose } from "../../../src/kernels/dispose.ts";
import type { Tensor } from "../../../src/tensor/engine.ts";
import { square } from "../../../src/tensor/ops/elementwise.ts";
import { gather, gatherOp, scatterOp } from "../../../src/tensor/ops/gather.ts";
import { sum } from "../../../src/tensor/ops/sum.ts";
import * as reference from "../../../src/tensor/reference/gather.ts";
import type { OpReference } from "../../../src/tensor/reference/reference.ts";
import { type Shape, size } from "../../../src/tensor/shape.ts";
import { assertClose, checkOp, shapes, values } from "../../support/checkOp.ts";
import { checkSecond } from "../../support/checkSecond.ts";
import { onEveryFamily } from "../../support/families.ts";
import { on, planted } from "../../support/planted.ts";
import { describe } from "../../support/suite.ts";
import { throws } from "../../support/throws.ts";

const integer = (min: number, max: number) => fc.integer({ min, max });
/** What numbers no row. */
const NOWHERE = [-1, 0.5, 1e9, 16_777_216, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1e-40];

const indices = (shape: Shape, rows: number, others: readonly number[]) =>
  fc
    .array(
      others.length === 0 ? integer(0, rows - 1) : fc.oneof(integer(0, rows - 1), fc.constantFrom(...others, rows)),
      {
        minLength: size(shape),
        maxLength: size(shape),
      },
    )
    .map((list) => ({ shape, values: Float64Array.from(list) }));

/** Rows and their numbers, repeated ones among them, and such as number no row. */
const gathers = (others: readonly number[] = []) =>
  fc.tuple(shapes(2, 4), integer(1, 6), shapes(2, 4), shapes(2, 4)).chain(([before, rows, behind, places]) =>
    fc.record({
      inputs: fc.record({ x: values([...before, rows, ...behind]), index: indices(places, rows, others) }),
      attributes: fc.constant({ axis: before.length, missing: 0 }),
    }),
  );

/** Rows to be summed by their numbers. */
const scatters = fc
  .tuple(shapes(2, 3), integer(1, 5), shapes(2, 4), shapes(2, 4))
  .chain(([before, rows, behind, places]) =>
    fc.record({
      inputs: fc.record({ x: values([...before, ...places, ...behind]), index: indices(places, rows, NOWHERE) }),
      attributes: fc.constant({ axis: before.length, shape: [...before, rows, ...behind] }),
    }),
  );

/** Of an op and then its square, whose second derivative is not 0. */
const squared = <N extends string, A>(row: OpReference<N, A>): Pick<OpReference<N, A>, "reference"> => ({
  reference: (inputs, attributes) => row.reference(inputs, attributes).map((y) => y * y),
});
const constant = ["index"];

onEveryFamily("gather", (engine) => ({
  async "gather agrees with its reference, and so does its second derivative"() {
    const op = ({ x, index }: Record<"x" | "index", Tensor>, { axis }: { axis: number }) =>
      gather(x, index, axis % 2 === 0 ? axis : axis - x.shape.length);
    await checkOp(engine, op, reference.gather, gathers(), { runs: 60, constant });
    await checkSecond(engine, (inputs, at) => square(op(inputs, at)), squared(reference.gather), gathers(), {
      runs: 5,
      constant,
    });
  },
  "gather that leaves rows at 0 agrees with its reference": () =>
    checkOp(engine, (inputs, at) => engine.apply(gatherOp, inputs, at), reference.gather, gathers(NOWHERE), {
      runs: 40,
      constant,
    }),
  async "scatter agrees with its reference, and so does its second derivative"() {
    const op = (inputs: Record<"x" | "index", Tensor>, at: { axis: number; shape: Shape }) =>
      engine.apply(scatterOp, inputs, at);
    await checkOp(engine, op, reference.scatter, scatters, { runs: 60, constant });
    await checkSecond(engine, (inputs, at) => square(op(inputs, at)), squared(reference.scatter), scatters, {
      runs: 5,
      constant,
    });
  },

  async "a number of no row gives a row of NaN, which has no gradient, and nothing else is read"() {
    const numbers = [0, ...NOWHERE, 3, -0, 2];
    const { y, gradient } = engine.scope(() => {
      const [x, index] = [engine.tensor([1, 2, 3, 4, 5, 6], [3, 2]), engine.tensor(numbers)];
      const ones = engine.ones([numbers.length, 2]);
      const { value, gradients } = valueAndGrad([x], () => gather(x, index), ones);
      return { y: value, gradient: gradients[0] };
    });
    const rows = [...numbers.keys()].map((k) =>
      k === 0 || numbers[k] === 0 ? [1, 2] : numbers[k] === 2 ? [5, 6] : [],
    );
    assert.equal(
      [...(await engine.read(y))],
      rows.flatMap((row) => (row.length > 0 ? row : [Number.NaN, Number.NaN])),
    );
    assert.equal([...(await engine.read(gradient))], [2, 2, 0, 0, 1, 1]);
    dispose(y, gradient);
  },

  async "many rows with the same number are summed in their order, with equal bits every time"() {
    const [length, rows, inner] = [40_001, 50, 3];
    const x = Float32Array.from({ length: length * inner }, (_, i) => 0.1 + (((i * 2654435761) >>> 0) % 10007) / 10007);
    const index = Float32Array.from({ length }, (_, k) => ((k * 2654435761) >>> 8) % rows);
    const expected = new Float32Array(rows * inner);
    for (let k = 0; k < length; k++) {
      for (let i = 0; i < inner; i++) {
        const place = (index[k] as number) * inner + i;
        (expected[place] as number) += x[k * inner + i] as number;
      }
    }
    const y = engine.scope(() => {
      const inputs = { x: engine.tensor(x, [length, inner]), index: engine.tensor(index) };
      return engine.apply(scatterOp, inputs, { axis: 0, shape: [rows, inner] });
    });
    assert.equal(await engine.read(y), expected);
    y.dispose();
  },

  async "indices may be a scalar, which takes the axis away, or have axes of their own"() {
    const results = engine.scope(() => {
      const x = engine.tensor([1, 2, 3, 4, 5, 6], [2, 3]);
      return [gather(x, engine.tensor(1)), gather(x, engine.tensor([2, 0, 1, 1], [2, 2]), 1)] as const;
    });
    assert.equal(
      results.map(({ shape }) => shape),
      [[3], [2, 2, 2]],
    );
    assertClose("row", await engine.read(results[0]), [4, 5, 6], 0);
    assertClose("columns", await engine.read(results[1]), [3, 1, 2, 2, 6, 4, 5, 5], 0);
    dispose(...results);
  },

  "frees its temporaries"() {
    const [x, index] = [engine.zeros([100, 4]), engine.zeros([30])];
    const before = engine.memory().inUse;
    engine.scope(() => void valueAndGrad([x], () => sum(gather(x, index))));
    assert.is(engine.memory().inUse, before);
    dispose(x, index);
  },

  "refuses axes that there are not"() {
    engine.scope(() => {
      const [x, index] = [engine.zeros([2, 3]), engine.zeros([1])];
      throws(() => gather(x, index, 2), "gather: expected `axis` from -2 to 1, got 2");
      throws(
        () => gatherOp.shape({ x: [2, 16_777_217], index: [1] }, { axis: 1, missing: 0 }),
        "gather: expected an axis of at most 2^24 values, whose numbers float32 holds, got axis 1 of [2, 16777217]",
      );
    });
  },
}));

const summed = on(
  (x) => {
    const index = x.engine.tensor([1, 0, 1, 2, 1]);
    x.engine.apply(scatterOp, { x, index }, { axis: 0, shape: [3, 4] });
  },
  [5, 4],
);

describe("errors planted in gather and scatter", {
  ...planted("gather", {
    family: "portable",
    from: "* params.rows + r)",
    to: "* params.rows + o)",
    work: on((x) => gather(x, x.engine.tensor([2, 0, 1]), 1), [3, 4]),
  }),
  ...planted("links", {
    family: "portable",
    from: "links[last] = k;",
    to: "links[last] = params.length;",
    work: summed,
  }),
  ...planted("scatter", { family: "portable", from: "sum += ", to: "sum -= ", work: summed }),
});
