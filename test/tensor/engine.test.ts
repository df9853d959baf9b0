import fc from "fast-check";
import * as assert from "uvu/assert";
import { dispose } from "../../src/kernels/dispose.ts";
import { Engine, type Tensor } from "../../src/tensor/engine.ts";
import { add } from "../../src/tensor/ops/elementwise.ts";
import { broadcast } from "../../src/tensor/ops/sum.ts";
import { testEngine } from "../support/device.ts";
import { describe } from "../support/suite.ts";
import { throws } from "../support/throws.ts";

const engine = await testEngine();
const inUse = (): number => engine.memory.inUse;

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

  "a scope keeps what can be reached from its result, shared, cyclic or deep (seed 1, 300 graphs, exactly)"() {
    const before = inUse();
    const nodes = fc.integer({ min: 1, max: 8 });
    const edges = fc.array(fc.tuple(fc.nat({ max: 7 }), fc.nat({ max: 15 })), { maxLength: 24 });
    fc.assert(
      fc.property(nodes, edges, fc.nat(), (count, all, kinds) => {
        const links = all.map(([from, to]) => [from % count, to % (2 * count)] as const);
        const reached = new Set([0]);
        for (const at of reached) for (const [from, to] of links) if (from === at) reached.add(to);
        const tensors: Tensor[] = [];
        engine.scope(() => {
          // Numbers below `count` are arrays and records, those from there on are tensors.
          const parts = Array.from({ length: count }, (_, i): unknown[] | Record<string, unknown> =>
            (kinds >> i) % 2 === 0 ? [] : {},
          );
          for (let i = 0; i < count; i++) tensors.push(engine.zeros([1]));
          for (const [at, [from, to]] of links.entries()) {
            Object.assign(parts[from] as object, { [at]: parts[to] ?? tensors[to - count] });
          }
          return parts[0];
        });
        const kept = tensors.filter((_, i) => reached.has(count + i));
        const size = inUse() - before;
        assert.is(size, 256 * kept.length);
        dispose(...kept);
      }),
      { seed: 1, numRuns: 300 },
    );
    let deep: unknown = engine.zeros([1]);
    const inner = engine.scope(() => {
      for (let i = 0; i < 200_000; i++) deep = i % 2 === 0 ? [deep] : { deep };
      return [deep, engine.zeros([1])] as const;
    });
    assert.is(inUse() - before, 2 * 256);
    inner[1].dispose();
    for (; Array.isArray(deep) || !("buffer" in (deep as object)); ) deep = Object.values(deep as object)[0];
    (deep as Tensor).dispose();
    assert.is(inUse(), before);
  },

  "a scope whose result cannot be read frees everything"() {
    const before = inUse();
    throws(
      () =>
        engine.scope(() => ({
          x: engine.zeros([1]),
          get y() {
            throw new Error("no value");
          },
        })),
      "no value",
    );
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
    throws(() => add(x, x), "used after it was freed");
    throws(() => x.dispose(), "dispose: tensor [1] was disposed of before");
    let message = "";
    try {
      await engine.read(x);
    } catch (error) {
      message = (error as Error).message;
    }
    assert.match(message, "used after it was freed");
    other.dispose();
  },

  async "refuses tensors of another engine, whose references look alike, on this device or another"() {
    for (const other of [await testEngine(), new Engine(engine.device)]) {
      const [x, y] = [engine.tensor([1], [1]), other.tensor([2, 3], [2])];
      const before = inUse();
      throws(() => add(x, y), "engine: expected a tensor of this engine, got [2] of another");
      throws(() => add(y, engine.zeros([2])), "engine: expected a tensor of this engine, got [2] of another");
      throws(() => engine.write(y, [3, 4]), "engine: expected a tensor of this engine, got [2] of another");
      throws(() => engine.reshape(y, [1, 2]), "engine: expected a tensor of this engine, got [2] of another");
      // Letting go of it reaches its own engine, never a buffer of the same number here.
      y.dispose();
      assert.is(inUse() - before, 256); // the zeros above
      assert.equal([...(await engine.read(x))], [1]);
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
    throws(() => engine.tensor([1n] as unknown as number[]), "Cannot convert a BigInt value to a number");
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
