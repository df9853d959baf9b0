import fc from "fast-check";
import { valueAndGrad } from "../../../src/autograd/tape.ts";
import { dispose } from "../../../src/kernels/dispose.ts";
import { cumsum } from "../../../src/tensor/ops/cumsum.ts";
import { square } from "../../../src/tensor/ops/elementwise.ts";
import * as reference from "../../../src/tensor/reference/cumsum.ts";
import type { OpReference } from "../../../src/tensor/reference/reference.ts";
import { size } from "../../../src/tensor/shape.ts";
import { assertClose, checkOp, shapes, values } from "../../support/checkOp.ts";
import { checkSecond } from "../../support/checkSecond.ts";
import { onEveryFamily } from "../../support/families.ts";
import { on, planted } from "../../support/planted.ts";
import { describe } from "../../support/suite.ts";
import { throws } from "../../support/throws.ts";

const sums = (rank: number, longest: number) =>
  shapes(rank, longest)
    .filter((shape) => shape.length > 0)
    .chain((shape) =>
      fc.record({
        inputs: fc.record({ x: values(shape) }),
        attributes: fc.record({ axis: fc.integer({ min: 0, max: shape.length - 1 }) }),
      }),
    );

/** Of an op and then its square, whose second derivative is not 0. */
const squared = <N extends string, A>(row: OpReference<N, A>): Pick<OpReference<N, A>, "reference"> => ({
  reference: (inputs, attributes) => row.reference(inputs, attributes).map((y) => y * y),
});

onEveryFamily("cumsum", (engine) => ({
  async "cumsum agrees with its reference, and so does its second derivative"() {
    await checkOp(engine, ({ x }, { axis }) => cumsum(x, axis), reference.cumsum, sums(4, 7), { runs: 30 });
    await checkSecond(engine, ({ x }, { axis }) => square(cumsum(x, axis)), squared(reference.cumsum), sums(3, 4), {
      runs: 6,
    });
  },

  async "long axes are summed row by row, and so are their gradients"() {
    for (const [shape, axis] of [
      [[100_003], 0],
      [[2, 1500, 3], 1],
    ] as const) {
      const x = Float32Array.from({ length: size(shape) }, (_, i) => 0.1 + (((i * 2654435761) >>> 0) % 10007) / 10007);
      const { value, gradients } = engine.scope(() => {
        const t = engine.tensor(x, shape);
        return valueAndGrad([t], () => cumsum(t, axis), t);
      });
      const inputs = { x: { shape, values: Float64Array.from(x) } };
      assertClose("sums", await engine.read(value), reference.cumsum.reference(inputs, { axis }), 1e-6);
      const expected = reference.cumsum.reference(inputs, { axis, reverse: true });
      assertClose("gradient", await engine.read(gradients[0]), expected, 1e-6);
      dispose(value, ...gradients);
    }
  },

  "refuses axes that there are not"() {
    engine.scope(() => {
      const x = engine.zeros([2, 3]);
      throws(() => cumsum(x, -3), "cumsum: expected `axis` from -2 to 1, got -3");
      throws(() => cumsum(engine.zeros([])), "cumsum: expected at least one axis, got []");
    });
  },
}));

describe("errors planted in cumsum", {
  ...planted("cumsum", {
    family: "portable",
    from: "total += x[at]",
    to: "total = x[at]",
    work: on((x) => cumsum(x, 1), [2, 5]),
  }),
});
