import fc from "fast-check";
import * as assert from "uvu/assert";
import { reshape } from "../../../src/tensor/ops/reshape.ts";
import * as reference from "../../../src/tensor/reference/reshape.ts";
import { checkOp, shapes, values } from "../../support/checkOp.ts";
import { onEveryFamily } from "../../support/families.ts";
import { throws } from "../../support/throws.ts";

onEveryFamily("reshape", (engine) => ({
  "keeps the values, and the gradient gets the first shape back": () =>
    checkOp(
      engine,
      ({ x }, { shape }) => reshape(x, shape),
      reference.reshape,
      shapes().chain((shape) =>
        fc.record({
          inputs: fc.record({ x: values(shape) }),
          attributes: fc.constantFrom(
            { shape: [-1] },
            { shape: [1, ...shape.toReversed()] },
            { shape: [-1, ...shape, 1] },
          ),
        }),
      ),
    ),

  "takes no memory, and the last of the tensors frees it"() {
    const before = engine.memory().inUse;
    const x = engine.zeros([6, 1000]);
    const alone = engine.memory().inUse;
    const y = reshape(x, [2, -1, 5]);
    assert.equal(y.shape, [2, 600, 5]);
    assert.is(y.buffer, x.buffer);
    assert.is(engine.memory().inUse, alone);
    x.dispose();
    assert.is(engine.memory().inUse, alone);
    y.dispose();
    assert.is(engine.memory().inUse, before);
  },

  "names the shapes that do not fit"() {
    engine.scope(() => {
      const x = engine.zeros([2, 3]);
      throws(() => reshape(x, [4]), "reshape: expected 6 values as in [2, 3], got [4]");
      throws(() => reshape(x, [-1, 4]), "reshape: expected 6 values as in [2, 3], got [-1, 4]");
      throws(() => reshape(x, [-1, -1]), "reshape: expected positive integer lengths");
    });
  },
}));
