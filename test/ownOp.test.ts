// An op of a program: its kernel, its gradient and its reference stand in the program's own file,
// which imports the faces of the package alone, and tape, record and audit see it as any other.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import {
  audited,
  checkOp,
  explainKernel,
  type OpCase,
  type Reference,
  ROUNDED,
  readRecord,
  recordAudit,
} from "../src/audit/index.ts";
import {
  defineOp,
  dispose,
  Engine,
  FAMILIES,
  grid,
  hostRandom,
  kernel,
  matmul,
  mul,
  normal,
  scale,
  size,
  square,
  sum,
  type Tensor,
  valueAndGrad,
} from "../src/index.ts";
import { openGpu } from "../src/node.ts";
import { describe } from "./support/suite.ts";
import { rejects, throws } from "./support/throws.ts";

const text = (formula: string): string => `// y = αx³ for each element.
// A thread computes a vec4; dispatch grid(⌈vectors / 64⌉). The last may reach into the padding.
//@flops 12 * vectors

struct Params {
  vectors: u32,
  alpha: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;        // any shape, ⌈size / 4⌉ vectors
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;  // the same

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * 32768u + group.x) * 64u + lane;
  if i < params.vectors { y[i] = ${formula}; }
}
`;

interface Factor {
  readonly alpha: number;
}
type Backward = (dy: Tensor, x: Tensor, alpha: number) => Tensor;

/** The op αx³ with a kernel and a gradient. */
const cubeOf = (code: string, backward: Backward) => {
  const cube = kernel("cube", code);
  return defineOp<"x", Factor>({
    name: "cube",
    shape: ({ x }) => x,
    forward(gpu, { x }, y, { alpha }) {
      const vectors = Math.ceil(size(x.shape) / 4);
      const buffers = { x: x.buffer, y: y.buffer };
      const workgroups = grid(Math.ceil(vectors / 64));
      gpu.dispatch({ op: "cube", kernel: cube, buffers, params: { vectors, alpha }, workgroups });
    },
    backward: (dy, { x }, _y, { alpha }) => ({ x: () => backward(dy, x, alpha) }),
  });
};
const RIGHT = text("params.alpha * x[i] * x[i] * x[i]");
const slope: Backward = (dy, x, alpha) => mul(dy, scale(square(x), 3 * alpha));
const cube = cubeOf(RIGHT, slope);

const reference: Reference<"x", Factor> = {
  reference: ({ x }, { alpha }) => x.values.map((v) => Math.fround(alpha) * v * v * v),
  bound: () => ({ tolerance: 3 * ROUNDED, scale: 0 }),
};

// Seed 1: values uniform in [−2, 2), of several shapes.
const random = hostRandom(1, 0);
const cases: OpCase<"x", Factor>[] = [[], [1], [5], [2, 3], [3, 1, 4], [257]].map((shape, i) => ({
  inputs: { x: { shape, values: Array.from({ length: size(shape) }, () => 4 * random.uniform() - 2) } },
  attributes: { alpha: [1, -0.3, 2][i % 3] as number },
}));

const gpu = await openGpu();
const engines = FAMILIES.filter((family) => !(family === "subgroup" || family === "quads") || gpu.adapter.cpu).map(
  (family) => new Engine(gpu.device, { family }),
);

