// ARCHITECTURE.md says that an op is added by four files and one line. Here a small op is added by
// exactly these to a copy of the repository, where its own test, the audit and the tests of the
// architecture must then know it.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { describe } from "../support/suite.ts";

const root = process.cwd();
const folder = join(root, ".test-build", "adding-an-op");

const FILES = {
  "shaders/cube.wgsl": `// y = x³ for each element.
// A thread computes a vec4; dispatch grid(⌈vectors / 64⌉). The last may reach into the padding.
//@flops 8 * vectors

struct Params {
  vectors: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;        // any shape, ⌈size / 4⌉ vectors
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;  // the same

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * 32768u + group.x) * 64u + lane;
  if i < params.vectors { y[i] = x[i] * x[i] * x[i]; }
}
`,
  "src/tensor/ops/cube.ts": `import { grid } from "../../kernels/grid.ts";
import { cube as kernel } from "../../kernels/shaders.generated.ts";
import type { Op, Tensor } from "../engine.ts";
import { size } from "../shape.ts";
import { mul, scale, square } from "./elementwise.ts";

const cubeOp: Op<"x"> = {
  name: "cube",
  shape: ({ x }) => x,
  forward(gpu, { x }, y) {
    const vectors = Math.ceil(size(x.shape) / 4);
    const buffers = { x: x.buffer, y: y.buffer };
    gpu.dispatch({ op: "cube", kernel, buffers, params: { vectors }, workgroups: grid(Math.ceil(vectors / 64)) });
  },
  backward: (dy, { x }) => ({ x: () => mul(dy, scale(square(x), 3)) }),
};

/** x³. dx = 3x² ⊙ dy. */
export const cube = (x: Tensor): Tensor => x.engine.apply(cubeOp, { x }, {});
`,
  "src/tensor/reference/cube.ts": `import { ROUNDED } from "./bound.ts";
import type { OpReference } from "./reference.ts";

export const cube: OpReference<"x", Record<never, never>> = {
  kernels: ["cube"],
  reference: ({ x }) => x.values.map((v) => v * v * v),
  bound: () => ({ tolerance: 2 * ROUNDED, scale: 0 }),
};
`,
  "test/tensor/ops/cube.test.ts": `import fc from "fast-check";
import { cube } from "../../../src/tensor/ops/cube.ts";
import * as reference from "../../../src/tensor/reference/cube.ts";
import { checkOp, shapes, values } from "../../support/checkOp.ts";
import { onEveryFamily } from "../../support/families.ts";
import { on, planted } from "../../support/planted.ts";
import { describe } from "../../support/suite.ts";

onEveryFamily("cube", (engine) => ({
  "cube agrees with its reference": () =>
    checkOp(
      engine,
      ({ x }) => cube(x),
      reference.cube,
      shapes().chain((s) => fc.record({ inputs: fc.record({ x: values(s) }), attributes: fc.constant({}) })),
    ),
}));

describe("cube", {
  ...planted("cube", { family: "portable", from: "* x[i];", to: "+ x[i];", work: on((x) => cube(x), [5]) }),
});
`,
};
const LINE = `export { cube } from "./tensor/ops/cube.ts";`;

/** Not part of the op: what an audit and a user see of it. */
const PROBE = `import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { explainKernel, recordAudit } from "./src/audit/index.ts";
import { readRecord } from "./src/audit/record/readRecord.ts";
import { Checker } from "./src/audit/references/checker.ts";
import { cube } from "./src/index.ts";
import { openGpu } from "./src/node.ts";

const folder = mkdtempSync(join(tmpdir(), "brenier-op-"));
const gpu = await openGpu();
const recorder = await recordAudit(gpu, { folder, level: "digests" });
const checked: string[] = [];
const checker = new Checker(gpu, gpu.queue(), ({ op, kernels, outcome }) => {
  checked.push(\`\${op} \${kernels} \${outcome.passed}\`);
});
gpu.scope(() => void cube(gpu.tensor([1, 2, 3])));
await checker.settle();
await recorder.finish();
const lines = [...readRecord(folder)].flatMap((line) => (line.kind === "dispatch" ? [line] : []));
const recorded = lines.map(({ op, kernel, flops, outputs }) => ({ op, kernel, flops, y: outputs?.["y"]?.values }));
process.stdout.write(JSON.stringify({ checked, recorded, explained: (await explainKernel("cube"))?.join("\\n") }));
rmSync(folder, { recursive: true, force: true });
await gpu.dispose();
`;

/** Runs Node in the copy and returns what it wrote; it must end with 0. */
function node(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  assert.is(status, 0, `${args.join(" ")}\n${stdout}${stderr}`);
  return stdout;
}

describe("adding an op", {
  "takes four files and one line"() {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const part of [
      "bench",
      "examples",
      "pages",
      "scripts",
      "shaders",
      "site",
      "src",
      "test",
      "package.json",
      "tsconfig.json",
    ]) {
      cpSync(join(root, part), join(folder, part), {
        recursive: true,
        filter: (path) => !path.includes("node_modules"),
      });
    }
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));

    for (const [path, text] of Object.entries(FILES)) writeFileSync(join(folder, path), text);
    const face = join(folder, "src/index.ts");
    writeFileSync(face, `${readFileSync(face, "utf8")}${LINE}\n`);

    const tests = ["test/architecture.test", "test/audit/references/planted.test", "test/tensor/ops/cube.test"];
    const compile = {
      extends: "./tsconfig.json",
      compilerOptions: { rootDir: ".", outDir: "out", declaration: false, isolatedDeclarations: false },
      include: ["src", "test/support", "probe.ts", ...tests.map((test) => `${test}.ts`)],
    };
    writeFileSync(join(folder, "probe.ts"), PROBE);
    writeFileSync(join(folder, "tsconfig.probe.json"), JSON.stringify(compile));
    node("scripts/generate-shaders.mjs");
    node(join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.probe.json");

    for (const test of tests) node(`out/${test}.js`);
    const { checked, recorded, explained } = JSON.parse(node("out/probe.js"));
    assert.equal(checked, ["cube cube true"]);
    const y = [1, 8, 27].map((value, i) => [i, value]);
    assert.equal(recorded, [{ op: "cube", kernel: "cube", flops: 8, y }]);
    assert.match(explained, /y\[i\] = x\[i\] \* x\[i\] \* x\[i\]/);
    assert.match(explained, /float64 reference: tensor\/reference\/cube, through the ops cube\n/);
    rmSync(folder, { recursive: true, force: true });
  },
});
