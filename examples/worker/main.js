// Draws 16 pictures in a worker and shows them. Put a run's generator.safetensors beside this page,
// and serve the folder of the package: `npx http-server`, then /examples/worker/.
import { connect, paint } from "../../dist/pages/brenier.js";

const worker = connect(new Worker("worker.js", { type: "module" }));
const file = await (await fetch("generator.safetensors")).arrayBuffer();
const generator = await worker.openGenerator(file);
paint(await generator.generate({ count: 16, seed: 1 }), document.querySelector("canvas"));
await worker.close();
