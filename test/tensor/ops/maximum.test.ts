import fc from "fast-check";
import * as assert from "uvu/assert";
import { valueAndGrad } from "../../../src/autograd/tape.ts";
import { dispose } from "../../../src/kernels/dispose.ts";
import type { Tensor } from "../../../src/tensor/engine.ts";
import { clip, maximum, minimum } from "../../../src/tensor/ops/maximum.ts";
import { sum } from "../../../src/tensor/ops/sum.ts";
import * as reference from "../../../src/tensor/reference/maximum.ts";
import type { OpReference } from "../../../src/tensor/reference/reference.ts";
import { checkOp, shapes, values } from "../../support/checkOp.ts";
import { onEveryFamily } from "../../support/families.ts";
import { checkOperands, operandShapes, tenths } from "../../support/operands.ts";
import { throws } from "../../support/throws.ts";

const apart = { a: tenths(), b: tenths(0.05) };

onEveryFamily("maximum, minimum and clip", (engine) => ({
  "maximum agrees with its reference": () => checkOperands(engine, maximum, reference.maximum, apart),
  "minimum agrees with its reference": () => checkOperands(engine, minimum, reference.minimum, apart),
  "clip agrees with its reference, between numbers": () =>
    checkOp(
      engine,
      ({ x }, { least, most }) => clip(x, least, most),
      reference.clip as OpReference<"x", { readonly least: number; readonly most: number }>,
      shapes().chain((s) =>
        fc.record({
          inputs: fc.record({ x: tenths()(s) }),
          attributes: fc.record({ least: fc.constantFrom(-1.45, -0.55, 0.35), most: fc.constantFrom(0.45, 1.25) }),
        }),
      ),
    ),
  "clip agrees with its reference, between tensors": () =>
    checkOp(
      engine,
      ({ x, least, most }) => clip(x, least, most),
      reference.clip,
      operandShapes(3).chain(([x = [], least = [], most = []]) =>
        fc.record({
          inputs: fc.record({ x: tenths()(x), least: tenths(-1.05)(least), most: values(most, 1.01, 1.09) }),
          attributes: fc.constant({}),
        }),
      ),
    ),

  async "where operands are equal, each gets half of the gradient, and at the bounds of clip x does"() {
    const halves = async (f: (a: Tensor, b: Tensor) => Tensor): Promise<number[][]> => {
      const { gradients } = engine.scope(() => {
        const [a, b] = [
          engine.tensor([1, 2, -3, Number.POSITIVE_INFINITY]),
          engine.tensor([2, 2, -4, Number.POSITIVE_INFINITY]),
        ];
        return valueAndGrad([a, b], () => f(a, b), engine.tensor([8, 8, 8, 8]));
      });
      const read = await Promise.all(gradients.map(async (g) => [...(await engine.read(g))]));
      dispose(...gradients);
      return read;
    };
    assert.equal(await halves(maximum), [
      [0, 4, 8, 4],
      [8, 4, 0, 4],
    ]);
    assert.equal(await halves(minimum), [
      [8, 4, 0, 4],
      [0, 4, 8, 4],
    ]);
    const x = engine.tensor([-2, -1, 0, 1, 2]);
    const [slope] = engine.scope(() => valueAndGrad([x], () => sum(clip(x, -1, 1)))).gradients;
    assert.equal([...(await engine.read(slope))], [0, 0.5, 1, 0.5, 0]);
    dispose(x, slope);
  },

  async "what the gradient does not go to stays clean of infinities that come in"() {
    const x = engine.tensor([1, -1]);
    const [slope] = engine.scope(() =>
      valueAndGrad([x], () => maximum(x, 0), engine.tensor([1, Number.POSITIVE_INFINITY])),
    ).gradients;
    assert.equal([...(await engine.read(slope))], [1, 0]);
    dispose(x, slope);
  },

  "clip names itself and the operand that is none"() {
    const x = engine.ones([2]);
    throws(() => clip(x, 0, undefined as never), "clip: expected a tensor or a number as `most`, got undefined");
    throws(() => clip("1" as never, 0, 1), "clip: expected a tensor or a number as `x`, got the text");
    x.dispose();
  },
}));
