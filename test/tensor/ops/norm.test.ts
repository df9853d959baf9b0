import fc from "fast-check";
import { square } from "../../../src/tensor/ops/elementwise.ts";
import { norm } from "../../../src/tensor/ops/norm.ts";
import * as reference from "../../../src/tensor/reference/norm.ts";
import { checkOp, distinct, shapes } from "../../support/checkOp.ts";
import { checkSecond } from "../../support/checkSecond.ts";
import { onEveryFamily } from "../../support/families.ts";

/** Values other than 0, where there is no derivative, and a subset of the axes. */
const cases = (rank: number, longest: number) =>
  shapes(rank, longest).chain((shape) =>
    fc.record({
      inputs: fc.record({ x: distinct(shape).map((x) => ({ ...x, values: x.values.map((v) => v + 0.05) })) }),
      attributes: fc.record({ axes: fc.subarray([...shape.keys()]), keepDims: fc.boolean() }),
    }),
  );

onEveryFamily("norm", (engine) => ({
  async "norm agrees with its reference, and so does its second derivative"() {
    await checkOp(engine, ({ x }, { axes, keepDims }) => norm(x, axes, { keepDims }), reference.norm, cases(4, 4), {
      runs: 40,
    });
    await checkSecond(
      engine,
      ({ x }, { axes }) => square(norm(x, axes)),
      { reference: (inputs, attributes) => reference.norm.reference(inputs, attributes).map((y) => y * y) },
      cases(3, 3),
      { runs: 6 },
    );
  },
}));
