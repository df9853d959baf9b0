// Draws 16 pictures into a PNG file: `node draw.js generator.safetensors pictures.png`.
import { readFileSync, writeFileSync } from "node:fs";
import { openGenerator, rgba } from "brenier/models";
import { encodePng, openGpu } from "brenier/node";

const [, , from, to] = process.argv;
const gpu = await openGpu();
const generator = await openGenerator(gpu, readFileSync(from));
const { data, width, height } = rgba(await generator.generate({ count: 16, seed: 1 }));
writeFileSync(to, encodePng({ pixels: data, width, height, channels: 4 }));
await gpu.dispose();
