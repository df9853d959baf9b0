import * as assert from "uvu/assert";
import type { Tensor } from "../../../src/tensor/engine.ts";
import * as ops from "../../../src/tensor/ops/compare.ts";
import * as reference from "../../../src/tensor/reference/compare.ts";
import { onEveryFamily } from "../../support/families.ts";
import { checkOperands, tenths } from "../../support/operands.ts";

/** Tenths, of which many are equal. */
const equals = { a: tenths(), b: tenths(), options: { constant: ["a", "b"] } };

onEveryFamily("comparisons", (engine) => ({
  "equal agrees with its reference": () => checkOperands(engine, ops.equal, reference.equal, equals),
  "notEqual agrees with its reference": () => checkOperands(engine, ops.notEqual, reference.notEqual, equals),
  "less agrees with its reference": () => checkOperands(engine, ops.less, reference.less, equals),
  "lessEqual agrees with its reference": () => checkOperands(engine, ops.lessEqual, reference.lessEqual, equals),
  "greater agrees with its reference": () => checkOperands(engine, ops.greater, reference.greater, equals),
  "greaterEqual agrees with its reference": () =>
    checkOperands(engine, ops.greaterEqual, reference.greaterEqual, equals),

  async "of NaN only notEqual holds, and not takes it for true"() {
    const read = async (f: (x: Tensor, y: Tensor) => Tensor): Promise<number[]> => {
      const y = engine.scope(() =>
        f(engine.tensor([Number.NaN, 1, Number.NaN, 0]), engine.tensor([0, Number.NaN, Number.NaN, 0])),
      );
      const values = [...(await engine.read(y))];
      y.dispose();
      return values;
    };
    assert.equal(await read(ops.equal), [0, 0, 0, 1]);
    assert.equal(await read(ops.notEqual), [1, 1, 1, 0]);
    assert.equal(await read(ops.less), [0, 0, 0, 0]);
    assert.equal(await read(ops.lessEqual), [0, 0, 0, 1]);
    assert.equal(await read(ops.greater), [0, 0, 0, 0]);
    assert.equal(await read(ops.greaterEqual), [0, 0, 0, 1]);
    assert.equal(await read(ops.not), [0, 0, 0, 1]);
  },
}));
