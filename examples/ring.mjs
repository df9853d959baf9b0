// Noise goes to eight points on a ring, three tenths of it to the first, in float32 on the GPU.
// Shows createProblem, solve, createMap and transport, and counts a million samples of its own.
import { openGpu } from "brenier/node";
import { createMap, createProblem, points, solve, transport } from "brenier/ot";

const gpu = await openGpu();
const angles = Array.from({ length: 8 }, (_, i) => (2 * Math.PI * i) / 8);
const ring = angles.flatMap((a) => [Math.cos(a), Math.sin(a)]);
const problem = createProblem(points("ring", ring, 2), { nu: [3, 1, 1, 1, 1, 1, 1, 1] });
const { heights, stop } = await solve(gpu, problem, { chi2: 0.001, seed: 1 });
const map = createMap(gpu, problem, heights);
const { counts } = await map.cells.assign({ seed: 2, stream: 0, first: 0, count: 1_000_000 }, []);
console.log(stop, [...counts].map((count) => (count / 1e6).toFixed(2)).join(" "));
const { y } = await transport(map, points("noise", [0.1, 2, -3, 0.5], 2));
console.log([...y].map((v) => Math.round(100 * v) / 100 + 0).join(" "));
await gpu.dispose();
