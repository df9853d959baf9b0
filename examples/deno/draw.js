// Draws 16 pictures into a PNG file: `deno run -A draw.js generator.safetensors pictures.png`.
import { openGenerator, rgba } from "brenier/models";
import { encodePng } from "brenier/node";
import { openGpu } from "brenier/web";

const [from, to] = Deno.args;
const gpu = await openGpu();
const generator = await openGenerator(gpu, await Deno.readFile(from));
const { data, width, height } = rgba(await generator.generate({ count: 16, seed: 1 }));
await Deno.writeFile(to, encodePng({ pixels: data, width, height, channels: 4 }));
await gpu.dispose();
