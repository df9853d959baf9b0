// Bad input of every kind gets one line, which begins with the name of the function and says what
// was expected and what came. Nothing is made of it, and the engine works on.
import * as assert from "uvu/assert";
import { checkOp } from "../../src/audit/index.ts";
import * as b from "../../src/index.ts";
import { testEngine } from "../support/device.ts";
import { describe } from "../support/suite.ts";

const engine = await testEngine();
const x = engine.tensor([1, 2, 3, 4, 5, 6], [2, 3]);
const v = engine.tensor([0, 1, 0]);
const image = engine.zeros([1, 4, 4, 2]);
const parameters = b.createParameters(engine, { w: { shape: [1], values: [1] } });
const draw = { seed: 1, stream: 0 };

/** The functions under test, without their types: JavaScript passes them anything. */
// biome-ignore lint/suspicious/noExplicitAny: see above
type Anything = any;
const any: Anything = b;
const on: Anything = engine;

/** Throws unless `f` throws, or rejects with, one line of this form. */
async function refuses(what: string, f: () => unknown, expected = /^[\w.]+: .*expect.* got /): Promise<void> {
  let error: unknown;
  try {
    await f();
  } catch (caught) {
    error = caught;
  }
  assert.ok(error instanceof TypeError || error instanceof RangeError || error instanceof Error, `${what}: no error`);
  assert.match(error.message, expected, what);
  assert.not.match(error.message, /\n/, what);
}

const [shape, list, window] = [[6], [0, 0], 2];
/** Every function that takes one tensor first, with what it takes behind it. */
const FIRST: Readonly<Record<string, readonly unknown[]>> = {
  ...Object.fromEntries(
    `abs exp log sqrt square tanh sigmoid relu leakyRelu elu neg not softmax logSoftmax argMax argMin max min sum mean
    prod norm cumsum moments reverse squeeze expandDims transpose unstack print`
      .split(/\s+/)
      .map((name) => [name, []]),
  ),
  ...{
    affine: [1, 0],
    scale: [1],
    reshape: [shape],
    slice: [list],
    gather: [v],
    pad: [[]],
    tile: [[1, 1]],
    split: [2],
  },
  ...{ broadcast: [[2, 3]], oneHot: [2], matmul: [x], conv2d: [image], conv2dTranspose: [image], maxPool: [window] },
  ...{ avgPool: [window], biasAdd: [v], biasRelu: [v], batchNorm: [{ mean: v, variance: v }], dropout: [0.5, draw] },
  ...{ mse: [x], l1: [x], bceWithLogits: [x], softmaxCrossEntropy: [x], where: [1, x], clip: [0, 1] },
};

