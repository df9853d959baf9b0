// Times matrix products of the given side with every kernel that the device can run:
// `node .test-build/bench/gpu/products.js 4096`.

import { openGpu } from "../../src/adapter/openGpu.ts";
import { format, kernelsOf } from "../../src/kernels/family.ts";
import { autotune } from "../../src/tensor/diagnostics/autotune.ts";
import { Engine } from "../../src/tensor/engine.ts";

const side = Number(process.argv[2] ?? 4096);
if (!Number.isInteger(side) || side < 1)
  throw new RangeError(`products: expected a side of at least 1, got ${process.argv[2]}`);
const gpu = await openGpu();
const { adapter } = gpu;
const square = { m: side, n: side, k: side };
const { measured } = await autotune((kernels) => new Engine(gpu.device, kernels), kernelsOf(gpu.device), {
  now: () => performance.now(),
  budget: Number.POSITIVE_INFINITY,
  shapes: [
    { ...square, transposed: false },
    { ...square, transposed: true },
  ],
});
console.log(`${adapter.name}: GFLOP/s at ${side}³, plain and with both operands transposed`);
for (const { kernels, gflops, problem } of measured) {
  console.log(
    `${format(kernels).padEnd(24)}${problem ?? gflops.map((value) => value.toFixed(1).padStart(10)).join("")}`,
  );
}
await gpu.dispose();
