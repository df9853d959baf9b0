import fc from "fast-check";
import * as assert from "uvu/assert";
import { valueAndGrad } from "../../../src/autograd/tape.ts";
import { dispose } from "../../../src/kernels/dispose.ts";
import { elu } from "../../../src/tensor/ops/elu.ts";
import { sum } from "../../../src/tensor/ops/sum.ts";
import { elu as reference } from "../../../src/tensor/reference/elu.ts";
import { checkOp, shapes } from "../../support/checkOp.ts";
import { onEveryFamily } from "../../support/families.ts";
import { tenths } from "../../support/operands.ts";

onEveryFamily("elu", (engine) => ({
  "elu agrees with its reference": () =>
    checkOp(
      engine,
      ({ x }, { alpha }) => elu(x, alpha),
      reference,
      shapes().chain((s) =>
        fc.record({
          inputs: fc.record({ x: tenths(0.05)(s) }),
          attributes: fc.record({ alpha: fc.constantFrom(1, 0.5) }),
        }),
      ),
    ),
  async "its slope is α at 0 and stays 1 for what exp cannot hold, and NaN stays"() {
    const x = engine.tensor([0, 200, Number.POSITIVE_INFINITY, -200, Number.NaN]);
    const { value, gradients } = engine.scope(() => {
      const y = elu(x);
      return { value: y, gradients: valueAndGrad([x], () => sum(elu(x))).gradients };
    });
    assert.equal([...(await engine.read(value))], [0, 200, Number.POSITIVE_INFINITY, -1, Number.NaN]);
    assert.equal([...(await engine.read(gradients[0]))], [1, 1, 1, 0, Number.NaN]);
    dispose(x, value, ...gradients);
  },
}));
