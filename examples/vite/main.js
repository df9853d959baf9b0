// Draws 16 pictures in a page that Vite builds. Put a run's generator.safetensors into public/;
// then `npm install` and `npm run dev`. In a copy elsewhere, install brenier from where it is.
import { openGenerator, paint } from "brenier/models";
import { openGpu } from "brenier/web";

const file = await (await fetch("generator.safetensors")).arrayBuffer();
const generator = await openGenerator(await openGpu(), file);
paint(await generator.generate({ count: 16, seed: 1 }), document.querySelector("canvas"));
