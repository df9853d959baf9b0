import fc from "fast-check";
import type { Tensor } from "../../../src/tensor/op.ts";
import * as ops from "../../../src/tensor/ops/losses.ts";
import * as reference from "../../../src/tensor/reference/losses.ts";
import type { Reference, Values } from "../../../src/tensor/reference/reference.ts";
import type { Shape } from "../../../src/tensor/shape.ts";
import { checkOp, shapes, values } from "../../support/checkOp.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";

const engine = await testEngine();

const check = (
  op: (x: Tensor, t: Tensor) => Tensor,
  ref: Reference<"x" | "t">,
  cases: (shape: Shape) => fc.Arbitrary<{ x: Values; t: Values }>,
  shape: fc.Arbitrary<number[]> = shapes(),
) =>
  checkOp(
    engine,
    ({ x, t }) => op(x, t),
    ref,
    shape.chain((s) => fc.record({ inputs: cases(s), attributes: fc.constant({}) })),
    { runs: 40 },
  );

describe("losses", {
  "softmaxCrossEntropy agrees with its reference": () =>
    check(
      ops.softmaxCrossEntropy,
      reference.softmaxCrossEntropy,
      (s) => fc.record({ x: values(s, -9, 9), t: values(s, 0, 1) }),
      fc.tuple(shapes(2), fc.integer({ min: 1, max: 11 })).map(([rows, channels]) => [...rows, channels]),
    ),
  "bceWithLogits agrees with its reference": () =>
    check(ops.bceWithLogits, reference.bceWithLogits, (s) => fc.record({ x: values(s, -9, 9), t: values(s, 0, 1) })),
  "mse agrees with its reference": () =>
    check(ops.mse, reference.mse, (s) => fc.record({ x: values(s), t: values(s) })),
  "l1 agrees with its reference": () =>
    // x − t stays off 0, where a kink would meet the difference quotient
    check(ops.l1, reference.l1, (s) => fc.record({ x: values(s, 0.1, 2), t: values(s, -2, 0) })),
});
