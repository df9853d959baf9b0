// Builds a pipeline from every shader, with its defaults and with each boolean constant inverted,
// on Dawn's null backend, which validates all of WGSL and the bindings in milliseconds without a
// driver. It reads the compiled dist/.
import { create } from "webgpu";
import { layoutEntries } from "../dist/kernels/pipelines.js";
import * as shaders from "../dist/kernels/shaders.generated.js";
import { specialise } from "../dist/kernels/specialise.js";

const dawn = create(["backend=null"]);
const adapter = await dawn.requestAdapter();
if (adapter === null) throw new Error("check-shaders: Dawn has no null backend");
/** @type {GPUFeatureName[]} */
const requiredFeatures = adapter.features.has("subgroups") ? ["subgroups"] : [];
const device = await adapter.requestDevice({ requiredFeatures });

/**
 * @param {import("../dist/kernels/kernel.js").Kernel} kernel
 * @param {string} code
 * @returns {Promise<string | undefined>}
 */
async function problem(kernel, code) {
  device.pushErrorScope("validation");
  const entries = layoutEntries(kernel);
  const layout = device.createPipelineLayout({ bindGroupLayouts: [device.createBindGroupLayout({ entries })] });
  device.createComputePipeline({ layout, compute: { module: device.createShaderModule({ code }) } });
  return (await device.popErrorScope())?.message;
}

let built = 0;
let failed = 0;
for (const kernel of Object.values(shaders)) {
  const flips = Object.entries(kernel.constants)
    .filter(([, value]) => typeof value === "boolean")
    .map(([name, value]) => ({ [name]: !value }));
  for (const constants of [{}, ...flips]) {
    const message = await problem(kernel, specialise(kernel, constants));
    built++;
    if (message === undefined) continue;
    failed++;
    console.error(`shaders/${kernel.name}.wgsl ${JSON.stringify(constants)}: ${message}`);
  }
}
device.destroy();
console.log(`${built} pipelines of ${Object.keys(shaders).length} shaders built, ${failed} refused`);
process.exitCode = failed === 0 ? 0 : 1;
process.once("exit", () => void dawn); // keeps Dawn's object alive until the end
