// Draws 16 pictures in a page without a bundler. Put a run's generator.safetensors beside it, and
// serve the folder of the package: `npx http-server`, then /examples/page/.
import { openGenerator, openGpu, paint } from "../../dist/pages/generator.js";

const file = await (await fetch("generator.safetensors")).arrayBuffer();
const generator = await openGenerator(await openGpu(), file);
paint(await generator.generate({ count: 16, seed: 1 }), document.querySelector("canvas"));
