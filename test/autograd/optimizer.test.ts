// The optimizers against their formulas in float64, and what all of them share.
import fc from "fast-check";
import * as assert from "uvu/assert";
import { Checker } from "../../src/audit/references/checker.ts";
import { Adam, AdamW, type AdamWOptions } from "../../src/autograd/adam.ts";
import { Optimizer, type OptimizerState } from "../../src/autograd/optimizer.ts";
import { createParameters, type Parameters } from "../../src/autograd/parameters.ts";
import { Sgd, type SgdOptions } from "../../src/autograd/sgd.ts";
import type { Engine } from "../../src/tensor/engine.ts";
import { mse } from "../../src/tensor/ops/losses.ts";
import { size } from "../../src/tensor/shape.ts";
import { testEngine } from "../support/device.ts";
import { onEveryFamily } from "../support/families.ts";
import { describe } from "../support/suite.ts";
import { throws } from "../support/throws.ts";

const SHAPES = { w: [7, 13], b: [1], last: [65] } as const;
type Name = keyof typeof SHAPES;

const make = (engine: Engine): Parameters<Name> =>
  createParameters(
    engine,
    Object.fromEntries(
      Object.entries(SHAPES).map(([name, shape]) => {
        return [name, { shape, values: Float32Array.from({ length: size(shape) }, (_, i) => Math.sin(i)) }];
      }),
    ) as unknown as { [K in Name]: { shape: readonly number[]; values: Float32Array } },
  );

const gradientAt = (i: number, step: number): number => Math.fround(Math.cos(i * (step + 1)) * 10 ** ((i % 5) - 2));

/** One step of a method for one parameter: θ and its moments, from the gradient. */
type Rule = (theta: number, moments: number[], g: number, step: number) => number;

const adamRule =
  ({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01 }: AdamWOptions): Rule =>
  (theta, moments, g, step) => {
    const [m = 0, v = 0] = moments;
    moments[0] = beta1 * m + (1 - beta1) * g;
    moments[1] = beta2 * v + (1 - beta2) * g * g;
    const mean = moments[0] / (1 - beta1 ** (step + 1));
    const square = moments[1] / (1 - beta2 ** (step + 1));
    return theta - 0.01 * (mean / (Math.sqrt(square) + epsilon) + weightDecay * theta);
  };

const sgdRule =
  ({ momentum = 0, nesterov = false }: SgdOptions): Rule =>
  (theta, moments, g) => {
    moments[0] = momentum * (moments[0] ?? 0) + g;
    return theta - 0.01 * (nesterov ? g + momentum * moments[0] : moments[0]);
  };

/** Takes steps with an optimizer and with its rule, and compares the parameters. */
async function follow(engine: Engine, optimizer: Optimizer<Name>, rule: Rule, steps = 8): Promise<void> {
  const { named } = optimizer.parameters;
  for (let step = 0; step < steps; step++) {
    engine.scope(() => {
      const gradients = Object.values(SHAPES).map((shape) =>
        engine.tensor(
          Float32Array.from({ length: size(shape) }, (_, i) => gradientAt(i, step)),
          shape,
        ),
      );
      optimizer.step(gradients, 0.01);
    });
  }
  for (const [name, shape] of Object.entries(SHAPES)) {
    const got = await engine.read(named[name as Name]);
    for (let i = 0; i < size(shape); i++) {
      let theta = Math.fround(Math.sin(i));
      const moments: number[] = [];
      for (let step = 0; step < steps; step++) theta = rule(theta, moments, gradientAt(i, step), step);
      const off = Math.abs((got[i] as number) - theta);
      assert.ok(off <= 2e-6 * (1 + Math.abs(theta)), `${name}[${i}] is ${got[i]}, expected ${theta}`);
    }
  }
}

// Before the first suite: uvu starts once the file waits.
const engine = await testEngine();

// Seed 1, 2e-6 · (1 + |θ|) after 8 steps. The audit's checker holds each dispatch to the kernel's
// reference as well.
onEveryFamily("optimizers", (engine) => {
  const held = (
    options: fc.Arbitrary<object>,
    create: (p: Parameters<Name>, o: object) => Optimizer<Name>,
    rule: (o: object) => Rule,
  ) =>
    fc.assert(
      fc.asyncProperty(options, async (each) => {
        using parameters = make(engine);
        using optimizer = create(parameters, each);
        const checked: string[] = [];
        using checker = new Checker(engine, engine, ({ op, kernels }) => void checked.push(`${op} ${kernels}`));
        await follow(engine, optimizer, rule(each));
        await checker.settle();
        assert.ok(checked.filter((line) => /^(adam|adamW|sgd) (adam|sgd)$/.test(line)).length >= 16);
      }),
      { numRuns: 6, seed: 1, includeErrorInReport: true },
    );
  const beta = fc.constantFrom(0, 0.5, 0.9);
  return {
    "AdamW follows its formula": () =>
      held(
        fc.record({ beta1: beta, beta2: fc.constantFrom(0.9, 0.999), weightDecay: fc.constantFrom(0, 0.01, 1) }),
        (p, o) => new AdamW(p, o),
        (o) => adamRule(o),
      ),
    "Adam follows its formula": () =>
      held(
        fc.record({ beta1: beta, beta2: fc.constantFrom(0.9, 0.999), epsilon: fc.constantFrom(1e-8, 1e-3) }),
        (p, o) => new Adam(p, o),
        (o) => adamRule({ ...o, weightDecay: 0 }),
      ),
    "Sgd follows its formulas": () =>
      held(
        fc.record({ momentum: beta, nesterov: fc.boolean() }, { requiredKeys: [] }),
        (p, o) => new Sgd(p, o),
        (o) => sgdRule(o),
      ),
  };
});