describe("an op of one's own", {
  async "agrees with its reference, and so does its gradient, on every family (seed 1, 1e-5)"() {
    for (const engine of engines) {
      const before = engine.memory().inUse;
      await checkOp(engine, cube, reference, cases);
      assert.is(engine.memory().inUse, before);
    }
  },

  async "works in other functions, and its gradient's gradient as well"() {
    const x = gpu.tensor([1, -2]);
    const { value, gradients } = gpu.scope(() =>
      valueAndGrad([x], () => sum(valueAndGrad([x], () => sum(cube({ x }, { alpha: 2 }))).gradients[0])),
    );
    assert.is(await value.toArray(), 6 * (1 + 4));
    assert.equal(await gradients[0].toArray(), [12, -24]);
    dispose(x, value, ...gradients);
  },

  async "an audit holds it to the reference that the program gives, wherever it runs"() {
    const work = () =>
      gpu.scope(() => {
        const x = normal(gpu, [4, 4], { seed: 1, stream: 0 });
        return valueAndGrad([x], () => sum(matmul(cube({ x }, { alpha: 1 }), x))).gradients[0];
      });
    const { result, exact } = await audited(gpu, work, { cube: reference });
    const [values, expected] = [await gpu.read(result), await exact(result)];
    const off = values.reduce((most, value, i) => Math.max(most, Math.abs(value - (expected[i] as number))), 0);
    assert.ok(off > 0 && off <= 1e-4, `${off}`);
    result.dispose();
    await rejects(
      audited(gpu, work),
      "verify: expected a float64 reference of the op cube, found none; give one for it",
    );
    await rejects(
      audited(gpu, work, { matmul: reference }),
      "verify: expected a name that no op of the package has, got matmul; choose another",
    );
  },

  async "a record names the op, the kernel, its operations and values, and keeps the text"() {
    const folder = mkdtempSync(join(tmpdir(), "brenier-own-op-"));
    const recorder = await recordAudit(gpu, { folder, level: "digests" });
    gpu.scope(() => void cube({ x: gpu.tensor([1, 2, 3]) }, { alpha: 1 }));
    await recorder.finish();
    const lines = [...readRecord(folder)].flatMap((line) => (line.kind === "dispatch" ? [line] : []));
    assert.equal(
      lines.map(({ op, kernel, flops, params, outputs }) => ({ op, kernel, flops, params, y: outputs?.["y"]?.values })),
      [
        {
          op: "cube",
          kernel: "cube",
          flops: 12,
          params: { vectors: 1, alpha: 1 },
          y: [
            [0, 1],
            [1, 8],
            [2, 27],
          ],
        },
      ],
    );
    const explained = (await explainKernel("cube", folder))?.join("\n") ?? "";
    assert.ok(explained.includes(RIGHT.trimEnd()) && explained.includes("ran 1 times"), explained);
    assert.is(await explainKernel("cuba", folder), undefined);
    assert.is(await explainKernel("cube"), undefined);
    rmSync(folder, { recursive: true });
  },

  async "a wrong kernel, a wrong gradient and a wrong reference are found"() {
    const wrong = text("params.alpha * x[i] * x[i] * (x[i] + 1e-4)");
    const message = /^verify: cube \(cube\): y \[\d*\] at \[\d*\]: got .+, expected .+; relative error/;
    const failure = (op: typeof cube, row = reference): Promise<string> =>
      checkOp(gpu, op, row, cases).then(
        () => "passed",
        (error: Error) => `${error.constructor.name} ${error.message}`,
      );
    assert.match((await failure(cubeOf(wrong, slope))).replace("VerifyError ", ""), message);
    const twice: Backward = (dy, x, alpha) => slope(dy, x, 2 * alpha);
    assert.match(
      await failure(cubeOf(RIGHT, twice)),
      /^VerifyError checkOp: gradient of x by its rule: expected .+ along a direction, got .+; allowed /,
    );
    const more: typeof reference = { ...reference, reference: ({ x }) => x.values.map((v) => 1.001 * v * v * v) };
    assert.match((await failure(cube, more)).replace("VerifyError ", ""), message);
    const fewer: typeof reference = { ...reference, reference: () => new Float64Array(3) };
    assert.match(await failure(cube, fewer), /^VerifyError checkOp: expected a number of values of 3, got 1$/);
    assert.is(await failure(cube), "passed");
  },

  async "what is no op, no tensor and no shape is refused, and the engine works on"() {
    const op = cube.op;
    throws(() => defineOp({ ...op, name: "a cube" }), 'defineOp: expected an identifier as `name`, got "a cube"');
    throws(
      () => defineOp({ ...op, backward: undefined as never }),
      "cube: expected a function as `backward`, got undefined",
    );
    throws(() => cube({ x: [1] as never }, { alpha: 1 }), "cube: expected a tensor as `x`, got an array");
    const x = gpu.tensor([1, 2]);
    for (const shape of [undefined, 2, [-1], [0.5]]) {
      const bad = defineOp<"x", Factor>({ ...op, shape: () => shape as never });
      throws(() => bad({ x }, { alpha: 1 }), "cube: expected ");
    }
    const lacking = defineOp<"x", Factor>({
      ...op,
      forward: (gpu, inputs, y) =>
        gpu.dispatch({
          op: "cube",
          kernel: kernel("cube", RIGHT),
          buffers: { x: inputs.x.buffer, z: y.buffer },
          params: { vectors: 1, alpha: 1 },
          workgroups: [1, 1, 1],
        }),
    });
    throws(() => lacking({ x }, { alpha: 1 }), "cube: `cube` misses buffer `y`");
    const y = cube({ x }, { alpha: 1 });
    assert.equal(await y.toArray(), [1, 8]);
    dispose(x, y);
  },

  async "a text that is no WGSL is refused by the device, with op and kernel"() {
    const own = await openGpu();
    const unfit = cubeOf(text("z[i]"), slope);
    throws(() => own.scope(() => unfit({ x: own.tensor([1]) }, { alpha: 1 })), "unresolved value 'z' in cube (cube ");
    await rejects(own.dispose(), "unresolved value 'z' in cube (cube ");
  },
});
