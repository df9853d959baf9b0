// An op of your own draws: its kernel repeats z ← z² + c for every pixel until |z| > 2.
// Shows kernel and defineOp, with which a text in WGSL becomes an op like the package's own.
import { writeFileSync } from "node:fs";
import { defineOp, grid, kernel } from "brenier";
import { encodePng, openGpu } from "brenier/node";

const [width, height] = [320, 200];
const text = `// y = steps / 200; x is left, top, a pixel's side. Dispatch grid(pixels / 64).
//@flops 2000 * width * 200
struct Params {
  width: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let c = vec2f(x[0], x[1]) + x[2] * vec2f(f32(id.x % params.width), -f32(id.x / params.width));
  var z = vec2f();
  var steps = 0;
  for (; steps < 200 && dot(z, z) <= 4.0; steps++) {
    z = vec2f(z.x * z.x - z.y * z.y, 2.0 * z.x * z.y) + c;
  }
  y[id.x] = f32(steps) / 200.0;
}
`;
const steps = kernel("steps", text);
const mandelbrot = defineOp({
  name: "mandelbrot",
  shape: () => [height, width],
  forward(gpu, { x }, y) {
    const [buffers, workgroups] = [{ x: x.buffer, y: y.buffer }, grid((width * height) / 64)];
    gpu.dispatch({ op: "steps", kernel: steps, buffers, params: { width }, workgroups });
  },
  backward: () => ({ x: null }), // a count has no gradient
});
const gpu = await openGpu();
const share = await gpu.read(mandelbrot({ x: gpu.tensor([-2.2, 1, 0.01]) }));
const pixels = Uint8Array.from(share, (v) => (v === 1 ? 0 : 255 - Math.round(215 * v ** 0.3)));
writeFileSync("mandelbrot.png", encodePng({ width, height, channels: 1, pixels }));
await gpu.dispose();
