import * as assert from "uvu/assert";
import { Adam } from "../../src/autograd/adam.ts";
import { createParameters } from "../../src/autograd/parameters.ts";
import type { Tensor } from "../../src/tensor/engine.ts";
import { onEveryFamily } from "../support/families.ts";
import { throws } from "../support/throws.ts";

onEveryFamily("adam", (engine) => ({
  async "follows the float64 recursion for ragged parameters (10 steps, 1e-6)"() {
    const shapes = { w: [7, 13], b: [1], last: [65] };
    const first = Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => {
        const count = shape.reduce((a, b) => a * b, 1);
        return [name, { shape, values: Float32Array.from({ length: count }, (_, i) => Math.sin(i)) }];
      }),
    );
    const parameters = createParameters(engine, first);
    const adam = new Adam(parameters);
    const gradient = (i: number, step: number): number => Math.fround(Math.cos(i * (step + 1)) * 10 ** ((i % 5) - 2));
    for (let step = 0; step < 10; step++) {
      engine.scope(() => {
        const gradients = Object.values(first).map(({ shape, values }) =>
          engine.tensor(
            values.map((_, i) => gradient(i, step)),
            shape,
          ),
        );
        adam.step(gradients, 0.01);
      });
    }
    for (const [name, { values }] of Object.entries(first)) {
      const got = await engine.read(parameters.named[name] as Tensor);
      values.forEach((start, i) => {
        let [theta, m, v] = [start, 0, 0];
        for (let step = 0; step < 10; step++) {
          const g = gradient(i, step);
          m = 0.9 * m + 0.1 * g;
          v = 0.999 * v + 0.001 * g * g;
          theta -= (0.01 * (m / (1 - 0.9 ** (step + 1)))) / (Math.sqrt(v / (1 - 0.999 ** (step + 1))) + 1e-8);
        }
        assert.ok(Math.abs((got[i] as number) - theta) < 1e-6, `${name}[${i}] is ${got[i]}, expected ${theta}`);
      });
    }
    adam.dispose();
  },

  async "keeps the gaps of the flat buffer at zero, whatever other buffers left behind"() {
    const parameters = createParameters(engine, {
      a: { shape: [2], values: Float32Array.of(1, 2) },
      b: { shape: [1], values: Float32Array.of(3) },
    });
    engine.tensor(new Float32Array(128).fill(Number.NaN), [128]).dispose();
    const adam = new Adam(parameters);
    engine.scope(() => adam.step([engine.tensor([1, 1], [2]), engine.tensor([1], [1])], 0.5));
    const flat = [...(await engine.read(parameters.flat))].map((v) => Number(v.toFixed(3)));
    const zeros = (n: number): number[] => new Array(n).fill(0);
    assert.equal(flat, [0.5, 1.5, ...zeros(62), 2.5, ...zeros(63)]);
    adam.dispose();
  },

  async "updates all parameters in one dispatch"() {
    const dispatches: string[] = [];
    const parameters = createParameters(engine, {
      a: { shape: [2], values: Float32Array.of(1, 2) },
      b: { shape: [3], values: Float32Array.of(1, 2, 3) },
    });
    const adam = new Adam(parameters);
    engine.onCommand = (c) => void (c.kind === "dispatch" && dispatches.push(c.kernel.name));
    engine.scope(() => adam.step([engine.tensor([1, 1], [2]), engine.tensor([1, 1, 1], [3])], 0.5));
    engine.onCommand = undefined;
    assert.equal(dispatches, ["adam"]);
    assert.equal(
      [...(await engine.read(parameters.named.a))].map((x) => x.toFixed(4)),
      ["0.5000", "1.5000"],
    );
    adam.dispose();
  },

  "names gradients that do not fit"() {
    const adam = new Adam(createParameters(engine, { a: { shape: [2], values: Float32Array.of(1, 2) } }));
    engine.scope(() => {
      throws(() => adam.step([], 1), "adam: expected 1 gradients, got 0");
      throws(() => adam.step([engine.zeros([3])], 1), "adam: expected [2] as the gradient of `a`, got [3]");
    });
  },
}));
