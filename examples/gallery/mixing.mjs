// Why modes mix: transport jumps between eight clusters, a network that learns it cannot jump.
// Shows fitContinuousMap: left what transport draws, right what a continuous map makes of it.
import { writeFileSync } from "node:fs";
import { hostRandom } from "brenier";
import { fitContinuousMap } from "brenier/models";
import { encodePng, openGpu } from "brenier/node";
import { createProblem, exactIndex, points, solveExact } from "brenier/ot";

const random = hostRandom(1, 0); // seed and stream
const targets = Array.from({ length: 400 }, (_, i) => {
  const turn = (2 * Math.PI * (i % 8)) / 8;
  return [Math.cos(turn) + 0.05 * random.normal(), Math.sin(turn) + 0.05 * random.normal()];
});
const problem = createProblem(points("targets", targets.flat(), 2));
const { heights, cells } = solveExact(problem);
const draw = (count) => Float32Array.from({ length: 2 * count }, () => random.normal());
const map = (x) =>
  Float32Array.from([...exactIndex(problem, heights, cells, x)].flatMap((i) => targets[i]));

const gpu = await openGpu();
const x = draw(4000);
const settings = { epochs: 12, batch: 100, seed: 1 };
const network = await fitContinuousMap(gpu, points("x", x, 2), points("y", map(x), 2), settings);
const noise = draw(4000);
const images = [map(noise), await network.at(noise)];
await gpu.dispose();

const side = 240;
const pixels = new Uint8Array(2 * side * side).fill(255);
for (const [panel, image] of images.entries()) {
  for (let i = 0; i < image.length; i += 2) {
    const [right, down] = [image[i], -image[i + 1]].map((v) => Math.floor(side / 2 + 95 * v));
    pixels[2 * side * down + side * panel + right] = 0;
  }
}
writeFileSync("mixing.png", encodePng({ width: 2 * side, height: side, channels: 1, pixels }));
