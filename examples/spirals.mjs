// A perceptron with two hidden layers learns to tell two spirals apart, and draws what it decides.
// Shows a ready network, Adam, a picture that is computed as a tensor, and how to write a PNG file.
import { writeFileSync } from "node:fs";
import * as b from "brenier";
import { perceptron } from "brenier/models";
import { encodePng, openGpu } from "brenier/node";

const gpu = await openGpu();
const each = 100; // points of each spiral
const rows = Array.from({ length: 2 * each }, (_, i) => {
  const [radius, turn] = [0.1 + (0.9 * (i >> 1)) / each, i % 2];
  const angle = 9 * radius + Math.PI * turn;
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
});
const x = gpu.tensor(rows.flat(), [2 * each, 2]);
const t = gpu.tensor(
  Array.from(rows, (_, i) => i % 2),
  [2 * each, 1],
);

const network = perceptron(gpu, b.hostRandom(1, 0), [2, 64, 64, 1]); // seed 1, stream 0
const logits = (x) => network.run(b.mul(x, 3));
const adam = new b.Adam(network.parameters);
for (let step = 0; step < 600; step++) {
  gpu.scope(() => void adam.minimize(() => b.bceWithLogits(logits(x), t), 0.01));
}
const right = gpu.scope(() => b.mean(b.equal(b.greater(logits(x), 0), t)));
console.log("right:", await right.toArray());

const side = 240;
const colours = gpu.scope(() => {
  const along = b.linspace(gpu, -1.1, 1.1, side);
  const [right, down] = [b.reshape(along, [1, side]), b.reshape(along, [side, 1])];
  const zero = gpu.zeros([side, side]);
  const points = b.stack([b.add(zero, right), b.sub(zero, down)], -1); // [side, side, 2]
  const p = b.sigmoid(logits(b.reshape(points, [side * side, 2])));
  const [blue, orange] = [gpu.tensor([90, 140, 220]), gpu.tensor([250, 170, 80])];
  return b.add(blue, b.mul(p, b.sub(orange, blue))); // [side · side, 3]
});
const pixels = Uint8Array.from(await gpu.read(colours), Math.round);
const place = (v) => Math.round(((v + 1.1) / 2.2) * (side - 1));
for (const [i, [x, y]] of rows.entries()) {
  for (const dy of [-1, 0, 1]) {
    const first = 3 * (side * (place(-y) + dy) + place(x) - 1);
    pixels.fill(i % 2 === 0 ? 0 : 255, first, first + 9); // three pixels, black or white
  }
}
writeFileSync("spirals.png", encodePng({ width: side, height: side, channels: 3, pixels }));
await gpu.dispose();
