// Stippling: 900 dots, each for the same amount of ink, draw a ball with its shadow.
// Shows Lloyd's method on samples of a picture: solve, then move each dot to its cell's centre.
import { writeFileSync } from "node:fs";
import { hostRandom } from "brenier";
import { openGpu } from "brenier/node";
import { createMap, createProblem, massCentres, points, solve } from "brenier/ot";

function ink(x, y) {
  const z = Math.sqrt(1 - x * x - y * y);
  if (z >= 0) return 0.04 + (1 - Math.max(0, (2 * y - 1.4 * x + 2 * z) / 3.16)) ** 1.5; // the ball
  return 0.6 * Math.exp(-(((x - 0.7) / 0.8) ** 2) - ((y + 0.98) / 0.16) ** 2); // its shadow
}
const random = hostRandom(1, 0); // seed and stream
const drawn = [];
while (drawn.length < 2 * 40_000) {
  const [x, y] = [4 * random.uniform() - 1.6, 2.6 * random.uniform() - 1.4];
  if (random.uniform() < ink(x, y)) drawn.push(x, y);
}
const gpu = await openGpu();
const source = { samples: points("ink", drawn, 2) };
let dots = Float32Array.from(drawn.slice(0, 2 * 900));
for (let round = 0; round < 4; round++) {
  const problem = createProblem(points("dots", dots, 2), { source });
  const { heights } = await solve(gpu, problem, { chi2: 0.1, seed: 1 });
  const map = createMap(gpu, problem, heights);
  dots = (await massCentres(map, { samplesPerCell: 80 })).centres;
  map.dispose();
}
await gpu.dispose();
const place = (v, k) =>
  k % 2 ? ` ${(130 - 100 * v).toFixed(1)}h0` : `M${(175 + 100 * v).toFixed(1)}`;
const path = Array.from(dots, place).join("");
writeFileSync(
  "stipple.svg",
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 270" width="400" height="270">
<rect width="400" height="270" fill="#fff"/>
<path d="${path}" stroke="#000" stroke-width="3" stroke-linecap="round"/>
</svg>
`,
);
