// What `memory` says of the tensors and buffers that are alive.
import fc from "fast-check";
import * as assert from "uvu/assert";
import { Adam } from "../../src/autograd/adam.ts";
import { createParameters } from "../../src/autograd/parameters.ts";
import type { Alive } from "../../src/kernels/device.ts";
import { Engine, type Tensor } from "../../src/tensor/engine.ts";
import { add } from "../../src/tensor/ops/elementwise.ts";
import { matmul } from "../../src/tensor/ops/product/matmul.ts";
import { testEngine } from "../support/device.ts";
import { describe } from "../support/suite.ts";

const { device } = await testEngine();
const lines = (alive: readonly Alive[]): string[] =>
  alive.map(({ op, shape, count, bytes }) => `${op} ${shape && `[${shape}]`} ${count} ${bytes}`);

describe("memory", {
  "names what is alive by op and shape, the largest first, and adds up"() {
    const engine = new Engine(device);
    const x = engine.zeros([300, 2]);
    const [y, z] = [add(x, x), add(x, x)];
    engine.scope(() => {
      add(x, x);
      matmul(x, engine.ones([2, 2]));
      assert.equal(lines(engine.memory().alive), [
        "add [300,2] 3 7680",
        "tensor [300,2] 1 2560",
        "matmul [300,2] 1 2560",
        "tensor [2,2] 1 256",
      ]);
      assert.is(engine.memory().outside, 3);
    });
    const reshaped = engine.reshape(y, [600]);
    y.dispose();
    const { alive, inUse, outside } = engine.memory();
    assert.equal(lines(alive), ["tensor [300,2] 1 2560", "add [600] 1 2560", "add [300,2] 1 2560"]);
    assert.is(inUse, 7680);
    assert.is(outside, 3);
    for (const tensor of [x, z, reshaped]) tensor.dispose();
    assert.equal(engine.memory().alive, []);
    assert.is(engine.memory().outside, 0);
  },

  "names buffers without a shape too, and views not at all"() {
    const engine = new Engine(device);
    using parameters = createParameters(engine, { w: { shape: [3], values: Float32Array.of(1, 2, 3) } });
    const buffer = engine.allocate("solver", 1000);
    assert.equal(lines(engine.memory().alive), ["solver undefined 1 1024", "tensor [64] 1 256"]);
    assert.is(engine.memory().outside, 1);
    engine.release(buffer);
    {
      using adam = new Adam(parameters);
      assert.equal(lines(engine.memory().alive), ["tensor [64] 4 1024"]);
      assert.is(adam.parameters, parameters);
    }
    assert.is(engine.memory().outside, 1);
  },

  "tells where with the option `trace`: the innermost line outside of the library"() {
    const here = "memory.test."; // of TypeScript where source maps are read, else of JavaScript
    const engine = new Engine(device, { trace: true });
    const make = (): Tensor => engine.zeros([2]);
    const kept = [make(), make(), engine.zeros([2])];
    const parameters = createParameters(engine, { w: { shape: [3], values: Float32Array.of(1, 2, 3) } });
    const { alive } = engine.memory();
    assert.equal(lines(alive).sort(), ["tensor [2] 1 256", "tensor [2] 2 512", "tensor [64] 1 256"]);
    for (const { madeAt = "" } of alive) assert.ok(madeAt.includes(here) && /:\d+:\d+/.test(madeAt), madeAt);
    assert.match(alive[0]?.madeAt ?? "", /^make /);
    parameters.dispose();
    for (const x of kept) x.dispose();
    const untraced = new Engine(device);
    const x = untraced.zeros([2]);
    assert.is(untraced.memory().alive[0]?.madeAt, undefined);
    x.dispose();
  },

  // Seed 1; exact. Whatever is made, scoped, reshaped, forgotten and disposed of, bytes and counts
  // are those of a model that keeps a list.
  "always adds up"() {
    const engine = new Engine(device);
    type Step = "make" | "add" | "reshape" | "dispose" | "scope";
    const step = fc.constantFrom<Step>("make", "add", "reshape", "dispose", "scope");
    const program = fc.array(fc.tuple(step, fc.nat(1e6)), { maxLength: 30 });
    const run = (steps: readonly (readonly [Step, number])[]): void => {
      const live: Tensor[] = [];
      const pick = (n: number): number => n % live.length;
      for (const [what, n] of steps) {
        if (what === "make" || live.length === 0) live.push(engine.zeros([1 + (n % 300)]));
        else if (what === "dispose") live.splice(pick(n), 1)[0]?.dispose();
        else {
          const x = live[pick(n)] as Tensor;
          if (what === "add") live.push(add(x, x));
          else if (what === "scope") live.push(engine.scope(() => add(add(x, x), x)));
          else live.push(engine.reshape(x, [...x.shape, 1]));
        }
        const { alive, inUse, outside } = engine.memory();
        const sum = (of: (group: Alive) => number): number => alive.reduce((total, group) => total + of(group), 0);
        assert.is(outside, live.length);
        assert.is(
          sum(({ count }) => count),
          new Set(live.map(({ buffer }) => buffer.id)).size,
        );
        assert.is(
          sum(({ bytes }) => bytes),
          inUse,
        );
      }
      for (const x of live) x.dispose();
      assert.is(engine.memory().inUse, 0);
    };
    fc.assert(fc.property(program, run), { seed: 1, numRuns: 60 });
  },
});
