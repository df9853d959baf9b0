// Colour transfer: a meadow by day takes the colours of a meadow at dusk.
// Shows transport in three dimensions: pixels are points, and samples the source.
import { writeFileSync } from "node:fs";
import { hostRandom } from "brenier";
import { encodePng, openGpu } from "brenier/node";
import { createMap, createProblem, points, solve, transport } from "brenier/ot";

const [width, height] = [140, 84];
const random = hostRandom(1, 0); // seed and stream
const mix = (a, b, t) => a.map((v, k) => v + Math.min(1, Math.max(0, t)) * (b[k] - v));
function picture(centre, colours) {
  const bytes = (hex) => [...Buffer.from(hex, "hex")]; // red, green, blue
  const [top, low, sun, far, near] = colours.split(" ").map(bytes);
  return Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [(i % width) / height, Math.floor(i / width) / height];
    const sky = mix(mix(top, low, y / 0.6), sun, 1.6 - 9 * Math.hypot(x - centre, y - 0.3));
    const hill = y > 0.6 + 0.09 * Math.sin(5 * x + centre);
    const colour = hill ? mix(far, near, (y - 0.5) / 0.4) : sky;
    return colour.map((v) => Math.min(255, Math.max(0, v + 3 * random.normal())));
  }).flat();
}
const day = picture(1.2, "3c82d7 bedcf5 ffffe1 6ea550 28501e");
const dusk = picture(0.4, "46286e fa8c46 ffe682 783c5a 1e1428");

const gpu = await openGpu();
const some = Array.from({ length: 500 }, () => 3 * Math.floor(width * height * random.uniform()));
const palette = some.flatMap((at) => dusk.slice(at, at + 3));
const pixels = points("day", day, 3);
const problem = createProblem(points("dusk", palette, 3), { source: { samples: pixels } });
const { heights, stop } = await solve(gpu, problem, { chi2: 0.2, seed: 1 });
const { y } = await transport(createMap(gpu, problem, heights), pixels);
console.log(stop);
await gpu.dispose();
const stacked = Uint8Array.from([...day, ...dusk, ...y], Math.round);
const size = { width, height: 3 * height, channels: 3 };
writeFileSync("colours.png", encodePng({ ...size, pixels: stacked }));
