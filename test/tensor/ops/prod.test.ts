import fc from "fast-check";
import * as assert from "uvu/assert";
import { valueAndGrad } from "../../../src/autograd/tape.ts";
import { dispose } from "../../../src/kernels/dispose.ts";
import { square } from "../../../src/tensor/ops/elementwise.ts";
import { prod } from "../../../src/tensor/ops/prod.ts";
import * as reference from "../../../src/tensor/reference/prod.ts";
import type { OpReference } from "../../../src/tensor/reference/reference.ts";
import type { Shape } from "../../../src/tensor/shape.ts";
import { checkOp, shapes, values } from "../../support/checkOp.ts";
import { checkSecond } from "../../support/checkSecond.ts";
import { onEveryFamily } from "../../support/families.ts";
import { throws } from "../../support/throws.ts";

/** A tensor of values around 1, zeros among them, and a subset of its axes. */
const products = (shape: Shape) =>
  fc.record({
    inputs: fc.record({
      x: fc
        .tuple(values(shape, 0.5, 1.5), fc.nat(20))
        .map(([x, zero]) => ({ ...x, values: x.values.map((v, i) => (i % 21 === zero ? 0 : v)) })),
    }),
    attributes: fc.record({ axes: fc.subarray([...shape.keys()]), keepDims: fc.boolean() }),
  });

/** Of an op and then its square, whose second derivative is not 0. */
const squared = <N extends string, A>(row: OpReference<N, A>): Pick<OpReference<N, A>, "reference"> => ({
  reference: (inputs, attributes) => row.reference(inputs, attributes).map((y) => y * y),
});

onEveryFamily("prod", (engine) => ({
  async "prod agrees with its reference, and so does its second derivative"() {
    await checkOp(
      engine,
      ({ x }, { axes, keepDims }) => prod(x, axes, { keepDims }),
      reference.prod,
      shapes(3, 5).chain(products),
      { runs: 30, tolerance: 1e-4 },
    );
    await checkSecond(
      engine,
      ({ x }, { axes }) => square(prod(x, axes)),
      squared(reference.prod),
      shapes(2, 3).chain(products),
      { runs: 6 },
    );
  },
  async "the gradient of a product is right at zeros"() {
    const gradients = engine.scope(() =>
      [
        [2, 0, 3],
        [0, 5, 0],
      ].map((row) => {
        const x = engine.tensor(row);
        return valueAndGrad([x], () => prod(x)).gradients[0];
      }),
    );
    const found = await Promise.all(gradients.map(async (dx) => [...(await engine.read(dx))]));
    assert.equal(found, [
      [0, 6, 0],
      [0, 0, 0],
    ]);
    dispose(...gradients);
  },

  "refuses axes that there are not"() {
    engine.scope(() => {
      const x = engine.zeros([2, 3]);
      throws(() => prod(x, [2]), "prod: expected distinct `axes` of a tensor with 2 axes, got [2]");
    });
  },
}));
