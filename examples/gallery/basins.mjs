// Gradients of gradients: Newton's method from every pixel to a minimum, or to the dark middle.
// Shows second derivatives of whole tensors: 57,600 Hessians are computed in each step.
import { writeFileSync } from "node:fs";
import * as b from "brenier";
import { encodePng, openGpu } from "brenier/node";

const f = (x, y) => {
  const real = b.sub(b.mul(x, b.sub(b.square(x), b.mul(3, b.square(y)))), 1);
  const imaginary = b.mul(y, b.sub(b.mul(3, b.square(x)), b.square(y)));
  return b.add(b.square(real), b.square(imaginary)); // |z³ − 1|², z = x + iy
};
const grad = (inputs, make) => b.valueAndGrad(inputs, () => b.sum(make())).gradients;

const gpu = await openGpu();
const side = 240;
const axis = b.linspace(gpu, -1.5, 1.5, side);
let x = b.broadcast(axis, [side, side]);
let y = b.transpose(x, [1, 0]);
for (let step = 0; step < 12; step++) {
  [x, y] = gpu.scope(() => {
    const slopes = () => grad([x, y], () => f(x, y));
    const [gx, gy] = slopes();
    const [xx, xy] = grad([x, y], () => slopes()[0]);
    const [yy] = grad([y], () => slopes()[1]);
    const det = b.sub(b.mul(xx, yy), b.square(xy));
    const [dx, dy] = [b.sub(b.mul(yy, gx), b.mul(xy, gy)), b.sub(b.mul(xx, gy), b.mul(xy, gx))];
    return [b.sub(x, b.div(dx, det)), b.sub(y, b.div(dy, det))];
  });
}
const [ends, values] = [await gpu.read(b.stack([x, y], -1)), await gpu.read(f(x, y))];
const colours = ["5a8cdc", "faaa50", "78be78"].map((hex) => [...Buffer.from(hex, "hex")]);
const pixels = Array.from(values, (value, i) => {
  const angle = Math.atan2(ends[2 * i + 1], ends[2 * i]); // near 0 or ± 2π/3
  const base = colours[Math.round((3 * angle) / (2 * Math.PI)) + 1];
  return value < 1e-3 ? base : [40, 40, 40]; // has not arrived
}).flat();
const size = { width: side, height: side, channels: 3 };
writeFileSync("basins.png", encodePng({ ...size, pixels: Uint8Array.from(pixels) }));
await gpu.dispose();
