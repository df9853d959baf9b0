import * as assert from "uvu/assert";
import type { Tensor } from "../../src/tensor/engine.ts";
import { add } from "../../src/tensor/ops/elementwise.ts";
import { broadcast } from "../../src/tensor/ops/sum.ts";
import { testEngine } from "../support/device.ts";
import { describe } from "../support/suite.ts";
import { throws } from "../support/throws.ts";

const engine = await testEngine();
const inUse = (): number => engine.gpu.memory.inUse;

describe("engine", {
  "a scope frees all but what it returns, through nesting, arrays and records"() {
    const before = inUse();
    const kept = engine.scope(() => {
      const x = engine.tensor([1], [1]);
      const inner = engine.scope(() => ({ list: [add(x, x)], other: engine.tensor([1]) }));
      add(x, x);
      return { inner, note: "text", none: null };
    });
    assert.is(inUse() - before, 2 * 256);
    engine.free(...kept.inner.list, kept.inner.other);
    assert.is(inUse(), before);
  },

  "a scope that throws frees everything"() {
    const before = inUse();
    throws(() => {
      engine.scope(() => {
        engine.tensor([1]);
        throw new Error("inside");
      });
    }, "inside");
    assert.is(inUse(), before);
  },

  "a scope refuses a promise"() {
    throws(() => engine.scope(() => Promise.resolve(1)), "expected a synchronous function, got a promise");
  },

  async "a reshaped tensor shares its buffer and outlives the first"() {
    const before = inUse();
    const y = engine.scope(() => engine.reshape(engine.tensor([2, 3], [1, 2, 3, 4, 5, 6]), [6]));
    assert.equal([...(await engine.read(y))], [1, 2, 3, 4, 5, 6]);
    assert.is(inUse() - before, 256);
    engine.free(y);
    assert.is(inUse(), before);
  },

  async "a tensor used after it was freed is an error, also when its buffer was given to another"() {
    const x = engine.tensor([1], [1]);
    engine.free(x);
    const other = engine.tensor([1], [2]);
    throws(() => add(x, x), "used after it was freed");
    throws(() => engine.free(x), "tensor [1] was already freed or is a view");
    let message = "";
    try {
      await engine.read(x);
    } catch (error) {
      message = (error as Error).message;
    }
    assert.match(message, "used after it was freed");
    engine.free(other);
  },

  async "refuses tensors of another device, whose references look alike"() {
    const other = await testEngine();
    const [x, y] = [engine.tensor([1], [1]), other.tensor([1], [2])];
    throws(() => add(x, y), "engine: expected a tensor of this device, got [1] of another");
    throws(() => engine.write(y, [3]), "got [1] of another");
    throws(() => engine.free(y), "got [1] of another");
    engine.free(x);
    other.free(y);
  },

  "an op that is refused leaves nothing behind"() {
    const before = inUse();
    const limit = engine.gpu.device.limits.maxStorageBufferBindingSize;
    const x = engine.tensor([1], [1]);
    throws(() => broadcast(x, [limit / 4 + 1]), "broadcast: expected at most");
    engine.free(x);
    assert.is(inUse(), before);
  },

  "names shapes that do not fit"() {
    throws(() => engine.tensor([2, 0]), "tensor: expected positive integer lengths, got [2, 0]");
    throws(() => engine.tensor([2], [1, 2, 3]), "tensor: [2] expects 2 values, got 3");
    engine.scope(() => {
      const x: Tensor = engine.tensor([2, 3]);
      throws(() => engine.reshape(x, [4]), "reshape: expected 6 values as in [2, 3], got [4]");
    });
  },
});
