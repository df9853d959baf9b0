// An op of your own: softplus, ln(1 + eˣ), as a kernel in WGSL with its gradient and a reference.
// Shows defineOp, and checkOp, which holds value and gradient to the reference in float64.
import { defineOp, grid, kernel, mul, print, sigmoid, size, sum, valueAndGrad } from "brenier";
import { checkOp } from "brenier/audit";
import { openGpu } from "brenier/node";

const softplusKernel = kernel(
  "softplus",
  `// y = ln(1 + exp x), each thread one value. Dispatch grid(⌈size / 64⌉).
//@flops 4 * size
struct Params {
  size: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let i = (group.y * 32768u + group.x) * 64u + thread; // as grid() numbers them
  if i < params.size {
    y[i] = select(x[i], 0.0, x[i] <= 0.0) + log(1.0 + exp(-abs(x[i])));
  }
}
`,
);

const softplus = defineOp({
  name: "softplus",
  shape: ({ x }) => x,
  forward(gpu, { x }, y) {
    const count = size(x.shape);
    gpu.dispatch({
      op: "softplus",
      kernel: softplusKernel,
      buffers: { x: x.buffer, y: y.buffer },
      params: { size: count },
      workgroups: grid(Math.ceil(count / 64)),
    });
  },
  backward: (dy, { x }) => ({ x: () => mul(dy, sigmoid(x)) }),
});

const reference = {
  reference: ({ x }) => x.values.map((v) => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)))),
  bound: () => ({ tolerance: 4e-6, scale: 1 }), // |error| ≤ tolerance · (|y| + rms(y) + scale)
};

const gpu = await openGpu();
const values = [-30, -2, -0.5, 0, 0.5, 2, 30];
await checkOp(gpu, softplus, reference, [
  { inputs: { x: { shape: [7], values } }, attributes: {} },
  { inputs: { x: { shape: [2, 3], values: values.slice(1) } }, attributes: {} },
]);
const x = gpu.tensor([-2, -0.5, 0, 0.5, 2]);
const { value, gradients } = valueAndGrad([x], () => sum(softplus({ x })));
console.log("sum:", (await value.toArray()).toFixed(3));
console.log(await print(gradients[0], { digits: 3 }));
await gpu.dispose();
