// Draws 16 pictures into a PNG file: `bun draw.js generator.safetensors pictures.png`.
import { openGenerator, rgba } from "brenier/models";
import { encodePng, openGpu } from "brenier/node";

const [, , from, to] = Bun.argv;
const gpu = await openGpu();
const generator = await openGenerator(gpu, await Bun.file(from).arrayBuffer());
const { data, width, height } = rgba(await generator.generate({ count: 16, seed: 1 }));
await Bun.write(to, encodePng({ pixels: data, width, height, channels: 4 }));
await gpu.dispose();
