import * as assert from "uvu/assert";
import { dispose } from "../../src/kernels/dispose.ts";
import { Engine, type Tensor } from "../../src/tensor/engine.ts";
import { biasAdd } from "../../src/tensor/ops/biasAdd.ts";
import { conv2d, conv2dTranspose } from "../../src/tensor/ops/convolution/conv2d.ts";
import { add } from "../../src/tensor/ops/elementwise.ts";
import { logSoftmax } from "../../src/tensor/ops/logSoftmax.ts";
import { mse } from "../../src/tensor/ops/losses.ts";
import { matmul } from "../../src/tensor/ops/product/matmul.ts";
import { broadcast } from "../../src/tensor/ops/sum.ts";
import { testEngine } from "../support/device.ts";
import { describe } from "../support/suite.ts";
import { rejects, throws } from "../support/throws.ts";

const engine = await testEngine();
const inUse = (): number => engine.memory().inUse;

describe("engine", {
  "a scope frees all but what it returns, through nesting, arrays and records"() {
    const before = inUse();
    const kept = engine.scope(() => {
      const x = engine.tensor([1], [1]);
      const inner = engine.scope(() => ({ list: [add(x, x)], other: engine.zeros([1]) }));
      add(x, x);
      return { inner, note: "text", none: null };
    });
    assert.is(inUse() - before, 2 * 256);
    dispose(...kept.inner.list, kept.inner.other);
    assert.is(inUse(), before);
  },

  "a scope that throws frees everything"() {
    const before = inUse();
    throws(() => {
      engine.scope(() => {
        engine.zeros([1]);
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
    const y = engine.scope(() => engine.reshape(engine.tensor([1, 2, 3, 4, 5, 6], [2, 3]), [6]));
    assert.equal([...(await engine.read(y))], [1, 2, 3, 4, 5, 6]);
    assert.is(inUse() - before, 256);
    y.dispose();
    assert.is(inUse(), before);
  },

  async "a reshaped tensor keeps its memory when the first is disposed of twice"() {
    const before = inUse();
    const x = engine.tensor([1, 2]);
    const y = engine.reshape(x, [2, 1]);
    x.dispose();
    throws(() => x.dispose(), "dispose: tensor [2] was disposed of before");
    assert.equal([...(await engine.read(y))], [1, 2]);
    y.dispose();
    throws(() => y.dispose(), "dispose: tensor [2, 1] was disposed of before");
    assert.is(inUse(), before);
  },

  async "a tensor used after it was freed is an error, also when its buffer was given to another"() {
    const x = engine.tensor([1], [1]);
    x.dispose();
    const other = engine.tensor([2], [1]);
    throws(() => add(x, x), "add: expected a tensor in use as `a`, got [1] that was disposed of");
    throws(() => x.dispose(), "dispose: tensor [1] was disposed of before");
    throws(() => engine.view(x, [1]), "view: expected a tensor in use as `x`, got [1] that was disposed of");
    throws(() => engine.write(x, [3]), "write: expected a tensor in use as `tensor`, got [1] that was disposed of");
    await rejects(engine.read(x), "read: expected a tensor in use as `tensor`, got [1] that was disposed of");
    other.dispose();
  },

  async "refuses tensors of another engine, whose references look alike, on this device or another"() {
    for (const other of [await testEngine(), new Engine(engine.device)]) {
      const [x, y] = [engine.tensor([1], [1]), other.tensor([2, 3], [2])];
      const before = inUse();
      throws(() => add(x, y), "add: expected a tensor of this engine as `b`, got [2] of another");
      throws(() => add(y, x), "add: expected a tensor of this engine as `b`, got [1] of another");
      throws(() => engine.write(y, [3, 4]), "write: expected a tensor of this engine as `tensor`, got [2] of another");
      throws(() => engine.reshape(y, [1, 2]), "reshape: expected a tensor of this engine as `x`, got [2] of another");
      // Letting go of it reaches its own engine, never a buffer of the same number here.
      y.dispose();
      assert.is(inUse(), before);
      assert.equal([...(await engine.read(x))], [1]);
      x.dispose();
    }
  },

  async "a reshaped tensor lives on when the first is disposed of, which is then refused"() {
    const before = inUse();
    const x = engine.tensor([1, 2]);
    const y = engine.reshape(x, [2, 1]);
    const view = engine.view(y, [1]);
    x.dispose();
    throws(() => add(x, x), "add: expected a tensor in use as `a`, got [2] that was disposed of");
    assert.equal([...(await engine.read(view))], [1]);
    y.dispose();
    throws(() => add(view, view), "add: expected a tensor in use as `a`, got [1] that was disposed of");
    assert.is(inUse(), before);
  },

  async "what is no tensor is refused by op and name, and the engine works on"() {
    const before = inUse();
    const x = engine.tensor([1, 2], [1, 2]);
    for (const [wrong, kind] of [
      [[1, 2], "an array"],
      [undefined, "undefined"],
      ["x", 'the text "x"'],
      [{ shape: [1, 2], buffer: x.buffer, engine }, "an object"],
    ] as const) {
      const stranger = wrong as unknown as Tensor;
      const got = `got ${kind}`;
      throws(() => matmul(x, stranger), `matmul: expected a tensor as \`b\`, ${got}`);
      throws(() => matmul(stranger, x), `matmul: expected a tensor as \`a\`, ${got}`);
      throws(() => logSoftmax(stranger), `logSoftmax: expected a tensor as \`x\`, ${got}`);
      throws(() => conv2d(stranger, x), `conv2d: expected a tensor as \`x\`, ${got}`);
      throws(() => conv2dTranspose(x, stranger), `conv2dTranspose: expected a tensor as \`w\`, ${got}`);
      throws(() => biasAdd(x, stranger), `biasAdd: expected a tensor as \`b\`, ${got}`);
      throws(() => mse(x, stranger), `loss: expected a tensor as \`t\`, ${got}`);
      throws(() => engine.reshape(stranger, [2]), `reshape: expected a tensor as \`x\`, ${got}`);
      await rejects(engine.read(stranger), `read: expected a tensor as \`tensor\`, ${got}`);
    }
    x.dispose();
    assert.is(inUse(), before);
    await engine.done();
  },

  "what are no numbers is refused with its place, and what is no shape"() {
    const before = inUse();
    for (const [wrong, kind] of [
      [[1, [2, 3]], "an array at 1; give `values.flat(Infinity)`"],
      [["1"], 'the text "1" at 0'],
      [[1, undefined, 3], "undefined at 1"],
      [[true], "true at 0"],
      [[null], "null at 0"],
      [new BigInt64Array(1), "0n at 0"],
    ] as const) {
      throws(() => engine.tensor(wrong as never), `tensor: expected numbers, got ${kind}`);
      const x = engine.empty([wrong.length]);
      throws(() => engine.write(x, wrong as never), `write: expected numbers, got ${kind}`);
      x.dispose();
    }
    for (const [wrong, kind] of [
      ["123", 'the text "123"'],
      [undefined, "undefined"],
      [new Set([1]), "an object"],
    ] as const) {
      throws(() => engine.tensor(wrong as never), `tensor: expected numbers in an array, got ${kind}`);
    }
    throws(() => engine.zeros(3 as never), "tensor: expected a shape as an array of lengths, got 3");
    throws(() => engine.tensor([1], "1" as never), 'tensor: expected a shape as an array of lengths, got the text "1"');
    assert.is(inUse(), before);
  },

  async "typed arrays of all numbers are values"() {
    for (const values of [
      Float64Array.of(1, -2),
      Int8Array.of(1, -2),
      Int32Array.of(1, -2),
      Float32Array.of(1, -2).subarray(0),
    ]) {
      const x = engine.tensor(values);
      assert.equal([...(await engine.read(x))], [1, -2]);
      x.dispose();
    }
  },

  async "`toArray` nests values by shape"() {
    for (const [shape, expected] of [
      [[], 0],
      [[1], [0]],
      [
        [2, 3],
        [
          [0, 1, 2],
          [3, 4, 5],
        ],
      ],
      [
        [2, 1, 2],
        [[[0, 1]], [[2, 3]]],
      ],
    ] as const) {
      const count = shape.reduce((product: number, length) => product * length, 1);
      const x = engine.tensor([...Array(count).keys()], shape);
      assert.equal(await x.toArray(), expected);
      x.dispose();
    }
  },

  async "makes tensors of numbers and lists, zeros, ones and one value"() {
    const before = inUse();
    const all = [
      engine.tensor(3),
      engine.tensor([1, 2, 3]),
      engine.zeros([2, 1]),
      engine.ones([2]),
      engine.full([1, 2], 7),
    ];
    assert.equal(
      all.map(({ shape }) => shape),
      [[], [3], [2, 1], [2], [1, 2]],
    );
    const values = await Promise.all(all.map(async (x) => [...(await engine.read(x))]));
    assert.equal(values, [[3], [1, 2, 3], [0, 0], [1, 1], [7, 7]]);
    const written = engine.empty([2]);
    engine.write(written, [5, 6]);
    assert.equal([...(await engine.read(written))], [5, 6]);
    dispose(...all, written);
    assert.is(inUse(), before);
  },

  "`Symbol.dispose` lets go as `dispose` does, and a view belongs to its buffer's owner"() {
    const before = inUse();
    const x = engine.tensor([1, 2]);
    const view = engine.view(x, [1]);
    throws(() => view.dispose(), "dispose: tensor [1] is a view: its buffer belongs to another");
    x[Symbol.dispose]();
    assert.is(inUse(), before);
  },

  "an op that is refused leaves nothing behind"() {
    const before = inUse();
    const limit = engine.device.limits.maxStorageBufferBindingSize;
    const x = engine.tensor([1], [1]);
    throws(() => broadcast(x, [limit / 4 + 1]), "broadcast: expected at most");
    const refuse = () => {
      throw new Error("refused");
    };
    throws(() => engine.listen(refuse, () => add(x, x)), "refused");
    throws(() => engine.listen(refuse, () => engine.reshape(x, [1, 1])), "refused");
    x.dispose();
    assert.is(inUse(), before);
  },

  "refuses what the device cannot hold by name, before the host makes room for it, and what is no number"() {
    const before = inUse();
    for (const shape of [[2 ** 30, 2 ** 20], [1e9, 1e9], Array<number>(20).fill(1e15)]) {
      for (const make of [() => engine.empty(shape), () => engine.zeros(shape), () => engine.full(shape, 2)]) {
        throws(make, "bytes in one tensor on this adapter, got");
      }
    }
    throws(
      () => engine.tensor([1n] as unknown as number[]),
      "tensor: expected numbers, got 1n at 0; convert it to a number",
    );
    assert.is(inUse(), before);
  },

  "names shapes that do not fit"() {
    throws(() => engine.zeros([2, 0]), "tensor: expected positive integer lengths, got [2, 0]");
    throws(() => engine.tensor([1, 2, 3], [2]), "tensor: [2] expects 2 values, got 3");
    engine.scope(() => {
      const x: Tensor = engine.zeros([2, 3]);
      throws(() => engine.reshape(x, [4]), "reshape: expected 6 values as in [2, 3], got [4]");
    });
  },
});
