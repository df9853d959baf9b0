import fc from "fast-check";
import * as assert from "uvu/assert";
import { oneHot } from "../../../src/tensor/ops/oneHot.ts";
import { oneHot as reference } from "../../../src/tensor/reference/oneHot.ts";
import { checkOp, shapes, values } from "../../support/checkOp.ts";
import { onEveryFamily } from "../../support/families.ts";
import { throws } from "../../support/throws.ts";

onEveryFamily("oneHot", (engine) => ({
  "oneHot agrees with its reference, beyond the classes too": () =>
    checkOp(
      engine,
      ({ x }, { classes }) => oneHot(x, classes),
      reference,
      shapes().chain((s) =>
        fc.record({
          inputs: fc.record({ x: values(s, -2, 7).map((x) => ({ ...x, values: x.values.map(Math.round) })) }),
          attributes: fc.record({ classes: fc.integer({ min: 1, max: 6 }) }),
        }),
      ),
      { constant: ["x"] },
    ),
  async "what is no class gives zeros, and nothing else stays in memory"() {
    const x = engine.tensor([1, Number.NaN, 0.5, -1, Number.POSITIVE_INFINITY]);
    const before = engine.memory().inUse;
    const y = oneHot(x, 2);
    assert.equal([...(await engine.read(y))], [0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    y.dispose();
    assert.is(engine.memory().inUse, before);
    for (const classes of [0, 1.5, Number.NaN, 2 ** 24 + 1]) {
      throws(() => oneHot(x, classes), `oneHot: expected a whole number of \`classes\` from 1 to 2^24, got ${classes}`);
    }
    throws(() => oneHot([1] as never, 2), "oneHot: expected a tensor as `x`, got an array");
    x.dispose();
  },
}));