describe("bad input", {
  async "what is no tensor is refused by every function that takes one"() {
    for (const [name, rest] of Object.entries(FIRST)) {
      assert.type(any[name], "function", name);
      for (const wrong of [undefined, null, [1, 2], [[1], [2]], "a", {}]) {
        const tensor = /^\w+: expected a tensor( or a number)? as `\w+`, got /;
        await refuses(`${name}(${JSON.stringify(wrong)})`, () => any[name](wrong, ...rest), tensor);
      }
    }
    for (const wrong of [undefined, null, [1, 2], "a", {}, [[x]]]) {
      for (const name of ["concat", "stack"]) {
        await refuses(name, () => any[name]([wrong]), /^\w+: expected a tensor as `tensors\[0\]`, got /);
        await refuses(name, () => any[name]([x, wrong]), /^\w+: expected a tensor as `tensors\[1\]`, got /);
      }
    }
    for (const name of ["concat", "stack"]) {
      await refuses(name, () => any[name](x, x), /^\w+: expected `tensors` as an array, got an object of class Tensor/);
    }
  },

  async "what is no engine is refused by every function that takes one"() {
    for (const wrong of [undefined, null, 0, x, engine.device]) {
      for (const [name, ...rest] of [
        ["uniform", [2], draw],
        ["normal", [2], draw],
        ["linspace", 0, 1, 5],
        ["range", 0, 5],
        ["eye", 3],
        ["createParameters", { w: { shape: [1], values: [1] } }],
      ]) {
        const expected = /^\w+: expected an engine, got .*; give what `openGpu\(\)` gives$/;
        await refuses(`${name}`, () => any[name as string](wrong, ...rest), expected);
      }
    }
  },

  async "numbers in place of lists are refused, not taken for empty lists"() {
    for (const wrong of [1, null, "12", { 0: 1 }]) {
      for (const [name, ...rest] of [
        ["slice", wrong],
        ["slice", [0], wrong],
        ["slice", [0], [1], wrong],
        ["reshape", wrong],
        ["broadcast", wrong],
        ["tile", wrong],
        ["pad", wrong],
        ["pad", [wrong, wrong]],
        ["transpose", wrong === null ? 1 : wrong],
        ["split", wrong === 1 ? "2" : wrong],
        ["sum", wrong === null ? 1 : wrong],
      ] as const) {
        await refuses(`${name}(x, ${JSON.stringify(rest)})`, () => any[name](x, ...rest));
      }
      await refuses("zeros", () => on.zeros(wrong));
    }
  },

  async "what is no number is refused as a number, not taken for NaN or 0"() {
    for (const wrong of ["1", null, [1], { alpha: 1 }, x, true]) {
      await refuses("scale", () => any.scale(x, wrong), /^scale: expected a number as `alpha`, got /);
      await refuses("affine", () => any.affine(x, wrong, 0), /^affine: expected a number as `alpha`, got /);
      await refuses("affine", () => any.affine(x, 1, wrong), /^affine: expected a number as `beta`, got /);
      for (const name of ["leakyRelu", "elu"]) await refuses(name, () => any[name](x, wrong), /a number as `alpha`/);
      const pad = /^pad: expected a number as `value`, got /;
      await refuses("pad", () => any.pad(x, [[1, 0], list], wrong), pad);
      const epsilon = /^batchNorm: expected a number as `epsilon`, got /;
      await refuses("batchNorm", () => any.batchNorm(x, b.moments(x), wrong), epsilon);
      await refuses("full", () => on.full([2], wrong), /^full: expected a number as `value`, got /);
      await refuses("maxPool", () => any.maxPool(image, wrong === true || Array.isArray(wrong) ? null : wrong));
      for (const name of ["beta1", "epsilon"]) await refuses(name, () => new any.Adam(parameters, { [name]: wrong }));
      await refuses("momentum", () => new any.Sgd(parameters, { momentum: wrong }));
    }
    for (const name of ["scale", "affine"])
      await refuses(name, () => any[name](x), /a number as `alpha`, got undefined/);
    await refuses("full", () => on.full([2]), /^full: expected a number as `value`, got undefined/);
    await refuses("sum", () => any.sum(x, [0], { keepDims: "no" }), /^sum: expected `keepDims` as true or false, got /);
    await refuses("warmUp", () => any.warmUp({ steps: 3 }), /^warmUp: expected a number or a function as `w`, got /);
    await refuses("warmUp", () => any.warmUp(2, 0.5), /^warmUp: expected a function as `then`, got 0.5/);
  },

  async "the tape names what it cannot differentiate"() {
    const loss = (): b.Tensor => b.sum(b.square(x));
    await refuses("inputs", () => any.valueAndGrad(x, loss), /^valueAndGrad: expected `inputs` as an array, got /);
    await refuses("inputs", () => any.valueAndGrad(loss, [x]), /^valueAndGrad: expected `inputs` as an array, got /);
    await refuses("f", () => any.valueAndGrad([x], loss()), /^valueAndGrad: expected a function as `f`, got /);
    const dead = engine.tensor([1, 2]);
    dead.dispose();
    const expected = /^valueAndGrad: expected a tensor in use as `(input|value of f|cotangent)`, got \[2?\] that was/;
    await refuses("input", () => b.valueAndGrad([dead], loss), expected);
    await refuses("cotangent", () => b.valueAndGrad([x], () => b.exp(v), dead));
    await refuses("cotangent", () => b.valueAndGrad([v], () => b.slice(b.exp(v), [0], [2]), dead), expected);
    const gone = (): b.Tensor => {
      const value = loss();
      value.dispose();
      return value;
    };
    await refuses("value", () => b.valueAndGrad([x], gone), expected);
    await refuses("gradients", () => any.clipByGlobalNorm(x, 1), /^clipByGlobalNorm: expected `gradients` as an array/);
    await refuses("gradients", () => any.clipByGlobalNorm([1], 1), /^clipByGlobalNorm: expected a tensor as /);
    const adam = new b.Adam(parameters);
    await refuses("step", () => any.Adam.prototype.step.call(adam, x, 1), /^adam: expected `gradients` as an array/);
    adam.dispose();
  },

  async "parameters are records of shapes and values, and optimisers take parameters"() {
    for (const wrong of [
      undefined,
      null,
      3,
      x,
      [],
      { shape: [1], value: [1] },
      { shape: [1], values: [1], grad: true },
    ]) {
      const named = /^createParameters: w: expected (a record of )?options among shape, values, got /;
      await refuses("record", () => any.createParameters(engine, { w: wrong }), named);
    }
    for (const wrong of [undefined, null, [x]]) {
      await refuses("records", () => any.createParameters(engine, wrong), /^createParameters: expected a record of /);
    }
    for (const name of ["Adam", "AdamW", "Sgd"]) {
      for (const wrong of [undefined, null, [x], x, { w: x }]) {
        const expected = /^(adam|adamW|sgd): expected the record of `createParameters`, got /;
        await refuses(name, () => new any[name](wrong), expected);
      }
    }
    await refuses("save", () => any.saveParameters([x]), /^saveParameters: expected the record of `createParam/);
    await refuses("load", () => any.loadParameters(x, new Uint8Array(9)), /^loadParameters: expected the record of /);
  },

  async "other functions name what they got"() {
    await refuses("scope", () => on.scope(x), /^scope: expected a function as `f`, got /);
    await refuses("defineOp", () => any.defineOp(), /^defineOp: expected a record /);
    await refuses("batchNorm", () => any.batchNorm(x, v), /^batchNorm: expected a tensor as `mean`, got undefined/);
    await refuses("batchNorm", () => any.batchNorm(x, 3), /^batchNorm: expected the record of `moments`, got 3/);
    await refuses("dispose", () => any.dispose(x.shape), /^dispose: expected what has `dispose\(\)`, got an array/);
    await refuses("dispose", () => any.dispose(undefined), /^dispose: expected what has `dispose\(\)`, got undefined/);
  },

  async "an op of one's own is called with a record, and its gradients are functions in one"() {
    const text = `// y = x. Dispatch grid(⌈size / 64⌉).
//@flops 0
struct Params {
  size: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) at: vec3u) {
  if at.x < params.size { y[at.x] = x[at.x]; }
}
`;
    const same = b.kernel("same", text);
    const op = (backward: unknown, params: object, ref = (t: b.Tensor): unknown => t.buffer): Anything =>
      any.defineOp({
        name: "same",
        shape: (shapes: Anything) => shapes.x,
        forward: (gpu: b.Engine, inputs: Anything, y: b.Tensor) =>
          gpu.dispatch({
            op: "same",
            kernel: same,
            buffers: { x: ref(inputs.x), y: y.buffer } as Anything,
            params: params as { size: number },
            workgroups: b.grid(1),
          }),
        backward,
      });
    const good = op((dy: b.Tensor) => ({ x: () => dy }), { size: 6 });
    for (const wrong of [x, undefined, 3]) {
      await refuses("call", () => good(wrong), /^same: expected a record of tensors, got .*; call `same\(\{ x \}\)`$/);
    }
    await refuses("params", () => op(() => null, { size: "6" })({ x }), /^same: expected a number as `size`, got /);
    await refuses(
      "buffer",
      () =>
        op(
          () => null,
          { size: 6 },
          (t) => t,
        )({ x }),
      /^buffer: expected what `x.buffer`/,
    );
    for (const [wrong, expected] of [
      [undefined, /^same: expected a record from `backward`, got undefined$/],
      [{ x }, /^same: expected a function as `gradient of x`, got an object of class Tensor$/],
    ] as const) {
      const bad = op(() => wrong, { size: 6 });
      await refuses("backward", () => b.valueAndGrad([x], () => b.sum(bad({ x }))), expected);
    }
    const reference = { reference: (inputs: Anything) => inputs.x.values, bound: () => ({ tolerance: 0, scale: 0 }) };
    const cases = [{ inputs: { x: { shape: [6], values: [1, 2, 3, 4, 5, 6] } }, attributes: {} }];
    await checkOp(engine, good, reference, cases);
    const check: Anything = checkOp;
    for (const [wrong, expected] of [
      [[undefined, reference, cases], /^checkOp: expected a function as `op`, got undefined$/],
      [[good, reference.reference, cases], /^checkOp: expected a function as `reference`, got undefined$/],
      [[good, { reference: reference.reference }, cases], /^checkOp: expected a function as `bound`, got undefined$/],
      [[good, reference, cases[0]], /^checkOp: expected `cases` as an array, got an object with/],
      [[good, reference, []], /^checkOp: expected at least one case, got none$/],
      [[good, reference, [{ input: {} }]], /^checkOp: case 0: expected options .* did you mean `inputs`\?$/],
      [[good, reference, [{ attributes: {} }]], /^checkOp: expected a record as `inputs` of case 0, got undefined$/],
    ] as const) {
      await refuses("checkOp", () => check(engine, ...wrong), expected);
    }
  },

  async "a cross entropy takes targets of the logits' shape and no other"() {
    for (const t of [v, engine.tensor(1), engine.zeros([1, 3]), engine.zeros([2, 2, 3])]) {
      const expected = /^softmaxCrossEntropy: expected equal shapes, got \[2, 3\] and \[.*; for classes use `oneHot`$/;
      await refuses("softmaxCrossEntropy", () => b.softmaxCrossEntropy(x, t), expected);
    }
  },

  async "the engine works on"() {
    assert.equal(await b.add(x, 1).toArray(), [
      [2, 3, 4],
      [5, 6, 7],
    ]);
  },
});