const kinds: Readonly<Record<string, (p: Parameters<Name>) => Optimizer<Name>>> = {
  adam: (p) => new Adam(p),
  adamW: (p) => new AdamW(p, { weightDecay: 0.1 }),
  sgd: (p) => new Sgd(p, { momentum: 0.9, nesterov: true }),
};

/** Steps along the gradient of the mean square. */
const steps = (optimizer: Optimizer<Name>, count: number): void => {
  const { w } = optimizer.parameters.named;
  for (let i = 0; i < count; i++) engine.scope(() => void optimizer.minimize(() => mse(w, engine.ones(w.shape)), 0.05));
};

describe("an optimizer", {
  async "continues bit for bit from a saved state, parameters included"() {
    for (const [name, create] of Object.entries(kinds)) {
      using whole = make(engine);
      using first = create(whole);
      steps(first, 3);
      const state = await first.save();
      steps(first, 4);
      using other = make(engine);
      using second = create(other);
      steps(second, 1);
      second.load(state);
      steps(second, 4);
      assert.equal(await second.save(), await first.save(), name);
    }
  },

  async "minimizes: the loss falls, and the gradient's norm can be limited"() {
    for (const create of Object.values(kinds)) {
      for (const clipNorm of [undefined, 1e-3]) {
        using parameters = make(engine);
        using optimizer = create(parameters);
        const { w } = parameters.named;
        const target = engine.ones(w.shape);
        const loss = async (): Promise<number> => {
          const value = engine.scope(() => optimizer.minimize(() => mse(w, target), 0.05, { clipNorm }));
          const number = await value.toArray();
          value.dispose();
          return number as number;
        };
        const before = await loss();
        for (let i = 0; i < 20; i++) await loss();
        assert.ok((await loss()) < before);
        target.dispose();
      }
    }
  },

  async "leaves no bytes behind, and the parameters to their owner"() {
    const before = engine.memory().inUse;
    for (const create of Object.values(kinds)) {
      const parameters = make(engine);
      const optimizer = create(parameters);
      steps(optimizer, 2);
      optimizer.dispose();
      await engine.read(parameters.flat);
      parameters.dispose();
    }
    assert.is(engine.memory().inUse, before);
  },

  async "refuses states of another method or length, and changes nothing then"() {
    using parameters = make(engine);
    using adam = new Adam(parameters);
    using sgd = new Sgd(parameters);
    const state = await adam.save();
    throws(() => sgd.load(state), "sgd: expected a state of sgd, got one of adam");
    throws(() => adam.load({ parameters: state.parameters }), "adam: expected a state of adam, got one of nothing");
    const short = new Float32Array(3);
    const moments = state.adam as NonNullable<OptimizerState["adam"]>;
    throws(
      () => adam.load({ ...state, parameters: short }),
      "adam: expected 320 float32 values as `parameters`, got 3",
    );
    throws(
      () => adam.load({ parameters: new Float32Array(320), adam: { ...moments, square: short } }),
      "adam: expected 320 float32 values as `square`, got 3",
    );
    throws(
      () => adam.load({ parameters: state.parameters, adam: { steps: 1 } }),
      "adam: expected 320 float32 values as `mean`, got none",
    );
    assert.equal(await adam.save(), state);
  },

  "refuses options and learning rates out of range, and options that there are not"() {
    using parameters = make(engine);
    const before = engine.memory().inUse;
    for (const [create, message] of [
      [() => new Adam(parameters, { beta1: 1 }), "adam: expected `beta1` from 0 to below 1, got 1"],
      [() => new Adam(parameters, { beta2: -0.1 }), "adam: expected `beta2` from 0 to below 1, got -0.1"],
      [
        () => new Adam(parameters, { epsilon: Number.NaN }),
        "adam: expected `epsilon` from 0 to below Infinity, got NaN",
      ],
      [
        () => new AdamW(parameters, { weightDecay: -1 }),
        "adamW: expected `weightDecay` from 0 to below Infinity, got -1",
      ],
      [() => new Sgd(parameters, { momentum: 1 }), "sgd: expected `momentum` from 0 to below 1, got 1"],
      [
        () => new Adam(parameters, { weightDecay: 0.1 } as never),
        "adam: expected options among beta1, beta2, epsilon, got `weightDecay`; leave it out",
      ],
      [
        () => new Sgd(parameters, { nestrov: true } as never),
        "sgd: expected options among momentum, nesterov, got `nestrov`; did you mean `nesterov`?",
      ],
    ] as const) {
      throws(create, message);
    }
    assert.is(engine.memory().inUse, before);
    using adam = new Adam(parameters);
    engine.scope(() => {
      const gradients = Object.values(SHAPES).map((shape) => engine.zeros(shape));
      for (const rate of [Number.NaN, -0.1, Number.POSITIVE_INFINITY]) {
        throws(() => adam.step(gradients, rate), `adam: expected a learning rate from 0 on, got ${rate}`);
      }
      throws(
        () => adam.step([...gradients.slice(1), [1]] as never, 1),
        "adam: expected [7, 13] as the gradient of `w`",
      );
      throws(() => adam.step([[1], ...gradients.slice(1)] as never, 1), "adam: expected a tensor as `gradient of w`");
    });
    assert.instance(adam, Optimizer);
  },
});
