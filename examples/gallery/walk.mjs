// A walk through noise, from one digit to another: the picture jumps where the path leaves a cell.
// Shows interpolate, which gives pictures along a straight path, and all cells that it crosses.
import { readFileSync, writeFileSync } from "node:fs";
import { openGenerator, rgba } from "brenier/models";
import { encodePng, openGpu } from "brenier/node";

const gpu = await openGpu();
const generator = await openGenerator(gpu, readFileSync("generator.safetensors")); // of digits.mjs
const noise = await generator.noise({ count: 6, seed: 5 });
const { latent } = generator.config;
const end = (i) => noise.slice(latent * i, latent * (i + 1));
const rows = [];
for (const i of [0, 2, 4]) {
  const path = await generator.interpolate(end(i), end(i + 1), 12);
  console.log("cells on the path:", path.crossed.length);
  rows.push(...path.pixels);
}
const pictures = { ...generator.config, count: 36, pixels: Float32Array.from(rows) };
const { data, width, height } = rgba(pictures, { columns: 12, gap: 2 });
const pixels = Uint8Array.from({ length: width * height }, (_, i) => data[4 * i]);
writeFileSync("walk.png", encodePng({ width, height, channels: 1, pixels }));
await gpu.dispose();
